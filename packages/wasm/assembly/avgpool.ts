// Average pooling and its adjoint. Sums run over voxels of the image only; what divides them is a product of one
// divisor per axis, in the axes' weights tables, or one constant. Work items are planes.
import { AXES_BYTES, SUM, axisOf, firstVoxel, planeBytes, pooledBytes, tapCount } from "./inline/window";
import { poolPairs, unpoolPairs } from "./inline/pairs";
import { poolRows } from "./inline/pool";

function general(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  poolRows(SUM, out, input, params, work, begin, end);
}
export { general as avgpool1d_f32_general, general as avgpool2d_f32_general, general as avgpool3d_f32_general };

/** Word 0 after the axes, of the kernels for windows of two: the factor of every sum, float32. */
// @ts-ignore: decorator
@inline
function scaleOf(params: usize): f32 {
  return load<f32>(params, AXES_BYTES);
}

export function avgpool1d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolPairs(SUM, 1, out, input, params, begin, end, scaleOf(params));
}

export function avgpool2d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolPairs(SUM, 2, out, input, params, begin, end, scaleOf(params));
}

export function avgpool3d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolPairs(SUM, 4, out, input, params, begin, end, scaleOf(params));
}

export function avgpool1d_f32_k2s2_adjoint(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  unpoolPairs(SUM, 1, out, 0, input, params, begin, end, scaleOf(params));
}

export function avgpool2d_f32_k2s2_adjoint(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  unpoolPairs(SUM, 2, out, 0, input, params, begin, end, scaleOf(params));
}

export function avgpool3d_f32_k2s2_adjoint(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  unpoolPairs(SUM, 4, out, 0, input, params, begin, end, scaleOf(params));
}

/** One row of gradients, divided, spread over the voxels of their windows: `line` holds one image row. */
// @ts-ignore: decorator
@inline
function spreadRow(params: usize, line: usize, from: usize, rowDivisor: f32): void {
  const x = axisOf(params, 2);
  const xs = params + x.windows;
  const divisors = params + x.weights;
  memory.fill(line, 0, <usize>x.size << 2);
  for (let ox = 0; ox < x.out; ox++) {
    const at = <usize>ox << 2;
    const share = load<f32>(from + at) / (load<f32>(divisors + at) * rowDivisor);
    let to = line + (<usize>firstVoxel(xs, ox) << 2);
    for (let left = tapCount(xs, ox); left > 0; left--) {
      store<f32>(to, load<f32>(to) + share);
      to += 4;
    }
  }
}

// @ts-ignore: decorator
@inline
function addRow(to: usize, line: usize, length: i32): void {
  const end = line + (<usize>length << 2);
  const wholes = line + (<usize>(length & ~3) << 2);
  while (line < wholes) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(line)));
    to += 16;
    line += 16;
  }
  while (line < end) {
    store<f32>(to, load<f32>(to) + load<f32>(line));
    to += 4;
    line += 4;
  }
}

/** gy -> gx: each row of gradients is spread along x once, then added to every row of its windows. */
function adjoint(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const zAxis = axisOf(params, 0);
  const yAxis = axisOf(params, 1);
  const x = axisOf(params, 2);
  const zs = params + zAxis.windows;
  const ys = params + yAxis.windows;
  const row = <usize>x.size << 2;
  const bytes = planeBytes(params);
  let from = input + <usize>begin * pooledBytes(params);
  for (let item = begin; item < end; item++) {
    const plane = out + <usize>item * bytes;
    memory.fill(plane, 0, bytes);
    for (let oz = 0; oz < zAxis.out; oz++) {
      for (let oy = 0; oy < yAxis.out; oy++) {
        const zDivisor = load<f32>(params + zAxis.weights + (<usize>oz << 2));
        spreadRow(params, work, from, zDivisor * load<f32>(params + yAxis.weights + (<usize>oy << 2)));
        for (let j = 0; j < tapCount(zs, oz); j++) {
          const first = (firstVoxel(zs, oz) + j) * yAxis.size + firstVoxel(ys, oy);
          for (let i = 0; i < tapCount(ys, oy); i++) addRow(plane + <usize>(first + i) * row, work, x.size);
        }
        from += <usize>x.out << 2;
      }
    }
  }
}
export { adjoint as avgpool1d_f32_adjoint, adjoint as avgpool2d_f32_adjoint, adjoint as avgpool3d_f32_adjoint };
