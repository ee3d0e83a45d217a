import type { ConvStep } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import { correlationTile, forwardCorrelation, prepareCorrelation } from "./conv-correlation.ts";
import { correlationName } from "./conv-correlation.wgsl.ts";

/** Convolution as a product of the weights and the voxels under each window, which are gathered on the way. */
export const conv: KernelFamily<ConvStep> = {
  family: "conv",

  select(step) {
    const correlation = forwardCorrelation(step);
    const { rank, lists } = correlation;
    return {
      kernel: `conv${correlationName({ rank, tile: correlationTile(correlation), lists })}`,
      workspaceBytes: 0,
    };
  },

  prepare(step, workspace) {
    const bias = step.inputs.length > 2;
    const run = prepareCorrelation(forwardCorrelation(step), workspace, { bias, relu: step.relu });
    return (pass, [x, weight, added], [y]) => run(pass, { x, weight, bias: bias ? added : undefined, y });
  },
};
