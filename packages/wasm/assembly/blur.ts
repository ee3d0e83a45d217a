// Separable correlation with fixed taps on padded data, and its adjoint. Work items are planes.
//
// z: slices are summed to one in the workspace. y: rows are summed, to a line or in registers. x: taps along that
// line or those registers. Tables say what each window sees, so that no kernel knows a padding mode.
import { Axis, axisOf, planeBytes, pooledBytes } from "./inline/window";
import { blurOf, blurRow } from "./inline/blur-row";
import { addScaled, correlateLine, foldLine, listTaps, padLine, scatterLine, weightedRows } from "./inline/blur";

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

// Fast case: rows as inline/blur-row.ts has them.

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
        blurRow(TAPS, ROWS, params, to, edges, a, b, c, d, e);
        to += <usize>x.out << 2;
      }
    }
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
