// The adjoint of the blur along x at stride two with 3, 4 or 5 taps: every gradient goes to the columns of its window.
// Gradient m and those before it make columns 2m and 2m + 1 of the padded row, so that even and odd columns are
// filtered apart and interleaved. Columns that vectors do not reach, or that take a share of the padding, are
// computed one by one.
import { madd } from "./simd";
import { axisOf } from "./window";
import { Blur, blurOf } from "./blur-row";

/** One row at `to` from the sum of the one or two rows of gradients that are listed with their weights. */
// @ts-ignore: decorator
@inline
export function spreadRow(TAPS: i32, params: usize, to: usize, edges: usize, list: usize, n: i32): void {
  const blur = blurOf(params);
  const taps = params + axisOf(params, 2).weights;
  if (n == 1) spreadRows(TAPS, 1, blur, taps, to, edges, list);
  else spreadRows(TAPS, 2, blur, taps, to, edges, list);
  let at = params + blur.borders;
  for (let columns = blur.borderCount; columns > 0; columns--) {
    const column = to + load<u32>(at);
    const end = at + (<usize>load<u32>(at, 4) << 3) + 8;
    let sum: f32 = 0;
    for (at += 8; at < end; at += 8) sum += load<f32>(at, 4) * load<f32>(edges + load<u32>(at));
    store<f32>(column, sum);
  }
}

/**
 * Columns from `blur.start` on, in vectors, the last ones of which overlap the ones before them; and to `edges` the
 * sums of the first and the last four gradients.
 */
// @ts-ignore: decorator
@inline
function spreadRows(
  TAPS: i32, ROWS: i32, blur: Blur, taps: usize, row: usize, edges: usize, list: usize,
): void {
  const t0 = v128.load32_splat(taps);
  const t1 = v128.load32_splat(taps, 4);
  const t2 = v128.load32_splat(taps, 8);
  const t3 = TAPS > 3 ? v128.load32_splat(taps, 12) : t2;
  const t4 = TAPS > 4 ? v128.load32_splat(taps, 16) : t2;
  let a: usize = load<u32>(list);
  let b: usize = ROWS > 1 ? load<u32>(list, 8) : a;
  const wa = v128.load32_splat(list, 4);
  const wb = ROWS > 1 ? v128.load32_splat(list, 12) : wa;
  const far = (<usize>blur.columnsIn << 2) - 16;
  v128.store(edges, sumOf(ROWS, a, b, wa, wb));
  v128.store(edges, sumOf(ROWS, a + far, b + far, wa, wb), 16);
  a += blur.firstFrom;
  b += blur.firstFrom;
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
