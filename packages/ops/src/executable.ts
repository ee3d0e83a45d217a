import { ArrayRunner, type Host } from "./arrays.ts";
import type { Buffer, PreparedPlan } from "./device.ts";
import { HalfbandError } from "./errors.ts";
import { type Plan, valuesOf } from "./plan.ts";
import type { DType, Shape, Tensor, TensorData } from "./tensor.ts";

/** The arrays of a plan's outputs: `indices` is the one name for int32. */
export type OutputArrays<Outputs extends readonly string[]> = {
  -readonly [K in keyof Outputs]: string extends Outputs[K]
    ? TensorData
    : Outputs[K] extends "indices"
      ? Int32Array
      : Float32Array;
};

/** A prepared plan: call it with the inputs that were not bound, then the outputs, in the plan's order. */
export interface Executable<Outputs extends readonly string[] = readonly string[]> {
  (...tensors: readonly Tensor<DType>[]): void;
  /**
   * The same from arrays to arrays, in the same order: reads the inputs, overwrites the outputs, gives the same bits.
   * Without outputs it makes new ones, which takes less than to make them before. Resolves to the outputs.
   * Works through large arrays a part at a time where the operator allows it (planes, batch items, rows of disjoint
   * blocks), so that parts stay in the cache and need little memory on the backend. Arrays must not be touched, nor
   * the executable disposed, until the promise is settled.
   * @throws `INVALID_OPTION`, `INVALID_SHAPE` for arrays that do not fit, `OUT_OF_MEMORY`; outputs are undefined then.
   * `DISPOSED` once this, its backend or a constant bound to it was given back, as the call itself does.
   */
  arrays(...arrays: readonly TensorData[]): Promise<OutputArrays<Outputs>>;
  readonly plan: Plan<Outputs>;
  /** Gives tables, packed weights and scratch back. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What an executable needs of its backend. */
export interface ExecutableHost extends Host {
  assertAlive(): void;
  /** Checks the tensors and puts their buffers in place; those whose shapes are in `fitting` were checked before. */
  bind(
    plan: Plan,
    slots: readonly number[],
    tensors: readonly Tensor<DType>[],
    buffers: Buffer[],
    fitting: Shape[],
  ): void;
}

/** @param constants by plan value. The executable owns `prepared`. */
export function makeExecutable<Outputs extends readonly string[]>(
  host: ExecutableHost,
  plan: Plan<Outputs>,
  prepared: PreparedPlan,
  constants: ReadonlyMap<number, Tensor<DType>>,
): Executable<Outputs> {
  const held = [...constants];
  const bound = new Map(held.map(([index, { buffer }]) => [index, buffer] as const));
  const slots = [
    ...valuesOf(plan, "input").filter((index) => !bound.has(index)),
    ...valuesOf(plan, "output"),
  ];
  const buffers: Buffer[] = plan.values.map((_, index) => bound.get(index));
  const fitting: Shape[] = [];
  const runner = new ArrayRunner(host, plan, prepared, bound, slots);
  let disposed = false;
  /** The memory of what was disposed may be another tensor's by now. */
  const assertUsable = () => {
    host.assertAlive();
    if (disposed) throw new HalfbandError("DISPOSED", `This executable of ${plan.op} was disposed before.`);
    for (let i = 0; i < held.length; i++) {
      const [index, tensor] = held[i];
      buffers[index] = tensor.buffer; // throws DISPOSED
    }
  };
  const run = (...tensors: readonly Tensor<DType>[]) => {
    assertUsable();
    host.bind(plan, slots, tensors, buffers, fitting);
    prepared.run(buffers);
  };
  const arrays = async (...given: readonly TensorData[]) => {
    assertUsable();
    return (await runner.run(given)) as OutputArrays<Outputs>;
  };
  const dispose = () => {
    if (disposed) return;
    disposed = true;
    runner.dispose();
    prepared.dispose();
  };
  return Object.assign(run, { arrays, plan, dispose, [Symbol.dispose]: dispose });
}
