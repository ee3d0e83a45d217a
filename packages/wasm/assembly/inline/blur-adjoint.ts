// The adjoint of the blur along x at stride two with 3, 4 or 5 taps: every gradient goes to the columns of its window.
// Gradient m and those before it make columns 2m and 2m + 1 of the padded row, so that even and odd columns are
// filtered apart and interleaved. The first and the last four columns, where vectors do not reach and padding leaves
// its share, are weighted sums of the gradients at the ends.
import { madd } from "./simd";
import { axisOf } from "./window";
import { Blur, blurOf } from "./blur-row";

/**
 * One row at `row` from the sum of the ROWS rows of gradients that are listed with their weights: columns from
 * `blur.start` on in vectors, the last ones of which overlap the ones before them, then both ends.
 */
// @ts-ignore: decorator
@inline
export function spreadRow(TAPS: i32, ROWS: i32, params: usize, row: usize, list: usize): void {
  const blur = blurOf(params);
  const taps = params + axisOf(params, 2).weights;
  const t0 = v128.load32_splat(taps);
  const t1 = v128.load32_splat(taps, 4);
  const t2 = v128.load32_splat(taps, 8);
  const t3 = TAPS > 3 ? v128.load32_splat(taps, 12) : t2;
  const t4 = TAPS > 4 ? v128.load32_splat(taps, 16) : t2;
  const firstA: usize = load<u32>(list);
  const firstB: usize = ROWS > 1 ? load<u32>(list, 8) : firstA;
  const wa = v128.load32_splat(list, 4);
  const wb = ROWS > 1 ? v128.load32_splat(list, 12) : wa;
  let a = firstA + blur.firstFrom;
  let b = firstB + blur.firstFrom;
  let to = row + blur.start;
  const last = row + blur.wholeBytes;
  let before = sumOf(ROWS, a - 16, b - 16, wa, wb);
  while (to < last) {
    const g = sumOf(ROWS, a, b, wa, wb);
    spreadFour(TAPS, to, before, g, t0, t1, t2, t3, t4);
    before = g;
    a += 16;
    b += 16;
    to += 32;
  }
  const back = (to - last) >> 1;
  a -= back;
  b -= back;
  before = sumOf(ROWS, a - 16, b - 16, wa, wb);
  spreadFour(TAPS, last, before, sumOf(ROWS, a, b, wa, wb), t0, t1, t2, t3, t4);
  const end = (<usize>blur.columnsIn << 2) - 16;
  const near = sumOf(ROWS, firstA, firstB, wa, wb);
  const far = sumOf(ROWS, firstA + end, firstB + end, wa, wb);
  const borders = params + blur.borders;
  v128.store(row, borderColumns(TAPS, blur, borders, near, far));
  v128.store(
    row + (<usize>blur.columnsOut << 2) - 16, borderColumns(TAPS, blur, borders + borderBytes(TAPS), far, near),
  );
}

/** Links that one column has with the four gradients at one end, at most. */
// @ts-ignore: decorator
@inline
function linksOf(TAPS: i32): i32 {
  return TAPS > 4 ? 3 : 2;
}

/** Bytes of four columns' links with both ends. */
// @ts-ignore: decorator
@inline
function borderBytes(TAPS: i32): usize {
  return <usize>linksOf(TAPS) << 6;
}

/** Four columns from the gradients at their own end and, where padding wraps, at the other one. */
// @ts-ignore: decorator
@inline
function borderColumns(TAPS: i32, blur: Blur, at: usize, own: v128, other: v128): v128 {
  let v = linked(TAPS, at, own);
  if (blur.bothEnds) v = f32x4.add(v, linked(TAPS, at + (<usize>linksOf(TAPS) << 5), other));
  return v;
}

/** For each link of the columns: which of the gradients in `g`, none giving zero, and weights. */
// @ts-ignore: decorator
@inline
function linked(TAPS: i32, at: usize, g: v128): v128 {
  let v = f32x4.mul(i8x16.swizzle(g, v128.load(at)), v128.load(at, 16));
  v = madd(i8x16.swizzle(g, v128.load(at, 32)), v128.load(at, 48), v);
  if (TAPS > 4) v = madd(i8x16.swizzle(g, v128.load(at, 64)), v128.load(at, 80), v);
  return v;
}

// @ts-ignore: decorator
@inline
function sumOf(ROWS: i32, a: usize, b: usize, wa: v128, wb: v128): v128 {
  const v = f32x4.mul(wa, v128.load(a));
  return ROWS > 1 ? madd(wb, v128.load(b), v) : v;
}

/** Eight columns from four gradients and the ones before them. */
// @ts-ignore: decorator
@inline
function spreadFour(
  TAPS: i32, to: usize, before: v128, g: v128, t0: v128, t1: v128, t2: v128, t3: v128, t4: v128,
): void {
  const g1 = v128.shuffle<f32>(before, g, 3, 4, 5, 6);
  let even = madd(t2, g1, f32x4.mul(t0, g));
  let odd = f32x4.mul(t1, g);
  if (TAPS > 3) odd = madd(t3, g1, odd);
  if (TAPS > 4) even = madd(t4, v128.shuffle<f32>(before, g, 2, 3, 4, 5), even);
  v128.store(to, v128.shuffle<f32>(even, odd, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<f32>(even, odd, 2, 6, 3, 7), 16);
}
