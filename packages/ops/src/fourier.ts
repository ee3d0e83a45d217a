import { type ComplexMatrix, emptyMatrix } from "./complex-matrix.ts";

/**
 * Which frequencies an axis keeps, where they land and with what gain. `frequency` is the first kept signed
 * frequency (cycles per axis); kept bin i is `frequency + i`, i = 0..out-1, and lands on output bin
 * `frequency + i + shift`. `shift` is 0 but for the published code on sizes N = 2 mod 4.
 */
export interface FourierAxis {
  readonly size: number;
  readonly out: number;
  readonly frequency: number;
  readonly shift: number;
  readonly window: SpectralWindow;
  /** `half`: an even `out` keeps its lone Nyquist bin as it is; `drop`: that bin is zeroed. */
  readonly nyquist: "half" | "drop";
  /** `image`: the input is an image. `kspace`: it is a centred spectrum, zero frequency at floor(size / 2). */
  readonly domain: "image" | "kspace";
}

/**
 * Gain by signed frequency k; `half` is half of the span the window is laid over, so u = k / half.
 * `hammingRoot` is the square root of 0.54 + 0.46 cos(pi u) (ASAP); `hammingRootPublished` is the root of
 * numpy's symmetric Hamming window over the shifted spectrum, half a bin off centre for even sizes.
 */
export type SpectralWindow =
  | { readonly kind: "none" }
  | { readonly kind: "hamming" | "hann" | "hammingRoot"; readonly half: number }
  | { readonly kind: "tukey" | "kaiser"; readonly half: number; readonly parameter: number }
  | { readonly kind: "hammingRootPublished" };

/** True where the axis passes through untouched: every bin kept, none weighted. */
export const isIdentityAxis = (axis: FourierAxis): boolean =>
  axis.domain === "image" &&
  axis.size === axis.out &&
  axis.window.kind === "none" &&
  axis.shift === 0 &&
  (axis.nyquist === "half" || axis.out % 2 === 1);

/**
 * Whether kept frequencies come in pairs of opposite sign and equal gain, each on its own bin, but for a lone Nyquist
 * one: then the axis is real up to the term of that one.
 */
export const isEvenAxis = (axis: FourierAxis): boolean =>
  axis.domain === "image" &&
  axis.shift === 0 &&
  axis.frequency === -Math.floor(axis.out / 2) &&
  (axis.window.kind !== "hammingRootPublished" || axis.size % 2 === 1);

/** Modified Bessel function of the first kind, order 0, by its power series (double precision for x < 700). */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Gain of signed frequency `k` on an axis of `size` samples. */
export function windowGain(window: SpectralWindow, k: number, size: number): number {
  if (window.kind === "none") return 1;
  if (window.kind === "hammingRootPublished") {
    if (size === 1) return 1;
    return Math.sqrt(0.54 - 0.46 * Math.cos((2 * Math.PI * (k + Math.floor(size / 2))) / (size - 1)));
  }
  const u = window.half === 0 ? 0 : Math.min(1, Math.abs(k) / window.half);
  switch (window.kind) {
    case "hamming":
      return 0.54 + 0.46 * Math.cos(Math.PI * u);
    case "hammingRoot":
      return Math.sqrt(0.54 + 0.46 * Math.cos(Math.PI * u));
    case "hann":
      return 0.5 + 0.5 * Math.cos(Math.PI * u);
    case "tukey": {
      const flat = 1 - window.parameter;
      return u <= flat ? 1 : 0.5 + 0.5 * Math.cos((Math.PI * (u - flat)) / window.parameter);
    }
    case "kaiser":
      return besselI0(window.parameter * Math.sqrt(1 - u * u)) / besselI0(window.parameter);
  }
}

/** Gain of kept bin i = 0..out-1 (window and Nyquist rule). */
export function axisGain(axis: FourierAxis): Float64Array {
  const lone = axis.out % 2 === 0 && axis.nyquist === "drop";
  return Float64Array.from({ length: axis.out }, (_, i) => {
    const k = axis.frequency + i;
    return lone && 2 * Math.abs(k) === axis.out ? 0 : windowGain(axis.window, k, axis.size);
  });
}

/**
 * The axis as a complex matrix [out, size], row-major, in double precision:
 * image: A[m, n] = 1/N sum_i g_i exp(2 pi i ((k_i + shift) m / M - k_i n / N)), k_i = frequency + i;
 * kspace: A[m, k + floor(N/2)] = g / N exp(2 pi i k m / M) for the kept k, 0 elsewhere.
 */
export function fourierMatrix(axis: FourierAxis): ComplexMatrix {
  return axis.domain === "image" ? imageMatrix(axis) : kspaceMatrix(axis);
}

function kspaceMatrix(axis: FourierAxis): ComplexMatrix {
  const { size: N, out: M, frequency } = axis;
  const gain = axisGain(axis);
  const { re, im } = emptyMatrix(axis);
  for (let m = 0; m < M; m++) {
    for (let i = 0; i < M; i++) {
      const k = frequency + i;
      const angle = (2 * Math.PI * ((k * m) % M)) / M;
      re[m * N + k + Math.floor(N / 2)] = (gain[i] / N) * Math.cos(angle);
      im[m * N + k + Math.floor(N / 2)] = (gain[i] / N) * Math.sin(angle);
    }
  }
  return { re, im };
}

/**
 * Without the shift, an entry depends on m N - n M only, in steps of their common divisor: the sum over
 * frequencies is taken once per distinct value (N of them for M = N / 2), not once per entry.
 */
function imageMatrix(axis: FourierAxis): ComplexMatrix {
  const { size: N, out: M, shift } = axis;
  const divisor = greatestCommonDivisor(N, M);
  const stepM = N / divisor;
  const stepN = M / divisor;
  const { re, im } = emptyMatrix(axis);
  const kernel = imageKernel(axis, stepM * M);
  for (let m = 0; m < M; m++) {
    const angle = (2 * Math.PI * ((shift * m) % M)) / M;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (let n = 0; n < N; n++) {
      const t = (((m * stepM - n * stepN) % (stepM * M)) + stepM * M) % (stepM * M);
      re[m * N + n] = kernel.re[t] * cos - kernel.im[t] * sin;
      im[m * N + n] = kernel.re[t] * sin + kernel.im[t] * cos;
    }
  }
  return { re, im };
}

/** K[t] = 1/N sum_i g_i exp(2 pi i k_i t / period). Angles are reduced as integers, so large k t lose no digits. */
function imageKernel(axis: FourierAxis, period: number): ComplexMatrix {
  const gain = axisGain(axis);
  const cos = Float64Array.from({ length: period }, (_, t) => Math.cos((2 * Math.PI * t) / period));
  const sin = Float64Array.from({ length: period }, (_, t) => Math.sin((2 * Math.PI * t) / period));
  const re = new Float64Array(period);
  const im = new Float64Array(period);
  for (let t = 0; t < period; t++) {
    for (let i = 0; i < axis.out; i++) {
      const turn = ((((axis.frequency + i) * t) % period) + period) % period;
      re[t] += (gain[i] / axis.size) * cos[turn];
      im[t] += (gain[i] / axis.size) * sin[turn];
    }
  }
  return { re, im };
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
