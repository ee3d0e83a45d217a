import type { MaxPoolStep, MaxPoolVjpStep } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import { inSlabs, type PlaneCounts, slabPlanes } from "../slabs.ts";
import { inputCount, outputCount, windowWords } from "./axes.ts";
import * as shaders from "./maxpool.wgsl.ts";

const forwardCounts = ({ axes, outputs }: MaxPoolStep): PlaneCounts => ({
  inputs: [inputCount(1, axes)],
  outputs: outputs.map(() => outputCount(1, axes)),
});

export const maxpool: KernelFamily<MaxPoolStep> = {
  family: "maxpool",
  select: (step, limits) => ({
    kernel: `maxpool${step.axes.length}d_f32${step.outputs.length > 1 ? "_indices" : ""}`,
    workspaceBytes: 0,
    slabs: slabPlanes(step.planes, forwardCounts(step), limits) !== undefined,
  }),
  prepare(step, workspace) {
    const { planes, axes, outputs } = step;
    const shader = outputs.length > 1 ? shaders.maxpoolIndices : shaders.maxpool;
    return inSlabs(planes, forwardCounts(step), workspace, (slab) => {
      const window = workspace.uniform(windowWords(slab, axes));
      const dispatch = workspace.dispatch(shader, { size: outputCount(slab, axes) });
      return (pass, [x], results) => dispatch(pass, [window, x, ...results]);
    });
  },
};

const vjpCounts = ({ axes }: MaxPoolVjpStep): PlaneCounts => ({
  inputs: [inputCount(1, axes), outputCount(1, axes)],
  outputs: [inputCount(1, axes)],
});

/** The winners are found first: then every voxel can ask the windows around it, and nothing is scattered. */
export const maxpoolVjp: KernelFamily<MaxPoolVjpStep> = {
  family: "maxpoolVjp",
  select(step, limits) {
    const slab = slabPlanes(step.planes, vjpCounts(step), limits);
    return {
      kernel: `maxpoolVjp${step.axes.length}d_f32`,
      workspaceBytes: outputCount(slab ?? step.planes, step.axes) * 4,
      slabs: slab !== undefined,
    };
  },
  prepare(step, workspace) {
    const { planes, axes } = step;
    return inSlabs(planes, vjpCounts(step), workspace, (slab) => {
      const window = workspace.uniform(windowWords(slab, axes));
      const winners = workspace.scratch(outputCount(slab, axes) * 4);
      const find = workspace.dispatch(shaders.maxpoolWinners, { size: outputCount(slab, axes) });
      const collect = workspace.dispatch(shaders.maxpoolVjp, { size: inputCount(slab, axes) });
      return (pass, [x, gy], [gx]) => {
        find(pass, [window, x, winners]);
        collect(pass, [window, winners, gy, gx]);
      };
    });
  },
};
