import type { ConvVjpStep } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import { adjointCorrelation, correlationTile, prepareCorrelation } from "./conv-correlation.ts";
import { correlationName } from "./conv-correlation.wgsl.ts";
import { prepareReduction, reductionBytes, reductionName, reductionOf } from "./conv-weight.ts";

/**
 * Gradients of the convolution. By x: every voxel gathers from the windows that hold it, so that nothing is
 * scattered. By weight and bias: sums over all images and windows, in two levels.
 */
export const convVjp: KernelFamily<ConvVjpStep> = {
  family: "convVjp",

  select(step) {
    if (step.of === "x") {
      const correlation = adjointCorrelation(step);
      const { rank, lists } = correlation;
      const name = correlationName({ rank, tile: correlationTile(correlation), lists });
      return { kernel: `convvjp${name}_x`, workspaceBytes: 0 };
    }
    const reduction = reductionOf(step);
    return {
      kernel: `convvjp${step.axes.length}d_f32_${reductionName(reduction)}_${step.of}`,
      workspaceBytes: reductionBytes(reduction),
    };
  },

  prepare(step, workspace) {
    if (step.of !== "x") return prepareReduction(step, workspace);
    const run = prepareCorrelation(adjointCorrelation(step), workspace, { bias: false, relu: false });
    return (pass, [gy, weight], [gx]) => run(pass, { x: gy, weight, y: gx });
  },
};
