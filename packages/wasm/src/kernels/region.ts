import type { RegionStep } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";

type Axis = RegionStep["axes"][number];

const KERNEL = "region_f32";

/** Depth, height and width; an untouched last axis joins the one before it, so that rows get long. */
function threeAxes(axes: readonly Axis[]): readonly Axis[] {
  const merged = [...axes];
  while (merged.length > 1) {
    const { size, out, start } = merged.at(-1)!;
    if (start !== 0 || size !== out) break;
    merged.pop();
    const axis = merged.pop()!;
    merged.push({ size: axis.size * size, out: axis.out * size, start: axis.start * size });
  }
  const single: Axis = { size: 1, out: 1, start: 0 };
  return [...Array<Axis>(3 - merged.length).fill(single), ...merged];
}

/** `RegionParams` of assembly/elementwise.ts. */
function packParams(step: RegionStep): number[] {
  const [depth, height, width] = threeAxes(step.axes);
  const first = Math.min(Math.max(-width.start, 0), width.out);
  const last = Math.max(Math.min(width.size - width.start, width.out), first);
  return [
    depth.size,
    depth.out,
    depth.start,
    height.size,
    height.out,
    height.start,
    width.size * 4,
    width.out * 4,
    first * 4,
    (last - first) * 4,
    (first + width.start) * 4,
    (width.out - last) * 4,
  ];
}

export const region: KernelFamily<RegionStep> = {
  family: "region",
  select: () => ({ kernel: KERNEL, workspaceBytes: 0 }),
  prepare(step, core) {
    const [depth, height, width] = threeAxes(step.axes);
    const split = core.split(KERNEL, { itemNanoseconds: 30 + width.out * 0.3 });
    const words = packParams(step);
    const params = core.arena.allocate(words.length * 4);
    core.i32(params, words.length).set(words);
    const rows = step.planes * depth.out * height.out;
    return {
      run: ([input], [output]) => split.run(output, input, params, 0, rows),
      dispose() {
        core.arena.free(params);
        split.dispose();
      },
    };
  },
};
