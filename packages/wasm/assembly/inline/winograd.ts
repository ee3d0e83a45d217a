// What the kernels of Winograd convolution share: parameters, items and what follows the transforms.
import { SweepParams } from "../conv-params";
import { madd } from "./simd";

/** Between the planes of U, of V and of M, so that they do not share sets of the first-level cache. */
// @ts-ignore: decorator
@inline export const PLANE_GAP: usize = 64;
// The points are 0 (at stride 1), +-1/sqrt(2), +-sqrt(2) and infinity: as cheap as +-1, +-2 and rounding half as much.
// @ts-ignore: decorator
@inline export const ROOT_2: f32 = 1.4142135623730951;
// @ts-ignore: decorator
@inline export const ROOT_HALF: f32 = 0.7071067811865476;

/**
 * Written by the host (`WinogradWord` in src/kernels/conv-winograd.ts). Packed input:
 * [slice][row][channel / 4][pitch][4].
 */
@unmanaged
export class WinogradParams {
  sweep: SweepParams;
  /** Taps along slices, and packed bytes from one to the next. */
  depth: i32;
  depthStep: usize;
  /** Channels and taps along slices summed over, a multiple of 4. */
  terms: i32;
  /** U: the weights' planes, each in blocks of 8 output channels, [terms][8]. */
  transformed: usize;
  /** Tiles worked on at a time: V and M of this many stay in the second-level cache. */
  block: i32;
  /** Items of one block of tiles: each computes `chunkBlocks` blocks of 8 output channels. */
  chunks: i32;
  chunkBlocks: i32;
  /** The slices of a window lie in a ring of so many bytes, from here on. */
  ringFirst: usize;
  ringBytes: usize;
  /** Whether products go by two blocks of output channels at a time. */
  wide: i32;
}

/** Packed bytes from the window of a tile to a tap along slices. */
// @ts-ignore: decorator
@inline
export function depthOffset(p: WinogradParams, depth: usize): usize {
  const offset = p.ringFirst + depth * p.depthStep;
  return offset < p.ringBytes ? offset : offset - p.ringBytes;
}

/** Blocks of 8 output channels. */
// @ts-ignore: decorator
@inline
export function weightBlocks(p: SweepParams): usize {
  return <usize>((p.blocks + 1) >> 1);
}

/** Bytes from one plane of U to the next. */
// @ts-ignore: decorator
@inline
export function weightPlane(p: WinogradParams): usize {
  return weightBlocks(p.sweep) * <usize>p.terms * 32 + PLANE_GAP;
}

/** Number of tiles in the slab. */
// @ts-ignore: decorator
@inline
export function tilesOf(p: SweepParams): i32 {
  return ((p.outColumns + 3) >> 2) * ((p.outRows + 3) >> 2) * p.outSlices;
}

/** Where the window of a tile starts in the packed input; `columnBytes` from one output column to the next. */
export function tileInput(p: SweepParams, packed: usize, tile: i32, columnBytes: usize): usize {
  const tileColumns = (p.outColumns + 3) >> 2;
  const tileRows = (p.outRows + 3) >> 2;
  const row = tile / tileColumns;
  const slice = row / tileRows;
  return (
    packed + <usize>slice * p.sliceStep + (<usize>(row - slice * tileRows) << 2) * p.rowStep +
    (<usize>(tile - row * tileColumns) << 2) * columnBytes
  );
}

/** Where a tile goes in the output channel at `out`. */
export function tileOutput(p: SweepParams, out: usize, tile: i32): usize {
  const tileColumns = (p.outColumns + 3) >> 2;
  const tileRows = (p.outRows + 3) >> 2;
  const row = tile / tileColumns;
  const slice = row / tileRows;
  return (
    out + <usize>slice * p.outSliceBytes + (<usize>(row - slice * tileRows) << 2) * p.outRowBytes +
    (<usize>(tile - row * tileColumns) << 4)
  );
}

/** Rows of a tile that lie in the output. */
export function tileRows(p: SweepParams, tile: i32): i32 {
  const row = tile / ((p.outColumns + 3) >> 2);
  return min(p.outRows - ((row % ((p.outRows + 3) >> 2)) << 2), 4);
}

/** Columns of a tile that lie in the output. */
export function tileColumns(p: SweepParams, tile: i32): i32 {
  return min(p.outColumns - ((tile % ((p.outColumns + 3) >> 2)) << 2), 4);
}

/** True where some lane is infinite or NaN. */
// @ts-ignore: decorator
@inline
export function isSpread(sum: v128): bool {
  const difference = f32x4.sub(sum, sum);
  return v128.any_true(f32x4.ne(difference, difference));
}

/**
 * The sums of a 4 x 4 tile, 4 output channels to a vector, as they are defined: for tiles over which infinity and NaN
 * in x or w, or overflow, have spread. They belong to their own windows only.
 */
export function sumDirectly(p: WinogradParams, to: usize, panel: usize, window: usize, columnBytes: usize): void {
  const sweep = p.sweep;
  const channelStep = <usize>sweep.pitch << 4;
  for (let i: usize = 0; i < 4; ++i) {
    let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
    let weight = panel + 16;
    for (let tap: usize = 0; tap < <usize>p.depth * 9; ++tap) {
      const depth = tap / 9;
      const row = tap / 3 - depth * 3;
      const column = tap % 3;
      let from = window + depthOffset(p, depth) + i * sweep.rowStep + row * sweep.packedRowBytes + (column << 4);
      for (let channel = 0; channel < sweep.channels; ++channel) {
        const w = v128.load(weight);
        let at = from + (<usize>(channel & 3) << 2);
        c0 = madd(v128.load32_splat(at), w, c0);
        at += columnBytes;
        c1 = madd(v128.load32_splat(at), w, c1);
        at += columnBytes;
        c2 = madd(v128.load32_splat(at), w, c2);
        c3 = madd(v128.load32_splat(at + columnBytes), w, c3);
        weight += 16;
        if ((channel & 3) == 3) from += channelStep;
      }
    }
    v128.store(to, c0);
    v128.store(to, c1, 16);
    v128.store(to, c2, 32);
    v128.store(to, c3, 48);
    to += 64;
  }
}

/**
 * Stores what lies in the output of a tile, [4 rows][4 columns] of 4 output channels at `scratch`, with the bias and
 * clamped (NaN stays: pmax(a, b) is a < b ? b : a).
 */
// @ts-ignore: decorator
@inline
export function storeTile(
  p: SweepParams, to: usize, scratch: usize, panel: usize, channels: i32, rows: i32, columns: i32,
): void {
  const step = p.outChannelBytes;
  const whole = channels == 4 && columns == 4;
  const bias = v128.load(panel);
  const floor = f32x4.splat(p.floor);
  for (let row = 0; row < rows; ++row) {
    const c0 = f32x4.pmax(f32x4.add(v128.load(scratch), bias), floor);
    const c1 = f32x4.pmax(f32x4.add(v128.load(scratch, 16), bias), floor);
    const c2 = f32x4.pmax(f32x4.add(v128.load(scratch, 32), bias), floor);
    const c3 = f32x4.pmax(f32x4.add(v128.load(scratch, 48), bias), floor);
    if (whole) {
      storeTransposed(to, step, c0, c1, c2, c3);
    } else {
      storeTransposed(scratch, 16, c0, c1, c2, c3);
      for (let channel = 0; channel < channels; ++channel) {
        memory.copy(to + <usize>channel * step, scratch + (<usize>channel << 4), <usize>columns << 2);
      }
    }
    scratch += 64;
    to += p.outRowBytes;
  }
}

/** Stores the columns of the matrix with these rows, `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function storeTransposed(to: usize, step: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
  v128.store(to + step, v128.shuffle<f64>(ab, cd, 1, 3));
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to + (step << 1), v128.shuffle<f64>(ab2, cd2, 0, 2));
  v128.store(to + step * 3, v128.shuffle<f64>(ab2, cd2, 1, 3));
}
