// What the sliding-window families share: the layout of their parameters, loads at a stride, and the reduction of
// windows in two stages - the rows of a window into one padded line, then along that line.

/**
 * One axis in a params block, which begins with three of them (z, y, x; missing axes have size 1 and kernel 1).
 * `windows` and `weights` are tables of the family, as byte offsets from the block.
 */
@unmanaged
export class Axis {
  size: i32;
  out: i32;
  kernel: i32;
  stride: i32;
  dilation: i32;
  /** Voxels beyond the border that the padded line holds in front of the row and behind it. */
  lead: i32;
  trail: i32;
  /** Where in the padded line the window of output 0 begins. */
  start: i32;
  windows: i32;
  weights: i32;
}

// @ts-ignore: decorator
@inline
export const AXES_BYTES: usize = 3 * 40;

// @ts-ignore: decorator
@inline
export function axisOf(params: usize, axis: usize): Axis {
  return changetype<Axis>(params + axis * 40);
}

/** Bytes of one plane of the larger (unpooled) or the smaller (pooled) side. */
// @ts-ignore: decorator
@inline
export function planeBytes(params: usize): usize {
  return (<usize>axisOf(params, 0).size * axisOf(params, 1).size * axisOf(params, 2).size) << 2;
}

// @ts-ignore: decorator
@inline
export function pooledBytes(params: usize): usize {
  return (<usize>axisOf(params, 0).out * axisOf(params, 1).out * axisOf(params, 2).out) << 2;
}

// Windows table: for each output, its first voxel and how many of its taps lie inside the image.

// @ts-ignore: decorator
@inline
export function firstVoxel(windows: usize, index: i32): i32 {
  return load<i32>(windows + (<usize>index << 3));
}

// @ts-ignore: decorator
@inline
export function tapCount(windows: usize, index: i32): i32 {
  return load<i32>(windows + (<usize>index << 3), 4);
}

/** Reductions. */
// @ts-ignore: decorator
@inline
export const MAX: i32 = 0;
// @ts-ignore: decorator
@inline
export const SUM: i32 = 1;
/** Maximum that loses NaN, for sums that tell whether there was one: twice as fast as keeping them. */
// @ts-ignore: decorator
@inline
export const LOSSY_MAX: i32 = 2;

/** Maximum that keeps NaN. pmax alone keeps one in `a`; all-ones, where `b` has one, is a NaN. The sign of zero is open. */
// @ts-ignore: decorator
@inline
export function keepMax(a: v128, b: v128): v128 {
  return v128.or(f32x4.pmax(a, b), f32x4.ne(b, b));
}

// @ts-ignore: decorator
@inline
export function combine(OP: i32, a: v128, b: v128): v128 {
  if (OP == MAX) return keepMax(a, b);
  return OP == LOSSY_MAX ? f32x4.pmax(a, b) : f32x4.add(a, b);
}

/** What padding contributes. */
// @ts-ignore: decorator
@inline
export function neutral(OP: i32): f32 {
  return OP == SUM ? 0 : -Infinity;
}

/** Even and odd elements of eight in a row. */
// @ts-ignore: decorator
@inline
export function evens(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
export function odds(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/** Four elements `step` bytes apart. STRIDE is 1, 2 or anything else (then 0). May read three voxels too many. */
// @ts-ignore: decorator
@inline
export function loadStrided(STRIDE: i32, p: usize, step: usize): v128 {
  if (STRIDE == 1) return v128.load(p);
  if (STRIDE == 2) return evens(v128.load(p), v128.load(p, 16));
  let v = v128.load32_zero(p);
  v = v128.load_lane<f32>(p + step, v, 1);
  v = v128.load_lane<f32>(p + (step << 1), v, 2);
  return v128.load_lane<f32>(p + 3 * step, v, 3);
}

/** Stores the first `count` lanes, at most four. */
// @ts-ignore: decorator
@inline
export function storeLanes(p: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(p, v);
  } else if (count == 1) {
    v128.store_lane<f32>(p, v, 0);
  } else {
    v128.store_lane<f64>(p, v, 0);
    if (count == 3) v128.store_lane<f32>(p, v, 2, 8);
  }
}

// @ts-ignore: decorator
@inline
export function fillFloats(p: usize, count: i32, value: f32): void {
  for (let end = p + (<usize>count << 2); p < end; p += 4) store<f32>(p, value);
}

/** Reduces `n` >= 1 rows, whose addresses are listed, to one line. Writes up to three elements too many. */
// @ts-ignore: decorator
@inline
export function reduceRows(OP: i32, line: usize, list: usize, n: i32, length: i32): void {
  const end = line + (<usize>length << 2);
  // The first group takes what does not fill a group of four, so that every other group has four rows.
  const first = ((n - 1) & 3) + 1;
  if (first == 1) reduceGroup(OP, 1, true, line, end, list);
  else if (first == 2) reduceGroup(OP, 2, true, line, end, list);
  else if (first == 3) reduceGroup(OP, 3, true, line, end, list);
  else reduceGroup(OP, 4, true, line, end, list);
  const last = list + (<usize>n << 2);
  for (let at = list + (<usize>first << 2); at < last; at += 16) reduceGroup(OP, 4, false, line, end, at);
}

// @ts-ignore: decorator
@inline
function reduceGroup(OP: i32, ROWS: i32, FIRST: bool, line: usize, end: usize, list: usize): void {
  let a: usize = load<u32>(list);
  let b: usize = ROWS > 1 ? load<u32>(list, 4) : 0;
  let c: usize = ROWS > 2 ? load<u32>(list, 8) : 0;
  let d: usize = ROWS > 3 ? load<u32>(list, 12) : 0;
  let to = line;
  do {
    let v = v128.load(a);
    a += 16;
    if (ROWS > 1) {
      v = combine(OP, v, v128.load(b));
      b += 16;
    }
    if (ROWS == 3) {
      v = combine(OP, v, v128.load(c));
      c += 16;
    }
    if (ROWS == 4) {
      v = combine(OP, v, combine(OP, v128.load(c), v128.load(d)));
      c += 16;
      d += 16;
    }
    v128.store(to, FIRST ? v : combine(OP, v128.load(to), v));
    to += 16;
  } while (to < end);
}

/**
 * Four neighbouring windows along a line, the first one at `p`; taps lie `tap` bytes apart. TAPS is 2, 3 or any
 * number (then 0): these are combined in groups of four, which keeps long sums precise.
 */
// @ts-ignore: decorator
@inline
export function reduceTaps(
  OP: i32, STRIDE: i32, TAPS: i32, p: usize, step: usize, tap: usize, kernel: i32,
): v128 {
  let acc = loadStrided(STRIDE, p, step);
  p += tap;
  if (TAPS > 1) {
    acc = combine(OP, acc, loadStrided(STRIDE, p, step));
    if (TAPS > 2) acc = combine(OP, acc, loadStrided(STRIDE, p + tap, step));
    return acc;
  }
  let left = kernel - 1;
  while (left >= 4) {
    const low = combine(OP, loadStrided(STRIDE, p, step), loadStrided(STRIDE, p + tap, step));
    p += tap << 1;
    const high = combine(OP, loadStrided(STRIDE, p, step), loadStrided(STRIDE, p + tap, step));
    acc = combine(OP, acc, combine(OP, low, high));
    p += tap << 1;
    left -= 4;
  }
  while (left > 0) {
    acc = combine(OP, acc, loadStrided(STRIDE, p, step));
    p += tap;
    left--;
  }
  return acc;
}
