// Rows of the blur at stride two with the same 3, 4 or 5 symmetric taps along y and x (ROWS = TAPS), or along x
// alone (ROWS = 1). Rows are summed in registers, split into even and odd columns, and filtered along x together
// with the columns before them. Taps are scaled so that the outer ones are 1; `scale` makes up for it.
import { madd } from "./simd";
import { AXES_BYTES, axisOf, evens, odds, storeLanes } from "./window";

/** Words after the axes. The first four are offsets in the workspace, where the list of taps comes first. */
@unmanaged
export class Blur {
  line: i32;
  spread: i32;
  slab: i32;
  zeroRow: i32;
  /** Whether there is a z axis to filter. */
  filtersZ: i32;
  /** What is read and what is written: slices of a plane, rows of a slice, columns of a row. */
  slicesIn: i32;
  rowsIn: i32;
  columnsIn: i32;
  slicesOut: i32;
  /** Rows from one slice that is written to the next: more than it has where others write the rows between. */
  rowsApart: i32;
  columnsOut: i32;
  /** Work items: each slice that is written falls into so many blocks of rows. */
  blocks: i32;
  /** Table of those blocks. */
  blockTable: i32;
  /**
   * Table. Forward: three vectors of columns that may see padding, one before the whole ones and two behind them.
   * Adjoint: the first and the last four columns.
   */
  borders: i32;
  /** Whether one of these takes columns, or gradients, from both ends of the row. */
  bothEnds: i32;
  /** Where in a row the other columns begin, in bytes. */
  start: i32;
  /** Forward: where the outputs of those end. Adjoint: where the last vectors begin, 0 for none. In bytes. */
  wholeBytes: i32;
  /** Outputs behind those: up to 4. */
  lastCount: i32;
  /** Inner taps divided by the outer one, and the product of the outer ones of y and x. */
  second: f32;
  third: f32;
  scale: f32;
  /** Adjoint: where in a row of gradients those of `start` begin, in bytes. */
  firstFrom: i32;
  /** Forward: where in the input the last row begins that has as many bytes behind it as are fetched, 0 for none. */
  fetchBytes: i32;
}

// @ts-ignore: decorator
@inline
export const BLUR_BYTES: usize = 23 * 4;

// @ts-ignore: decorator
@inline
export function blurOf(params: usize): Blur {
  return changetype<Blur>(params + AXES_BYTES);
}

/** Four columns, some of which lie beyond the border: lanes of the sums at `near`, and of those at `far`. */
@unmanaged
class Border {
  near: i32;
  far: i32;
}

// @ts-ignore: decorator
@inline
const BORDER_BYTES: usize = 2 * 4 + 2 * 16;

/**
 * One output row at `to` from the rows under its taps; rows that no tap needs are not looked at. Returns a sum of all
 * outputs. PAIRS: eight outputs at a time, and what lies at `behind`, two rows or as much, is fetched meanwhile by
 * loads whose values nobody asks for: processors lose track of rows that are read side by side.
 */
// @ts-ignore: decorator
@inline
export function blurRow(
  TAPS: i32, ROWS: i32, PAIRS: bool, params: usize, to: usize, a: usize, b: usize, c: usize, d: usize, e: usize,
  second: v128, third: v128, scale: v128, behind: usize,
): v128 {
  const blur = blurOf(params);
  const borders = params + blur.borders;
  const before = borderColumns(ROWS, blur, borders, a, b, c, d, e, second, third);
  let odd = odds(before, before);
  let carry = carried(TAPS, odd, evens(before, before), odd, second, third);
  let sums = f32x4.splat(0);
  let column = <usize>blur.start;
  const end = to + blur.wholeBytes;
  const single = PAIRS ? to + (blur.wholeBytes & 16) : end;
  while (to < single) {
    const pa = a + column;
    const pb = b + column;
    const pc = c + column;
    const pd = d + column;
    const pe = e + column;
    const low = overRows(ROWS, pa, pb, pc, pd, pe, second, third);
    const high = overRows(ROWS, pa + 16, pb + 16, pc + 16, pd + 16, pe + 16, second, third);
    const even = evens(low, high);
    const nextOdd = odds(low, high);
    const next = carried(TAPS, odd, even, nextOdd, second, third);
    const y = overColumns(carry, next, even, nextOdd, second, scale);
    v128.store(to, y);
    if (PAIRS) sums = f32x4.add(sums, y);
    odd = nextOdd;
    carry = next;
    column += 32;
    to += 16;
  }
  if (PAIRS) {
    while (to < end) {
      const pa = a + column;
      const pb = b + column;
      const pc = c + column;
      const pd = d + column;
      const pe = e + column;
      load<f32>(behind);
      load<f32>(behind, 64);
      const low0 = overRows(ROWS, pa, pb, pc, pd, pe, second, third);
      const high0 = overRows(ROWS, pa + 16, pb + 16, pc + 16, pd + 16, pe + 16, second, third);
      const even0 = evens(low0, high0);
      const odd0 = odds(low0, high0);
      const carry0 = carried(TAPS, odd, even0, odd0, second, third);
      const y0 = overColumns(carry, carry0, even0, odd0, second, scale);
      v128.store(to, y0);
      const low1 = overRows(ROWS, pa + 32, pb + 32, pc + 32, pd + 32, pe + 32, second, third);
      const high1 = overRows(ROWS, pa + 48, pb + 48, pc + 48, pd + 48, pe + 48, second, third);
      const even1 = evens(low1, high1);
      odd = odds(low1, high1);
      carry = carried(TAPS, odd0, even1, odd, second, third);
      const y1 = overColumns(carry0, carry, even1, odd, second, scale);
      v128.store(to, y1, 16);
      sums = f32x4.add(sums, f32x4.add(y0, y1));
      behind += 128;
      column += 64;
      to += 32;
    }
  }
  if (blur.lastCount == 0) return sums;
  // After the whole columns, so that the image is read in order.
  const low = borderColumns(ROWS, blur, borders + BORDER_BYTES, a, b, c, d, e, second, third);
  const high = borderColumns(ROWS, blur, borders + 2 * BORDER_BYTES, a, b, c, d, e, second, third);
  const even = evens(low, high);
  const nextOdd = odds(low, high);
  const next = carried(TAPS, odd, even, nextOdd, second, third);
  const y = overColumns(carry, next, even, nextOdd, second, scale);
  storeLanes(end, y, blur.lastCount);
  return f32x4.add(sums, y);
}

// Functions of their own, for long rows: there the loop has all registers for itself.

// @ts-ignore: decorator
@inline
function pairsOfRow(TAPS: i32, params: usize, to: usize, rows: usize, at: usize, behind: usize): v128 {
  const blur = blurOf(params);
  const a = rows + load<u32>(at);
  const b = rows + load<u32>(at, 4);
  const c = rows + load<u32>(at, 8);
  const d = TAPS > 3 ? rows + load<u32>(at, 12) : c;
  const e = TAPS > 4 ? rows + load<u32>(at, 16) : c;
  const second = f32x4.splat(blur.second);
  const third = f32x4.splat(blur.third);
  return blurRow(TAPS, TAPS, true, params, to, a, b, c, d, e, second, third, f32x4.splat(blur.scale), behind);
}

function pairs3(params: usize, to: usize, rows: usize, at: usize, behind: usize): v128 {
  return pairsOfRow(3, params, to, rows, at, behind);
}

function pairs4(params: usize, to: usize, rows: usize, at: usize, behind: usize): v128 {
  return pairsOfRow(4, params, to, rows, at, behind);
}

function pairs5(params: usize, to: usize, rows: usize, at: usize, behind: usize): v128 {
  return pairsOfRow(5, params, to, rows, at, behind);
}

/** `blurRow` by PAIRS from a table of where the taps' rows begin, in bytes after `rows`. */
// @ts-ignore: decorator
@inline
export function blurPairs(taps: i32, params: usize, to: usize, rows: usize, at: usize, behind: usize): v128 {
  if (taps == 3) return pairs3(params, to, rows, at, behind);
  if (taps == 4) return pairs4(params, to, rows, at, behind);
  return pairs5(params, to, rows, at, behind);
}

/** Sum over the rows at four columns of which some may lie beyond the border. */
// @ts-ignore: decorator
@inline
function borderColumns(
  ROWS: i32, blur: Blur, at: usize, a: usize, b: usize, c: usize, d: usize, e: usize, second: v128, third: v128,
): v128 {
  const near = changetype<Border>(at).near;
  let v = overRows(ROWS, a + near, b + near, c + near, d + near, e + near, second, third);
  v = i8x16.swizzle(v, v128.load(at, 8));
  if (blur.bothEnds) {
    const far = changetype<Border>(at).far;
    const other = overRows(ROWS, a + far, b + far, c + far, d + far, e + far, second, third);
    v = v128.or(v, i8x16.swizzle(other, v128.load(at, 24)));
  }
  return v;
}

/** Sum over the rows at four columns. */
// @ts-ignore: decorator
@inline
function overRows(
  ROWS: i32, a: usize, b: usize, c: usize, d: usize, e: usize, second: v128, third: v128,
): v128 {
  if (ROWS == 1) return v128.load(a);
  if (ROWS == 3) return madd(second, v128.load(b), f32x4.add(v128.load(a), v128.load(c)));
  if (ROWS == 4) {
    return madd(second, f32x4.add(v128.load(b), v128.load(c)), f32x4.add(v128.load(a), v128.load(d)));
  }
  const outer = f32x4.add(v128.load(a), v128.load(e));
  return madd(third, v128.load(c), madd(second, f32x4.add(v128.load(b), v128.load(d)), outer));
}

// Four outputs are sums over even and odd columns of which one half ends with the columns at hand. The other half ends
// one column before, so that it is made at once for the outputs one further on, and what does not fit carried along.

/** Lanes of `v` one further on, after the last one of `before`. */
// @ts-ignore: decorator
@inline
function oneOn(before: v128, v: v128): v128 {
  return v128.shuffle<f32>(before, v, 3, 4, 5, 6);
}

/** Half of what the outputs one further on see. */
// @ts-ignore: decorator
@inline
function carried(TAPS: i32, oddBefore: v128, even: v128, odd: v128, second: v128, third: v128): v128 {
  if (TAPS == 3) return odd;
  if (TAPS == 4) return madd(second, odd, even);
  return madd(third, odd, madd(second, even, oneOn(oddBefore, odd)));
}

/** Four outputs, whose windows end with these odd columns, and with what these columns and those before them carry. */
// @ts-ignore: decorator
@inline
function overColumns(before: v128, carry: v128, even: v128, odd: v128, second: v128, scale: v128): v128 {
  return f32x4.mul(scale, f32x4.add(oneOn(before, carry), madd(second, even, odd)));
}
