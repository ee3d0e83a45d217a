// Pooling by MAX or SUM over any window, by rows, once for both families.
import {
  Axis, AXES_BYTES, SUM, axisOf, fillFloats, firstVoxel, neutral, planeBytes, reduceRows, reduceTaps, storeLanes,
  tapCount,
} from "./window";

/** Lists the addresses of the image rows under the windows (oz, oy); returns how many. */
// @ts-ignore: decorator
@inline
export function listRows(params: usize, plane: usize, oz: i32, oy: i32, list: usize): i32 {
  const zAxis = axisOf(params, 0);
  const yAxis = axisOf(params, 1);
  const rowBytes = <usize>axisOf(params, 2).size << 2;
  const zs = params + zAxis.windows;
  const ys = params + yAxis.windows;
  const rows = tapCount(ys, oy);
  const slices = tapCount(zs, oz);
  let at = list;
  for (let j = 0; j < slices; j++) {
    const slice = plane + <usize>(firstVoxel(zs, oz) + j * zAxis.dilation) * yAxis.size * rowBytes;
    for (let i = 0; i < rows; i++) {
      store<u32>(at, <u32>(slice + <usize>(firstVoxel(ys, oy) + i * yAxis.dilation) * rowBytes));
      at += 4;
    }
  }
  return slices * rows;
}

/**
 * One output row from a padded line; STRIDE and TAPS as in reduceTaps. Sums are divided by the product of the axes'
 * divisors, which lie in their weights tables.
 */
// @ts-ignore: decorator
@inline
function reduceAlong(
  OP: i32, STRIDE: i32, TAPS: i32, to: usize, line: usize, x: Axis, divisors: usize, rowDivisor: f32,
): void {
  const step = <usize>x.stride << 2;
  const tap = <usize>x.dilation << 2;
  const kernel = x.kernel;
  let p = line + (<usize>x.start << 2);
  let at = divisors;
  for (let left = x.out; left > 0; left -= 4) {
    let v = reduceTaps(OP, STRIDE, TAPS, p, step, tap, kernel);
    if (OP == SUM) v = f32x4.div(v, f32x4.mul(v128.load(at), f32x4.splat(rowDivisor)));
    storeLanes(to, v, left);
    p += step << 2;
    at += 16;
    to += 16;
  }
}

// @ts-ignore: decorator
@inline
function reduceLine(
  OP: i32, TAPS: i32, to: usize, line: usize, x: Axis, divisors: usize, rowDivisor: f32,
): void {
  if (x.stride == 1) reduceAlong(OP, 1, TAPS, to, line, x, divisors, rowDivisor);
  else if (x.stride == 2) reduceAlong(OP, 2, TAPS, to, line, x, divisors, rowDivisor);
  else reduceAlong(OP, 0, TAPS, to, line, x, divisors, rowDivisor);
}

/**
 * Any window; work items are output rows. The rows under a window are reduced to one padded line, and outputs along
 * that line.
 * Word 0 after the axes: where in `work` the line lies; the list of rows comes before it.
 */
// @ts-ignore: decorator
@inline
export function poolRows(
  OP: i32, out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const zAxis = axisOf(params, 0);
  const yAxis = axisOf(params, 1);
  const x = axisOf(params, 2);
  const line = work + load<i32>(params, AXES_BYTES);
  const row = line + (<usize>x.lead << 2);
  const rowOutBytes = <usize>x.out << 2;
  const divisors = params + x.weights;
  let to = out + <usize>begin * rowOutBytes;
  fillFloats(line, x.lead, neutral(OP));
  let slice = begin / yAxis.out;
  let oy = begin - slice * yAxis.out;
  let oz = slice % zAxis.out;
  let plane = input + <usize>(slice / zAxis.out) * planeBytes(params);
  for (let item = begin; item < end; item++) {
    const n = listRows(params, plane, oz, oy, work);
    if (n > 0) reduceRows(OP, row, work, n, x.size);
    else fillFloats(row, x.size, neutral(OP));
    fillFloats(row + (<usize>x.size << 2), x.trail, neutral(OP));
    let rowDivisor: f32 = 1;
    if (OP == SUM) {
      rowDivisor = load<f32>(params + zAxis.weights + (<usize>oz << 2));
      rowDivisor *= load<f32>(params + yAxis.weights + (<usize>oy << 2));
    }
    if (x.kernel == 2) reduceLine(OP, 2, to, line, x, divisors, rowDivisor);
    else if (x.kernel == 3) reduceLine(OP, 3, to, line, x, divisors, rowDivisor);
    else reduceLine(OP, 0, to, line, x, divisors, rowDivisor);
    to += rowOutBytes;
    if (++oy < yAxis.out) continue;
    oy = 0;
    if (++oz < zAxis.out) continue;
    oz = 0;
    plane += planeBytes(params);
  }
}
