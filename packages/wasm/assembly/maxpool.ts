// Max pooling: values, values with indices, and the gradient. Rules in every kernel: only voxels of the image are
// visited, a NaN in a window makes its output NaN, a window of -inf gives -inf. Work items are rows of outputs.
import { copyRow, copyVectors, gatherOf, listWindows, storePhase, storeTwoPhases } from "./inline/gather";
import {
  AXES_BYTES, Axis, MAX, axisOf, evens, firstVoxel, keepMax, loadStrided, odds, planeBytes, storeLanes, tapCount,
} from "./inline/window";
import { poolPairs, unpoolPairs } from "./inline/pairs";
import { listRows, poolRows } from "./inline/pool";

function general(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  poolRows(MAX, out, input, params, work, begin, end);
}
export { general as maxpool1d_f32_general, general as maxpool2d_f32_general, general as maxpool3d_f32_general };

export { lossyMaxOfEight, lossyMaxOfFour } from "./inline/pairs";

export function maxpool1d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolPairs(MAX, 1, out, input, params, begin, end, 1);
}

export function maxpool2d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolPairs(MAX, 2, out, input, params, begin, end, 1);
}

export function maxpool3d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolPairs(MAX, 4, out, input, params, begin, end, 1);
}

/** Maximum of three rows, four columns. */
// @ts-ignore: decorator
@inline
function maxOfThree(a: usize, b: usize, c: usize): v128 {
  return keepMax(keepMax(v128.load(a), v128.load(b)), v128.load(c));
}

/**
 * 3 x 3 at stride 2 with padding 1. A row beyond the border is replaced by its neighbour, which changes no maximum;
 * the column before the first is -inf, and for odd widths the last column stands in for the one behind it.
 */
export function maxpool2d_f32_k3s2p1(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const yAxis = axisOf(params, 1);
  const xAxis = axisOf(params, 2);
  const row = <usize>xAxis.size << 2;
  const lastRow = <usize>(yAxis.size - 1) * row;
  // Outputs whose three columns all exist; for odd widths one more follows.
  const whole = xAxis.size >> 1;
  let to = out + <usize>begin * (<usize>xAxis.out << 2);
  let oy = begin % yAxis.out;
  let plane = input + <usize>(begin / yAxis.out) * planeBytes(params);
  for (let item = begin; item < end; item++) {
    const middle = <usize>oy * 2 * row;
    let a = plane + (oy > 0 ? middle - row : 0);
    let b = plane + middle;
    let c = plane + min(middle + row, lastRow);
    let before = f32x4.splat(-Infinity);
    for (let left = whole; left > 0; left -= 4) {
      const low = maxOfThree(a, b, c);
      const high = maxOfThree(a + 16, b + 16, c + 16);
      const odd = odds(low, high);
      const shifted = v128.shuffle<f32>(before, odd, 3, 4, 5, 6);
      storeLanes(to, keepMax(keepMax(evens(low, high), odd), shifted), left);
      before = odd;
      a += 32;
      b += 32;
      c += 32;
      to += <usize>min(left, 4) << 2;
    }
    if (xAxis.size & 1) {
      // The last column alone with the odd one before it, which exists for widths over 1.
      const column = row - 4;
      const back: usize = xAxis.size > 1 ? 4 : 0;
      a = plane + (oy > 0 ? middle - row : 0) + column;
      b = plane + middle + column;
      c = plane + min(middle + row, lastRow) + column;
      const last = keepMax(v128.load32_splat(a), keepMax(v128.load32_splat(b), v128.load32_splat(c)));
      a -= back;
      b -= back;
      c -= back;
      const previous = keepMax(v128.load32_splat(a), keepMax(v128.load32_splat(b), v128.load32_splat(c)));
      v128.store_lane<f32>(to, keepMax(last, previous), 0);
      to += 4;
    }
    if (++oy < yAxis.out) continue;
    oy = 0;
    plane += planeBytes(params);
  }
}

/**
 * Flat index of the winner of window (oz, oy, ox): the first maximum or the last NaN; the first voxel where all are
 * -inf; -1 for a window without voxels.
 */
// @ts-ignore: decorator
@inline
function winnerOf(params: usize, plane: usize, oz: i32, oy: i32, ox: i32): i32 {
  const zAxis = axisOf(params, 0);
  const yAxis = axisOf(params, 1);
  const xAxis = axisOf(params, 2);
  const zs = params + zAxis.windows;
  const ys = params + yAxis.windows;
  const xs = params + xAxis.windows;
  const slices = tapCount(zs, oz);
  const rows = tapCount(ys, oy);
  const columns = tapCount(xs, ox);
  if (slices == 0 || rows == 0 || columns == 0) return -1;
  const firstRow = firstVoxel(ys, oy);
  const firstColumn = firstVoxel(xs, ox);
  let winner = (firstVoxel(zs, oz) * yAxis.size + firstRow) * xAxis.size + firstColumn;
  let best: f32 = -Infinity;
  for (let j = 0; j < slices; j++) {
    const z = firstVoxel(zs, oz) + j * zAxis.dilation;
    for (let i = 0; i < rows; i++) {
      let at = (z * yAxis.size + firstRow + i * yAxis.dilation) * xAxis.size + firstColumn;
      for (let left = columns; left > 0; left--) {
        const value = load<f32>(plane + (<usize>at << 2));
        if (value > best || value != value) {
          best = value;
          winner = at;
        }
        at += xAxis.dilation;
      }
    }
  }
  return winner;
}

/**
 * The same for four neighbouring windows that lie inside the row, from column `first` on, as i32x4. STRIDE as in
 * loadStrided, TAPS as in reduceTaps; the rows under the windows are listed.
 */
// @ts-ignore: decorator
@inline
function winnersOf(
  STRIDE: i32, TAPS: i32, x: Axis, plane: usize, list: usize, listEnd: usize, first: usize,
): v128 {
  const step = <usize>x.stride << 2;
  const tap = <usize>x.dilation << 2;
  const next = i32x4.splat(x.dilation);
  const columns = i32x4.add(
    i32x4.splat(<i32>first - <i32>(plane >> 2)), i32x4.mul(i32x4.splat(x.stride), i32x4(0, 1, 2, 3)),
  );
  let winners = i32x4.add(columns, i32x4.splat(load<u32>(list) >> 2));
  let best = f32x4.splat(-Infinity);
  do {
    let p = <usize>load<u32>(list);
    let at = i32x4.add(columns, i32x4.splat(<i32>(p >> 2)));
    p += first << 2;
    for (let left = TAPS > 0 ? TAPS : x.kernel; left > 0; left--) {
      const value = loadStrided(STRIDE, p, step);
      const isNaN = f32x4.ne(value, value);
      const wins = v128.or(f32x4.gt(value, best), isNaN);
      best = v128.or(f32x4.pmax(best, value), isNaN);
      // Later voxels have larger indices.
      winners = i32x4.max_s(winners, v128.and(at, wins));
      at = i32x4.add(at, next);
      p += tap;
    }
    list += 4;
  } while (list < listEnd);
  return winners;
}

/**
 * Words after the axes: the second operand's address; which outputs see the whole row of their window; of the padded
 * lines of a gradient, where the winners begin, and their length.
 */
@unmanaged
class Winners {
  operand: u32;
  first: i32;
  end: i32;
  lead: i32;
  lineBytes: i32;
}

/** Stores the winners of one row of windows as flat indices, -1 for none. `work` holds the list of rows. */
// @ts-ignore: decorator
@inline
function rowOfWinners(params: usize, plane: usize, oz: i32, oy: i32, to: usize, work: usize): void {
  const x = axisOf(params, 2);
  const winners = changetype<Winners>(params + AXES_BYTES);
  const listEnd = work + (<usize>listRows(params, plane, oz, oy, work) << 2);
  const end = listEnd > work && winners.end - winners.first >= 4 ? winners.end : 0;
  let ox = 0;
  while (ox < x.out) {
    if (ox < winners.first || ox >= end) {
      store<i32>(to + (<usize>ox << 2), winnerOf(params, plane, oz, oy, ox));
      ox++;
      continue;
    }
    ox = min(ox, end - 4);
    const first = <usize>firstVoxel(params + x.windows, ox);
    let found: v128;
    if (x.stride == 2) {
      if (x.kernel == 3) found = winnersOf(2, 3, x, plane, work, listEnd, first);
      else found = winnersOf(2, 0, x, plane, work, listEnd, first);
    } else if (x.stride == 1 && x.kernel == 3) {
      found = winnersOf(1, 3, x, plane, work, listEnd, first);
    } else {
      found = winnersOf(0, 0, x, plane, work, listEnd, first);
    }
    v128.store(to + (<usize>ox << 2), found);
    ox += 4;
  }
}

function indices(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const zAxis = axisOf(params, 0);
  const yAxis = axisOf(params, 1);
  const xAxis = axisOf(params, 2);
  const first = <usize>begin * (<usize>xAxis.out << 2);
  let to = out + first;
  let indexTo = <usize>changetype<Winners>(params + AXES_BYTES).operand + first;
  for (let item = begin; item < end; item++) {
    const slice = item / yAxis.out;
    const plane = input + <usize>(slice / zAxis.out) * planeBytes(params);
    rowOfWinners(params, plane, slice % zAxis.out, item - slice * yAxis.out, indexTo, work);
    for (let left = xAxis.out; left > 0; left--) {
      const winner = load<i32>(indexTo);
      store<f32>(to, winner < 0 ? -Infinity : load<f32>(plane + (<usize>winner << 2)));
      to += 4;
      indexTo += 4;
    }
  }
}
export { indices as maxpool1d_f32_indices, indices as maxpool2d_f32_indices, indices as maxpool3d_f32_indices };

export function maxpoolVjp1d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  unpoolPairs(MAX, 1, out, input, load<u32>(params, AXES_BYTES), params, begin, end, 1);
}

export function maxpoolVjp2d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  unpoolPairs(MAX, 2, out, input, load<u32>(params, AXES_BYTES), params, begin, end, 1);
}

export function maxpoolVjp3d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  unpoolPairs(MAX, 4, out, input, load<u32>(params, AXES_BYTES), params, begin, end, 1);
}

/**
 * First half of the gradient. x, with gy as second operand -> for each row of windows, its winners and its gradients,
 * each in a padded line. Nobody writes the padding: the host has made it -1, which is no voxel.
 */
export function maxpoolVjp_f32_winners(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const zAxis = axisOf(params, 0);
  const yAxis = axisOf(params, 1);
  const p = changetype<Winners>(params + AXES_BYTES);
  const rowOut = <usize>axisOf(params, 2).out << 2;
  let to = out + (<usize>begin * p.lineBytes << 1) + p.lead;
  let from = <usize>p.operand + <usize>begin * rowOut;
  for (let item = begin; item < end; item++) {
    const slice = item / yAxis.out;
    const plane = input + <usize>(slice / zAxis.out) * planeBytes(params);
    rowOfWinners(params, plane, slice % zAxis.out, item - slice * yAxis.out, to, work);
    copyVectors(to + p.lineBytes, from, rowOut);
    to += p.lineBytes << 1;
    from += rowOut;
  }
}

/** Four gradients at `p` to those voxels, of the flat indices `at`, that won them. */
// @ts-ignore: decorator
@inline
function won(p: usize, lineBytes: usize, at: v128): v128 {
  return v128.and(v128.load(p + lineBytes), i32x4.eq(v128.load(p), at));
}

/**
 * All voxels of a row, phase by phase; `first` is the flat index of its first one. Windows add up in their order. One
 * that is not over a voxel of the last phases cannot be won by it either, so that all phases ask the same windows.
 */
// @ts-ignore: decorator
@inline
function wonPhases(params: usize, list: usize, listEnd: usize, first: i32, to: usize): void {
  const gather = gatherOf(params);
  const stride = axisOf(params, 2).stride;
  const lineBytes = <usize>gather.lineBytes;
  const taps = <usize>gather.taps << 2;
  // Two phases in one pass; the second one is nobody's at stride one.
  const phases = min(stride, 2);
  let block = i32x4.add(i32x4.splat(first - (gather.skip >> 2)), i32x4.mul(i32x4.splat(stride), i32x4(0, 1, 2, 3)));
  let offset = <usize>gather.start;
  for (let left = gather.blocks; left > 0; left--) {
    for (let phase = 0; phase < stride; phase += phases) {
      const at = i32x4.add(block, i32x4.splat(phase));
      const next = i32x4.add(at, i32x4.splat(1));
      let here = f32x4.splat(0);
      let there = f32x4.splat(0);
      for (let entry = list; entry < listEnd; entry += 8) {
        let p = <usize>load<u32>(entry) + offset;
        const end = p + taps;
        do {
          here = f32x4.add(here, won(p, lineBytes, at));
          there = f32x4.add(there, won(p, lineBytes, next));
          p += 4;
        } while (p < end);
      }
      if (stride == 1) {
        v128.store(to, here);
      } else if (stride == 2) {
        storeTwoPhases(to, here, there);
      } else {
        storePhase(to + (<usize>phase << 2), here, stride);
        if (phase + 1 < stride) storePhase(to + (<usize>phase << 2) + 4, there, stride);
      }
    }
    block = i32x4.add(block, i32x4.splat(stride << 2));
    offset += 16;
    to += <usize>stride << 4;
  }
}

/** Second half: what the first one made -> gx. Work items are rows of voxels. */
export function maxpoolVjp_f32_gather(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const gather = gatherOf(params);
  const x = axisOf(params, 2);
  const rows = axisOf(params, 0).size * axisOf(params, 1).size;
  const row = <usize>x.size << 2;
  const wide = work + gather.wide;
  let to = out + <usize>begin * row;
  for (let item = begin; item < end; item++) {
    const listEnd = listWindows(params, item, input, <usize>gather.lineBytes << 1, false, work);
    wonPhases(params, work, listEnd, item % rows * x.size, wide);
    copyRow(to, wide + gather.skip, row);
    to += row;
  }
}
