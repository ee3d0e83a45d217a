import { impulseOutputs, sizeNear } from "./impulse.ts";
import {
  applyOperator,
  extremes,
  type Pair,
  type Plane,
  type PlaneOperator,
  planeOf,
  wholeStride,
} from "./plane.ts";
import { spectrum } from "./spectrum.ts";

/**
 * Zone plate, rings that get finer outwards: 1/2 + 1/2 cos(pi c ((n1 - N/2)^2 + (n2 - N/2)^2) / N). The local
 * frequency on an axis is c |n - N/2| / N cycles per sample. METRICS.md section 11.
 *
 * @example zonePlate(256, 0.9).data[128 * 256 + 128]; // 1
 */
export function zonePlate(size: number, c = 0.9): Plane {
  return planeOf([size, size], (i, j) => {
    const squared = (i - size / 2) ** 2 + (j - size / 2) ** 2;
    return 0.5 + 0.5 * Math.cos((Math.PI * c * squared) / size);
  });
}

/** The zone plate along one axis, constant along the other. */
export function chirp(shape: Pair, axis: 0 | 1, c = 0.9): Plane {
  const size = shape[axis];
  return planeOf(
    shape,
    (i, j) => 0.5 + 0.5 * Math.cos((Math.PI * c * ((axis === 0 ? i : j) - size / 2) ** 2) / size),
  );
}

/** A wave of `frequency` cycles per sample on each axis: 1/2 + 1/2 cos(2 pi (f1 n1 + f2 n2)). */
export function grating(shape: Pair, frequency: Pair): Plane {
  return planeOf(shape, (i, j) => 0.5 + 0.5 * Math.cos(2 * Math.PI * (frequency[0] * i + frequency[1] * j)));
}

/** (-1)^(n1 + n2), the finest pattern a plane can hold. */
export const checkerboard = (shape: Pair): Plane => planeOf(shape, (i, j) => ((i + j) % 2 === 0 ? 1 : -1));

/** Local frequencies compared, as for stride 2: above the new Nyquist (false detail) and well below it (true). */
const FALSE_BAND: Pair = [0.28, 0.45];
const TRUE_BAND: Pair = [0.05, 0.2];

/** RMS of y - 1/2 in the false band over the same in the true band; `axes` takes part in the local frequency. */
function visibility(
  y: Plane,
  { offset, spacing }: PlaneOperator,
  shape: Pair,
  c: number,
  axes: readonly (0 | 1)[],
): number {
  const sums = { alias: 0, aliases: 0, signal: 0, signals: 0 };
  // Frequency in units in which the new Nyquist is 0.25, as the bands are given for stride 2.
  const local = (m: number, a: 0 | 1): number =>
    (((c * Math.abs(spacing[a] * m + offset[a] - shape[a] / 2)) / shape[a]) * spacing[a]) / 2;
  for (let i = 0; i < y.shape[0]; i++) {
    for (let j = 0; j < y.shape[1]; j++) {
      const f = Math.max(...axes.map((a) => local(a === 0 ? i : j, a)));
      const squared = (y.data[i * y.shape[1] + j] - 0.5) ** 2;
      if (f >= FALSE_BAND[0] && f <= FALSE_BAND[1]) {
        sums.alias += squared;
        sums.aliases++;
      } else if (f >= TRUE_BAND[0] && f <= TRUE_BAND[1]) {
        sums.signal += squared;
        sums.signals++;
      }
    }
  }
  return Math.sqrt(sums.alias / sums.aliases / (sums.signal / sums.signals));
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/**
 * Alias visibility AV: the zone plate goes through the operator, and the strength of what appears where the rings
 * are too fine for the new grid is compared with the strength of rings that fit. 0 best, about 1 for a plain
 * stride. METRICS.md section 11. `null` for strides that are not whole, or 1 on both axes.
 *
 * @example aliasVisibility(plainStride([2, 2])); // 1.004
 */
export function aliasVisibility(operator: PlaneOperator, size = 256, c = 0.9): number | null {
  const stride = wholeStride(operator);
  if (!stride || Math.max(...stride) === 1) return null;
  const common = (stride[0] * stride[1]) / greatestCommonDivisor(stride[0], stride[1]);
  const side = sizeNear(size, 2 * common);
  return visibility(applyOperator(operator, zonePlate(side, c)), operator, [side, side], c, [0, 1]);
}

/** Alias visibility of the chirp along one axis; `null` where that axis is not downsampled. */
export function chirpVisibility(operator: PlaneOperator, axis: 0 | 1, size = 256, c = 0.9): number | null {
  const stride = wholeStride(operator);
  if (!stride || stride[axis] === 1) return null;
  const shape: [number, number] = [32 * stride[0], 32 * stride[1]];
  shape[axis] = sizeNear(size, 2 * stride[axis]);
  return visibility(applyOperator(operator, chirp(shape, axis, c)), operator, shape, c, [axis]);
}

/** Frequency of the moire and grating patterns, cycles per sample: above the new Nyquist of any stride. */
const MOIRE_FREQUENCY = 0.45;

/**
 * Moire: twice the output's amplitude for a fine wave (0.45 cycles per sample), read at the frequency it folds
 * to; |H(0.45)| for linear operators, range 0..1, 0 best. `axes` [1, 0] or [0, 1]: along one axis; [1, 1]:
 * diagonal grating. METRICS.md section 11. `null` for strides that are not whole.
 *
 * @example moire(plainStride([2, 2]), [1, 0]); // 1
 */
export function moire(operator: PlaneOperator, axes: Pair): number | null {
  const stride = wholeStride(operator);
  if (!stride) return null;
  const shape = stride.map((s) => 80 * s) as unknown as Pair; // 0.45 is a bin of every multiple of 20
  const frequency: Pair = [axes[0] * MOIRE_FREQUENCY, axes[1] * MOIRE_FREQUENCY];
  const Y = spectrum(applyOperator(operator, grating(shape, frequency)));
  const bin = [0, 1].map((a) => Math.round(frequency[a] * shape[a]) % Y.shape[a]);
  const at = bin[0] * Y.shape[1] + bin[1];
  const mirrored = ((Y.shape[0] - bin[0]) % Y.shape[0]) * Y.shape[1] + ((Y.shape[1] - bin[1]) % Y.shape[1]);
  // A wave has half its amplitude at +f and half at -f, unless both fall onto one bin.
  const amplitude = ((at === mirrored ? 1 : 2) * Math.hypot(Y.re[at], Y.im[at])) / Y.re.length;
  return 2 * amplitude;
}

/**
 * What is left of the checkerboard (-1)^(n1+n2), as the largest |y|: 0 best, 1 for a plain stride, which turns it
 * into an even grey (the worst alias, onto the mean). METRICS.md section 11.
 */
export function checkerboardLeak(operator: PlaneOperator): number | null {
  const stride = wholeStride(operator);
  if (!stride) return null;
  const { min, max } = extremes(applyOperator(operator, checkerboard([32 * stride[0], 32 * stride[1]])));
  return Math.max(Math.abs(min), Math.abs(max));
}

/**
 * Peak of the output for a single bright voxel, smallest and largest over its s1 s2 positions relative to the
 * grid: a small lesion that blinks when the patient moves. METRICS.md section 11.
 *
 * @example pointPeaks(plainStride([2, 2])); // { "min": 0, "max": 1 }
 */
export function pointPeaks(operator: PlaneOperator, size = 64): { min: number; max: number } | null {
  const stride = wholeStride(operator);
  if (!stride) return null;
  const shape: Pair = [sizeNear(size, 2 * stride[0]), sizeNear(size, 2 * stride[1])];
  const peaks = impulseOutputs(operator, shape, stride).map(({ output }) => extremes(output).max);
  return { min: Math.min(...peaks), max: Math.max(...peaks) };
}
