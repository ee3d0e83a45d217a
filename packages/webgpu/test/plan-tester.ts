// Runs whole plans, step by step, and compares with the float64 reference.
import { elementCount, evaluate, type Plan, valuesOf } from "@halfband/ops";
import { expect } from "vitest";
import { kernelOf } from "../src/kernels/index.ts";
import { noise, runStep } from "./step-tester.ts";

export type Arrays = Readonly<Record<string, Float32Array>>;

const namesOf = (plan: Plan, role: "input" | "output"): string[] =>
  valuesOf(plan, role).map((index) => plan.values[index].name);

/** Noise for every input, by name. */
export function noiseFor(plan: Plan): Arrays {
  return Object.fromEntries(
    valuesOf(plan, "input").map((index) => {
      const { name, shape } = plan.values[index];
      return [name, noise(elementCount(shape), 7 * index + 1)];
    }),
  );
}

/** Outputs by name. */
export async function runPlan(plan: Plan, inputs: Arrays): Promise<Arrays> {
  const arrays: Float32Array[] = plan.values.map(({ name, role, data }) =>
    data ? Float32Array.from(data) : role === "input" ? inputs[name] : new Float32Array(),
  );
  for (const step of plan.steps) {
    const lengths = step.outputs.map((index) => elementCount(plan.values[index].shape));
    const results = await runStep(
      kernelOf(step),
      step,
      step.inputs.map((index) => arrays[index]),
      lengths,
    );
    step.outputs.forEach((index, i) => {
      arrays[index] = results[i];
    });
  }
  return Object.fromEntries(
    valuesOf(plan, "output").map((index) => [plan.values[index].name, arrays[index]]),
  );
}

export const reference = (plan: Plan, inputs: Arrays): Readonly<Record<string, Float64Array>> =>
  evaluate(
    plan,
    Object.fromEntries(Object.entries(inputs).map(([name, data]) => [name, Float64Array.from(data)])),
  );

/** Largest |got - want|; infinite where one of the two is NaN or an infinity differs. */
export function deviation(got: ArrayLike<number>, want: ArrayLike<number>): number {
  expect(got.length).toBe(want.length);
  let max = 0;
  for (let i = 0; i < want.length; i++) {
    if (got[i] === want[i] || (Number.isNaN(got[i]) && Number.isNaN(want[i]))) continue;
    const d = Math.abs(got[i] - want[i]);
    max = Math.max(max, Number.isNaN(d) ? Number.POSITIVE_INFINITY : d);
  }
  return max;
}

const maxAbs = (data: ArrayLike<number>): number =>
  Array.from(data).reduce((m, v) => Math.max(m, Math.abs(v)), 0);

/** Compares every output with the reference, within `tolerance` times the largest expected value (at least 1). */
export async function expectPlan(
  plan: Plan,
  tolerance: number,
  inputs: Arrays = noiseFor(plan),
): Promise<Arrays> {
  const want = reference(plan, inputs);
  const got = await runPlan(plan, inputs);
  for (const name of namesOf(plan, "output")) {
    const bound = tolerance * Math.max(1, maxAbs(want[name]));
    expect(deviation(got[name], want[name]), `${plan.op} ${plan.direction} ${name}`).toBeLessThanOrEqual(
      bound,
    );
  }
  return got;
}
