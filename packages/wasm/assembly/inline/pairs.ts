// Windows of two at stride two without padding on the last one (ROWS 1), two (2) or three (4) axes, in registers. ROWS
// counts the image rows under a row of windows. Work items are rows of windows: they lie in the image one after the
// other, so that only pointers move from one to the next. A row has four windows or more: where it is no whole number
// of vectors, the last vector overlaps the one before it.
import { LOSSY_MAX, MAX, SUM, axisOf, combine, evens, odds } from "./window";

/** So many rows are computed in vain where there is a NaN. */
// @ts-ignore: decorator
@inline
const ROWS_AT_RISK: i32 = 128;

/**
 * Four windows, whose voxels begin `AT` bytes after a (and b, c, d), to `AT` / 2 bytes after `to`. With LOSSY_MAX
 * returns a sum of all voxels that `combine` would lose if they were NaN.
 */
// @ts-ignore: decorator
@inline
function fourPairs(
  OP: i32, ROWS: i32, AT: usize, to: usize, a: usize, b: usize, c: usize, d: usize, scale: v128,
): v128 {
  let lost = scale;
  let low = v128.load(a + AT);
  let high = v128.load(a + AT + 16);
  if (ROWS > 1) {
    const b0 = v128.load(b + AT);
    const b1 = v128.load(b + AT + 16);
    low = combine(OP, low, b0);
    high = combine(OP, high, b1);
    if (OP == LOSSY_MAX) lost = f32x4.add(b0, b1);
  }
  if (ROWS > 2) {
    const c0 = v128.load(c + AT);
    const c1 = v128.load(c + AT + 16);
    const d0 = v128.load(d + AT);
    const d1 = v128.load(d + AT + 16);
    low = combine(OP, low, combine(OP, c0, d0));
    high = combine(OP, high, combine(OP, c1, d1));
    if (OP == LOSSY_MAX) lost = f32x4.add(lost, f32x4.add(f32x4.add(c0, c1), f32x4.add(d0, d1)));
  }
  const odd = odds(low, high);
  if (OP == LOSSY_MAX) lost = f32x4.add(lost, odd);
  let v = combine(OP, evens(low, high), odd);
  if (OP == SUM) v = f32x4.mul(v, scale);
  v128.store(to + (AT >> 1), v);
  return lost;
}

/**
 * Two rows of voxels are fetched so many bytes ahead of their use, by loads whose values nobody asks for: processors
 * lose track of short rows, and wait for their second cache.
 */
// @ts-ignore: decorator
@inline
const AHEAD: usize = 2048;

/** Where the voxels of row `item` of windows begin, in bytes from the tensor's start. */
// @ts-ignore: decorator
@inline
export function voxelsUnder(ROWS: i32, params: usize, item: i32): usize {
  const z = axisOf(params, 0);
  const y = axisOf(params, 1);
  const slice = item / y.out;
  const oy = item - slice * y.out;
  const plane = slice / z.out;
  const oz = slice - plane * z.out;
  const row = (plane * z.size + (ROWS > 2 ? 2 * oz : oz)) * y.size + (ROWS > 1 ? 2 * oy : oy);
  return (<usize>row * axisOf(params, 2).size) << 2;
}

/**
 * `rows` rows of windows of one slice. Returns whether a NaN was lost. `fetches`: there are voxels up to AHEAD bytes
 * behind these.
 */
// @ts-ignore: decorator
@inline
function pairRows(
  OP: i32, ROWS: i32, to: usize, a: usize, params: usize, rows: i32, fetches: bool, factor: f32,
): bool {
  const x = axisOf(params, 2);
  const row = <usize>x.size << 2;
  // Eight windows at a time, or four where eight would need too many registers. What that leaves over at the end of
  // a row, a column without a window included, is `ragged` bytes.
  const left = <usize>x.out & (ROWS > 2 ? 3 : 7);
  const ragged = row - ((<usize>x.out - left) << 3);
  // Rows of whole blocks of sixteen, many of which are short, have a loop of their own: to find nothing left over
  // takes time.
  if (ROWS == 2 && fetches) {
    if (ragged || (x.out & 15)) return pairVectors(OP, ROWS, 8, true, to, a, params, rows, row, left, ragged, factor);
    return pairVectors(OP, ROWS, 16, true, to, a, params, rows, row, 0, 0, factor);
  }
  if (ROWS != 2 && ragged == 0) return pairVectors(OP, ROWS, 8, false, to, a, params, rows, row, 0, 0, factor);
  return pairVectors(OP, ROWS, 8, false, to, a, params, rows, row, left, ragged, factor);
}

/** The same, with what is left over given. BLOCK: 8 or 16 windows at a time, where these are not four. */
// @ts-ignore: decorator
@inline
function pairVectors(
  OP: i32, ROWS: i32, BLOCK: i32, FETCHES: bool, to: usize, a: usize, params: usize, rows: i32, row: usize,
  left: usize, ragged: usize, factor: f32,
): bool {
  const scale = f32x4.splat(factor);
  let b = a + row;
  let c = ROWS > 2 ? a + <usize>axisOf(params, 1).size * row : 0;
  let d = c + row;
  let lost = f32x4.splat(0);
  do {
    const end = b - ragged;
    while (a != end) {
      const first = fourPairs(OP, ROWS, 0, to, a, b, c, d, scale);
      if (ROWS < 4) {
        const second = fourPairs(OP, ROWS, 32, to, a, b, c, d, scale);
        let sum = f32x4.add(first, second);
        if (BLOCK == 16) {
          const third = fourPairs(OP, ROWS, 64, to, a, b, c, d, scale);
          const fourth = fourPairs(OP, ROWS, 96, to, a, b, c, d, scale);
          sum = f32x4.add(sum, f32x4.add(third, fourth));
        }
        if (OP == LOSSY_MAX) lost = f32x4.add(lost, sum);
        if (FETCHES) {
          load<u32>(a, AHEAD);
          load<u32>(b, AHEAD);
          if (BLOCK == 16) load<u32>(a, AHEAD + 64);
          if (BLOCK == 16) load<u32>(b, AHEAD + 64);
        }
        a += BLOCK << 3;
        b += BLOCK << 3;
        to += BLOCK << 2;
      } else {
        if (OP == LOSSY_MAX) lost = f32x4.add(lost, first);
        a += 32;
        b += 32;
        c += 32;
        d += 32;
        to += 16;
      }
    }
    if (ragged) {
      let skip = left > 4 ? 0 : left - 4;
      while (true) {
        const at = skip << 3;
        const sum = fourPairs(OP, ROWS, 0, to + (skip << 2), a + at, b + at, c + at, d + at, scale);
        if (OP == LOSSY_MAX) lost = f32x4.add(lost, sum);
        if (skip == left - 4) break;
        skip = left - 4;
      }
      to += left << 2;
      a += ragged;
      b += ragged;
      d += ragged;
    }
    if (ROWS > 1) a = b;
    b = a + row;
    c = d;
    d = c + row;
  } while (--rows);
  return v128.any_true(f32x4.ne(lost, lost));
}

// Functions of their own (exported, so that they stay it): there the loop has all registers for itself.

export function lossyMaxOfFour(to: usize, a: usize, params: usize, rows: i32, fetches: bool): bool {
  return pairRows(LOSSY_MAX, 2, to, a, params, rows, fetches, 1);
}

export function lossyMaxOfEight(to: usize, a: usize, params: usize, rows: i32): bool {
  return pairRows(LOSSY_MAX, 4, to, a, params, rows, false, 1);
}

/** x -> y. SUM multiplies by `factor`. */
// @ts-ignore: decorator
@inline
export function poolPairs(
  OP: i32, ROWS: i32, out: usize, input: usize, params: usize, begin: i32, end: i32, factor: f32,
): void {
  const y = axisOf(params, 1);
  const rowOut = <usize>axisOf(params, 2).out << 2;
  const rowsAhead = ROWS == 2 ? <i32>(AHEAD / (rowOut << 2)) + 1 : 0;
  while (begin < end) {
    let rows = min(end - begin, y.out - begin % y.out);
    // What is fetched lies in the rows of this call: the last ones are worked on without.
    const fetches = ROWS == 2 && begin + rowsAhead < end;
    if (fetches) rows = min(rows, end - rowsAhead - begin);
    const to = out + <usize>begin * rowOut;
    const from = input + voxelsUnder(ROWS, params, begin);
    if (OP == MAX && ROWS > 1) {
      rows = min(rows, ROWS_AT_RISK);
      const lost = ROWS > 2
        ? lossyMaxOfEight(to, from, params, rows)
        : lossyMaxOfFour(to, from, params, rows, fetches);
      if (lost) pairRows(MAX, ROWS, to, from, params, rows, false, factor);
    } else {
      pairRows(OP, ROWS, to, from, params, rows, fetches, factor);
    }
    begin += rows;
  }
}
