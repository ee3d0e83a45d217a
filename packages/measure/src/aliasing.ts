import { impulseResponse } from "./impulse.ts";
import { acEnergy, applyOperator, difference, isFlat, type Pair, type Plane, wholeStride } from "./plane.ts";
import { bandSpectrum, inverseSpectrum, power, type Spectrum, spectrum } from "./spectrum.ts";
import { type Trial, withoutMargin } from "./trial.ts";

/** Energy outside and in all of the spectrum, both without k = 0. */
function bandEnergies(X: Spectrum, spacing: Pair): { outside: number; all: number } {
  const all = power(X);
  const inside = power(bandSpectrum(X, spacing, "closed"));
  all[0] = inside[0] = 0;
  const total = all.reduce((sum, value) => sum + value, 0);
  return { outside: total - inside.reduce((sum, value) => sum + value, 0), all: total };
}

/**
 * Out-of-band energy ratio, OBER: the share of an image's detail that is finer than the new sampling can carry.
 * 1 - sum over |k| <= K of |X|^2 / sum of |X|^2, both without k = 0, K = N / (2 s); range 0..1, 0 = nothing can
 * alias. METRICS.md section 1. Several planes (channels, batch) are weighted by their energy.
 *
 * @example outOfBandEnergyRatio([grating([32, 32], [0.375, 0])], [2, 2]); // 1
 */
export function outOfBandEnergyRatio(planes: readonly Plane[], spacing: Pair): number {
  const energies = planes.filter((x) => !isFlat(x)).map((x) => bandEnergies(spectrum(x), spacing));
  const all = energies.reduce((sum, e) => sum + e.all, 0);
  return all === 0 ? 0 : Math.max(0, energies.reduce((sum, e) => sum + e.outside, 0) / all);
}

export interface AliasToSignal {
  /** Alias energy over signal energy at the output, 0..inf. */
  readonly asr: number;
  /** 10 log10(asr); -Infinity where nothing aliases. */
  readonly decibel: number;
  /** Alias energy fraction, alias / (alias + signal), 0..1. */
  readonly aef: number;
}

/**
 * Alias-to-signal ratio of a linear operator: the input is split at the new Nyquist, both parts go through the
 * operator, and the energies of what comes out are compared (without the mean). METRICS.md section 2. `null` for
 * non-linear operators, which mix the two parts.
 *
 * @example aliasToSignal(trial(plainStride([2, 2]), zonePlate(256))).asr; // 2.132
 */
export function aliasToSignal(t: Trial): AliasToSignal | null {
  if (!t.operator.linear) return null;
  if (t.flat) return { asr: 0, decibel: Number.NEGATIVE_INFINITY, aef: 0 };
  const inBand = inverseSpectrum(bandSpectrum(t.spectrum, t.operator.spacing, "closed"));
  const passed = withoutMargin(applyOperator(t.operator, inBand), t);
  const folded = withoutMargin(applyOperator(t.operator, difference(t.input, inBand)), t);
  const signal = acEnergy(passed); // by Parseval the sum over j != 0 of |B[j]|^2, over M1 M2
  const alias = acEnergy(folded);
  const asr = alias === 0 ? 0 : alias / signal;
  return { asr, decibel: 10 * Math.log10(asr), aef: alias === 0 ? 0 : alias / (alias + signal) };
}

export interface FoldClasses {
  readonly nopass: number;
  readonly nonaliased: number;
  readonly aliased: number;
  readonly tangled: number;
}

/**
 * Fold classes after Ribeiro and Schoen (2021): every output frequency is the sum of s1 s2 folded input
 * components; those within 20 dB of the strongest output bin count. Fractions of bins (sum 1): `nopass` none,
 * `nonaliased` only the true frequency, `aliased` only a false one, `tangled` two or more. METRICS.md section 6;
 * the bin of the mean is left out, as in every ratio, else it alone would set the threshold. `null` for
 * non-linear operators and for strides that are not whole.
 *
 * @example foldClasses(trial(plainStride([2, 2]), zonePlate(256))).tangled; // 0.82
 */
export function foldClasses(t: Trial): FoldClasses | null {
  const stride = wholeStride(t.operator);
  if (!t.operator.linear || !stride || t.output.data.length < 2) return null;
  const H = spectrum(impulseResponse(t.operator, t.input.shape, stride));
  const response = power(H);
  const components = power(t.spectrum).map(
    (value, i) => (value * response[i]) / (stride[0] * stride[1]) ** 2,
  );
  const output = power(spectrum(t.settled));
  output[0] = 0;
  const threshold = output.reduce((a, b) => Math.max(a, b), 0) / 100; // 20 dB below
  const counts = { nopass: 0, nonaliased: 0, aliased: 0, tangled: 0 };
  for (let bin = 1; bin < output.length; bin++) counts[classOfBin(t, components, bin, threshold)]++;
  for (const name of Object.keys(counts) as (keyof FoldClasses)[]) counts[name] /= output.length - 1;
  return counts;
}

function classOfBin(t: Trial, components: Float64Array, bin: number, threshold: number): keyof FoldClasses {
  const [M1, M2] = t.output.shape;
  const [N1, N2] = t.input.shape;
  const row = Math.floor(bin / M2);
  const column = bin % M2;
  let above = 0;
  let baseAbove = false;
  for (let i = row; i < N1; i += M1) {
    for (let j = column; j < N2; j += M2) {
      if (components[i * N2 + j] <= threshold) continue;
      above++;
      baseAbove ||= i === basePosition(row, M1, N1) && j === basePosition(column, M2, N2);
    }
  }
  if (above === 0) return "nopass";
  return above > 1 ? "tangled" : baseAbove ? "nonaliased" : "aliased";
}

/** Index in the input spectrum of the component that output bin j stands for: the same signed frequency. */
const basePosition = (j: number, M: number, N: number): number => (2 * j < M ? j : N - M + j);
