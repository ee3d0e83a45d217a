// The adjoint of the blur along x at stride two with 3, 4 or 5 taps: every gradient goes to the columns of its window.
// Gradient m and those before it make columns 2m and 2m + 1 of the padded row, so that even and odd columns are
// filtered apart and interleaved. Columns that take a share of the padding are computed again, one by one.
import { madd } from "./simd";
import { axisOf } from "./window";
import { Blur, blurOf } from "./blur-row";

/** One row at `to` from the gradients at `from`, with zeros in front of them and behind. */
// @ts-ignore: decorator
@inline
export function spreadRow(params: usize, to: usize, from: usize): void {
  const blur = blurOf(params);
  const x = axisOf(params, 2);
  const taps = params + x.weights;
  if (x.kernel == 3) wholeColumns(3, blur, taps, to, from);
  else if (x.kernel == 4) wholeColumns(4, blur, taps, to, from);
  else wholeColumns(5, blur, taps, to, from);
  let at = params + blur.borders;
  for (let columns = blur.borderCount; columns > 0; columns--) {
    const column = to + load<u32>(at);
    const end = at + (<usize>load<u32>(at, 4) << 3) + 8;
    let sum: f32 = 0;
    for (at += 8; at < end; at += 8) sum += load<f32>(at, 4) * load<f32>(from + load<i32>(at));
    store<f32>(column, sum);
  }
}

/** All columns from `blur.start` on that fill vectors; the last vectors overlap the ones before them. */
// @ts-ignore: decorator
@inline
function wholeColumns(TAPS: i32, blur: Blur, taps: usize, row: usize, from: usize): void {
  const t0 = v128.load32_splat(taps);
  const t1 = v128.load32_splat(taps, 4);
  const t2 = v128.load32_splat(taps, 8);
  const t3 = v128.load32_splat(taps, 12);
  const t4 = v128.load32_splat(taps, 16);
  let to = row + blur.start;
  const last = row + blur.wholeBytes;
  from += blur.firstFrom;
  let before = v128.load(from - 16);
  while (to < last) {
    const g = v128.load(from);
    spreadFour(TAPS, to, before, g, t0, t1, t2, t3, t4);
    before = g;
    from += 16;
    to += 32;
  }
  from -= (to - last) >> 1;
  spreadFour(TAPS, last, v128.load(from - 16), v128.load(from), t0, t1, t2, t3, t4);
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
