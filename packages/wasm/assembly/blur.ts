// Separable correlation with fixed taps on padded data, and its adjoint. Work items are planes.
//
// z: slices are summed to one in the workspace. y: rows are summed, to a line or in registers. x: taps along that
// line or those registers. Tables say what each window sees, so that no kernel knows a padding mode.
import { madd } from "./inline/simd";
import { AXES_BYTES, Axis, axisOf, evens, odds, planeBytes, pooledBytes, storeLanes } from "./inline/window";
import { addScaled, correlateLine, foldLine, listTaps, padLine, scatterLine, weightedRows } from "./inline/blur";

/** Words after the axes. The first four are offsets in the workspace, where the list of taps comes first. */
@unmanaged
class Blur {
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
function blurOf(params: usize): Blur {
  return changetype<Blur>(params + AXES_BYTES);
}

/** Address of slice `oz` after filtering z. */
// @ts-ignore: decorator
@inline
function filterZ(params: usize, plane: usize, oz: i32, work: usize): usize {
  const blur = blurOf(params);
  if (!blur.filtersZ) return plane;
  const slice = work + blur.slice;
  const length = axisOf(params, 1).size * axisOf(params, 2).size;
  const n = listTaps(params, axisOf(params, 0), oz, plane, <usize>length << 2, work);
  weightedRows(slice, work, n, length);
  return slice;
}

function general(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const y = axisOf(params, 1);
  const x = axisOf(params, 2);
  const taps = params + x.weights;
  const line = work + blurOf(params).line;
  const row = line + (<usize>x.lead << 2);
  let to = out + <usize>begin * pooledBytes(params);
  for (let item = begin; item < end; item++) {
    const plane = input + <usize>item * planeBytes(params);
    for (let oz = 0; oz < axisOf(params, 0).out; oz++) {
      const slice = filterZ(params, plane, oz, work);
      for (let oy = 0; oy < y.out; oy++) {
        const n = listTaps(params, y, oy, slice, <usize>x.size << 2, work);
        weightedRows(row, work, n, x.size);
        padLine(params, x, line);
        if (x.stride == 1) correlateLine(1, to, line, x, taps);
        else if (x.stride == 2) correlateLine(2, to, line, x, taps);
        else correlateLine(0, to, line, x, taps);
        to += <usize>x.out << 2;
      }
    }
  }
}
export { general as blur1d_f32_general, general as blur2d_f32_general, general as blur3d_f32_general };

/** gy -> gx. */
function adjoint(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const y = axisOf(params, 1);
  const x = axisOf(params, 2);
  const blur = blurOf(params);
  const bytes = planeBytes(params);
  const rowBytes = <usize>x.size << 2;
  const sliceBytes = <usize>y.size * rowBytes;
  const line = work + blur.line;
  const lineBytes = <usize>(x.lead + x.size + x.trail) << 2;
  let from = input + <usize>begin * pooledBytes(params);
  for (let item = begin; item < end; item++) {
    const plane = out + <usize>item * bytes;
    memory.fill(plane, 0, bytes);
    for (let oz = 0; oz < axisOf(params, 0).out; oz++) {
      let slice = plane;
      if (blur.filtersZ) {
        slice = work + blur.slice;
        memory.fill(slice, 0, sliceBytes);
      }
      for (let oy = 0; oy < y.out; oy++) {
        memory.fill(line, 0, lineBytes);
        scatterLine(from, line, x, params + x.weights);
        foldLine(params, x, line);
        spread(params, y, oy, slice, rowBytes, work, line + (<usize>x.lead << 2), x.size);
        from += <usize>x.out << 2;
      }
      if (blur.filtersZ) spread(params, axisOf(params, 0), oz, plane, sliceBytes, work, slice, y.size * x.size);
    }
  }
}
export { adjoint as blur1d_f32_adjoint, adjoint as blur2d_f32_adjoint, adjoint as blur3d_f32_adjoint };

/** Adds `data` times the taps to everything that the window at `index` sees along an axis. */
// @ts-ignore: decorator
@inline
function spread(
  params: usize, axis: Axis, index: i32, base: usize, pitch: usize, list: usize, data: usize, length: i32,
): void {
  const n = listTaps(params, axis, index, base, pitch, list);
  const end = list + (<usize>n << 3);
  for (let at = list; at < end; at += 8) addScaled(load<u32>(at), data, load<f32>(at, 4), length);
}

// Fast case: the same 3, 4 or 5 symmetric taps along y and x (or along x alone, ROWS = 1) at stride two. Rows are
// summed in registers, split into even and odd columns, and filtered along x with one vector of look-ahead.
// Taps are scaled so that the outer ones are 1; `scale` makes up for it.

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

/** Address of the row under tap `tap` of output row `oy`. */
// @ts-ignore: decorator
@inline
function rowUnder(
  params: usize, TAPS: i32, tap: i32, oy: i32, slice: usize, pitch: usize, zeroRow: usize,
): usize {
  const source = load<i32>(params + axisOf(params, 1).windows + (<usize>(oy * TAPS + tap) << 2));
  return source < 0 ? zeroRow : slice + <usize>source * pitch;
}

// @ts-ignore: decorator
@inline
function blurAtTwo(
  TAPS: i32, ROWS: i32, out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const x = axisOf(params, 2);
  const blur = blurOf(params);
  const pitch = <usize>x.size << 2;
  const zeroRow = work + blur.zeroRow;
  const edges = work + blur.edges;
  const start = <usize>(2 * blur.first + x.start - x.lead) << 2;
  let to = out + <usize>begin * pooledBytes(params);
  memory.fill(zeroRow, 0, pitch);
  store<f32>(edges, 0, 32);
  for (let item = begin; item < end; item++) {
    const plane = input + <usize>item * planeBytes(params);
    for (let oz = 0; oz < axisOf(params, 0).out; oz++) {
      const slice = filterZ(params, plane, oz, work);
      for (let oy = 0; oy < axisOf(params, 1).out; oy++) {
        const a = rowUnder(params, ROWS, 0, oy, slice, pitch, zeroRow);
        const b = ROWS > 1 ? rowUnder(params, ROWS, 1, oy, slice, pitch, zeroRow) : a;
        const c = ROWS > 1 ? rowUnder(params, ROWS, 2, oy, slice, pitch, zeroRow) : a;
        const d = ROWS > 3 ? rowUnder(params, ROWS, 3, oy, slice, pitch, zeroRow) : a;
        const e = ROWS > 4 ? rowUnder(params, ROWS, 4, oy, slice, pitch, zeroRow) : a;
        const firstTo = to + (<usize>blur.first << 2);
        wholeOutputs(TAPS, ROWS, blur, firstTo, a + start, b + start, c + start, d + start, e + start);
        if (blur.borderCount > 0) {
          const far = pitch - 16;
          const second = f32x4.splat(blur.second);
          const third = f32x4.splat(blur.third);
          v128.store(edges, overRows(ROWS, a, b, c, d, e, second, third));
          v128.store(edges, overRows(ROWS, a + far, b + far, c + far, d + far, e + far, second, third), 16);
          borderOutputs(TAPS, params, to, edges);
        }
        to += <usize>x.out << 2;
      }
    }
  }
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

export function blur1d_f32_k3s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  blurAtTwo(3, 1, out, input, params, work, begin, end);
}

export function blur1d_f32_k4s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  blurAtTwo(4, 1, out, input, params, work, begin, end);
}

export function blur1d_f32_k5s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  blurAtTwo(5, 1, out, input, params, work, begin, end);
}

function k3s2(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  blurAtTwo(3, 3, out, input, params, work, begin, end);
}
export { k3s2 as blur2d_f32_k3s2, k3s2 as blur3d_f32_k3s2 };

function k4s2(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  blurAtTwo(4, 4, out, input, params, work, begin, end);
}
export { k4s2 as blur2d_f32_k4s2, k4s2 as blur3d_f32_k4s2 };

function k5s2(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  blurAtTwo(5, 5, out, input, params, work, begin, end);
}
export { k5s2 as blur2d_f32_k5s2, k5s2 as blur3d_f32_k5s2 };
