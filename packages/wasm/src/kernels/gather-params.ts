import { type WindowAxis, windowExtent } from "@halfband/ops";
import { AXES_WORDS, type ParamBlock, pairTable, setAxes, threeAxes } from "./window-params.ts";

/** Words of `Gather` in assembly/inline/gather.ts, after the axes. */
export const GATHER_WORDS = 9;

/** How the voxels of a row gather from windows: `Gather` of assembly/inline/gather.ts, and the scratch it takes. */
export function gatherLayout(axes: readonly WindowAxis[]) {
  const [z, y, x] = threeAxes(axes);
  const { size, out, kernel, stride, dilation, padBefore } = x;
  const extent = windowExtent(kernel, dilation);
  const taps = Math.ceil(extent / stride);
  const first = Math.floor(padBefore / stride);
  const last = Math.floor((size - 1 + padBefore) / stride);
  const blocks = Math.ceil((last - first + 1) / 4);
  const lead = Math.max(0, taps - 1 - first);
  const start = lead + first - (taps - 1);
  const line = Math.max(lead + out, start + taps - 1 + 4 * blocks) + 4;
  const reach = (axis: WindowAxis) => Math.ceil(windowExtent(axis.kernel, axis.dilation) / axis.stride);
  const listBytes = 16 * Math.ceil((reach(z) * reach(y)) / 2);
  const wideBytes = blocks * stride * 16;
  return {
    scratchBytes: listBytes + wideBytes + line * 4,
    lead: lead * 4,
    lineBytes: line * 4,
    words: [
      listBytes,
      listBytes + wideBytes,
      lead * 4,
      start * 4,
      line * 4,
      taps,
      extent - stride * (taps - 1),
      blocks,
      (padBefore - stride * first) * 4,
    ],
  };
}

/** Per voxel of an axis: the first window that reaches it, and how many do. */
function coverTable({ size, out, kernel, stride, dilation, padBefore }: WindowAxis): Int32Array {
  const extent = windowExtent(kernel, dilation);
  const table = pairTable(size);
  for (let voxel = 0; voxel < size; voxel++) {
    const first = Math.max(0, Math.ceil((voxel + padBefore - extent + 1) / stride));
    const last = Math.min(out - 1, Math.floor((voxel + padBefore) / stride));
    table[2 * voxel] = first;
    table[2 * voxel + 1] = Math.max(0, last - first + 1);
  }
  return table;
}

/** Axes with their tables, and the words of `Gather`. `weights` gives what a window's gradient is multiplied by. */
export function setGather(
  block: ParamBlock,
  axes: readonly WindowAxis[],
  weights: (axis: WindowAxis, index: number) => number,
): void {
  setAxes(block, threeAxes(axes), (axis, index) => ({
    windows: block.table(coverTable(axis)),
    weights: weights(axis, index),
  }));
  for (const [i, word] of gatherLayout(axes).words.entries()) block.set(AXES_WORDS + i, word);
}

/** Rows of voxels in a plane, and about the nanoseconds that one takes. */
export function voxelRows(axes: readonly WindowAxis[]) {
  const rows = axes.slice(0, -1).reduce((product, axis) => product * axis.size, 1);
  const covers = axes.reduce((product, axis) => product * Math.ceil(axis.kernel / axis.stride), 1);
  return { rows, itemNanoseconds: 50 + axes[axes.length - 1].size * covers * 0.5 };
}
