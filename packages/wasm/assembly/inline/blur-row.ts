// Rows of the blur at stride two with the same 3, 4 or 5 symmetric taps along y and x (ROWS = TAPS), or along x
// alone (ROWS = 1). Rows are summed in registers, split into even and odd columns, and filtered along x with one
// vector of look-ahead. Taps are scaled so that the outer ones are 1; `scale` makes up for it.
import { madd } from "./simd";
import { AXES_BYTES, axisOf, evens, odds, storeLanes } from "./window";

/** Words after the axes. The first four are offsets in the workspace, where the list of taps comes first. */
@unmanaged
export class Blur {
  line: i32;
  slice: i32;
  zeroRow: i32;
  /** Sums over y of the four columns at either border, and a zero. */
  edges: i32;
  /** Whether there is a z axis to filter. */
  filtersZ: i32;
  /** Outputs first .. first + whole see no padding along x. */
  first: i32;
  whole: i32;
  /** Table of the other outputs: index, then where in `edges` each tap finds its value, in bytes. */
  borders: i32;
  borderCount: i32;
  /** Inner taps divided by the outer one, and the product of the outer ones of y and x. */
  second: f32;
  third: f32;
  scale: f32;
}

// @ts-ignore: decorator
@inline
export const BLUR_BYTES: usize = 12 * 4;

// @ts-ignore: decorator
@inline
export function blurOf(params: usize): Blur {
  return changetype<Blur>(params + AXES_BYTES);
}

/** One output row at `to` from the rows under its taps; unused rows repeat another one. */
// @ts-ignore: decorator
@inline
export function blurRow(
  TAPS: i32, ROWS: i32, params: usize, to: usize, edges: usize, a: usize, b: usize, c: usize, d: usize, e: usize,
): void {
  const x = axisOf(params, 2);
  const blur = blurOf(params);
  const start = <usize>(2 * blur.first + x.start - x.lead) << 2;
  const firstTo = to + (<usize>blur.first << 2);
  wholeOutputs(TAPS, ROWS, blur, firstTo, a + start, b + start, c + start, d + start, e + start);
  if (blur.borderCount > 0) {
    const far = (<usize>x.size << 2) - 16;
    const second = f32x4.splat(blur.second);
    const third = f32x4.splat(blur.third);
    v128.store(edges, overRows(ROWS, a, b, c, d, e, second, third));
    v128.store(edges, overRows(ROWS, a + far, b + far, c + far, d + far, e + far, second, third), 16);
    borderOutputs(TAPS, params, to, edges);
  }
}

/** Sum over the rows at `column`, four columns. */
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

/** Four outputs from even and odd columns and the ones that follow them. */
// @ts-ignore: decorator
@inline
function overColumns(
  TAPS: i32, even: v128, odd: v128, nextEven: v128, nextOdd: v128, second: v128, third: v128,
): v128 {
  const even1 = v128.shuffle<f32>(even, nextEven, 1, 2, 3, 4);
  if (TAPS == 3) return madd(second, odd, f32x4.add(even, even1));
  const odd1 = v128.shuffle<f32>(odd, nextOdd, 1, 2, 3, 4);
  if (TAPS == 4) return madd(second, f32x4.add(odd, even1), f32x4.add(even, odd1));
  const even2 = v128.shuffle<f32>(even, nextEven, 2, 3, 4, 5);
  return madd(third, even1, madd(second, f32x4.add(odd, odd1), f32x4.add(even, even2)));
}

/** Outputs whose windows lie inside the row, from five rows that begin at the first one's window. */
// @ts-ignore: decorator
@inline
function wholeOutputs(
  TAPS: i32, ROWS: i32, blur: Blur, to: usize, a: usize, b: usize, c: usize, d: usize, e: usize,
): void {
  const second = f32x4.splat(blur.second);
  const third = f32x4.splat(blur.third);
  const scale = f32x4.splat(blur.scale);
  let left = blur.whole;
  let low = overRows(ROWS, a, b, c, d, e, second, third);
  let high = overRows(ROWS, a + 16, b + 16, c + 16, d + 16, e + 16, second, third);
  let even = evens(low, high);
  let odd = odds(low, high);
  do {
    a += 32;
    if (ROWS > 1) b += 32;
    if (ROWS > 1) c += 32;
    if (ROWS > 3) d += 32;
    if (ROWS > 4) e += 32;
    low = overRows(ROWS, a, b, c, d, e, second, third);
    high = overRows(ROWS, a + 16, b + 16, c + 16, d + 16, e + 16, second, third);
    const nextEven = evens(low, high);
    const nextOdd = odds(low, high);
    storeLanes(to, f32x4.mul(scale, overColumns(TAPS, even, odd, nextEven, nextOdd, second, third)), left);
    even = nextEven;
    odd = nextOdd;
    to += 16;
    left -= 4;
  } while (left > 0);
}

/** Outputs that see padding along x, from the sums at the borders. x.weights: taps times the outer one of y. */
// @ts-ignore: decorator
@inline
function borderOutputs(TAPS: i32, params: usize, to: usize, edges: usize): void {
  const blur = blurOf(params);
  const taps = params + axisOf(params, 2).weights;
  let at = params + blur.borders;
  const end = at + <usize>blur.borderCount * (1 + TAPS) * 4;
  while (at < end) {
    let sum = load<f32>(taps) * load<f32>(edges + load<u32>(at, 4));
    sum += load<f32>(taps, 4) * load<f32>(edges + load<u32>(at, 8));
    sum += load<f32>(taps, 8) * load<f32>(edges + load<u32>(at, 12));
    if (TAPS > 3) sum += load<f32>(taps, 12) * load<f32>(edges + load<u32>(at, 16));
    if (TAPS > 4) sum += load<f32>(taps, 16) * load<f32>(edges + load<u32>(at, 20));
    store<f32>(to + (<usize>load<u32>(at) << 2), sum);
    at += (1 + TAPS) * 4;
  }
}
