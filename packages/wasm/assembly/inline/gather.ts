// Gradients of pooling over any window, one row of voxels at a time, so that rows are work items: a row gathers from
// the rows of windows that reach it, and along x each voxel from the windows that cover it. With q = (x + padding) /
// stride those are windows q, q - 1, ..., so that voxels of one phase (x + padding mod stride) make whole vectors.
import { AXES_BYTES, axisOf, firstVoxel, fillFloats, storeLanes, tapCount } from "./window";

/** Words after the axes, whose tables of windows tell which windows cover a voxel. Lengths in bytes. */
@unmanaged
export class Gather {
  /** In the scratch, behind the list of rows: the voxels of all phases, and one padded row of windows. */
  wide: i32;
  line: i32;
  /** A padded row of windows: where window 0 lies, where the first vector begins, and the length of all. */
  lead: i32;
  start: i32;
  lineBytes: i32;
  /** Windows over a voxel of the first `full` phases; the other phases have one fewer. */
  taps: i32;
  full: i32;
  /** Vectors of four q. */
  blocks: i32;
  /** What the phases have before the first voxel. */
  skip: i32;
}

// @ts-ignore: decorator
@inline
export function gatherOf(params: usize): Gather {
  return changetype<Gather>(params + AXES_BYTES);
}

/**
 * Lists the rows of windows over row `item` of voxels: their addresses, `pitch` bytes apart, and the product of what
 * the weights tables of z and y hold for them. Returns the end of the list.
 */
// @ts-ignore: decorator
@inline
export function listWindows(
  params: usize, item: i32, pooled: usize, pitch: usize, weighted: bool, list: usize,
): usize {
  const z = axisOf(params, 0);
  const y = axisOf(params, 1);
  const slice = item / y.size;
  const iy = item - slice * y.size;
  const plane = slice / z.size;
  const iz = slice - plane * z.size;
  const zs = params + z.windows;
  const ys = params + y.windows;
  const lastZ = firstVoxel(zs, iz) + tapCount(zs, iz);
  const lastY = firstVoxel(ys, iy) + tapCount(ys, iy);
  for (let oz = firstVoxel(zs, iz); oz < lastZ; oz++) {
    for (let oy = firstVoxel(ys, iy); oy < lastY; oy++) {
      store<u32>(list, <u32>(pooled + <usize>((plane * z.out + oz) * y.out + oy) * pitch));
      if (weighted) {
        const ofZ = load<f32>(params + z.weights + (<usize>oz << 2));
        store<f32>(list, ofZ * load<f32>(params + y.weights + (<usize>oy << 2)), 4);
      }
      list += 8;
    }
  }
  return list;
}

/** Whether row `item` of voxels lies under the same rows of windows as the one before it. */
// @ts-ignore: decorator
@inline
export function isUnderSameWindows(params: usize, item: i32): bool {
  const y = axisOf(params, 1);
  const ys = params + y.windows;
  const iy = item % y.size;
  if (iy == 0) return false;
  return firstVoxel(ys, iy) == firstVoxel(ys, iy - 1) && tapCount(ys, iy) == tapCount(ys, iy - 1);
}

/** Fills a padded row of windows with `value` outside of the windows. */
// @ts-ignore: decorator
@inline
export function padWindows(params: usize, line: usize, value: f32): void {
  const gather = gatherOf(params);
  const behind = gather.lead + (axisOf(params, 2).out << 2);
  fillFloats(line, gather.lead >> 2, value);
  fillFloats(line + behind, (gather.lineBytes - behind) >> 2, value);
}

/** Copies `bytes` at least: up to 12 more. */
// @ts-ignore: decorator
@inline
export function copyVectors(to: usize, from: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(to + at, v128.load(from + at));
}

/** Copies `bytes`, calls of memory.copy being slow for short rows. */
// @ts-ignore: decorator
@inline
export function copyRow(to: usize, from: usize, bytes: usize): void {
  const wholes = bytes & ~15;
  copyVectors(to, from, wholes);
  if (bytes & 15) storeLanes(to + wholes, v128.load(from + wholes), <i32>(bytes & 15) >> 2);
}

/** Four voxels of a phase, `stride` voxels apart. */
// @ts-ignore: decorator
@inline
export function storePhase(to: usize, v: v128, stride: i32): void {
  v128.store_lane<f32>(to, v, 0);
  v128.store_lane<f32>(to + (<usize>stride << 2), v, 1);
  v128.store_lane<f32>(to + (<usize>stride << 3), v, 2);
  v128.store_lane<f32>(to + 12 * <usize>stride, v, 3);
}

/** Four voxels of both phases at stride two. */
// @ts-ignore: decorator
@inline
export function storeTwoPhases(to: usize, first: v128, second: v128): void {
  v128.store(to, v128.shuffle<f32>(first, second, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<f32>(first, second, 2, 6, 3, 7), 16);
}
