// Maxima of 3 x 3 at stride two in registers, with padding 0 or 1 before each axis. The middle row and column of every
// window are inside the image; a row beyond it is replaced by its neighbour, which changes no maximum. Columns are
// taken in pairs, the middle and the last one of a window, and the first one is the last one of the window before.
import { axisOf, evens, keepMax, odds, planeBytes } from "./window";

/** So many rows are computed in vain where there is a NaN. */
// @ts-ignore: decorator
@inline
const ROWS_AT_RISK: i32 = 64;

/** pmax alone loses a NaN in `b`. */
// @ts-ignore: decorator
@inline
function larger(KEEP_NAN: bool, a: v128, b: v128): v128 {
  return KEEP_NAN ? keepMax(a, b) : f32x4.pmax(a, b);
}

/** Maximum of one column over three rows, in all lanes. */
// @ts-ignore: decorator
@inline
function columnMaximum(a: usize, b: usize, c: usize): v128 {
  return keepMax(keepMax(v128.load32_splat(b), v128.load32_splat(a)), v128.load32_splat(c));
}

/** Maximum of a row and the one before it; of the row after it, `c` is given. */
// @ts-ignore: decorator
@inline
function overRows(KEEP_NAN: bool, a: usize, b: usize, c: v128): v128 {
  return larger(KEEP_NAN, larger(KEEP_NAN, v128.load(b), v128.load(a)), c);
}

/**
 * `rows` rows of windows of one plane, from `oy` on. Returns whether a NaN may have been lost: in the first or last
 * row of a window, of which the first one is the last one of the row of windows before; or in a last column.
 */
// @ts-ignore: decorator
@inline
function threeRows(KEEP_NAN: bool, to: usize, plane: usize, params: usize, oy: i32, rows: i32): bool {
  const y = axisOf(params, 1);
  const x = axisOf(params, 2);
  const row = <usize>x.size << 2;
  const lastRow = plane + <usize>(y.size - 1) * row;
  // Without padding the pairs begin with the second column.
  const start: usize = x.lead > 0 ? 0 : 4;
  const pairs = min(x.out, <i32>(row - start) >> 3);
  const last = <usize>(pairs - 4) << 2;
  const first = 2 * oy - y.lead;
  let a = plane + <usize>max(0, first) * row;
  let b = plane + <usize>(first + 1) * row;
  let lost = f32x4.splat(0);
  if (!KEEP_NAN) for (let at: usize = 0; at < row; at += 16) lost = f32x4.add(lost, v128.load(a + at));
  for (; rows > 0; rows--) {
    const c = min(b + row, lastRow);
    let before = f32x4.splat(-Infinity);
    if (start > 0) {
      before = columnMaximum(a, b, c);
      if (!KEEP_NAN) lost = f32x4.add(lost, before);
    }
    let column = start;
    let at: usize = 0;
    while (true) {
      const c0 = v128.load(c + column);
      const c1 = v128.load(c + column, 16);
      const low = overRows(KEEP_NAN, a + column, b + column, c0);
      const high = overRows(KEEP_NAN, a + column + 16, b + column + 16, c1);
      const odd = odds(low, high);
      const shifted = v128.shuffle<f32>(before, odd, 3, 4, 5, 6);
      v128.store(to + at, larger(KEEP_NAN, larger(KEEP_NAN, evens(low, high), odd), shifted));
      if (!KEEP_NAN) lost = f32x4.add(lost, f32x4.add(f32x4.add(c0, c1), odd));
      if (at == last) break;
      before = odd;
      at += 16;
      column += 32;
      if (at > last) {
        // The last vector overlaps the one before it.
        at = last;
        column = start + (last << 1);
        before = columnMaximum(a + column - 4, b + column - 4, c + column - 4);
      }
    }
    to += <usize>pairs << 2;
    if (x.out > pairs) {
      // A last window whose last column is missing.
      const middle = row - 4;
      const left = middle - 4;
      const v = keepMax(
        columnMaximum(a + middle, b + middle, c + middle), columnMaximum(a + left, b + left, c + left),
      );
      v128.store_lane<f32>(to, v, 0);
      to += 4;
    }
    a = b + row;
    b = a + row;
  }
  return v128.any_true(f32x4.ne(lost, lost));
}

/** A function of its own (exported, so that it stays it): there the loop has all registers for itself. */
export function lossyMaxOfNine(to: usize, plane: usize, params: usize, oy: i32, rows: i32): bool {
  return threeRows(false, to, plane, params, oy, rows);
}

/** x -> y. Work items are rows of windows. */
// @ts-ignore: decorator
@inline
export function poolThrees(out: usize, input: usize, params: usize, begin: i32, end: i32): void {
  const y = axisOf(params, 1);
  const rowOut = <usize>axisOf(params, 2).out << 2;
  while (begin < end) {
    const image = begin / y.out;
    const oy = begin - image * y.out;
    const rows = min(min(end - begin, y.out - oy), ROWS_AT_RISK);
    const plane = input + <usize>image * planeBytes(params);
    const to = out + <usize>begin * rowOut;
    if (lossyMaxOfNine(to, plane, params, oy, rows)) threeRows(true, to, plane, params, oy, rows);
    begin += rows;
  }
}
