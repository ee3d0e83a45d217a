// Winograd F(4x4, 3x3): 4 x 4 outputs of a 3 x 3 correlation from 36 products instead of 144. Y = A^T [ U * V ] A with
// U = G w G^T and V = B^T x B; the sums over channels of the 36 products are 36 matrix products.
//
// Vectors hold 4 channels in both transforms, so these have no shuffles. Stages are small loops that end in stores:
// the compiler lifts all loads of a block to its top, and stores keep it from lifting too many. Taps along slices are
// summed like channels: `terms` counts both, channels innermost, in whole vectors.
import { madd, nmadd } from "./inline/simd";
import {
  depthOffset, isSpread, PLANE_GAP, ROOT_2, ROOT_HALF, storeTile, sumDirectly, tileColumns, tileInput, tileOutput,
  tileRows, tilesOf, weightBlocks, weightPlane, WinogradParams,
} from "./inline/winograd";
import { multiplyPlane, multiplyPlaneWide } from "./inline/winograd-products";

// @ts-ignore: decorator
@inline const SCRATCH_BYTES: usize = 6 * 6 * 16;

/** One line through B^T: 6 vectors to 6. */
// @ts-ignore: decorator
@inline
function inputLine(to: usize, step: usize, from: usize, fromStep: usize): void {
  const x0 = v128.load(from);
  const x1 = v128.load(from + fromStep);
  const x2 = v128.load(from + fromStep * 2);
  const x3 = v128.load(from + fromStep * 3);
  const x4 = v128.load(from + fromStep * 4);
  const x5 = v128.load(from + fromStep * 5);
  const two = f32x4.splat(2);
  const half = f32x4.splat(0.5);
  const middle = f32x4.splat(2.5);
  v128.store(to, nmadd(middle, x2, f32x4.add(x0, x4)));
  const small = nmadd(two, x2, x4);
  const smallOdd = f32x4.mul(f32x4.splat(ROOT_HALF), nmadd(two, x1, x3));
  v128.store(to + step, f32x4.add(small, smallOdd));
  v128.store(to + step * 2, f32x4.sub(small, smallOdd));
  const large = nmadd(half, x2, x4);
  const largeOdd = f32x4.mul(f32x4.splat(ROOT_2), nmadd(half, x1, x3));
  v128.store(to + step * 3, f32x4.add(large, largeOdd));
  v128.store(to + step * 4, f32x4.sub(large, largeOdd));
  v128.store(to + step * 5, nmadd(middle, x3, f32x4.add(x1, x5)));
}

/**
 * Items: blocks of tiles, counted through rows and slices of the slab packed at `input`, and within a block chunks of
 * output channels. `work`: scratch, V, M.
 */
function conv_f32_winograd4x4(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<WinogradParams>(params);
  const vPlane = <usize>p.terms * <usize>p.block * 4 + PLANE_GAP;
  const mPlane = <usize>p.chunkBlocks * <usize>p.block * 32 + PLANE_GAP;
  const v = work + SCRATCH_BYTES;
  const m = v + 36 * vPlane;
  const tiles = tilesOf(p.sweep);
  for (let item = begin; item < end; ++item) {
    const block = item / p.chunks;
    const chunk = item - block * p.chunks;
    const first = block * p.block;
    const count = min(tiles - first, p.block);
    if (chunk == 0 || item == begin) {
      for (let tile = 0; tile < count; ++tile) {
        transformInput(p, v + (<usize>tile << 4), vPlane, tileInput(p.sweep, input, first + tile, 16), work);
      }
    }
    multiply(p, m, mPlane, v, vPlane, chunk, count);
    for (let tile = 0; tile < count; ++tile) {
      transformOutput(p, out, m + (<usize>(tile * p.chunkBlocks) << 5), mPlane, chunk, input, first + tile, work);
    }
  }
}

/** V of one tile: [36][terms / 4][tile][4]. */
function transformInput(p: WinogradParams, v: usize, vPlane: usize, window: usize, scratch: usize): void {
  const rowBytes = p.sweep.rowStep;
  const channelStep = <usize>p.sweep.pitch << 4;
  for (let depth: usize = 0; depth < <usize>p.depth; ++depth) {
    let from = window + depthOffset(p, depth);
    for (let channel = 0; channel < p.sweep.channels; channel += 4) {
      for (let j: usize = 0; j < 96; j += 16) inputLine(scratch + j, 96, from + j, rowBytes);
      let to = v;
      for (let i: usize = 0; i < 576; i += 96) {
        inputLine(to, vPlane, scratch + i, 16);
        to += 6 * vPlane;
      }
      from += channelStep;
      v += <usize>p.block << 4;
    }
  }
}

/** M = U V for each of the 36 planes and the channels of a chunk: [36][tile][output channel]. */
function multiply(
  p: WinogradParams, m: usize, mPlane: usize, v: usize, vPlane: usize, chunk: i32, count: i32,
): void {
  const panelBytes = <usize>p.terms << 5;
  const tileBytes = <usize>p.chunkBlocks << 5;
  const firstBlock = chunk * p.chunkBlocks;
  const bytes = <usize>min(p.chunkBlocks, <i32>weightBlocks(p.sweep) - firstBlock) << 5;
  let plane = p.transformed + <usize>firstBlock * panelBytes;
  for (let i = 0; i < 36; ++i) {
    if (p.wide) multiplyPlaneWide(p, m, bytes, tileBytes, count, plane, panelBytes, 0, v, 0, panelBytes, 1);
    else multiplyPlane(p, m, bytes, tileBytes, count, plane, panelBytes, 0, v, 0, panelBytes, 1);
    plane += weightPlane(p);
    v += vPlane;
    m += mPlane;
  }
}

/** One line through A^T: 6 vectors to 4. */
// @ts-ignore: decorator
@inline
function outputLine(to: usize, step: usize, from: usize, fromStep: usize): void {
  const m1 = v128.load(from + fromStep);
  const m2 = v128.load(from + fromStep * 2);
  const m3 = v128.load(from + fromStep * 3);
  const m4 = v128.load(from + fromStep * 4);
  const small = f32x4.add(m1, m2);
  const smallOdd = f32x4.mul(f32x4.splat(ROOT_HALF), f32x4.sub(m1, m2));
  const large = f32x4.add(m3, m4);
  const largeOdd = f32x4.mul(f32x4.splat(ROOT_2), f32x4.sub(m3, m4));
  const half = f32x4.splat(0.5);
  const two = f32x4.splat(2);
  const m0 = v128.load(from);
  const m5 = v128.load(from + fromStep * 5);
  v128.store(to, f32x4.add(m0, f32x4.add(small, large)));
  v128.store(to + step, f32x4.add(smallOdd, largeOdd));
  v128.store(to + step * 2, madd(half, small, f32x4.mul(two, large)));
  v128.store(to + step * 3, f32x4.add(m5, madd(half, smallOdd, f32x4.mul(two, largeOdd))));
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
    for (let j: usize = 0; j < 6; ++j) outputLine(scratch + j * 16, 96, m + j * mPlane, 6 * mPlane);
    let sum = f32x4.splat(0);
    for (let i: usize = 0; i < 4; ++i) {
      const row = scratch + i * 64;
      outputLine(row, 16, scratch + i * 96, 16);
      const left = f32x4.add(v128.load(row), v128.load(row, 16));
      sum = f32x4.add(sum, f32x4.add(left, f32x4.add(v128.load(row, 32), v128.load(row, 48))));
    }
    if (isSpread(sum)) sumDirectly(p, scratch, panel, tileInput(sweep, packed, tile, 16), 16);
    storeTile(sweep, to, scratch, panel, min(sweep.outChannels - block * 4, 4), rows, columns);
    to += sweep.outChannelBytes << 2;
    panel += sweep.panelBytes;
    m += 16;
  }
}

export { conv_f32_winograd4x4 as conv2d_f32_winograd4x4, conv_f32_winograd4x4 as conv3d_f32_winograd4x4 };
