import type { Pair, Plane, PlaneOperator } from "@halfband/measure";
import {
  type Backend,
  evaluate,
  type Grid,
  isHalfbandError,
  type Plan,
  type Tensor,
  type TensorSpec,
} from "@halfband/ops";
import { gather, range, wrapped } from "./gather.ts";
import type { Method } from "./methods.ts";

/** Numbers with one to three spatial axes, row-major, and where they sit. */
export interface Samples {
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly number[];
  readonly grid: Grid;
}

/** Outputs added on every side before an operator with a window runs, more than any window reaches. */
const MARGIN = 4;

/** Input voxels added per axis. Operators that see the whole plane as a circle by themselves need none. */
function marginOf(method: Method, stride: readonly number[]): number[] {
  const { support } = method.call(stride).operator.definition.semantics;
  return stride.map((s) => (support === "circular" || s === 1 ? 0 : MARGIN * s));
}

/** The samples with their borders joined: the image as the DFT sees it, so that no method sees an edge. */
function extend({ data, shape }: Omit<Samples, "grid">, margin: readonly number[]) {
  if (margin.every((m) => m === 0)) return { data, shape };
  return {
    data: gather(
      data,
      shape,
      shape.map((size, a) => wrapped(size, margin[a])),
    ),
    shape: shape.map((size, a) => size + 2 * margin[a]),
  };
}

/** Cuts off what came of the margin. */
function trim<T extends Float32Array | Float64Array>(
  data: T,
  shape: readonly number[],
  margin: readonly number[],
  size: readonly number[],
) {
  if (margin.every((m) => m === 0)) return data;
  return gather(
    data,
    shape,
    size.map((n, a) => range(margin[a] === 0 ? 0 : MARGIN, n)),
  );
}

const outputShape = (shape: readonly number[], stride: readonly number[]): number[] =>
  shape.map((size, a) => Math.floor(size / stride[a]));

function planOf(method: Method, x: TensorSpec, stride: readonly number[]): Plan {
  const { operator, options, weight } = method.call(stride);
  return weight ? operator.plan(x, { shape: weight.shape }, options) : operator.plan(x, options);
}

interface Prepared {
  readonly input: { data: Float32Array | Float64Array; shape: readonly number[] };
  readonly margin: readonly number[];
  readonly shape: readonly number[];
}

function prepare(method: Method, x: Omit<Samples, "grid">, stride: readonly number[]): Prepared {
  const margin = marginOf(method, stride);
  return { input: extend(x, margin), margin, shape: outputShape(x.shape, stride) };
}

const onBackend = ({ input }: Prepared, backend: Backend): Tensor =>
  backend.tensor(Float32Array.from(input.data), [1, 1, ...input.shape]);

/**
 * Applies a method on any backend, the image's borders joined (circular). Sizes must be multiples of the stride.
 * The result is float32.
 *
 * @example
 * const grid = [0, 1].map(() => ({ offset: 0, spacing: 1 }));
 * const x = { data: new Float32Array(64 * 64), shape: [64, 64], grid };
 * const { shape } = await applyMethod(findMethod("blurpool"), x, [2, 2], backend);
 */
export async function applyMethod(
  method: Method,
  x: Samples,
  stride: readonly number[],
  backend: Backend,
): Promise<Samples> {
  const prepared = prepare(method, x, stride);
  const input = onBackend(prepared, backend);
  const output = method.apply(input, stride);
  try {
    const data = (await output.data()) as Float32Array;
    const { margin, shape } = prepared;
    return {
      data: trim(data, output.shape.slice(2), margin, shape),
      shape,
      grid: gridAfter(method, x, stride),
    };
  } finally {
    input.dispose();
    output.dispose();
  }
}

/** Where the samples sit after one more application. */
export const gridAfter = (method: Method, x: Omit<Samples, "data">, stride: readonly number[]): Grid =>
  planOf(method, { shape: [1, 1, ...x.shape], grid: x.grid }, stride).grid;

type Step = (x: Plane) => Plane;

/** One application in float32 on a backend that has its results at hand. */
const float32Step =
  (method: Method, backend: Backend, stride: Pair): Step =>
  (x) =>
    backend.scope(() => {
      const prepared = prepare(method, x, stride);
      const output = method.apply(onBackend(prepared, backend), stride);
      const data = output.dataSync() as Float32Array;
      const shape = prepared.shape as unknown as Pair;
      return { data: trim(data, output.shape.slice(2), prepared.margin, shape), shape };
    });

/** One application by the operator's reference, in float64 from end to end. */
function float64Step(method: Method, stride: Pair): Step {
  const plans = new Map<string, Plan>();
  const { weight } = method.call(stride);
  const constants: Record<string, Float64Array> = weight ? { weight: Float64Array.from(weight.data) } : {};
  return (x) => {
    const { input, margin, shape } = prepare(method, x, stride);
    const key = input.shape.join();
    const plan = plans.get(key) ?? planOf(method, { shape: [1, 1, ...input.shape] }, stride);
    plans.set(key, plan);
    const { y } = evaluate(plan, { x: Float64Array.from(input.data), ...constants });
    return { data: trim(y, plan.shape.slice(2), margin, shape), shape: shape as unknown as Pair };
  };
}

/** True where `dataSync` works: everywhere but on a GPU. */
export function readsAtOnce(backend: Backend): boolean {
  const probe = backend.tensor(new Float32Array(1), [1, 1, 1]);
  try {
    probe.dataSync();
    return true;
  } catch (error) {
    if (isHalfbandError(error, "NOT_READY")) return false;
    throw error;
  } finally {
    probe.dispose();
  }
}

export interface PlaneOperatorOptions {
  /**
   * `float64`: the operator's reference, exact and independent of the backend, seconds for a large slice.
   * `float32`: the backend's kernels, as a network would see it; needs a backend whose `dataSync` works.
   * Default: float32 where the backend allows it, else float64.
   */
  readonly precision?: "float32" | "float64";
  /** Applications in a row; default 1. */
  readonly times?: number;
  /** Stride of each application, rows and columns; default 2. */
  readonly stride?: Pair;
}

/**
 * A method as the operator on planes that `@halfband/measure` measures. Borders are joined (circular), as the
 * spectral metrics ask for.
 *
 * @example
 * const operator = planeOperator(findMethod("blurpool"), backend);
 * measure(operator, plane).values.asr;
 */
export function planeOperator(
  method: Method,
  backend: Backend,
  options: PlaneOperatorOptions = {},
): PlaneOperator {
  const { times = 1, stride = [2, 2] } = options;
  const precision = options.precision ?? (readsAtOnce(backend) ? "float32" : "float64");
  const step = precision === "float64" ? float64Step(method, stride) : float32Step(method, backend, stride);
  // The grid of an operator does not depend on the size, as long as the stride divides it.
  const side = stride.map((s) => 16 * s ** times);
  let spec: Omit<Samples, "data"> = { shape: side, grid: side.map(() => ({ offset: 0, spacing: 1 })) };
  for (let t = 0; t < times; t++) {
    spec = { shape: outputShape(spec.shape, stride), grid: gridAfter(method, spec, stride) };
  }
  return {
    name: times === 1 ? method.id : `${method.id} x ${times}`,
    apply: (x) => {
      let y = x;
      for (let t = 0; t < times; t++) y = step(y);
      return y;
    },
    offset: [spec.grid[0].offset, spec.grid[1].offset],
    spacing: [spec.grid[0].spacing, spec.grid[1].spacing],
    linear: method.linear,
  };
}
