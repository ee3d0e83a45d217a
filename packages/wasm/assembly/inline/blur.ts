// Stages of a separable filter: weighted rows for the axes across x, taps along a padded line for x.
import { madd } from "./simd";
import { Axis, loadStrided, storeLanes } from "./window";

/**
 * Lists {address, tap} of what the output at `index` sees along an axis whose elements lie `pitch` bytes apart. The
 * table of the axis has {where its {element, tap} are, how many} per output. Returns how many there are.
 */
// @ts-ignore: decorator
@inline
export function listTaps(params: usize, windows: usize, index: i32, base: usize, pitch: usize, list: usize): i32 {
  const window = params + windows + (<usize>index << 3);
  const n = load<i32>(window, 4);
  let from = params + load<u32>(window);
  const end = list + (<usize>n << 3);
  for (let at = list; at < end; at += 8) {
    store<u32>(at, <u32>(base + <usize>load<i32>(from) * pitch));
    store<f32>(at, load<f32>(from, 4), 4);
    from += 8;
  }
  return n;
}

/** line = sum of the listed rows times their taps. Writes up to seven elements too many. */
export function weightedRows(line: usize, list: usize, n: i32, length: i32): void {
  const end = line + (<usize>length << 2);
  if (n == 0) {
    memory.fill(line, 0, end - line);
    return;
  }
  const first = ((n - 1) & 3) + 1;
  if (first == 1) weightedGroup(1, true, line, end, list);
  else if (first == 2) weightedGroup(2, true, line, end, list);
  else if (first == 3) weightedGroup(3, true, line, end, list);
  else weightedGroup(4, true, line, end, list);
  const last = list + (<usize>n << 3);
  for (let at = list + (<usize>first << 3); at < last; at += 32) weightedGroup(4, false, line, end, at);
}

// @ts-ignore: decorator
@inline
function weightedGroup(ROWS: i32, FIRST: bool, line: usize, end: usize, list: usize): void {
  const a: usize = load<u32>(list);
  const b: usize = ROWS > 1 ? load<u32>(list, 8) : a;
  const c: usize = ROWS > 2 ? load<u32>(list, 16) : a;
  const d: usize = ROWS > 3 ? load<u32>(list, 24) : a;
  const ta = v128.load32_splat(list, 4);
  const tb = ROWS > 1 ? v128.load32_splat(list, 12) : ta;
  const tc = ROWS > 2 ? v128.load32_splat(list, 20) : ta;
  const td = ROWS > 3 ? v128.load32_splat(list, 28) : ta;
  const length = end - line;
  let column: usize = 0;
  do {
    const pa = a + column;
    const pb = b + column;
    const pc = c + column;
    const pd = d + column;
    const to = line + column;
    const low = weightedFour(ROWS, pa, pb, pc, pd, ta, tb, tc, td);
    const high = weightedFour(ROWS, pa + 16, pb + 16, pc + 16, pd + 16, ta, tb, tc, td);
    if (FIRST) {
      v128.store(to, low);
      v128.store(to, high, 16);
    } else {
      v128.store(to, f32x4.add(v128.load(to), low));
      v128.store(to, f32x4.add(v128.load(to, 16), high), 16);
    }
    column += 32;
  } while (column < length);
}

// @ts-ignore: decorator
@inline
function weightedFour(
  ROWS: i32, a: usize, b: usize, c: usize, d: usize, ta: v128, tb: v128, tc: v128, td: v128,
): v128 {
  let v = f32x4.mul(ta, v128.load(a));
  if (ROWS > 1) v = madd(tb, v128.load(b), v);
  if (ROWS > 2) v = madd(tc, v128.load(c), v);
  if (ROWS > 3) v = madd(td, v128.load(d), v);
  return v;
}

/** Fills the padded ends of a line from its own row. x.windows: the source of each padded position, -1 for zero. */
// @ts-ignore: decorator
@inline
export function padLine(params: usize, x: Axis, line: usize): void {
  const row = line + (<usize>x.lead << 2);
  let source = params + x.windows;
  for (let to = line; to < row; to += 4) {
    store<f32>(to, paddedValue(row, load<i32>(source)));
    source += 4;
  }
  const behind = row + (<usize>x.size << 2);
  const end = behind + (<usize>x.trail << 2);
  for (let to = behind; to < end; to += 4) {
    store<f32>(to, paddedValue(row, load<i32>(source)));
    source += 4;
  }
}

// @ts-ignore: decorator
@inline
function paddedValue(row: usize, source: i32): f32 {
  return source < 0 ? 0 : load<f32>(row + (<usize>source << 2));
}

/** The adjoint of padLine: what lies on padded positions is added to its source. */
// @ts-ignore: decorator
@inline
export function foldLine(params: usize, x: Axis, line: usize): void {
  const row = line + (<usize>x.lead << 2);
  let source = params + x.windows;
  for (let from = line; from < row; from += 4) {
    foldValue(row, load<i32>(source), load<f32>(from));
    source += 4;
  }
  const behind = row + (<usize>x.size << 2);
  const end = behind + (<usize>x.trail << 2);
  for (let from = behind; from < end; from += 4) {
    foldValue(row, load<i32>(source), load<f32>(from));
    source += 4;
  }
}

// @ts-ignore: decorator
@inline
function foldValue(row: usize, source: i32, value: f32): void {
  if (source < 0) return;
  const to = row + (<usize>source << 2);
  store<f32>(to, load<f32>(to) + value);
}

/** One output row: taps along a padded line. STRIDE as in loadStrided. */
// @ts-ignore: decorator
@inline
export function correlateLine(STRIDE: i32, to: usize, line: usize, x: Axis, taps: usize): void {
  const step = <usize>x.stride << 2;
  const reach = <usize>x.dilation << 2;
  const end = taps + (<usize>x.kernel << 2);
  let first = line + (<usize>x.start << 2);
  const fourOn = step << 2;
  for (let left = x.out; left > 0; left -= 8) {
    let p = first;
    let weight = v128.load32_splat(taps);
    let low = f32x4.mul(weight, loadStrided(STRIDE, p, step));
    let high = f32x4.mul(weight, loadStrided(STRIDE, p + fourOn, step));
    for (let tap = taps + 4; tap < end; tap += 4) {
      p += reach;
      weight = v128.load32_splat(tap);
      low = madd(weight, loadStrided(STRIDE, p, step), low);
      high = madd(weight, loadStrided(STRIDE, p + fourOn, step), high);
    }
    storeLanes(to, low, left);
    if (left > 4) storeLanes(to + 16, high, left - 4);
    first += fourOn << 1;
    to += 32;
  }
}

/** The adjoint of correlateLine: adds each gradient, times the taps, to the positions of its window. */
// @ts-ignore: decorator
@inline
export function scatterLine(from: usize, line: usize, x: Axis, taps: usize): void {
  const step = <usize>x.stride << 2;
  const reach = <usize>x.dilation << 2;
  const end = taps + (<usize>x.kernel << 2);
  let first = line + (<usize>x.start << 2);
  for (let left = x.out; left > 0; left--) {
    const g = load<f32>(from);
    let p = first;
    for (let tap = taps; tap < end; tap += 4) {
      store<f32>(p, load<f32>(p) + load<f32>(tap) * g);
      p += reach;
    }
    from += 4;
    first += step;
  }
}

/** Copies exactly `length` elements; reads up to three too many. */
// @ts-ignore: decorator
@inline
export function copyLine(to: usize, line: usize, length: i32): void {
  for (let left = length; left > 0; left -= 4) {
    storeLanes(to, v128.load(line), left);
    to += 16;
    line += 16;
  }
}
