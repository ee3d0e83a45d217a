import { HalfbandError } from "@halfband/ops";

/** One value per axis: rows, columns. */
export type Pair = readonly [number, number];

/** A two-dimensional image or feature map, row-major: sample (i, j) is `data[i * shape[1] + j]`. */
export interface Plane {
  readonly data: Float64Array | Float32Array;
  readonly shape: Pair;
}

/**
 * A downsampling operator under test. Output sample m lies at input position `spacing * m + offset` (voxels).
 * `apply` must not change its argument, must take planes of any size that `spacing` divides, and returns
 * planes of size N / spacing. `linear` must be true only where y(a x + b z) = a y(x) + b y(z).
 */
export interface PlaneOperator {
  readonly name: string;
  readonly apply: (plane: Plane) => Plane;
  readonly offset: Pair;
  readonly spacing: Pair;
  readonly linear: boolean;
}

/**
 * A plane of `shape` from its values, or filled by a function of row and column.
 *
 * @example planeOf([2, 2], (i, j) => 10 * i + j).data; // [0, 1, 10, 11]
 */
export function planeOf(
  shape: Pair,
  values: Float64Array | Float32Array | ((i: number, j: number) => number),
): Plane {
  const [rows, columns] = shape;
  if (typeof values !== "function") {
    if (values.length === rows * columns) return { data: values, shape };
    throw new HalfbandError(
      "INVALID_SHAPE",
      `A ${rows} x ${columns} plane needs ${rows * columns} values, got ${values.length}.`,
      {
        op: "planeOf",
        got: values.length,
        expected: rows * columns,
      },
    );
  }
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = values(i, j);
  return { data, shape };
}

/**
 * Plain subsampling by whole strides, the operator without any filter: what every other one is compared with.
 *
 * @example plainStride([2, 2]).apply(planeOf([2, 2], Float64Array.of(5, 6, 7, 8))).data; // [5]
 */
export const plainStride = (stride: Pair): PlaneOperator => ({
  name: `stride ${stride.join(" x ")}`,
  apply: ({ data, shape: [rows, columns] }) =>
    planeOf([rows / stride[0], columns / stride[1]], (i, j) => data[i * stride[0] * columns + j * stride[1]]),
  offset: [0, 0],
  spacing: stride,
  linear: true,
});

/** A new float64 plane with `f(a, b)` of the samples of two planes of the same shape. */
export function combine(a: Plane, b: Plane, f: (a: number, b: number) => number): Plane {
  const data = new Float64Array(a.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(a.data[i], b.data[i]);
  return { data, shape: a.shape };
}

export const difference = (a: Plane, b: Plane): Plane => combine(a, b, (u, v) => u - v);

export function mean({ data }: Plane): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i];
  return sum / data.length;
}

export function extremes({ data }: Plane): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    if (data[i] < min) min = data[i];
    if (data[i] > max) max = data[i];
  }
  return { min, max };
}

/** Sum of the products of the deviations from the two means. */
export function coEnergy(a: Plane, b: Plane): number {
  const meanA = mean(a);
  const meanB = mean(b);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i] - meanA) * (b.data[i] - meanB);
  return sum;
}

/** Sum of squared deviations from the mean: by Parseval the AC energy sum over k != 0 of |X[k]|^2, over N1 N2. */
export const acEnergy = (x: Plane): number => coEnergy(x, x);

/** Sum of squares. */
export function energy({ data }: Plane): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
  return sum;
}

/** True where a plane holds nothing but its mean: AC energy below 1e-20 N1 N2 max(x)^2 (METRICS.md section 0). */
export function isFlat(x: Plane): boolean {
  const { min, max } = extremes(x);
  const peak = Math.max(Math.abs(min), Math.abs(max));
  return peak === 0 || acEnergy(x) < 1e-20 * peak * peak;
}

/** The part of a plane that starts at `start` and has `shape`, as float64. */
export function region(x: Plane, start: Pair, shape: Pair): Plane {
  const columns = x.shape[1];
  return planeOf(shape, (i, j) => x.data[(i + start[0]) * columns + j + start[1]]);
}

/** The plane without `margin` samples on every side (per axis). */
export const inner = (x: Plane, margin: Pair): Plane =>
  margin[0] === 0 && margin[1] === 0
    ? x
    : region(x, margin, [x.shape[0] - 2 * margin[0], x.shape[1] - 2 * margin[1]]);

/** Circular shift by whole samples towards higher indices. */
export function roll(x: Plane, [down, right]: Pair): Plane {
  const [rows, columns] = x.shape;
  const data = new Float64Array(x.data.length);
  const shift = ((right % columns) + columns) % columns;
  for (let i = 0; i < rows; i++) {
    const to = ((((i + down) % rows) + rows) % rows) * columns;
    const row = x.data.subarray(i * columns, (i + 1) * columns);
    data.set(row.subarray(0, columns - shift), to + shift);
    data.set(row.subarray(columns - shift), to);
  }
  return { data, shape: x.shape };
}

/** Output size of an axis, N / spacing. */
export const outputSize = (size: number, spacing: number): number => Math.round(size / spacing);

const divides = (spacing: number, size: number): boolean =>
  Math.abs(size / spacing - Math.round(size / spacing)) < 1e-9;

/**
 * Drops the last rows and columns until `spacing` divides both sizes, as the spectral metrics need
 * (METRICS.md section 0). `cropped` says whether anything was dropped.
 */
export function fitToSpacing(x: Plane, spacing: Pair): { plane: Plane; cropped: boolean } {
  const shape = x.shape.map((size, a) => {
    let fitted = size;
    while (fitted > 0 && !divides(spacing[a], fitted)) fitted--;
    return fitted;
  }) as [number, number];
  if (shape[0] < 1 || shape[1] < 1) {
    throw new HalfbandError(
      "INVALID_SHAPE",
      `A ${x.shape.join(" x ")} plane is too small for a spacing of ${spacing.join(" x ")}.`,
      {
        op: "measure",
        got: x.shape,
        expected: `at least ${spacing.join(" x ")}`,
      },
    );
  }
  const cropped = shape[0] !== x.shape[0] || shape[1] !== x.shape[1];
  return { plane: cropped || !(x.data instanceof Float64Array) ? region(x, [0, 0], shape) : x, cropped };
}

/** `operator.apply`, with the size of the result checked against the operator's spacing. */
export function applyOperator(operator: PlaneOperator, x: Plane): Plane {
  const y = operator.apply(x);
  const expected = x.shape.map((size, a) => outputSize(size, operator.spacing[a]));
  if (y.shape[0] !== expected[0] || y.shape[1] !== expected[1] || y.data.length !== y.shape[0] * y.shape[1]) {
    throw new HalfbandError(
      "INVALID_SHAPE",
      `${operator.name} turned ${x.shape.join(" x ")} into ${y.shape.join(" x ")}, but its spacing asks for ${expected.join(" x ")}.`,
      { op: operator.name, got: y.shape, expected },
    );
  }
  return y;
}

/** The stride of every axis where all are whole numbers, else null. */
export const wholeStride = ({ spacing }: PlaneOperator): Pair | null =>
  spacing.every((s) => Math.abs(s - Math.round(s)) < 1e-9)
    ? (spacing.map((s) => Math.round(s)) as unknown as Pair)
    : null;
