// Which voxel of each window is its maximum, a row of windows at a time.
import { AXES_BYTES, Axis, axisOf, firstVoxel, loadStrided, tapCount } from "./window";
import { listRows } from "./pool";

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
export class Winners {
  operand: u32;
  first: i32;
  end: i32;
  lead: i32;
  lineBytes: i32;
}

// @ts-ignore: decorator
@inline
export function winnersParams(params: usize): Winners {
  return changetype<Winners>(params + AXES_BYTES);
}

/** Stores the winners of one row of windows as flat indices, -1 for none. `work` holds the list of rows. */
export function rowOfWinners(params: usize, plane: usize, oz: i32, oy: i32, to: usize, work: usize): void {
  const x = axisOf(params, 2);
  const winners = winnersParams(params);
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
