/** Indices along one axis, in the order in which they are wanted. */
export type Indices = ArrayLike<number>;

/** first, first + 1, ... */
export const range = (first: number, length: number): Int32Array =>
  Int32Array.from({ length }, (_, i) => first + i);

/** Indices -margin .. size + margin - 1, wrapped round: the axis seen on a circle. */
export const wrapped = (size: number, margin: number): Int32Array =>
  Int32Array.from({ length: size + 2 * margin }, (_, i) => (((i - margin) % size) + size) % size);

/** Samples of a row-major array of one to three axes at every combination of the indices given per axis. */
export function gather<T extends Float32Array | Float64Array>(
  data: T,
  shape: readonly number[],
  axes: readonly Indices[],
): T {
  const padded = [...new Array<Indices>(3 - axes.length).fill([0]), ...axes];
  const [, rows, columns] = [...new Array<number>(3 - shape.length).fill(1), ...shape];
  const [outer, middle, inner] = padded;
  const length = outer.length * middle.length * inner.length;
  const out = (data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)) as T;
  let at = 0;
  for (let i = 0; i < outer.length; i++) {
    for (let j = 0; j < middle.length; j++) {
      const row = (outer[i] * rows + middle[j]) * columns;
      for (let k = 0; k < inner.length; k++) out[at++] = data[row + inner[k]];
    }
  }
  return out;
}
