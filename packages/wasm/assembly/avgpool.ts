// Average pooling and its adjoint. Sums run over voxels of the image only; what divides them is a product of one
// divisor per axis, in the axes' weights tables, or one constant. Work items are rows of outputs.
import {
  copyRow, gatherOf, isUnderSameWindows, listWindows, padWindows, storePhase, storeTwoPhases,
} from "./inline/gather";
import { madd } from "./inline/simd";
import { AXES_BYTES, SUM, axisOf } from "./inline/window";
import { poolFew } from "./inline/few-rows";
import { poolPairs } from "./inline/pairs";
import { unpoolPairs } from "./inline/pairs-adjoint";
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

export function avgpool2d_f32_k3s1(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolFew(SUM, 3, 1, out, input, params, work, begin, end);
}

export function avgpool2d_f32_k3s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolFew(SUM, 3, 2, out, input, params, work, begin, end);
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

/** The listed rows of gradients times their weights, and those of x, in one line. */
// @ts-ignore: decorator
@inline
function weighRows(params: usize, list: usize, end: usize, line: usize): void {
  const x = axisOf(params, 2);
  const weights = params + x.weights;
  const bytes = <usize>x.out << 2;
  if (end == list) {
    memory.fill(line, 0, bytes);
    return;
  }
  const first = load<u32>(list);
  const weight = v128.load32_splat(list, 4);
  for (let at: usize = 0; at < bytes; at += 16) {
    let sum = f32x4.mul(v128.load(first + at), weight);
    for (let entry = list + 8; entry < end; entry += 8) {
      sum = madd(v128.load(load<u32>(entry) + at), v128.load32_splat(entry, 4), sum);
    }
    v128.store(line + at, f32x4.mul(sum, v128.load(weights + at)));
  }
}

/** All voxels of a row, phase by phase, from the padded line: sums over the windows that cover them. */
// @ts-ignore: decorator
@inline
function sumPhases(params: usize, line: usize, to: usize): void {
  const gather = gatherOf(params);
  const stride = axisOf(params, 2).stride;
  const end = to + <usize>(gather.blocks * stride << 4);
  const taps = <usize>gather.taps << 2;
  let p = line + gather.start;
  while (to < end) {
    let fewer = f32x4.splat(0);
    for (let at: usize = 4; at < taps; at += 4) fewer = f32x4.add(fewer, v128.load(p + at));
    const all = f32x4.add(fewer, v128.load(p));
    if (stride == 1) {
      v128.store(to, all);
    } else if (stride == 2) {
      storeTwoPhases(to, all, gather.full > 1 ? all : fewer);
    } else {
      for (let phase = 0; phase < stride; phase++) {
        storePhase(to + (<usize>phase << 2), phase < gather.full ? all : fewer, stride);
      }
    }
    p += 16;
    to += <usize>stride << 4;
  }
}

/** gy -> gx. Work items are rows of voxels. */
function adjoint(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const gather = gatherOf(params);
  const x = axisOf(params, 2);
  const row = <usize>x.size << 2;
  const wide = work + gather.wide;
  const line = work + gather.line;
  let to = out + <usize>begin * row;
  for (let item = begin; item < end; item++) {
    if (item == begin || !isUnderSameWindows(params, item)) {
      const listEnd = listWindows(params, item, input, <usize>x.out << 2, true, work);
      weighRows(params, work, listEnd, line + gather.lead);
      padWindows(params, line, 0);
      sumPhases(params, line, wide);
    }
    copyRow(to, wide + gather.skip, row);
    to += row;
  }
}
export { adjoint as avgpool1d_f32_adjoint, adjoint as avgpool2d_f32_adjoint, adjoint as avgpool3d_f32_adjoint };
