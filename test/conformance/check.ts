// How a property is checked: random calls of one operator on one backend, with a fixed seed.
import type { AnyOperator, Backend } from "@halfband/ops";
import fc from "fast-check";
import { type Arrays, type Case, doubles, planOf, run } from "./call.ts";

export const SETTINGS = { seed: 20240917, numRuns: 20 };
export const ROUNDING = 2 ** -24;
export const seeds = fc.integer({ min: 1, max: 10_000 });

export const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(arbitrary, holds), SETTINGS);

/** Outputs or gradients as numbers; the tensors are given back. */
export async function compute(
  operator: AnyOperator,
  golden: Case,
  backend: Backend,
  inputs: Arrays,
): Promise<Record<string, ArrayLike<number>>> {
  const made = Object.entries(await run(operator, golden, backend, inputs));
  const read = await Promise.all(made.map(async ([name, tensor]) => [name, await tensor.data()] as const));
  for (const [, tensor] of made) tensor.dispose();
  return Object.fromEntries(read);
}

export async function forward(
  operator: AnyOperator,
  golden: Case,
  backend: Backend,
  inputs: Arrays,
): Promise<ArrayLike<number>> {
  return (await compute(operator, golden, backend, inputs))[operator.definition.outputs[0]];
}

/** Largest error that the definition allows per unit of max|x|, with the rounding to float32. */
export function allowed(operator: AnyOperator, golden: Case, inputs: Arrays): number {
  const { params } = planOf(operator, golden);
  const { tolerance, gain } = operator.definition.semantics;
  return (tolerance(params) + ROUNDING) * gain(params, doubles(inputs));
}

/** Rows for `it.each`. */
export const named = (list: readonly AnyOperator[]) =>
  list.map((operator) => [operator.definition.name, operator] as const);

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

export function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}
