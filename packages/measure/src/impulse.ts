import { applyOperator, type Pair, type Plane, type PlaneOperator, planeOf } from "./plane.ts";
import { modulo } from "./spectrum.ts";

/** Middle of an axis on a whole stride, so that an operator's border stays out of the way. */
const centre = (size: number, stride: number): number => stride * Math.floor(size / (2 * stride));

/** Every phase of a stride, row-major: (0, 0), (0, 1) .. (s1 - 1, s2 - 1). */
export const phasesOf = ([s1, s2]: Pair): Pair[] =>
  Array.from({ length: s1 * s2 }, (_, i) => [Math.floor(i / s2), i % s2] as const);

/** Outputs for a unit impulse at each phase of the stride, in the middle of a plane of `shape`. */
export function impulseOutputs(
  operator: PlaneOperator,
  shape: Pair,
  stride: Pair,
): { at: Pair; output: Plane }[] {
  return phasesOf(stride).map((phase) => {
    const at: Pair = [centre(shape[0], stride[0]) + phase[0], centre(shape[1], stride[1]) + phase[1]];
    const impulse = planeOf(shape, (i, j) => (i === at[0] && j === at[1] ? 1 : 0));
    return { at, output: applyOperator(operator, impulse) };
  });
}

/**
 * The filter h of a linear operator, y[m] = sum_n h[s m - n] x[n], on a circular grid of `shape`: the outputs
 * for an impulse at each phase, interleaved. Its DFT is the frequency response H(k).
 *
 * @example impulseResponse(plainStride([2, 2]), [8, 8], [2, 2]).data[0]; // 1
 */
export function impulseResponse(operator: PlaneOperator, shape: Pair, stride: Pair): Plane {
  const data = new Float64Array(shape[0] * shape[1]);
  for (const { at, output } of impulseOutputs(operator, shape, stride)) {
    for (let m = 0, i = 0; m < output.shape[0]; m++) {
      const row = modulo(stride[0] * m - at[0], shape[0]) * shape[1];
      for (let l = 0; l < output.shape[1]; l++, i++) {
        data[row + modulo(stride[1] * l - at[1], shape[1])] = output.data[i];
      }
    }
  }
  return { data, shape };
}

/** Samples across the line for one-dimensional measurements: enough for any kernel's border to stay outside. */
const LINE_WIDTH = 32;

/** A size near `size` that `multiple` divides. */
export const sizeNear = (size: number, multiple: number): number =>
  multiple * Math.max(1, Math.round(size / multiple));

/**
 * Output along `axis` for an input that varies along that axis only: `value(n)`, n = 0..size-1. Read from the
 * middle of the other axis.
 */
export function lineOutput(
  operator: PlaneOperator,
  axis: 0 | 1,
  size: number,
  stride: Pair,
  value: (n: number) => number,
  width = LINE_WIDTH * stride[1 - axis],
): Float64Array {
  const shape: Pair = axis === 0 ? [size, width] : [width, size];
  const y = applyOperator(
    operator,
    planeOf(shape, (i, j) => value(axis === 0 ? i : j)),
  );
  const middle = Math.floor(y.shape[1 - axis] / 2);
  return Float64Array.from({ length: y.shape[axis] }, (_, m) =>
    axis === 0 ? y.data[m * y.shape[1] + middle] : y.data[middle * y.shape[1] + m],
  );
}

/**
 * One-dimensional filter along `axis`, for input that is constant along the other one. That one is as long, since
 * the gain for a constant depends on the length in some operators (the published ASAP).
 */
export function lineResponse(operator: PlaneOperator, axis: 0 | 1, size: number, stride: Pair): Float64Array {
  const h = new Float64Array(size);
  const s = stride[axis];
  const width = sizeNear(size, 2 * stride[1 - axis]);
  for (let phase = 0; phase < s; phase++) {
    const at = centre(size, s) + phase;
    const output = lineOutput(operator, axis, size, stride, (n) => (n === at ? 1 : 0), width);
    output.forEach((value, m) => {
      h[modulo(s * m - at, size)] = value;
    });
  }
  return h;
}
