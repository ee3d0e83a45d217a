import { axisGain, type FourierAxis, fft } from "@halfband/ops";
import { rootsOfUnity } from "./fourier-axis.ts";
import { digitReversed, embeddedLength, radices, twiddles } from "./fourier-fft.ts";
import { foldedMatrices } from "./fourier-folded.ts";
import { PlanWriter, writeStages } from "./fourier-plan.ts";
import type { Table } from "./fourier-tables.ts";

/**
 * How the circulants of a halved axis are applied: in the spectrum of its M = out points, in a longer one with zeros
 * behind the samples, or as a matrix that is folded in half.
 */
export type HalfbandForm = "halfband" | "embedded" | "folded";

/**
 * Above this M the longer spectrum is as fast as the folded matrix (measured at M = 23 .. 223), and above that one it is
 * faster than the whole matrix, which a window needs: it has no mirror symmetry to fold along.
 */
const FOLDED_LIMIT = 83;
const WINDOWED_LIMIT = 40;
const SMALLEST = 8;

const isWindowed = (axis: FourierAxis): boolean => axisGain(axis).some((gain) => gain !== 1);

/** The form for an even axis, or null where it is not halved or so short that the whole matrix is as fast. */
export function halfbandForm(axis: FourierAxis): HalfbandForm | null {
  const { size, out } = axis;
  if (size !== 2 * out || out < SMALLEST) return null;
  if ((radices(out)?.length ?? 0) >= 2) return "halfband";
  if (isWindowed(axis)) return out > WINDOWED_LIMIT ? "embedded" : null;
  return out > FOLDED_LIMIT ? "embedded" : "folded";
}

/** Whether the phases of a plan are those of a mere shift, as assembly/fourier-shift.ts applies it. */
export const isShifted = (axis: FourierAxis, adjoint: boolean): boolean =>
  axis.out % 4 === 0 && halfbandForm(axis) === "halfband" && !(adjoint && isWindowed(axis));

/** The circulants of the even and odd samples in the frequencies k = -M/2 .. M/2 - 1, 1/M folded in. */
interface Spectrum {
  even(k: number): number;
  odd(k: number): readonly [number, number];
}

/**
 * With E and O the spectra of the even and odd samples, y = He E + Ho O, He[k] = g(k) / 2 and
 * Ho[k] = g(k) / 2 exp(-i pi k / M), 0 at the Nyquist bin. The adjoint takes the conjugate of Ho.
 */
function spectrumOf(axis: FourierAxis, adjoint: boolean): Spectrum {
  const { out, frequency } = axis;
  const gain = axisGain(axis);
  const turn = rootsOfUnity(2 * out);
  const even = (k: number) => gain[k - frequency] / (2 * out);
  const odd = (k: number): [number, number] => {
    const g = 2 * k === -out ? 0 : even(k);
    const at = k < 0 ? k + 2 * out : k;
    return [g * turn.cos[at], (adjoint ? g : -g) * turn.sin[at]];
  };
  return { even, odd };
}

/** First columns of both circulants. */
function circulants({ out, frequency }: FourierAxis, { even, odd }: Spectrum): [Float64Array, Float64Array] {
  const column = (value: (k: number) => readonly [number, number]): Float64Array => {
    const re = new Float64Array(out);
    const im = new Float64Array(out);
    for (let k = frequency; k < frequency + out; k++) [re[(k + out) % out], im[(k + out) % out]] = value(k);
    fft(out).inverse(re, im);
    return re.map((v) => v * out);
  };
  return [column((k) => [even(k), 0]), column(odd)];
}

/** Spectrum, in `length` points and over `length`, of a circulant with zeros between its lags -(M - 1) .. M - 1. */
function embed(column: Float64Array, length: number): [number, number][] {
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  re.set(column);
  re.set(column.subarray(1), length - column.length + 1);
  fft(length).forward(re, im);
  return Array.from(re, (v, q) => [v / length, im[q] / length]);
}

const samples = ({ size, out }: FourierAxis, adjoint: boolean): number[] =>
  adjoint ? [out, size] : [size, out];

function foldedPlan(axis: FourierAxis, adjoint: boolean): PlanWriter {
  const plan = new PlanWriter();
  plan.header([axis.out, 0, 0, 0, 0, adjoint ? 1 : 0, axis.out, 0, ...samples(axis, adjoint)]);
  const [, column] = circulants(axis, spectrumOf(axis, adjoint));
  const circulant = (m: number, n: number) => column[(m - n + axis.out) % axis.out];
  plan.point(
    3,
    foldedMatrices(circulant, { count: axis.out, between: !adjoint }, { count: axis.out, between: adjoint }),
  );
  return plan;
}

/** A last stage of four is fused with the product in the spectrum, one of eight is not: 8 x 8 becomes 4 x 4 x 4. */
const endingInFour = (stages: readonly number[]): number[] =>
  stages[stages.length - 1] === 8 ? [...stages.slice(0, -2), 4, 4, 4] : [...stages];

function spectralPlan(axis: FourierAxis, adjoint: boolean, length: number): PlanWriter {
  const stages = isWindowed(axis) || length === axis.out ? radices(length)! : endingInFour(radices(length)!);
  const spectrum = spectrumOf(axis, adjoint);
  const order = digitReversed(stages);
  const signed = order.map((k) => (2 * k >= length ? k - length : k));
  const shifted = isShifted(axis, adjoint);
  const header = [
    length,
    stages.length,
    isWindowed(axis) ? 1 : 0,
    0,
    0,
    adjoint ? 1 : 0,
    axis.out,
    shifted ? 1 : 0,
    ...samples(axis, adjoint),
  ];
  const plan = new PlanWriter();
  plan.header(header, stages.length);
  if (shifted) {
    // The phases are in the twiddles.
    if (isWindowed(axis)) plan.point(4, signed.map(spectrum.even));
  } else if (length === axis.out) {
    plan.point(3, signed.flatMap(spectrum.odd));
    plan.point(4, signed.map(spectrum.even));
  } else {
    const [even, odd] = circulants(axis, spectrum).map((column) => embed(column, length));
    plan.point(
      3,
      order.flatMap((k) => odd[k]),
    );
    plan.point(
      4,
      order.map((k) => even[k][0]),
    );
  }
  // The first inverse stage scales the spectrum where no table does.
  const scale = shifted && !isWindowed(axis) ? 0.5 / length : 1;
  writeStages(
    plan,
    0,
    stages,
    (radix, span) => [...twiddles(radix, span), ...(shifted ? twiddles(radix, span, 0.5) : [])],
    scale,
  );
  return plan;
}

/** The plan of an axis that has a form. */
export function halfbandTable(axis: FourierAxis, adjoint: boolean): Table {
  const form = halfbandForm(axis);
  const length = form === "embedded" ? embeddedLength(axis.out) : axis.out;
  return {
    key: `halfband ${adjoint ? "adjoint " : ""}${JSON.stringify(axis)}`,
    length,
    build: () => {
      const plan = form === "folded" ? foldedPlan(axis, adjoint) : spectralPlan(axis, adjoint, length);
      return plan.finish();
    },
  };
}
