import type { RegionStep } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import { inSlabs, slabPlanes } from "../slabs.ts";
import { outputCount, planeCounts, vec4Of } from "./axes.ts";
import * as shaders from "./region.wgsl.ts";

export const region: KernelFamily<RegionStep> = {
  family: "region",
  select: ({ planes, axes }, limits) => ({
    kernel: `region${axes.length}d_f32`,
    workspaceBytes: 0,
    slabs: slabPlanes(planes, planeCounts(axes), limits) !== undefined,
  }),
  prepare({ planes, axes }, workspace) {
    return inSlabs(planes, planeCounts(axes), workspace, (slab) => {
      const params = workspace.uniform([
        ...vec4Of(axes, "size", 1, slab),
        ...vec4Of(axes, "out", 1, slab),
        ...vec4Of(axes, "start", 0),
      ]);
      const dispatch = workspace.dispatch(shaders.region, { size: outputCount(slab, axes) });
      return (pass, [x], [y]) => dispatch(pass, [params, x, y]);
    });
  },
};
