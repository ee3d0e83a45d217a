// Winograd for 3 x 3 at stride 2. Along an axis, outputs 0 .. 3 are y[i] = w0 e[i] + w1 o[i] + w2 e[i + 1] of the even
// and odd voxels. The even part is F(4, 2), 5 products at the points +-1/sqrt(2), +-sqrt(2) and infinity; the odd one
// takes 4 products as it is: 9 instead of 12, and 81 instead of 144 in the plane.
//
// Planes of an axis: V has nine { 4 points, o0, o1, o2, infinity, o3 }; the last two reach y[3] only, with factor 1, so
// they are summed together like channels and M has eight. U has six { 4 points, infinity, odd }.
import { nmadd } from "./inline/simd";
import {
  depthOffset, factor, FIVE_HALVES, GROUP_BLOCKS, groupBlocks, GROUP_BYTES, groupWeights, HALF, placeAt, placesBytes,
  placeTiles, PLANE_GAP, ROOT, ROOT_HALF, storeSumAndDifference, tilesOf, tileSums, TWO, weightBlocks, WinogradParams,
} from "./inline/winograd";
import { outputTiles } from "./inline/winograd-output";
import { multiplyPlane, multiplyPlaneWide } from "./inline/winograd-products";

/** Bytes of the columns of a block, transformed: [column][5][4]. */
// @ts-ignore: decorator
@inline
function linesBytes(p: WinogradParams): usize {
  return <usize>p.block * 9 * 80;
}

/** Items and `work` as in conv_f32_winograd4x4. */
function conv_f32_winograd4x4s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<WinogradParams>(params);
  const vPlane = <usize>p.terms * <usize>p.block * 4 + PLANE_GAP;
  const lines = work + placesBytes(p);
  const v = lines + linesBytes(p);
  const m = v + 81 * vPlane;
  const tiles = tilesOf(p.sweep);
  for (let item = begin; item < end; ++item) {
    const block = item / p.chunks;
    const chunk = item - block * p.chunks;
    const first = block * p.block;
    const count = min(tiles - first, p.block);
    if (chunk == 0 || item == begin) {
      placeTiles(p.sweep, work, input, out, first, count, 32);
      transformInput(p, v, vPlane, work, count, lines);
    }
    const last = min((chunk + 1) * p.chunkBlocks, <i32>weightBlocks(p.sweep));
    for (let group = chunk * p.chunkBlocks; group < last; group += GROUP_BLOCKS) {
      multiply(p, m, v, vPlane, group, count);
      transformOutput(p, m, group, work, count, lines);
    }
  }
}

/** The even voxels of one line through B^T: 5 vectors to 4 points, and to infinity at `last`. */
// @ts-ignore: decorator
@inline
function evenLine(
  to: usize, step: usize, last: usize, from: usize, fromStep: usize,
  half: v128, two: v128, middle: v128, rootHalf: v128, root: v128,
): void {
  const e0 = v128.load(from);
  const e1 = v128.load(from + fromStep);
  const e2 = v128.load(from + fromStep * 2);
  const e3 = v128.load(from + fromStep * 3);
  const e4 = v128.load(from + fromStep * 4);
  storeSumAndDifference(to, step, nmadd(two, e1, e3), rootHalf, nmadd(two, e0, e2));
  storeSumAndDifference(to + step * 2, step, nmadd(half, e1, e3), root, nmadd(half, e0, e2));
  v128.store(last, nmadd(middle, e2, f32x4.add(e0, e4)));
}

/** One row of 9 columns, `columnStep` bytes apart, into V: points and o0 .. o2 at `to`, infinity and o3 at `last`. */
// @ts-ignore: decorator
@inline
function inputRow(
  to: usize, step: usize, last: usize, vPlane: usize, from: usize, columnStep: usize,
  half: v128, two: v128, middle: v128, rootHalf: v128, root: v128,
): void {
  evenLine(to, step, last, from, 2 * columnStep, half, two, middle, rootHalf, root);
  const o0 = v128.load(from + columnStep);
  const o1 = v128.load(from + 3 * columnStep);
  const o2 = v128.load(from + 5 * columnStep);
  const o3 = v128.load(from + 7 * columnStep);
  v128.store(to + step * 4, o0);
  v128.store(to + step * 5, o1);
  v128.store(to + step * 6, o2);
  v128.store(last + vPlane, o3);
}

/**
 * V of a block: [81][terms / 4][tile][4]. The planes of one plane of M follow each other: row by row, then both last
 * rows column by column, at 63 + 2 j and 64 + 2 j, and their last columns from 77 on. A column that a tile shares with
 * the one before it is transformed once.
 */
function transformInput(
  p: WinogradParams, v: usize, vPlane: usize, places: usize, count: i32, lines: usize,
): void {
  const rowBytes = p.sweep.packedRowBytes;
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
        for (let j: usize = window == shared ? 1 : 0; j < 9; ++j) {
          const column = columns + j * 80;
          evenLine(column, 16, column + 64, from + (j << 4), rowBytes << 1, half, two, middle, rootHalf, root);
        }
        let to = v + (<usize>tile << 4);
        for (let line = columns; line != columns + 64; line += 16) {
          inputRow(to, vPlane, to + 7 * vPlane, vPlane, line, 80, half, two, middle, rootHalf, root);
          to += 9 * vPlane;
        }
        let odd = from + rowBytes;
        for (let i = 0; i < 3; ++i) {
          inputRow(to, vPlane, to + 7 * vPlane, vPlane, odd, 16, half, two, middle, rootHalf, root);
          to += 9 * vPlane;
          odd += rowBytes << 1;
        }
        inputRow(to, vPlane << 1, to + 14 * vPlane, vPlane, columns + 64, 80, half, two, middle, rootHalf, root);
        inputRow(to + vPlane, vPlane << 1, to + 16 * vPlane, vPlane, odd, 16, half, two, middle, rootHalf, root);
        shared = window + 128;
        columns += tile + 1 < count && placeAt(places, tile + 1).window == shared ? 8 * 80 : 9 * 80;
      }
      offset += channelStep;
      v += <usize>p.block << 4;
    }
  }
}

/**
 * M = U V for each of the 64 planes and a group of output channels: [tile][column][row][output channel]. U's planes for
 * infinity and odd follow each other block by block, { infinity, odd } along columns within { infinity, odd } along rows.
 */
function multiply(p: WinogradParams, m: usize, v: usize, vPlane: usize, group: i32, count: i32): void {
  const panelBytes = <usize>p.terms << 5;
  const blocks = <usize>groupBlocks(p, group);
  const bytes = blocks << 5;
  const weights = p.transformed + groupWeights(p, group);
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
      const u = weights + (<usize>plane * blocks + <usize>skipped) * panelBytes;
      const to = m + <usize>(j * 8 + i) * GROUP_BYTES;
      if (p.wide) {
        multiplyPlaneWide(p, to, bytes, tileSums(8), count, u, blockBytes, uGap, from, PLANE_GAP, panelBytes, segments);
      } else {
        multiplyPlane(p, to, bytes, tileSums(8), count, u, blockBytes, uGap, from, PLANE_GAP, panelBytes, segments);
      }
    }
  }
}

/** Y of a block for a group of output channels. */
function transformOutput(p: WinogradParams, m: usize, group: i32, places: usize, count: i32, scratch: usize): void {
  outputTiles(8, p, m, group, places, count, scratch, 32);
}

export { conv_f32_winograd4x4s2 as conv2d_f32_winograd4x4s2, conv_f32_winograd4x4s2 as conv3d_f32_winograd4x4s2 };
