// Windows of two or three rows and columns at stride one, and of three at stride two, in registers, with a padding of
// one before and after each axis or none. Work items are rows of windows. In place of a row beyond the border the
// nearest one is taken, which changes no maximum, or one of zeros.
import { Axis, LOSSY_MAX, MAX, SUM, axisOf, combine, evens, neutral, odds, planeBytes } from "./window";

/** So many rows are computed in vain where there is a NaN. */
// @ts-ignore: decorator
@inline
const ROWS_AT_RISK: i32 = 64;

/** The reduction where single windows are concerned. */
// @ts-ignore: decorator
@inline
function exact(OP: i32): i32 {
  return OP == LOSSY_MAX ? MAX : OP;
}

/** Row `index` of a plane, or what takes its place beyond the border. */
// @ts-ignore: decorator
@inline
function rowOf(OP: i32, plane: usize, size: i32, row: usize, index: i32, zeros: usize): usize {
  if (OP == SUM) return index < 0 || index >= size ? zeros : plane + <usize>index * row;
  return plane + <usize>max(0, min(size - 1, index)) * row;
}

/** Four columns of two or three rows (K). LOSSY_MAX keeps a NaN of `b` alone. */
// @ts-ignore: decorator
@inline
function overRows(OP: i32, K: i32, a: usize, b: usize, c: usize): v128 {
  const two = combine(OP, v128.load(b), v128.load(a));
  return K > 2 ? combine(OP, two, v128.load(c)) : two;
}

/** One column, in all lanes. */
// @ts-ignore: decorator
@inline
function column(OP: i32, K: i32, a: usize, b: usize, c: usize): v128 {
  const two = combine(exact(OP), v128.load32_splat(b), v128.load32_splat(a));
  return K > 2 ? combine(exact(OP), two, v128.load32_splat(c)) : two;
}

/** What divides a row of sums, beside the divisors along x. */
// @ts-ignore: decorator
@inline
function rowDivisor(params: usize, oy: i32): f32 {
  const ofZ = load<f32>(params + axisOf(params, 0).weights);
  return ofZ * load<f32>(params + axisOf(params, 1).weights + (<usize>oy << 2));
}

// @ts-ignore: decorator
@inline
function divided(OP: i32, v: v128, divisors: usize, ofRow: f32): v128 {
  return OP == SUM ? f32x4.div(v, f32x4.mul(v128.load(divisors), f32x4.splat(ofRow))) : v;
}

/**
 * A window of which the `K` - 1 columns from `at` on lie inside the row: output `index` of the row at `to`.
 */
// @ts-ignore: decorator
@inline
function borderWindow(
  OP: i32, K: i32, to: usize, index: i32, a: usize, b: usize, c: usize, at: usize, divisors: usize, ofRow: f32,
): void {
  let v = column(OP, K, a + at, b + at, c + at);
  if (K > 2) v = combine(exact(OP), v, column(OP, K, a + at + 4, b + at + 4, c + at + 4));
  const offset = <usize>index << 2;
  v128.store_lane<f32>(to + offset, divided(OP, v, divisors + offset, ofRow), 0);
}

/** `rows` rows of windows of one plane at stride one. Returns whether LOSSY_MAX may have lost a NaN. */
// @ts-ignore: decorator
@inline
function rowsAtOne(
  OP: i32, K: i32, to: usize, plane: usize, params: usize, oy: i32, rows: i32, zeros: usize,
): bool {
  const y = axisOf(params, 1);
  const x = axisOf(params, 2);
  const row = <usize>x.size << 2;
  const divisors = params + x.weights;
  const lead = <usize>x.lead << 2;
  const last = row - (<usize>(K + 3) << 2);
  let lost = f32x4.splat(0);
  if (OP == LOSSY_MAX) {
    // All other rows are the `b` of one of these, whose NaN shows in its maximum.
    lost = sumOf(rowOf(OP, plane, y.size, row, oy - y.lead, zeros), row);
    const lastRow = rowOf(OP, plane, y.size, row, oy + rows + K - 2 - y.lead, zeros);
    if (K > 2) lost = f32x4.add(lost, sumOf(lastRow, row));
  }
  let first = oy - y.lead;
  let a = rowOf(OP, plane, y.size, row, first, zeros);
  let b = K > 2 ? rowOf(OP, plane, y.size, row, first + 1, zeros) : a;
  for (; rows > 0; rows--) {
    const c = rowOf(OP, plane, y.size, row, first + K - 1, zeros);
    if (K == 2) b = c;
    const ofRow: f32 = OP == SUM ? rowDivisor(params, oy) : 1;
    let v = overRows(OP, K, a, b, c);
    let at: usize = 0;
    while (true) {
      const next = overRows(OP, K, a + at + 16, b + at + 16, c + at + 16);
      let sum = combine(OP, v, v128.shuffle<f32>(v, next, 1, 2, 3, 4));
      if (K > 2) sum = combine(OP, sum, v128.shuffle<f32>(v, next, 2, 3, 4, 5));
      v128.store(to + lead + at, divided(OP, sum, divisors + lead + at, ofRow));
      if (OP == LOSSY_MAX) lost = f32x4.add(lost, v);
      if (at == last) break;
      v = next;
      at += 16;
      if (at > last) {
        // The last vector overlaps the one before it.
        at = last;
        v = overRows(OP, K, a + at, b + at, c + at);
      }
    }
    if (OP == LOSSY_MAX) {
      const behind = row - 16;
      lost = f32x4.add(lost, overRows(OP, K, a + behind, b + behind, c + behind));
    }
    if (x.lead) borderWindow(OP, K, to, 0, a, b, c, 0, divisors, ofRow);
    if (x.trail) borderWindow(OP, K, to, x.out - 1, a, b, c, row - (<usize>(K - 1) << 2), divisors, ofRow);
    to += <usize>x.out << 2;
    a = b;
    b = c;
    first++;
    oy++;
  }
  return v128.any_true(f32x4.ne(lost, lost));
}

/** A sum of the voxels of a row, of four or more, that shows whether there is a NaN. */
// @ts-ignore: decorator
@inline
function sumOf(row: usize, bytes: usize): v128 {
  const last = row + bytes - 16;
  let sum = v128.load(last);
  for (; row < last; row += 16) sum = f32x4.add(sum, v128.load(row));
  return sum;
}

/**
 * The same for three at stride two. Columns are taken in pairs, the middle and the last one of a window; the first one
 * is the last one of the window before. The middle column of every window is inside the image.
 */
// @ts-ignore: decorator
@inline
function rowsAtTwo(
  OP: i32, to: usize, plane: usize, params: usize, oy: i32, rows: i32, zeros: usize,
): bool {
  const y = axisOf(params, 1);
  const x = axisOf(params, 2);
  const row = <usize>x.size << 2;
  const divisors = params + x.weights;
  // Without padding the pairs begin with the second column.
  const start: usize = x.lead > 0 ? 0 : 4;
  const pairs = pairsOf(x);
  const last = <usize>(pairs - 4) << 2;
  let lost = f32x4.splat(0);
  if (OP == LOSSY_MAX) lost = sumOf(rowOf(OP, plane, y.size, row, 2 * oy - y.lead, zeros), row);
  const lastRow = plane + <usize>(y.size - 1) * row;
  const first = 2 * oy - y.lead;
  let a = rowOf(OP, plane, y.size, row, first, zeros);
  let b = plane + <usize>(first + 1) * row;
  for (; rows > 0; rows--) {
    let c = b + row;
    if (c > lastRow) c = OP == SUM ? zeros : b;
    const ofRow: f32 = OP == SUM ? rowDivisor(params, oy) : 1;
    let before = f32x4.splat(neutral(OP));
    if (start > 0) {
      before = column(OP, 3, a, b, c);
      if (OP == LOSSY_MAX) lost = f32x4.add(lost, before);
    }
    let from = start;
    let at: usize = 0;
    while (true) {
      const c0 = v128.load(c + from);
      const c1 = v128.load(c + from, 16);
      const low = combine(OP, overRows(OP, 2, a + from, b + from, 0), c0);
      const high = combine(OP, overRows(OP, 2, a + from + 16, b + from + 16, 0), c1);
      const odd = odds(low, high);
      const shifted = v128.shuffle<f32>(before, odd, 3, 4, 5, 6);
      const v = combine(OP, combine(OP, evens(low, high), odd), shifted);
      v128.store(to + at, divided(OP, v, divisors + at, ofRow));
      if (OP == LOSSY_MAX) lost = f32x4.add(lost, f32x4.add(f32x4.add(c0, c1), odd));
      if (at == last) break;
      before = odd;
      at += 16;
      from += 32;
      if (at > last) {
        // The last vector overlaps the one before it.
        at = last;
        from = start + (last << 1);
        before = column(OP, 3, a + from - 4, b + from - 4, c + from - 4);
      }
    }
    // A last window whose last column is missing.
    if (x.out > pairs) borderWindow(OP, 3, to, pairs, a, b, c, row - 8, divisors, ofRow);
    to += <usize>x.out << 2;
    a = b + row;
    b = a + row;
    oy++;
  }
  return v128.any_true(f32x4.ne(lost, lost));
}

/** Windows in a row that have their middle and their last column. */
// @ts-ignore: decorator
@inline
function pairsOf(x: Axis): i32 {
  return min(x.out, (x.size - (x.lead > 0 ? 0 : 1)) >> 1);
}

// Functions of their own (exported, so that they stay it): there the loop has all registers for itself.

export function lossyMaxOfTwo(to: usize, plane: usize, params: usize, oy: i32, rows: i32): bool {
  return rowsAtOne(LOSSY_MAX, 2, to, plane, params, oy, rows, 0);
}

export function lossyMaxOfThree(to: usize, plane: usize, params: usize, oy: i32, rows: i32): bool {
  return rowsAtOne(LOSSY_MAX, 3, to, plane, params, oy, rows, 0);
}

export function lossyMaxOfThreeAtTwo(to: usize, plane: usize, params: usize, oy: i32, rows: i32): bool {
  return rowsAtTwo(LOSSY_MAX, to, plane, params, oy, rows, 0);
}

/** x -> y for windows of K at `STRIDE` one, or of three at two. `zeros`: where a row of zeros may lie, for SUM. */
// @ts-ignore: decorator
@inline
export function poolFew(
  OP: i32, K: i32, STRIDE: i32, out: usize, input: usize, params: usize, zeros: usize, begin: i32, end: i32,
): void {
  const y = axisOf(params, 1);
  const rowOut = <usize>axisOf(params, 2).out << 2;
  if (OP == SUM) memory.fill(zeros, 0, <usize>axisOf(params, 2).size << 2);
  while (begin < end) {
    const image = begin / y.out;
    const oy = begin - image * y.out;
    let rows = min(end - begin, y.out - oy);
    const plane = input + <usize>image * planeBytes(params);
    const to = out + <usize>begin * rowOut;
    let isDone = false;
    if (OP == MAX) {
      rows = min(rows, ROWS_AT_RISK);
      if (STRIDE == 2) isDone = !lossyMaxOfThreeAtTwo(to, plane, params, oy, rows);
      else if (K == 2) isDone = !lossyMaxOfTwo(to, plane, params, oy, rows);
      else isDone = !lossyMaxOfThree(to, plane, params, oy, rows);
    }
    if (!isDone) {
      if (STRIDE == 2) rowsAtTwo(OP, to, plane, params, oy, rows, zeros);
      else rowsAtOne(OP, K, to, plane, params, oy, rows, zeros);
    }
    begin += rows;
  }
}
