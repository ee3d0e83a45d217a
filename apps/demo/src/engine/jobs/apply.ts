import { type Backend, type Method, type Pair, type Plane, planeOf } from "../halfband.ts";

/** Outputs added on every side before an operator with a window runs. */
const MARGIN = 4;

const wrap = (i: number, size: number): number => ((i % size) + size) % size;

/** A part of the plane seen on a circle, from (top, left) on. */
function circular({ data, shape: [rows, columns] }: Plane, [top, left]: Pair, shape: Pair): Plane {
  return planeOf(shape, (i, j) => data[wrap(top + i, rows) * columns + wrap(left + j, columns)]);
}

/**
 * A method on a plane with joined borders, on any backend: `planeOperator` of `@halfband/compare` for devices
 * whose results are not at hand at once. Sizes must be multiples of the stride.
 */
export async function applyPlane(
  method: Method,
  plane: Plane,
  stride: Pair,
  backend: Backend,
): Promise<Plane> {
  const { support } = method.call(stride).operator.definition.semantics;
  const margin = stride.map((s) => (support === "circular" || s === 1 ? 0 : MARGIN)) as unknown as Pair;
  const before: Pair = [margin[0] * stride[0], margin[1] * stride[1]];
  const extended: Pair = [plane.shape[0] + 2 * before[0], plane.shape[1] + 2 * before[1]];
  const input = circular(plane, [-before[0], -before[1]], extended);
  const x = backend.tensor(Float32Array.from(input.data), [1, 1, ...extended]);
  const y = method.apply(x, stride);
  try {
    const data = (await y.data()) as Float32Array;
    const size: Pair = [plane.shape[0] / stride[0], plane.shape[1] / stride[1]];
    const columns = y.shape[3];
    const out = new Float32Array(size[0] * size[1]);
    for (let i = 0; i < size[0]; i++) {
      const from = (i + margin[0]) * columns + margin[1];
      out.set(data.subarray(from, from + size[1]), i * size[1]);
    }
    return { data: out, shape: size };
  } finally {
    x.dispose();
    y.dispose();
  }
}
