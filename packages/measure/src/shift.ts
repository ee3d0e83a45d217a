import { HalfbandError } from "@halfband/ops";
import { phasesOf } from "./impulse.ts";
import {
  acEnergy,
  applyOperator,
  difference,
  energy,
  type Pair,
  type Plane,
  roll,
  wholeStride,
} from "./plane.ts";
import { inverseSpectrum, modulo, shiftSpectrum, spectrum } from "./spectrum.ts";
import { type Trial, withoutMargin } from "./trial.ts";

/** The input moved by `d` voxels: exactly for whole shifts, by a Fourier phase otherwise. */
const shiftedInput = (t: Trial, d: Pair): Plane =>
  d.every(Number.isInteger) ? roll(t.input, d) : inverseSpectrum(shiftSpectrum(t.spectrum, d));

/** Whole shifts below the stride, without (0, 0). */
export function integerShifts(spacing: Pair): Pair[] {
  return phasesOf([Math.ceil(spacing[0] - 1e-9), Math.ceil(spacing[1] - 1e-9)]).slice(1);
}

/** A quarter, a half and three quarters of a voxel on both axes. */
export const FRACTIONAL_SHIFTS: readonly Pair[] = [0.25, 0.5, 0.75].map((q) => [q, q] as const);

/**
 * Shift-equivariance error SEE: when the patient lies `d` voxels further, does the downsampled image merely move
 * along? ||D(T_d x) - S_(d/s) D(x)|| / ||D(x) - mean||, averaged over `shifts` (input voxels per axis); 0 best.
 * METRICS.md section 7. `null` where there are no shifts (stride 1), 0 for a flat input.
 *
 * @example shiftEquivarianceError(trial(plainStride([2, 2]), zonePlate(256)), integerShifts([2, 2])); // 1.357
 */
export function shiftEquivarianceError(t: Trial, shifts: readonly Pair[]): number | null {
  if (shifts.length === 0) return null;
  if (t.flat) return 0;
  const { spacing } = t.operator;
  const Y = spectrum(t.settled);
  const scale = Math.sqrt(acEnergy(withoutMargin(t.output, t)));
  const errors = shifts.map((d) => {
    const moved = applyOperator(t.operator, shiftedInput(t, d));
    const expected = inverseSpectrum(shiftSpectrum(Y, [d[0] / spacing[0], d[1] / spacing[1]]));
    return ratio(Math.sqrt(energy(withoutMargin(difference(moved, expected), t))), scale);
  });
  return errors.reduce((sum, e) => sum + e, 0) / errors.length;
}

const ratio = (a: number, b: number): number => (a === 0 ? 0 : a / b);

/**
 * Invariance up to index, for operators that choose their sampling grid from the image: the smallest
 * ||D(T_d x) - S_t D(x)|| / ||D(x) - mean|| over whole output shifts t, averaged over `shifts`. 0 for adaptive
 * polyphase sampling with circular padding, not for a plain stride. METRICS.md section 7. `null` where there are no
 * shifts, and with a margin: the border would decide.
 *
 * @example invarianceUpToIndex(trial(plainStride([2, 2]), zonePlate(256)), integerShifts([2, 2])); // 1.34
 */
export function invarianceUpToIndex(t: Trial, shifts: readonly Pair[]): number | null {
  if (shifts.length === 0 || t.margin[0] > 0) return null;
  if (t.flat) return 0;
  const scale = Math.sqrt(acEnergy(t.output));
  const errors = shifts.map((d) => {
    const moved = applyOperator(t.operator, shiftedInput(t, d));
    return ratio(Math.sqrt(energy(difference(moved, roll(t.output, bestShift(moved, t.output))))), scale);
  });
  return errors.reduce((sum, e) => sum + e, 0) / errors.length;
}

/** The circular shift of `y` that correlates best with `moved`, hence has the least squared difference. */
function bestShift(moved: Plane, y: Plane): Pair {
  const A = spectrum(moved);
  const B = spectrum(y);
  const re = A.re.map((value, i) => value * B.re[i] + A.im[i] * B.im[i]);
  const im = A.im.map((value, i) => value * B.re[i] - A.re[i] * B.im[i]);
  const { data } = inverseSpectrum({ re, im, shape: y.shape });
  let best = 0;
  for (let i = 1; i < data.length; i++) if (data[i] > data[best]) best = i;
  return [Math.floor(best / y.shape[1]), best % y.shape[1]];
}

/**
 * Polyphase spread: how unequal the s1 s2 images are that a plain stride could pick, as the standard deviation of
 * their norms over the mean norm; 0 = equal. METRICS.md section 7.
 *
 * @example polyphaseSpread(planeOf([1, 4], Float64Array.of(1, 3, 1, 3)), [1, 2]); // 0.5
 */
export function polyphaseSpread(x: Plane, stride: Pair): number {
  const norms = phasesOf(stride).map(([p, q]) => {
    let sum = 0;
    for (let i = p; i < x.shape[0]; i += stride[0]) {
      for (let j = q; j < x.shape[1]; j += stride[1]) sum += x.data[i * x.shape[1] + j] ** 2;
    }
    return Math.sqrt(sum);
  });
  const average = norms.reduce((sum, n) => sum + n, 0) / norms.length;
  const variance = norms.reduce((sum, n) => sum + (n - average) ** 2, 0) / norms.length;
  return average === 0 ? 0 : Math.sqrt(variance) / average;
}

/** `polyphaseSpread` of a trial's input, `null` where the stride is not whole. */
export function inputPolyphaseSpread(t: Trial): number | null {
  const stride = wholeStride(t.operator);
  return stride && polyphaseSpread(t.input, stride);
}

/**
 * Shift consistency of a classifier (Zhang 2019): the share of all pairs of shifts whose top-1 class agrees.
 * `classes` holds one predicted class per shift of the same image. Range 0..1, 1 best. METRICS.md section 7.
 *
 * @example classConsistency([3, 3, 5]); // 0.333
 */
export function classConsistency(classes: readonly number[]): number {
  if (classes.length < 2) {
    throw new HalfbandError(
      "INVALID_OPTION",
      `Shift consistency needs the classes of two shifts or more, got ${classes.length}.`,
      {
        op: "classConsistency",
        got: classes.length,
        expected: "at least 2",
      },
    );
  }
  let agreeing = 0;
  for (let i = 0; i < classes.length; i++)
    for (let j = 0; j < i; j++) if (classes[i] === classes[j]) agreeing++;
  return agreeing / ((classes.length * (classes.length - 1)) / 2);
}

/**
 * Shift consistency of a segmentation: `moved` are the labels of the image shifted by `shift` whole voxels
 * (circular). Share of voxels with the same label after undoing the shift, among those that either calls
 * foreground (label other than 0). Range 0..1, 1 best; `null` where there is no foreground.
 *
 * @example
 * const labels = planeOf([4, 4], (i, j) => (i === 1 && j < 2 ? 1 : 0));
 * segmentationConsistency(labels, roll(labels, [1, 0]), [1, 0]); // 1
 */
export function segmentationConsistency(labels: Plane, moved: Plane, shift: Pair): number | null {
  const [rows, columns] = labels.shape;
  let foreground = 0;
  let same = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const a = labels.data[i * columns + j];
      const b = moved.data[modulo(i + shift[0], rows) * columns + modulo(j + shift[1], columns)];
      if (a === 0 && b === 0) continue;
      foreground++;
      if (a === b) same++;
    }
  }
  return foreground === 0 ? null : same / foreground;
}
