// Windows of two at stride two without padding on the last one (ROWS 1), two (2) or three (4) axes, and their
// gradients, in registers. ROWS counts the image rows under a row of windows. Work items are rows of windows: they
// lie in the image one after the other, so that only pointers move from one to the next.
import { Axis, MAX, SUM, axisOf, combine, evens, keepMax, odds, storeLanes } from "./window";

/** Maximum that loses NaN, for sums that tell whether there was one: twice as fast as keeping them. */
// @ts-ignore: decorator
@inline
const LOSSY_MAX: i32 = 2;

/** So many rows are computed in vain where there is a NaN. */
// @ts-ignore: decorator
@inline
const ROWS_AT_RISK: i32 = 32;

// @ts-ignore: decorator
@inline
function merge(OP: i32, a: v128, b: v128): v128 {
  return OP == LOSSY_MAX ? f32x4.pmax(a, b) : combine(OP, a, b);
}

/**
 * Four windows, whose voxels begin `AT` bytes after a (and b, c, d), to the first `count` words `AT` / 2 bytes after
 * `to`. With LOSSY_MAX returns a sum of all voxels that `merge` would lose if they were NaN.
 */
// @ts-ignore: decorator
@inline
function fourPairs(
  OP: i32, ROWS: i32, AT: usize, to: usize, count: i32, a: usize, b: usize, c: usize, d: usize, scale: v128,
): v128 {
  let lost = scale;
  let low = v128.load(a + AT);
  let high = v128.load(a + AT + 16);
  if (ROWS > 1) {
    const b0 = v128.load(b + AT);
    const b1 = v128.load(b + AT + 16);
    low = merge(OP, low, b0);
    high = merge(OP, high, b1);
    if (OP == LOSSY_MAX) lost = f32x4.add(b0, b1);
  }
  if (ROWS > 2) {
    const c0 = v128.load(c + AT);
    const c1 = v128.load(c + AT + 16);
    const d0 = v128.load(d + AT);
    const d1 = v128.load(d + AT + 16);
    low = merge(OP, low, merge(OP, c0, d0));
    high = merge(OP, high, merge(OP, c1, d1));
    if (OP == LOSSY_MAX) lost = f32x4.add(lost, f32x4.add(f32x4.add(c0, c1), f32x4.add(d0, d1)));
  }
  const odd = odds(low, high);
  if (OP == LOSSY_MAX) lost = f32x4.add(lost, odd);
  let v = merge(OP, evens(low, high), odd);
  if (OP == SUM) v = f32x4.mul(v, scale);
  storeLanes(to + (AT >> 1), v, count);
  return lost;
}

/** Where the voxels of row `item` of windows begin, in bytes from the tensor's start. */
// @ts-ignore: decorator
@inline
function voxelsUnder(ROWS: i32, params: usize, item: i32): usize {
  const z = axisOf(params, 0);
  const y = axisOf(params, 1);
  const slice = item / y.out;
  const oy = item - slice * y.out;
  const plane = slice / z.out;
  const oz = slice - plane * z.out;
  const row = (plane * z.size + (ROWS > 2 ? 2 * oz : oz)) * y.size + (ROWS > 1 ? 2 * oy : oy);
  return (<usize>row * axisOf(params, 2).size) << 2;
}

/** `rows` rows of windows of one slice. Returns whether a NaN was lost. */
// @ts-ignore: decorator
@inline
function pairRows(OP: i32, ROWS: i32, to: usize, a: usize, params: usize, rows: i32, factor: f32): bool {
  const x = axisOf(params, 2);
  const row = <usize>x.size << 2;
  const rest = row - (<usize>x.out << 3);
  const scale = f32x4.splat(factor);
  const tail = x.out & 3;
  const tailBytes = <usize>tail << 3;
  let b = a + row;
  let c = ROWS > 2 ? a + <usize>axisOf(params, 1).size * row : 0;
  let d = c + row;
  let lost = f32x4.splat(0);
  do {
    const pairsOfFour = to + (<usize>(x.out & ~7) << 2);
    while (to < pairsOfFour) {
      const first = fourPairs(OP, ROWS, 0, to, 4, a, b, c, d, scale);
      const second = fourPairs(OP, ROWS, 32, to, 4, a, b, c, d, scale);
      if (OP == LOSSY_MAX) lost = f32x4.add(lost, f32x4.add(first, second));
      a += 64;
      if (ROWS > 1) b += 64;
      if (ROWS > 2) c += 64;
      if (ROWS > 2) d += 64;
      to += 32;
    }
    if (x.out & 4) {
      const last = fourPairs(OP, ROWS, 0, to, 4, a, b, c, d, scale);
      if (OP == LOSSY_MAX) lost = f32x4.add(lost, last);
      a += 32;
      b += 32;
      c += 32;
      d += 32;
      to += 16;
    }
    if (tail) {
      // Reads beyond the row, where a NaN is none of its business.
      fourPairs(OP == LOSSY_MAX ? MAX : OP, ROWS, 0, to, tail, a, b, c, d, scale);
      a += tailBytes;
      b += tailBytes;
      d += tailBytes;
      to += <usize>tail << 2;
    }
    a = rest + (ROWS > 1 ? b : a);
    b = a + row;
    c = rest + d;
    d = c + row;
  } while (--rows);
  return v128.any_true(f32x4.ne(lost, lost));
}

/** x -> y. SUM multiplies by `factor`. */
// @ts-ignore: decorator
@inline
export function poolPairs(
  OP: i32, ROWS: i32, out: usize, input: usize, params: usize, begin: i32, end: i32, factor: f32,
): void {
  const y = axisOf(params, 1);
  const rowOut = <usize>axisOf(params, 2).out << 2;
  while (begin < end) {
    let rows = min(end - begin, y.out - begin % y.out);
    const to = out + <usize>begin * rowOut;
    const from = input + voxelsUnder(ROWS, params, begin);
    if (OP == MAX && ROWS > 1) {
      rows = min(rows, ROWS_AT_RISK);
      if (pairRows(LOSSY_MAX, ROWS, to, from, params, rows, factor)) pairRows(MAX, ROWS, to, from, params, rows, factor);
    } else {
      pairRows(OP, ROWS, to, from, params, rows, factor);
    }
    begin += rows;
  }
}
