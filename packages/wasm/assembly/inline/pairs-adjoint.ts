// The gradients of the windows of pairs.ts: what a window got goes to its voxels, of a maximum to the winner.
import { voxelsUnder } from "./pairs";
import { LOSSY_MAX, MAX, SUM, axisOf, combine, evens, keepMax, odds } from "./window";

/** Where the later of two voxels wins: it is larger, or NaN (which LOSSY_MAX overlooks). */
// @ts-ignore: decorator
@inline
function laterWins(OP: i32, earlier: v128, later: v128): v128 {
  if (OP == LOSSY_MAX) return f32x4.gt(later, earlier);
  return v128.or(f32x4.gt(later, earlier), f32x4.ne(later, later));
}

/** Stores the gradients of four pairs of neighbours. */
// @ts-ignore: decorator
@inline
function storePairs(to: usize, even: v128, odd: v128): void {
  v128.store(to, v128.shuffle<f32>(even, odd, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<f32>(even, odd, 2, 6, 3, 7), 16);
}

/** Maxima of four pairs of neighbours. */
// @ts-ignore: decorator
@inline
function maxPairs(x: usize): v128 {
  const low = v128.load(x);
  const high = v128.load(x, 16);
  return keepMax(evens(low, high), odds(low, high));
}

/** `g` to the winners of four pairs of neighbours at `x`. */
// @ts-ignore: decorator
@inline
function routePairs(to: usize, x: usize, g: v128): void {
  const low = v128.load(x);
  const high = v128.load(x, 16);
  const odd = laterWins(MAX, evens(low, high), odds(low, high));
  storePairs(to, v128.andnot(g, odd), v128.and(g, odd));
}

/**
 * The same for two rows of neighbours, `row` bytes apart. With LOSSY_MAX returns a sum of all voxels whose NaN would
 * not win.
 */
// @ts-ignore: decorator
@inline
function routeRows(OP: i32, to: usize, x: usize, row: usize, g: v128): v128 {
  const a0 = v128.load(x);
  const a1 = v128.load(x, 16);
  const b0 = v128.load(x + row);
  const b1 = v128.load(x + row, 16);
  const aEven = evens(a0, a1);
  const aOdd = odds(a0, a1);
  const bEven = evens(b0, b1);
  const bOdd = odds(b0, b1);
  const second = laterWins(OP, combine(OP, aEven, aOdd), combine(OP, bEven, bOdd));
  const aWins = laterWins(OP, aEven, aOdd);
  const bWins = laterWins(OP, bEven, bOdd);
  const gA = v128.andnot(g, second);
  const gB = v128.and(g, second);
  storePairs(to, v128.andnot(gA, aWins), v128.and(gA, aWins));
  storePairs(to + row, v128.andnot(gB, bWins), v128.and(gB, bWins));
  return OP == LOSSY_MAX ? f32x4.add(aOdd, f32x4.add(b0, b1)) : g;
}

/**
 * What the voxels of four windows get of `g`: where `OP` is MAX, the winner takes it all. LOSSY_MAX as for `routeRows`,
 * of two rows only.
 */
// @ts-ignore: decorator
@inline
function unpoolFour(OP: i32, ROWS: i32, to: usize, x: usize, row: usize, slice: usize, g: v128): v128 {
  if (OP == SUM) {
    storePairs(to, g, g);
    if (ROWS > 1) storePairs(to + row, g, g);
    if (ROWS > 2) storePairs(to + slice, g, g);
    if (ROWS > 2) storePairs(to + slice + row, g, g);
  } else if (ROWS == 1) {
    routePairs(to, x, g);
  } else if (ROWS == 2) {
    return routeRows(OP, to, x, row, g);
  } else {
    const above = keepMax(maxPairs(x), maxPairs(x + row));
    const below = keepMax(maxPairs(x + slice), maxPairs(x + slice + row));
    const second = laterWins(MAX, above, below);
    routeRows(MAX, to, x, row, v128.andnot(g, second));
    routeRows(MAX, to + slice, x + slice, row, v128.and(g, second));
  }
  return g;
}

/** Zeros in the last row and slice that no window reaches, where `item` rows of windows end a slice (a plane). */
function clearRest(ROWS: i32, gx: usize, params: usize, item: i32): void {
  const z = axisOf(params, 0);
  const y = axisOf(params, 1);
  if (ROWS < 2 || item % y.out) return;
  const row = <usize>axisOf(params, 2).size << 2;
  const slice = <usize>y.size * row;
  if (y.size & 1) {
    const behind = gx + voxelsUnder(ROWS, params, item - 1) + 2 * row;
    memory.fill(behind, 0, row);
    if (ROWS > 2) memory.fill(behind + slice, 0, row);
  }
  const slices = y.out * z.out;
  if (ROWS > 2 && z.size & 1 && item % slices == 0) {
    memory.fill(gx + (<usize>(item / slices * z.size) - 1) * slice, 0, slice);
  }
}

/** `rows` rows of windows of one slice, whose gradients begin at `from`. Returns whether a NaN was overlooked. */
// @ts-ignore: decorator
@inline
function unpoolRows(
  OP: i32, ROWS: i32, to: usize, x: usize, from: usize, params: usize, rows: i32, factor: f32,
): bool {
  const xAxis = axisOf(params, 2);
  const row = <usize>xAxis.size << 2;
  const slice = <usize>axisOf(params, 1).size * row;
  const rowOut = <usize>xAxis.out << 2;
  const rest = row - (rowOut << 1);
  const skipped = ROWS > 1 ? rest + row : rest;
  const scale = f32x4.splat(factor);
  const stop = from + <usize>rows * rowOut;
  let lost = f32x4.splat(0);
  // Two rows of voxels, one after the other, are fetched by loads whose values nobody asks for before they are written.
  let ahead = to + 2 * row - (from << 2);
  // Voxels lie twice as far on as their gradients: one pointer moves.
  to -= from << 1;
  x -= from << 1;
  do {
    const last = from + rowOut - 16;
    if (OP == LOSSY_MAX && last == stop - 16) ahead = to + (from << 1) - (from << 2);
    while (true) {
      if (OP == LOSSY_MAX) load<f32>(ahead + (from << 2));
      let g = v128.load(from);
      if (OP == SUM) g = f32x4.mul(g, scale);
      const sum = unpoolFour(OP, ROWS, to + (from << 1), x + (from << 1), row, slice, g);
      if (OP == LOSSY_MAX) lost = f32x4.add(lost, sum);
      if (from >= last) break;
      from = min<usize>(from + 16, last);
    }
    from += 16;
    if (rest) {
      const behind = to + (from << 1);
      store<f32>(behind, 0);
      if (ROWS > 1) store<f32>(behind + row, 0);
      if (ROWS > 2) store<f32>(behind + slice, 0);
      if (ROWS > 2) store<f32>(behind + slice + row, 0);
    }
    to += skipped;
    x += skipped;
    ahead += rest << 1;
  } while (from != stop);
  return v128.any_true(f32x4.ne(lost, lost));
}

/** gy (and x, where `OP` is MAX) -> gx. SUM multiplies by `factor`. */
// @ts-ignore: decorator
@inline
export function unpoolPairs(
  OP: i32, ROWS: i32, out: usize, x: usize, gy: usize, params: usize, begin: i32, end: i32, factor: f32,
): void {
  const y = axisOf(params, 1);
  const rowOut = <usize>axisOf(params, 2).out << 2;
  while (begin < end) {
    const rows = min(end - begin, y.out - begin % y.out);
    const start = voxelsUnder(ROWS, params, begin);
    const from = gy + <usize>begin * rowOut;
    const lossy = OP == MAX && ROWS == 2;
    const lost = lossy && unpoolRows(LOSSY_MAX, ROWS, out + start, x + start, from, params, rows, factor);
    if (lost || !lossy) unpoolRows(OP, ROWS, out + start, x + start, from, params, rows, factor);
    begin += rows;
    clearRest(ROWS, out, params, begin);
  }
}
