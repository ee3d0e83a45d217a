import { type ConvStep, type PaddingMode, type WindowAxis, windowSize } from "@halfband/ops";
import { expect } from "vitest";
import type { Core } from "../src/core.ts";
import type { KernelFamily } from "../src/kernel.ts";
import { type Naive, naiveConv, product } from "./conv-naive.ts";
import { noise, runStep } from "./step-tester.ts";

export const modes: readonly PaddingMode[] = ["zeros", "reflect", "replicate", "circular"];

/** A window axis of kernel 3, stride 1 and padding 1 where not said otherwise. */
export function axis(size: number, options: Partial<Omit<WindowAxis, "size" | "out">> = {}): WindowAxis {
  const a = { kernel: 3, stride: 1, dilation: 1, padBefore: 1, padAfter: 1, ...options, size };
  return { ...a, out: windowSize(a) };
}

export interface ConvCase extends Partial<Omit<ConvStep, "inputs">> {
  readonly axes: readonly WindowAxis[];
  readonly bias?: boolean;
}

/** One channel to one, with a bias and without anything else, where not said otherwise. */
export function convStep({ bias = true, ...options }: ConvCase): ConvStep {
  const plain = { batch: 1, inChannels: 1, outChannels: 1, groups: 1, mode: "zeros", relu: false } as const;
  return { family: "conv", ...plain, outputs: [3], ...options, inputs: bias ? [0, 1, 2] : [0, 1] };
}

/** Noise for the inputs of a step: x, weight, bias. */
export function operands({ batch, inChannels, outChannels, groups, axes, inputs }: ConvStep): Float32Array[] {
  const x = noise(batch * inChannels * product(axes.map((a) => a.size)), 3);
  const weight = noise((outChannels * inChannels * product(axes.map((a) => a.kernel))) / groups, 5);
  return inputs.length > 2 ? [x, weight, noise(outChannels, 7)] : [x, weight];
}

export function runConv(
  family: KernelFamily<ConvStep>,
  step: ConvStep,
  inputs: readonly Float32Array[],
  core: Core,
): Float32Array {
  const length = step.batch * step.outChannels * product(step.axes.map((a) => a.out));
  return runStep(family, step, inputs, [length], core)[0];
}

/** Expects the sum in double precision, within the tolerance of the direct kernels. Gives the result. */
export function expectConv(family: KernelFamily<ConvStep>, step: ConvStep, core: Core): Float32Array {
  const inputs = operands(step);
  const got = runConv(family, step, inputs, core);
  expect(errorOverTolerance(got, naiveConv(step, inputs))).toBeLessThanOrEqual(1);
  return got;
}

/** A core whose kernels get their items in calls of `size`, as threads would. */
export function splitCalls(core: Core, size: number): Core {
  const split = Object.create(core) as Core;
  split.kernel = (name) => {
    const kernel = core.kernel(name);
    return (out, input, params, work, begin, end) => {
      for (let i = begin; i < end; i += size) kernel(out, input, params, work, i, Math.min(i + size, end));
    };
  };
  return split;
}

/** Largest error in units of (1e-6 + 1e-8 terms) * gain, for data of at most 1; a NaN is infinitely wrong. */
export function errorOverTolerance(got: Float32Array, want: Naive): number {
  return want.value.reduce((worst, value, i) => {
    if (got[i] === value) return worst;
    const error = Math.abs(got[i] - value) / ((1e-6 + 1e-8 * want.terms[i]) * want.gain[i]);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }, 0);
}
