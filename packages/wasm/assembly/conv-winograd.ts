// Winograd F(4x4, 3x3): 4 x 4 outputs of a 3 x 3 correlation from 36 products instead of 144. Y = A^T [ U * V ] A with
// U = G w G^T and V = B^T x B; the sums over channels of the 36 products are 36 matrix products.
//
// Vectors hold 4 channels in both transforms, so these have no shuffles. Stages are small loops that end in stores:
// the compiler lifts all loads of a block to its top, and stores keep it from lifting too many. Taps along slices are
// summed like channels: `terms` counts both, channels innermost, in whole vectors.
import { nmadd } from "./inline/simd";
import {
  depthOffset, factor, FIVE_HALVES, GROUP_BLOCKS, groupBlocks, GROUP_BYTES, groupWeights, HALF, placeAt, placesBytes,
  placeTiles, PLANE_GAP, ROOT, ROOT_HALF, storeSumAndDifference, tilesOf, tileSums, TWO, weightBlocks, WinogradParams,
} from "./inline/winograd";
import { outputTiles } from "./inline/winograd-output";
import { multiplyPlane, multiplyPlaneWide } from "./inline/winograd-products";

/** Bytes of the columns of a block, transformed: [column][6][4]. */
// @ts-ignore: decorator
@inline
function linesBytes(p: WinogradParams): usize {
  return <usize>p.block * 6 * 96;
}

/** One line through B^T: 6 vectors to 6. */
// @ts-ignore: decorator
@inline
function inputLine(
  to: usize, step: usize, from: usize, fromStep: usize,
  half: v128, two: v128, middle: v128, rootHalf: v128, root: v128,
): void {
  const x0 = v128.load(from);
  const x1 = v128.load(from + fromStep);
  const x2 = v128.load(from + fromStep * 2);
  const x3 = v128.load(from + fromStep * 3);
  const x4 = v128.load(from + fromStep * 4);
  const x5 = v128.load(from + fromStep * 5);
  v128.store(to, nmadd(middle, x2, f32x4.add(x0, x4)));
  storeSumAndDifference(to + step, step, nmadd(two, x2, x4), rootHalf, nmadd(two, x1, x3));
  storeSumAndDifference(to + step * 3, step, nmadd(half, x2, x4), root, nmadd(half, x1, x3));
  v128.store(to + step * 5, nmadd(middle, x3, f32x4.add(x1, x5)));
}

/**
 * Items: blocks of tiles, counted through rows and slices of the slab packed at `input`, and within a block chunks of
 * output channels. `work`: places, lines, V, M.
 */
function conv_f32_winograd4x4(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<WinogradParams>(params);
  const vPlane = <usize>p.terms * <usize>p.block * 4 + PLANE_GAP;
  const lines = work + placesBytes(p);
  const v = lines + linesBytes(p);
  const m = v + 36 * vPlane;
  const tiles = tilesOf(p.sweep);
  for (let item = begin; item < end; ++item) {
    const block = item / p.chunks;
    const chunk = item - block * p.chunks;
    const first = block * p.block;
    const count = min(tiles - first, p.block);
    if (chunk == 0 || item == begin) {
      placeTiles(p.sweep, work, input, out, first, count, 16);
      transformInput(p, v, vPlane, work, count, lines);
    }
    const last = min((chunk + 1) * p.chunkBlocks, <i32>weightBlocks(p.sweep));
    for (let group = chunk * p.chunkBlocks; group < last; group += GROUP_BLOCKS) {
      multiply(p, m, v, vPlane, group, count);
      transformOutput(p, m, group, work, count, lines);
    }
  }
}

/** V of a block: [36][terms / 4][tile][4]. Columns that a tile shares with the one before it are transformed once. */
function transformInput(
  p: WinogradParams, v: usize, vPlane: usize, places: usize, count: i32, lines: usize,
): void {
  const rowBytes = p.sweep.rowStep;
  const channelStep = <usize>p.sweep.pitch << 4;
  const half = factor(HALF), two = factor(TWO), middle = factor(FIVE_HALVES);
  const rootHalf = factor(ROOT_HALF), root = factor(ROOT);
  for (let depth: usize = 0; depth < <usize>p.depth; ++depth) {
    let offset = depthOffset(p, depth);
    for (let channel = 0; channel < p.sweep.channels; channel += 4) {
      let columns = lines;
      let shared: usize = 0;
      for (let tile = 0; tile < count; ++tile) {
        const window = placeAt(places, tile).window;
        const from = window + offset;
        for (let j: usize = window == shared ? 2 : 0; j < 6; ++j) {
          inputLine(columns + j * 96, 16, from + (j << 4), rowBytes, half, two, middle, rootHalf, root);
        }
        let to = v + (<usize>tile << 4);
        for (let line = columns; line != columns + 96; line += 16) {
          inputLine(to, vPlane, line, 96, half, two, middle, rootHalf, root);
          to += 6 * vPlane;
        }
        shared = window + 64;
        columns += tile + 1 < count && placeAt(places, tile + 1).window == shared ? 4 * 96 : 6 * 96;
      }
      offset += channelStep;
      v += <usize>p.block << 4;
    }
  }
}

/** M = U V for each of the 36 planes and a group of output channels: [tile][column][row][output channel]. */
function multiply(p: WinogradParams, m: usize, v: usize, vPlane: usize, group: i32, count: i32): void {
  const panelBytes = <usize>p.terms << 5;
  const blocks = <usize>groupBlocks(p, group);
  const bytes = blocks << 5;
  let u = p.transformed + groupWeights(p, group);
  for (let i: usize = 0; i < 6; ++i) {
    for (let j: usize = 0; j < 6; ++j) {
      const to = m + (j * 6 + i) * GROUP_BYTES;
      if (p.wide) multiplyPlaneWide(p, to, bytes, tileSums(6), count, u, panelBytes, 0, v, 0, panelBytes, 1);
      else multiplyPlane(p, to, bytes, tileSums(6), count, u, panelBytes, 0, v, 0, panelBytes, 1);
      u += blocks * panelBytes;
      v += vPlane;
    }
  }
}

/** Y of a block for a group of output channels. */
function transformOutput(p: WinogradParams, m: usize, group: i32, places: usize, count: i32, scratch: usize): void {
  outputTiles(6, p, m, group, places, count, scratch, 16);
}

export { conv_f32_winograd4x4 as conv2d_f32_winograd4x4, conv_f32_winograd4x4 as conv3d_f32_winograd4x4 };
