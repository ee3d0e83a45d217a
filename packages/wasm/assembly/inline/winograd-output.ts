// The output transform of Winograd convolution, from M to y. Both strides make 4 outputs of a line, of 6 sums or of 8.
import { SweepParams } from "../conv-params";
import { storeLanes } from "./lanes";
import { madd } from "./simd";
import { clamp } from "./tile";
import {
  factor, GROUP_BLOCKS, GROUP_BYTES, HALF, isSpread, placeAt, ROOT, ROOT_HALF, storeTransposed, sumDirectly, tileSums,
  TWO, WinogradParams,
} from "./winograd";

/** From the scratch of the transforms to where a tile goes that is not whole: [channel][row][4]. */
// @ts-ignore: decorator
@inline const PART: usize = 512;

/**
 * One line through A^T, `SUMS` vectors `FROM_STEP` bytes apart: at stride 1 { 0, 4 points, infinity }, at stride 2
 * { 4 points, o0, o1, o2, infinity + o3 }. Where LAST, the 4 columns of a row of y, stored channel by channel, `step`
 * bytes apart; returns `sum` and all of them. Else `TO_STEP` bytes apart.
 */
// @ts-ignore: decorator
@inline
function outputLine(
  SUMS: usize, LAST: bool, TO_STEP: usize, FROM_STEP: usize, to: usize, from: usize,
  half: v128, two: v128, rootHalf: v128, root: v128, step: usize, bias: v128, floor: v128, sum: v128,
): v128 {
  const points = SUMS == 6 ? from + FROM_STEP : from;
  const m0 = v128.load(points);
  const m1 = v128.load(points + FROM_STEP);
  const m2 = v128.load(points + FROM_STEP * 2);
  const m3 = v128.load(points + FROM_STEP * 3);
  const small = f32x4.add(m0, m1);
  const smallOdd = f32x4.mul(rootHalf, f32x4.sub(m0, m1));
  const large = f32x4.add(m2, m3);
  const largeOdd = f32x4.mul(root, f32x4.sub(m2, m3));
  const rest = SUMS == 6 ? from : from + FROM_STEP * 4;
  const y0 = f32x4.add(v128.load(rest), f32x4.add(small, large));
  const largeOne = SUMS == 6 ? largeOdd : f32x4.add(largeOdd, v128.load(rest + FROM_STEP));
  const y1 = f32x4.add(smallOdd, largeOne);
  const largeTwo = SUMS == 6 ? f32x4.mul(two, large) : madd(two, large, v128.load(rest + FROM_STEP * 2));
  const y2 = madd(half, small, largeTwo);
  const last = v128.load(from + FROM_STEP * (SUMS - 1));
  const y3 = madd(half, smallOdd, madd(two, largeOdd, last));
  if (LAST) {
    storeRow(to, step, y0, y1, y2, y3, bias, floor);
    return f32x4.add(sum, f32x4.add(f32x4.add(y0, y1), f32x4.add(y2, y3)));
  }
  v128.store(to, y0);
  v128.store(to + TO_STEP, y1);
  v128.store(to + TO_STEP * 2, y2);
  v128.store(to + TO_STEP * 3, y3);
  return sum;
}

/** Stores 4 columns of 4 output channels with the bias, clamped: channel by channel, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function storeRow(to: usize, step: usize, c0: v128, c1: v128, c2: v128, c3: v128, bias: v128, floor: v128): void {
  storeTransposed(
    to, step, clamp(f32x4.add(c0, bias), floor), clamp(f32x4.add(c1, bias), floor),
    clamp(f32x4.add(c2, bias), floor), clamp(f32x4.add(c3, bias), floor),
  );
}

/**
 * Y of a block of tiles for a group of output channels: tiles side by side fill the lines of the cache. `columnBytes` of
 * packed input from one output column to the next.
 */
// @ts-ignore: decorator
@inline
export function outputTiles(
  SUMS: usize, p: WinogradParams, m: usize, group: i32, places: usize, count: i32,
  scratch: usize, columnBytes: usize,
): void {
  const sweep = p.sweep;
  const floor = f32x4.splat(sweep.floor);
  const half = factor(HALF), two = factor(TWO), rootHalf = factor(ROOT_HALF), root = factor(ROOT);
  const last = min((group + GROUP_BLOCKS) * 2, sweep.blocks);
  for (let block = group * 2; block < last; ++block) {
    const panel = sweep.panels + <usize>block * sweep.panelBytes;
    const bias = v128.load(panel);
    const channelOffset = <usize>(block * 4) * sweep.outChannelBytes;
    const channels = min(sweep.outChannels - block * 4, 4);
    let from = m;
    for (let tile = 0; tile < count; ++tile) {
      const place = placeAt(places, tile);
      const isWhole = channels == 4 && place.rows == 4 && place.columns == 4;
      const to = isWhole ? place.out + channelOffset : scratch + PART;
      const step: usize = isWhole ? sweep.outChannelBytes : 64;
      const rowStep: usize = isWhole ? sweep.outRowBytes : 16;
      for (let j: usize = 0; j < SUMS; ++j) {
        const line = from + j * SUMS * GROUP_BYTES;
        const column = scratch + (j << 4);
        outputLine(
          SUMS, false, SUMS * 16, GROUP_BYTES, column, line, half, two, rootHalf, root, 0, bias, floor, bias,
        );
      }
      let sum = f32x4.splat(0);
      for (let i: usize = 0; i < 4; ++i) {
        const line = scratch + i * SUMS * 16;
        sum = outputLine(SUMS, true, 0, 16, to + i * rowStep, line, half, two, rootHalf, root, step, bias, floor, sum);
      }
      if (isSpread(sum)) {
        sumDirectly(p, scratch, panel, place.window, columnBytes);
        for (let i: usize = 0; i < 4; ++i) {
          const row = scratch + i * 64;
          const c0 = v128.load(row), c1 = v128.load(row, 16), c2 = v128.load(row, 32), c3 = v128.load(row, 48);
          storeRow(to + i * rowStep, step, c0, c1, c2, c3, bias, floor);
        }
      }
      if (!isWhole) storePart(sweep, place.out + channelOffset, to, channels, place.rows, place.columns);
      from += tileSums(SUMS);
    }
    m += 16;
  }
}

/** Stores what lies in the output of a tile, [channel][row][4] at `from`. */
function storePart(p: SweepParams, to: usize, from: usize, channels: i32, rows: i32, columns: i32): void {
  for (let channel = 0; channel < channels; ++channel) {
    for (let row: usize = 0; row < <usize>rows; ++row) {
      storeLanes(to + row * p.outRowBytes, v128.load(from + (row << 4)), columns);
    }
    to += p.outChannelBytes;
    from += 64;
  }
}
