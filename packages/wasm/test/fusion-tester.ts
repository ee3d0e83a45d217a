// Runs two steps fused and one after the other, each with the traps of step-tester.ts.
import type { Step } from "@halfband/ops";
import type { Core } from "../src/core.ts";
import type { FusedKernel } from "../src/fusion.ts";
import type { KernelFamily } from "../src/kernel.ts";
import { kernelOf } from "../src/kernels/index.ts";
import { runStep } from "./step-tester.ts";

/** A fused kernel bound to its two steps, as a family of the first. */
function asFamily<A extends Step, B extends Step>(kernel: FusedKernel<A, B>, second: B): KernelFamily<Step> {
  return {
    family: kernel.families[0],
    select(first) {
      const selection = kernel.select(first as A, second);
      if (selection === undefined) throw new Error("The kernel does not take these steps.");
      return selection;
    },
    prepare: (first, core, bound) => kernel.prepare(first as A, second, core, bound),
  };
}

export function runFused<A extends Step, B extends Step>(
  kernel: FusedKernel<A, B>,
  first: A,
  second: B,
  inputs: readonly Float32Array[],
  length: number,
  core: Core,
): Float32Array {
  const family = asFamily(kernel, second);
  family.select(first);
  return runStep<Step>(family, first, inputs, [length], core)[0];
}

export function runChain(
  first: Step,
  second: Step,
  inputs: readonly Float32Array[],
  between: number,
  length: number,
  core: Core,
): Float32Array {
  const [map] = runStep(kernelOf(first), first, inputs, [between], core);
  return runStep(kernelOf(second), second, [map], [length], core)[0];
}
