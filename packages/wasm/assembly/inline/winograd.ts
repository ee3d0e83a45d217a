// What the kernels of Winograd convolution share: parameters, items, the matrix product and what follows the transforms.
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

/**
 * One plane of M = U V: `count` tiles from `to` on, `tileBytes` apart, by `bytes` / 32 blocks of 8 output channels,
 * `uStep` from one block of U to the next. Summed over `segments` planes: `panelBytes` of U, 32 for each term, and as
 * many further on as the gaps say.
 */
export function multiplyPlane(
  p: WinogradParams, to: usize, bytes: usize, tileBytes: usize, count: i32, u: usize, uStep: usize, uGap: usize,
  v: usize, vGap: usize, panelBytes: usize, segments: i32,
): void {
  const toEnd = to + bytes;
  const vSkip = skipOf(p);
  do {
    let target = to;
    let values = v;
    for (let left = count; left > 0; ) {
      const tiles = groupOf(left);
      if (ASC_FEATURE_RELAXED_SIMD && tiles == 6) {
        multiplyGroup(6, target, tileBytes, u, uGap, values, vSkip, vGap, panelBytes, segments);
      } else {
        multiplyGroup(4, target, tileBytes, u, uGap, values, vSkip, vGap, panelBytes, segments);
      }
      target += tileBytes * tiles;
      values += <usize>tiles << 4;
      left -= tiles;
    }
    u += uStep;
    to += 32;
  } while (to != toEnd);
}

/**
 * The same with the same results, two blocks at a time: for engines that join operations on neighbouring vectors. A
 * function of its own, which leaves the compiler all registers for either.
 */
export function multiplyPlaneWide(
  p: WinogradParams, to: usize, bytes: usize, tileBytes: usize, count: i32, u: usize, uStep: usize, uGap: usize,
  v: usize, vGap: usize, panelBytes: usize, segments: i32,
): void {
  const pairsEnd = to + (bytes & ~63);
  const vSkip = skipOf(p);
  while (to != pairsEnd) {
    let target = to;
    let values = v;
    for (let left = count; left > 0; left -= 4) {
      multiplyPair(target, tileBytes, u, uStep, uGap, values, vSkip, vGap, panelBytes, segments);
      target += tileBytes << 2;
      values += 64;
    }
    u += uStep << 1;
    to += 64;
  }
  if (bytes & 63) multiplyPlane(p, to, 32, tileBytes, count, u, uStep, uGap, v, vGap, panelBytes, segments);
}

/** Bytes of V from the fourth channel of a tile to the next four. */
// @ts-ignore: decorator
@inline
function skipOf(p: WinogradParams): usize {
  return (<usize>p.block << 4) - 16;
}

/**
 * Tiles to take of so many. A product and its sum as one instruction keep more sums on their way than 4 x 8; 6 x 8 fill
 * the registers, where products need one as well they do not fit.
 */
// @ts-ignore: decorator
@inline
function groupOf(count: i32): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 4;
  return count <= 4 || count == 7 || count == 8 ? 4 : 6;
}

/** Some tiles, 4 or 6, by 8 output channels. */
// @ts-ignore: decorator
@inline
function multiplyGroup(
  tiles: i32, target: usize, tileBytes: usize, u: usize, uGap: usize, v: usize, vSkip: usize, vGap: usize,
  panelBytes: usize, segments: i32,
): void {
  let weight = u;
  let value = v;
  let left = segments;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  do {
    const end = weight + panelBytes;
    do {
      const vectorEnd = value + 16;
      do {
        const b0 = v128.load(weight);
        const b1 = v128.load(weight, 16);
        const a0 = v128.load32_splat(value);
        const a1 = v128.load32_splat(value, 16);
        c00 = madd(a0, b0, c00);
        c01 = madd(a0, b1, c01);
        c10 = madd(a1, b0, c10);
        c11 = madd(a1, b1, c11);
        const a2 = v128.load32_splat(value, 32);
        const a3 = v128.load32_splat(value, 48);
        c20 = madd(a2, b0, c20);
        c21 = madd(a2, b1, c21);
        c30 = madd(a3, b0, c30);
        c31 = madd(a3, b1, c31);
        if (tiles == 6) {
          const a4 = v128.load32_splat(value, 64);
          const a5 = v128.load32_splat(value, 80);
          c40 = madd(a4, b0, c40);
          c41 = madd(a4, b1, c41);
          c50 = madd(a5, b0, c50);
          c51 = madd(a5, b1, c51);
        }
        weight += 32;
        value += 4;
      } while (value != vectorEnd);
      value += vSkip;
    } while (weight != end);
    weight += uGap;
    value += vGap;
  } while (--left);
  v128.store(target, c00);
  v128.store(target, c01, 16);
  v128.store(target + tileBytes, c10);
  v128.store(target + tileBytes, c11, 16);
  v128.store(target + tileBytes * 2, c20);
  v128.store(target + tileBytes * 2, c21, 16);
  v128.store(target + tileBytes * 3, c30);
  v128.store(target + tileBytes * 3, c31, 16);
  if (tiles == 6) {
    v128.store(target + tileBytes * 4, c40);
    v128.store(target + tileBytes * 4, c41, 16);
    v128.store(target + tileBytes * 5, c50);
    v128.store(target + tileBytes * 5, c51, 16);
  }
}

/** 4 tiles by 16 output channels. */
// @ts-ignore: decorator
@inline
function multiplyPair(
  to: usize, tileBytes: usize, u: usize, uStep: usize, uGap: usize, value: usize, vSkip: usize, vGap: usize,
  panelBytes: usize, segments: i32,
): void {
  let weight = u;
  let left = segments;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c02 = c00, c03 = c00, c12 = c00, c13 = c00;
  let c22 = c00, c23 = c00, c32 = c00, c33 = c00;
  do {
    const end = weight + panelBytes;
    do {
      const vectorEnd = value + 16;
      do {
        const next = weight + uStep;
        const b0 = v128.load(weight);
        const b1 = v128.load(weight, 16);
        const b2 = v128.load(next);
        const b3 = v128.load(next, 16);
        const a0 = v128.load32_splat(value);
        c00 = madd(a0, b0, c00);
        c01 = madd(a0, b1, c01);
        c02 = madd(a0, b2, c02);
        c03 = madd(a0, b3, c03);
        const a1 = v128.load32_splat(value, 16);
        c10 = madd(a1, b0, c10);
        c11 = madd(a1, b1, c11);
        c12 = madd(a1, b2, c12);
        c13 = madd(a1, b3, c13);
        const a2 = v128.load32_splat(value, 32);
        c20 = madd(a2, b0, c20);
        c21 = madd(a2, b1, c21);
        c22 = madd(a2, b2, c22);
        c23 = madd(a2, b3, c23);
        const a3 = v128.load32_splat(value, 48);
        c30 = madd(a3, b0, c30);
        c31 = madd(a3, b1, c31);
        c32 = madd(a3, b2, c32);
        c33 = madd(a3, b3, c33);
        weight += 32;
        value += 4;
      } while (value != vectorEnd);
      value += vSkip;
    } while (weight != end);
    weight += uGap;
    value += vGap;
  } while (--left);
  store4(to, c00, c01, c02, c03);
  store4(to + tileBytes, c10, c11, c12, c13);
  store4(to + tileBytes * 2, c20, c21, c22, c23);
  store4(to + tileBytes * 3, c30, c31, c32, c33);
}

// @ts-ignore: decorator
@inline
function store4(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
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
