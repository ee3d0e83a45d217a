// Winograd F(4x4, 3x3): 4 x 4 outputs of a 3 x 3 correlation from 36 products instead of 144. Y = A^T [ U * V ] A with
// U = G w G^T and V = B^T x B; the sums over channels of the 36 products are 36 matrix products. The points are 0,
// +-1/sqrt(2), +-sqrt(2) and infinity: as cheap as 0, +-1, +-2 and rounding half as much.
//
// Vectors hold 4 channels in both transforms, so these have no shuffles. Stages are small loops that end in stores:
// the compiler lifts all loads of a block to its top, and stores keep it from lifting too many. Taps along slices are
// summed like channels: `terms` counts both, channels innermost, in whole vectors.
import { SweepParams } from "./conv-params";
import { madd, nmadd } from "./inline/simd";
import { PLANE_GAP, storeTransposed, weightBlocks, WinogradParams } from "./inline/winograd";

// @ts-ignore: decorator
@inline const ROOT_2: f32 = 1.4142135623730951;
// @ts-ignore: decorator
@inline const ROOT_HALF: f32 = 0.7071067811865476;

/** Tiles worked on at a time: V and M of this many stay in the second-level cache. */
// @ts-ignore: decorator
@inline const BLOCK: i32 = 8;
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

/** Items: blocks of 8 tiles, counted through rows and slices of the slab packed at `input`. `work`: scratch, V, M. */
function conv_f32_winograd4x4(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<WinogradParams>(params);
  const sweep = p.sweep;
  const vPlane = <usize>p.terms * <usize>BLOCK * 4 + PLANE_GAP;
  const mPlane = weightBlocks(sweep) * <usize>BLOCK * 32 + PLANE_GAP;
  const v = work + SCRATCH_BYTES;
  const m = v + 36 * vPlane;
  const tiles = ((sweep.outColumns + 3) >> 2) * ((sweep.outRows + 3) >> 2) * sweep.outSlices;
  for (let block = begin; block < end; ++block) {
    const first = block * BLOCK;
    const count = min(tiles - first, BLOCK);
    for (let tile = 0; tile < count; ++tile) {
      transformInput(p, v + (<usize>tile << 4), vPlane, tileInput(sweep, input, first + tile), work);
    }
    multiply(p, m, mPlane, v, vPlane, count);
    for (let tile = 0; tile < count; ++tile) {
      transformOutput(p, out, m + <usize>tile * weightBlocks(sweep) * 32, mPlane, input, first + tile, work);
    }
  }
}

/** Where the window of a tile starts in the packed input. */
function tileInput(p: SweepParams, packed: usize, tile: i32): usize {
  const tileColumns = (p.outColumns + 3) >> 2;
  const tileRows = (p.outRows + 3) >> 2;
  const row = tile / tileColumns;
  const slice = row / tileRows;
  return (
    packed + <usize>slice * p.sliceStep + (<usize>(row - slice * tileRows) << 2) * p.rowStep +
    (<usize>(tile - row * tileColumns) << 6)
  );
}

/** V of one tile: [36][terms / 4][tile][4]. */
function transformInput(p: WinogradParams, v: usize, vPlane: usize, window: usize, scratch: usize): void {
  const rowBytes = p.sweep.rowStep;
  const channelStep = <usize>p.sweep.pitch << 4;
  for (let depth = 0; depth < p.depth; ++depth) {
    let from = window;
    for (let channel = 0; channel < p.sweep.channels; channel += 4) {
      for (let j: usize = 0; j < 96; j += 16) inputLine(scratch + j, 96, from + j, rowBytes);
      let to = v;
      for (let i: usize = 0; i < 576; i += 96) {
        inputLine(to, vPlane, scratch + i, 16);
        to += 6 * vPlane;
      }
      from += channelStep;
      v += <usize>BLOCK << 4;
    }
    window += p.depthStep;
  }
}

/** M = U V for each of the 36 planes: [36][tile][output channel], in tiles of 4 x 8. */
function multiply(p: WinogradParams, m: usize, mPlane: usize, v: usize, vPlane: usize, count: i32): void {
  const panelBytes = <usize>p.terms << 5;
  const tileBytes = weightBlocks(p.sweep) << 5;
  let u = p.transformed;
  for (let plane = 0; plane < 36; ++plane) {
    for (let to = m; to != m + tileBytes; to += 32) {
      multiplyTile(to, tileBytes, u, v, panelBytes);
      if (count > 4) multiplyTile(to + (tileBytes << 2), tileBytes, u, v + 64, panelBytes);
      u += panelBytes;
    }
    u += PLANE_GAP;
    v += vPlane;
    m += mPlane;
  }
}

/** 4 tiles x 8 output channels, over `bytes` of U: 32 for each term. */
function multiplyTile(to: usize, tileBytes: usize, u: usize, v: usize, bytes: usize): void {
  const end = u + bytes;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  do {
    const vectorEnd = v + 16;
    do {
      const b0 = v128.load(u);
      const b1 = v128.load(u, 16);
      const a0 = v128.load32_splat(v);
      const a1 = v128.load32_splat(v, 16);
      c00 = madd(a0, b0, c00);
      c01 = madd(a0, b1, c01);
      c10 = madd(a1, b0, c10);
      c11 = madd(a1, b1, c11);
      const a2 = v128.load32_splat(v, 32);
      const a3 = v128.load32_splat(v, 48);
      c20 = madd(a2, b0, c20);
      c21 = madd(a2, b1, c21);
      c30 = madd(a3, b0, c30);
      c31 = madd(a3, b1, c31);
      u += 32;
      v += 4;
    } while (v != vectorEnd);
    v += 112;
  } while (u != end);
  v128.store(to, c00);
  v128.store(to, c01, 16);
  to += tileBytes;
  v128.store(to, c10);
  v128.store(to, c11, 16);
  to += tileBytes;
  v128.store(to, c20);
  v128.store(to, c21, 16);
  to += tileBytes;
  v128.store(to, c30);
  v128.store(to, c31, 16);
}

/** One line through A^T: 6 vectors to 4. It may be done in place. */
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
  v128.store(to, f32x4.add(v128.load(from), f32x4.add(small, large)));
  v128.store(to + step, f32x4.add(smallOdd, largeOdd));
  v128.store(to + step * 2, madd(half, small, f32x4.mul(two, large)));
  const last = v128.load(from + fromStep * 5);
  v128.store(to + step * 3, f32x4.add(last, madd(half, smallOdd, f32x4.mul(two, largeOdd))));
}

/** Y of one tile for all output channels; where it is not finite, summed directly instead. */
function transformOutput(
  p: WinogradParams, out: usize, m: usize, mPlane: usize, packed: usize, tile: i32, scratch: usize,
): void {
  const sweep = p.sweep;
  const tileColumns = (sweep.outColumns + 3) >> 2;
  const tileRows = (sweep.outRows + 3) >> 2;
  const line = tile / tileColumns;
  const slice = line / tileRows;
  const y = (line - slice * tileRows) << 2;
  const x = (tile - line * tileColumns) << 2;
  const columns = sweep.outColumns - x;
  const rows = min(sweep.outRows - y, 4);
  let to = out + <usize>slice * sweep.outSliceBytes + <usize>y * sweep.outRowBytes + (<usize>x << 2);
  let panel = sweep.panels;
  for (let block = 0; block < sweep.blocks; ++block) {
    for (let j: usize = 0; j < 6; ++j) outputLine(scratch + j * 16, 96, m + j * mPlane, 6 * mPlane);
    let sum = f32x4.splat(0);
    for (let i: usize = 0; i < 384; i += 96) {
      const row = scratch + i;
      outputLine(row, 16, row, 16);
      const left = f32x4.add(v128.load(row), v128.load(row, 16));
      sum = f32x4.add(sum, f32x4.add(left, f32x4.add(v128.load(row, 32), v128.load(row, 48))));
    }
    // Infinity and NaN in x or w, and overflow, have spread over the tile, but belong to their own windows only.
    const spread = f32x4.sub(sum, sum);
    if (v128.any_true(f32x4.ne(spread, spread))) sumDirectly(p, scratch, panel, tileInput(sweep, packed, tile));
    storeTile(sweep, to, scratch, panel, min(sweep.outChannels - block * 4, 4), rows, columns);
    m += 16;
    to += sweep.outChannelBytes << 2;
    panel += sweep.panelBytes;
  }
}

/** The sums of a 4 x 4 tile, 4 output channels to a vector, as they are defined: [row][6 columns, 4 used]. */
function sumDirectly(p: WinogradParams, to: usize, panel: usize, window: usize): void {
  const sweep = p.sweep;
  const channelStep = <usize>sweep.pitch << 4;
  for (let i: usize = 0; i < 4; ++i) {
    let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
    let weight = panel + 16;
    for (let tap: usize = 0; tap < <usize>p.depth * 9; ++tap) {
      const depth = tap / 9;
      const row = tap / 3 - depth * 3;
      const column = tap % 3;
      let from = window + depth * p.depthStep + (i + row) * sweep.rowStep + (column << 4);
      for (let channel = 0; channel < sweep.channels; ++channel) {
        const w = v128.load(weight);
        const at = from + (<usize>(channel & 3) << 2);
        c0 = madd(v128.load32_splat(at), w, c0);
        c1 = madd(v128.load32_splat(at, 16), w, c1);
        c2 = madd(v128.load32_splat(at, 32), w, c2);
        c3 = madd(v128.load32_splat(at, 48), w, c3);
        weight += 16;
        if ((channel & 3) == 3) from += channelStep;
      }
    }
    v128.store(to, c0);
    v128.store(to, c1, 16);
    v128.store(to, c2, 32);
    v128.store(to, c3, 48);
    to += 96;
  }
}

/** Adds the bias, clamps (NaN stays: pmax(a, b) is a < b ? b : a) and stores what lies in the output. */
function storeTile(
  p: SweepParams, to: usize, scratch: usize, panel: usize, channels: i32, rows: i32, columns: i32,
): void {
  const step = p.outChannelBytes;
  const whole = channels == 4 && columns >= 4;
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
        memory.copy(to + <usize>channel * step, scratch + (<usize>channel << 4), <usize>min(columns, 4) << 2);
      }
    }
    scratch += 96;
    to += p.outRowBytes;
  }
}

export { conv_f32_winograd4x4 as conv2d_f32_winograd4x4, conv_f32_winograd4x4 as conv3d_f32_winograd4x4 };
