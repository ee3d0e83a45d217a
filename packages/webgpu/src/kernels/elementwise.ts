import type { ElementwiseStep } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import { inSlabs } from "../slabs.ts";
import { add, magnitude, magnitudeVjp, reluVjp } from "./elementwise.wgsl.ts";

const shaders = { add, reluVjp, magnitude, magnitudeVjp };

export const elementwise: KernelFamily<ElementwiseStep> = {
  family: "elementwise",
  select: (step) => ({ kernel: `elementwise_f32_${step.function}`, workspaceBytes: 0, slabs: true }),
  prepare(step, workspace) {
    const counts = { inputs: step.inputs.map(() => 1), outputs: step.outputs.map(() => 1) };
    return inSlabs(step.length, counts, workspace, (length) => {
      const params = workspace.uniform([length]);
      const dispatch = workspace.dispatch(shaders[step.function], { size: length });
      return (pass, inputs, outputs) => dispatch(pass, [params, ...inputs, ...outputs]);
    });
  },
};
