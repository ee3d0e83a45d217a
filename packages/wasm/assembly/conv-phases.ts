// Winograd for 3 x 3 at stride 2. Along an axis, outputs 0 .. 3 are y[i] = w0 e[i] + w1 o[i] + w2 e[i + 1] of the even
// and odd voxels. The even part is F(4, 2), 5 products at the points +-1/sqrt(2), +-sqrt(2) and infinity; the odd one
// takes 4 products as it is: 9 instead of 12, and 81 instead of 144 in the plane.
//
// Planes of an axis: V has nine { 4 points, o0, o1, o2, infinity, o3 }; the last two reach y[3] only, with factor 1, so
// they are summed together like channels and M has eight. U has six { 4 points, infinity, odd }.
import { madd, nmadd } from "./inline/simd";
import {
  depthOffset, isSpread, PLANE_GAP, ROOT_2, ROOT_HALF, storeTile, sumDirectly, tileColumns, tileInput, tileOutput,
  tileRows, tilesOf, weightBlocks, weightPlane, WinogradParams,
} from "./inline/winograd";
import { multiplyPlane, multiplyPlaneWide } from "./inline/winograd-products";

// @ts-ignore: decorator
@inline const SCRATCH_BYTES: usize = 5 * 9 * 16;

/** Items and `work` as in conv_f32_winograd4x4. */
function conv_f32_winograd4x4s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<WinogradParams>(params);
  const vPlane = <usize>p.terms * <usize>p.block * 4 + PLANE_GAP;
  const mPlane = <usize>p.chunkBlocks * <usize>p.block * 32 + PLANE_GAP;
  const v = work + SCRATCH_BYTES;
  const m = v + 81 * vPlane;
  const tiles = tilesOf(p.sweep);
  for (let item = begin; item < end; ++item) {
    const block = item / p.chunks;
    const chunk = item - block * p.chunks;
    const first = block * p.block;
    const count = min(tiles - first, p.block);
    if (chunk == 0 || item == begin) {
      for (let tile = 0; tile < count; ++tile) {
        transformInput(p, v + (<usize>tile << 4), vPlane, tileInput(p.sweep, input, first + tile, 32), work);
      }
    }
    multiply(p, m, mPlane, v, vPlane, chunk, count);
    for (let tile = 0; tile < count; ++tile) {
      transformOutput(p, out, m + (<usize>(tile * p.chunkBlocks) << 5), mPlane, chunk, input, first + tile, work);
    }
  }
}

/** The even voxels of one line through B^T: 5 vectors to 4 points, and to infinity at `last`. */
// @ts-ignore: decorator
@inline
function evenLine(to: usize, step: usize, last: usize, from: usize, fromStep: usize): void {
  const e0 = v128.load(from);
  const e1 = v128.load(from + fromStep);
  const e2 = v128.load(from + fromStep * 2);
  const e3 = v128.load(from + fromStep * 3);
  const e4 = v128.load(from + fromStep * 4);
  const two = f32x4.splat(2);
  const half = f32x4.splat(0.5);
  const small = nmadd(two, e1, e3);
  const smallEven = f32x4.mul(f32x4.splat(ROOT_HALF), nmadd(two, e0, e2));
  v128.store(to, f32x4.add(small, smallEven));
  v128.store(to + step, f32x4.sub(small, smallEven));
  const large = nmadd(half, e1, e3);
  const largeEven = f32x4.mul(f32x4.splat(ROOT_2), nmadd(half, e0, e2));
  v128.store(to + step * 2, f32x4.add(large, largeEven));
  v128.store(to + step * 3, f32x4.sub(large, largeEven));
  v128.store(last, nmadd(f32x4.splat(2.5), e2, f32x4.add(e0, e4)));
}

/** One row of 9 columns into V: points and o0 .. o2 from `to` on, infinity and o3 from `last` on. */
// @ts-ignore: decorator
@inline
function inputRow(to: usize, step: usize, last: usize, vPlane: usize, from: usize): void {
  evenLine(to, step, last, from, 32);
  const o0 = v128.load(from, 16);
  const o1 = v128.load(from, 48);
  const o2 = v128.load(from, 80);
  const o3 = v128.load(from, 112);
  v128.store(to + step * 4, o0);
  v128.store(to + step * 5, o1);
  v128.store(to + step * 6, o2);
  v128.store(last + vPlane, o3);
}

/**
 * V of one tile: [81][terms / 4][tile][4]. The planes of one plane of M follow each other: row by row, then both last
 * rows column by column, at 63 + 2 j and 64 + 2 j, and their last columns from 77 on.
 */
function transformInput(p: WinogradParams, v: usize, vPlane: usize, window: usize, scratch: usize): void {
  const rowBytes = p.sweep.packedRowBytes;
  const channelStep = <usize>p.sweep.pitch << 4;
  for (let depth: usize = 0; depth < <usize>p.depth; ++depth) {
    let from = window + depthOffset(p, depth);
    for (let channel = 0; channel < p.sweep.channels; channel += 4) {
      for (let j: usize = 0; j < 144; j += 16) {
        evenLine(scratch + j, 144, scratch + 4 * 144 + j, from + j, rowBytes << 1);
      }
      let to = v;
      for (let i: usize = 0; i < 4; ++i) {
        inputRow(to, vPlane, to + 7 * vPlane, vPlane, scratch + i * 144);
        to += 9 * vPlane;
      }
      let odd = from + rowBytes;
      for (let i = 0; i < 3; ++i) {
        inputRow(to, vPlane, to + 7 * vPlane, vPlane, odd);
        to += 9 * vPlane;
        odd += rowBytes << 1;
      }
      inputRow(to, vPlane << 1, to + 14 * vPlane, vPlane, scratch + 4 * 144);
      inputRow(to + vPlane, vPlane << 1, to + 16 * vPlane, vPlane, odd);
      from += channelStep;
      v += <usize>p.block << 4;
    }
  }
}

/**
 * M = U V for each of the 64 planes and the channels of a chunk: [64][tile][output channel]. U's planes for infinity and
 * odd follow each other block by block, { infinity, odd } along columns within { infinity, odd } along rows.
 */
function multiply(
  p: WinogradParams, m: usize, mPlane: usize, v: usize, vPlane: usize, chunk: i32, count: i32,
): void {
  const panelBytes = <usize>p.terms << 5;
  const tileBytes = <usize>p.chunkBlocks << 5;
  const firstBlock = chunk * p.chunkBlocks;
  const bytes = <usize>min(p.chunkBlocks, <i32>weightBlocks(p.sweep) - firstBlock) << 5;
  for (let i = 0; i < 8; ++i) {
    for (let j = 0; j < 8; ++j) {
      const columns = j < 4 ? 1 : 2;
      const blockBytes = panelBytes * (i < 4 ? columns : 2 * columns);
      const plane = i < 4 ? i * 6 + min(j, 4) : 24 + 2 * min(j, 4);
      // 4 .. 6 take the odd part of the pair, 7 all of it.
      const skipped = (i >= 4 && i < 7 ? columns : 0) + (j >= 4 && j < 7 ? 1 : 0);
      const segments = (i == 7 ? 2 : 1) * (j == 7 ? 2 : 1);
      const uGap: usize = i == 7 && j >= 4 && j < 7 ? panelBytes : 0;
      const from = v + <usize>(i < 7 ? i * 9 + j : 63 + 2 * j) * vPlane;
      const u =
        p.transformed + <usize>plane * weightPlane(p) + <usize>firstBlock * blockBytes + <usize>skipped * panelBytes;
      if (p.wide) {
        multiplyPlaneWide(p, m, bytes, tileBytes, count, u, blockBytes, uGap, from, PLANE_GAP, panelBytes, segments);
      } else {
        multiplyPlane(p, m, bytes, tileBytes, count, u, blockBytes, uGap, from, PLANE_GAP, panelBytes, segments);
      }
      m += mPlane;
    }
  }
}

/** One line of M, { 4 points, o0, o1, o2, infinity + o3 }, to 4 outputs. */
// @ts-ignore: decorator
@inline
function outputLine(to: usize, step: usize, from: usize, fromStep: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + fromStep);
  const m2 = v128.load(from + fromStep * 2);
  const m3 = v128.load(from + fromStep * 3);
  const small = f32x4.add(m0, m1);
  const smallOdd = f32x4.mul(f32x4.splat(ROOT_HALF), f32x4.sub(m0, m1));
  const large = f32x4.add(m2, m3);
  const largeOdd = f32x4.mul(f32x4.splat(ROOT_2), f32x4.sub(m2, m3));
  const half = f32x4.splat(0.5);
  const two = f32x4.splat(2);
  const o0 = v128.load(from + fromStep * 4);
  const o1 = v128.load(from + fromStep * 5);
  const o2 = v128.load(from + fromStep * 6);
  const last = v128.load(from + fromStep * 7);
  v128.store(to, f32x4.add(o0, f32x4.add(small, large)));
  v128.store(to + step, f32x4.add(o1, f32x4.add(smallOdd, largeOdd)));
  v128.store(to + step * 2, madd(half, small, madd(two, large, o2)));
  v128.store(to + step * 3, madd(half, smallOdd, madd(two, largeOdd, last)));
}

/** Y of one tile for the output channels of a chunk. */
function transformOutput(
  p: WinogradParams, out: usize, m: usize, mPlane: usize, chunk: i32, packed: usize, tile: i32, scratch: usize,
): void {
  const firstBlock = chunk * p.chunkBlocks * 2;
  const sweep = p.sweep;
  const lastBlock = min(firstBlock + p.chunkBlocks * 2, sweep.blocks);
  const rows = tileRows(sweep, tile);
  const columns = tileColumns(sweep, tile);
  let to = tileOutput(sweep, out, tile) + (<usize>firstBlock << 2) * sweep.outChannelBytes;
  let panel = sweep.panels + <usize>firstBlock * sweep.panelBytes;
  for (let block = firstBlock; block < lastBlock; ++block) {
    for (let j: usize = 0; j < 8; ++j) outputLine(scratch + j * 16, 128, m + j * mPlane, mPlane << 3);
    let sum = f32x4.splat(0);
    for (let i: usize = 0; i < 4; ++i) {
      const row = scratch + i * 64;
      outputLine(row, 16, scratch + i * 128, 16);
      const left = f32x4.add(v128.load(row), v128.load(row, 16));
      sum = f32x4.add(sum, f32x4.add(left, f32x4.add(v128.load(row, 32), v128.load(row, 48))));
    }
    if (isSpread(sum)) sumDirectly(p, scratch, panel, tileInput(sweep, packed, tile, 32), 32);
    storeTile(sweep, to, scratch, panel, min(sweep.outChannels - block * 4, 4), rows, columns);
    to += sweep.outChannelBytes << 2;
    panel += sweep.panelBytes;
    m += 16;
  }
}

export { conv_f32_winograd4x4s2 as conv2d_f32_winograd4x4s2, conv_f32_winograd4x4s2 as conv3d_f32_winograd4x4s2 };
