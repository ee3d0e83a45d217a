// What the kernels of Winograd convolution share: parameters, items and what follows the transforms.
import { SweepParams } from "../conv-params";
import { madd, nmadd } from "./simd";

/** Between the planes of V, and between the tiles of M, so that they do not share sets of the first-level cache. */
// @ts-ignore: decorator
@inline export const PLANE_GAP: usize = 64;
/** Blocks of 8 output channels at a time: their products with a block of tiles stay in the first-level cache. */
// @ts-ignore: decorator
@inline export const GROUP_BLOCKS: i32 = 2;
/** Bytes of their sums in one plane of M, for one tile. */
// @ts-ignore: decorator
@inline export const GROUP_BYTES: usize = 64;
// The points are 0 (at stride 1), +-1/sqrt(2), +-sqrt(2) and infinity: as cheap as +-1, +-2 and rounding half as much.
// Factors of the transforms lie in memory: engines build a constant anew wherever it is used, in three instructions.
const factors = memory.data<f32>([0.5, 2, 2.5, 0.7071067811865476, 1.4142135623730951]);

// @ts-ignore: decorator
@inline export const HALF: usize = 0;
// @ts-ignore: decorator
@inline export const TWO: usize = 4;
// @ts-ignore: decorator
@inline export const FIVE_HALVES: usize = 8;
// @ts-ignore: decorator
@inline export const ROOT_HALF: usize = 12;
// @ts-ignore: decorator
@inline export const ROOT: usize = 16;

// @ts-ignore: decorator
@inline
export function factor(offset: usize): v128 {
  return v128.load32_splat(factors + offset);
}

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
  /** U: [group of blocks][plane][block][terms][8], blocks of 8 output channels. */
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

/** Of those from `first` on, how many are worked on at a time. */
// @ts-ignore: decorator
@inline
export function groupBlocks(p: WinogradParams, first: i32): i32 {
  return min(<i32>weightBlocks(p.sweep) - first, GROUP_BLOCKS);
}

/** Bytes into U where the planes of such a group start; each of them has its blocks side by side. */
// @ts-ignore: decorator
@inline
export function groupWeights(p: WinogradParams, first: i32): usize {
  return <usize>first * 36 * (<usize>p.terms << 5);
}

/** Bytes of M from one tile to the next: [column][row][output channel] of `sums` x `sums` planes. */
// @ts-ignore: decorator
@inline
export function tileSums(sums: usize): usize {
  return sums * sums * GROUP_BYTES + PLANE_GAP;
}

/** Number of tiles in the slab. */
// @ts-ignore: decorator
@inline
export function tilesOf(p: SweepParams): i32 {
  return ((p.outColumns + 3) >> 2) * ((p.outRows + 3) >> 2) * p.outSlices;
}

/** Where a tile lies: the start of its window in the packed input, its first output, and what of it is in the output. */
@unmanaged
export class Place {
  window: usize;
  out: usize;
  rows: i32;
  columns: i32;
}

/** Bytes that the places of a block take. */
// @ts-ignore: decorator
@inline
export function placesBytes(p: WinogradParams): usize {
  return <usize>p.block * offsetof<Place>();
}

// @ts-ignore: decorator
@inline
export function placeAt(places: usize, tile: i32): Place {
  return changetype<Place>(places + <usize>tile * offsetof<Place>());
}

/** Places of `count` tiles from `first` on; `columnBytes` of packed input from one output column to the next. */
export function placeTiles(
  p: SweepParams, places: usize, packed: usize, out: usize, first: i32, count: i32, columnBytes: usize,
): void {
  const lineTiles = (p.outColumns + 3) >> 2;
  const sliceLines = (p.outRows + 3) >> 2;
  for (let tile = 0; tile < count; ++tile) {
    const line = (first + tile) / lineTiles;
    const slice = line / sliceLines;
    const row = (line - slice * sliceLines) << 2;
    const column = (first + tile - line * lineTiles) << 2;
    const place = placeAt(places, tile);
    place.window = packed + <usize>slice * p.sliceStep + <usize>row * p.rowStep + <usize>column * columnBytes;
    place.out = out + <usize>slice * p.outSliceBytes + <usize>row * p.outRowBytes + (<usize>column << 2);
    place.rows = min(p.outRows - row, 4);
    place.columns = min(p.outColumns - column, 4);
  }
}

/** Stores even + factor * odd, and even - factor * odd `step` bytes further. */
// @ts-ignore: decorator
@inline
export function storeSumAndDifference(to: usize, step: usize, even: v128, factor: v128, odd: v128): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    v128.store(to, madd(factor, odd, even));
    v128.store(to + step, nmadd(factor, odd, even));
  } else {
    const product = f32x4.mul(factor, odd);
    v128.store(to, f32x4.add(even, product));
    v128.store(to + step, f32x4.sub(even, product));
  }
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
