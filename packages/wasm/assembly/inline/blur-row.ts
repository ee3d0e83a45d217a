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
}

// @ts-ignore: decorator
@inline
export const BLUR_BYTES: usize = 22 * 4;

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

/** One output row at `to` from the rows under its taps; rows that no tap needs are not looked at. */
// @ts-ignore: decorator
@inline
export function blurRow(
  TAPS: i32, ROWS: i32, params: usize, to: usize, a: usize, b: usize, c: usize, d: usize, e: usize,
  second: v128, third: v128, scale: v128,
): void {
  const blur = blurOf(params);
  const borders = params + blur.borders;
  const before = borderColumns(ROWS, blur, borders, a, b, c, d, e, second, third);
  let even = evens(before, before);
  let odd = odds(before, before);
  const end = to + blur.wholeBytes;
  let column = <usize>blur.start;
  while (to < end) {
    const pa = a + column;
    const pb = b + column;
    const pc = c + column;
    const pd = d + column;
    const pe = e + column;
    const low = overRows(ROWS, pa, pb, pc, pd, pe, second, third);
    const high = overRows(ROWS, pa + 16, pb + 16, pc + 16, pd + 16, pe + 16, second, third);
    const nextEven = evens(low, high);
    const nextOdd = odds(low, high);
    v128.store(to, f32x4.mul(scale, overColumns(TAPS, even, odd, nextEven, nextOdd, second, third)));
    even = nextEven;
    odd = nextOdd;
    column += 32;
    to += 16;
  }
  if (blur.lastCount == 0) return;
  // After the whole columns, so that the image is read in order.
  const low = borderColumns(ROWS, blur, borders + BORDER_BYTES, a, b, c, d, e, second, third);
  const high = borderColumns(ROWS, blur, borders + 2 * BORDER_BYTES, a, b, c, d, e, second, third);
  const last = overColumns(TAPS, even, odd, evens(low, high), odds(low, high), second, third);
  storeLanes(to, f32x4.mul(scale, last), blur.lastCount);
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

/** Four outputs, whose windows end with these odd columns, from even and odd columns and the ones before them. */
// @ts-ignore: decorator
@inline
function overColumns(
  TAPS: i32, evenBefore: v128, oddBefore: v128, even: v128, odd: v128, second: v128, third: v128,
): v128 {
  const odd1 = v128.shuffle<f32>(oddBefore, odd, 3, 4, 5, 6);
  if (TAPS == 3) return madd(second, even, f32x4.add(odd1, odd));
  const even1 = v128.shuffle<f32>(evenBefore, even, 3, 4, 5, 6);
  if (TAPS == 4) return madd(second, f32x4.add(odd1, even), f32x4.add(even1, odd));
  const odd2 = v128.shuffle<f32>(oddBefore, odd, 2, 3, 4, 5);
  return madd(third, odd1, madd(second, f32x4.add(even1, even), f32x4.add(odd2, odd)));
}
