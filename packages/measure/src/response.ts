import { fft } from "@halfband/ops";
import { lineOutput, lineResponse, sizeNear } from "./impulse.ts";
import { type Pair, type PlaneOperator, wholeStride } from "./plane.ts";

/** Frequencies, in cycles per input sample, at which every response is sampled. */
export const RESPONSE_FREQUENCIES: readonly number[] = [
  0, 0.0625, 0.125, 0.1875, 0.25, 0.3125, 0.375, 0.4375, 0.45, 0.5,
];

export interface ResponseSample {
  /** Cycles per input sample asked for; measured at the nearest DFT bin. */
  readonly frequency: number;
  readonly magnitude: number;
}

/** Frequency response of a linear operator along one axis, the other axis held constant. */
export interface AxisResponse {
  /** |H(f)| at `RESPONSE_FREQUENCIES`. */
  readonly samples: readonly ResponseSample[];
  /** |H(k / size)| for k = 0 .. size / 2. */
  readonly curve: Float64Array;
  readonly size: number;
  /** Gain at the last bin below the new Nyquist. */
  readonly belowNyquist: number;
  /** Gain in dB at 0.8 of the new Nyquist, relative to DC; 0 = no blur. */
  readonly droop: number;
  /** Cycles per input sample where the gain falls 3 and 6 dB below DC; `null` where it never does. */
  readonly minus3dB: number | null;
  readonly minus6dB: number | null;
  /** Largest gain above the new Nyquist, 0..; what can alias at worst. `null` at stride 1. */
  readonly stopBand: number | null;
  /** Integral of |H|^2 above the new Nyquist over the same below it: the alias ratio of a flat spectrum. */
  readonly flatAliasRatio: number;
  /** Sum of squared taps. */
  readonly noiseGain: number;
  /** Largest excess beyond a unit step, in percent, over all positions of the step. */
  readonly overshoot: number;
  /** Delay read from the phase at low frequency, voxels: the centre offset the operator really has. */
  readonly groupDelay: number;
}

/**
 * Frequency response (MTF) of a linear operator along `axis`, from its impulse responses on a circular line of
 * about `size` samples. METRICS.md section 10. `null` for non-linear operators (see `describingFunction`) and
 * strides that are not whole.
 *
 * @example frequencyResponse(plainStride([2, 2]), 0).samples[2]; // { "frequency": 0.125, "magnitude": 1 }
 */
export function frequencyResponse(operator: PlaneOperator, axis: 0 | 1, size = 256): AxisResponse | null {
  const stride = wholeStride(operator);
  if (!operator.linear || !stride) return null;
  const s = stride[axis];
  const N = sizeNear(size, 2 * s);
  const h = lineResponse(operator, axis, N, stride);
  const re = h.slice();
  const im = new Float64Array(N);
  fft(N).forward(re, im);
  const curve = Float64Array.from({ length: N / 2 + 1 }, (_, k) => Math.hypot(re[k], im[k]));
  const nyquist = N / (2 * s);
  const above = curve.subarray(nyquist + 1);
  const pass = integral(curve, 0, nyquist);
  return {
    samples: RESPONSE_FREQUENCIES.map((frequency) => ({
      frequency,
      magnitude: curve[Math.round(frequency * N)],
    })),
    curve,
    size: N,
    belowNyquist: curve[nyquist - 1],
    droop: 20 * Math.log10(curve[Math.round(0.8 * nyquist)] / curve[0]),
    minus3dB: crossing(curve, 3, N),
    minus6dB: crossing(curve, 6, N),
    stopBand: above.length === 0 ? null : above.reduce((a, b) => Math.max(a, b), 0),
    flatAliasRatio: integral(curve, nyquist, N / 2) / pass,
    noiseGain: h.reduce((sum, tap) => sum + tap * tap, 0),
    overshoot: stepOvershoot(operator, axis, stride, N),
    groupDelay: (Math.atan2(im[1], re[1]) * N) / (2 * Math.PI),
  };
}

/** Trapezoidal integral of |H|^2 between two bins; the edge bin at the new Nyquist counts half to either side. */
function integral(curve: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += (curve[k] ** 2 + curve[k + 1] ** 2) / 2;
  return sum;
}

/** First frequency where the gain is `decibel` below DC, interpolated between bins. */
function crossing(curve: Float64Array, decibel: number, size: number): number | null {
  const level = curve[0] * 10 ** (-decibel / 20);
  const k = curve.findIndex((gain) => gain < level);
  if (k < 1) return null;
  return (k - 1 + (curve[k - 1] - level) / (curve[k - 1] - curve[k])) / size;
}

/**
 * Largest excess beyond a unit step, in percent of its height, over every phase of the stride (bright and dark
 * fringes at edges, Gibbs ringing). Any operator, linear or not. METRICS.md sections 10 and 11.
 *
 * @example stepOvershoot(plainStride([2, 2]), 0, [2, 2]); // 0
 */
export function stepOvershoot(operator: PlaneOperator, axis: 0 | 1, stride: Pair, size = 256): number {
  const s = stride[axis];
  const N = sizeNear(size, 4 * s);
  let excess = 0;
  for (let phase = 0; phase < s; phase++) {
    const start = N / 4 + phase;
    const y = lineOutput(operator, axis, N, stride, (n) => (n >= start && n < start + N / 2 ? 1 : 0));
    for (const value of y) excess = Math.max(excess, value - 1, -value);
  }
  return excess > 1e-12 ? 100 * excess : 0;
}

export interface DescribingSample extends ResponseSample {
  /** Mean of the output minus the mean of the input, in units of a wave from 0 to 1. */
  readonly dcShift: number;
}

const DESCRIBING_PHASES = 16;

/**
 * Describing function of any operator along `axis`: the response to 1/2 + 1/2 cos(2 pi f n + phi). `magnitude` is
 * the amplitude of the output, at the frequency f folds to, that follows phi, relative to the input's, averaged
 * over 16 phases; `dcShift` how far the mean is lifted. For a linear operator the magnitude is |H(f)|. METRICS.md
 * section 10. `null` for strides that are not whole.
 *
 * @example describingFunction(plainStride([2, 2]), 0)[2].magnitude; // 1
 */
export function describingFunction(
  operator: PlaneOperator,
  axis: 0 | 1,
  size = 256,
): DescribingSample[] | null {
  const stride = wholeStride(operator);
  if (!stride) return null;
  const N = sizeNear(size, 2 * stride[axis]);
  return RESPONSE_FREQUENCIES.map((frequency) => {
    const bin = Math.round(frequency * N);
    const sum = { re: 0, im: 0, shift: 0 };
    for (let p = 0; p < DESCRIBING_PHASES; p++) {
      const phi = (2 * Math.PI * p) / DESCRIBING_PHASES;
      const wave = (n: number): number => 0.5 + 0.5 * Math.cos((2 * Math.PI * ((bin * n) % N)) / N + phi);
      const y = lineOutput(operator, axis, N, stride, wave);
      y.forEach((value, m) => {
        // At f = 0 and at other bins that fold onto DC the mean varies with phi: only what follows phi is response.
        const angle = -(2 * Math.PI * ((bin * stride[axis] * m) % N)) / N - phi;
        sum.re += (value * Math.cos(angle)) / y.length;
        sum.im += (value * Math.sin(angle)) / y.length;
        sum.shift += (value - 0.5) / y.length;
      });
    }
    // cos carries half its amplitude 1/2 at +f, hence the factor 4.
    const magnitude = (4 * Math.hypot(sum.re, sum.im)) / DESCRIBING_PHASES;
    return { frequency, magnitude, dcShift: sum.shift / DESCRIBING_PHASES };
  });
}
