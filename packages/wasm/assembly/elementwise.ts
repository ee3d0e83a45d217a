// Kernels that touch every element once: sums and gradients (items are elements), crops and zero padding (items
// are rows of the output).
import { storeLanes } from "./inline/lanes.ts";

/** The other operands; `input` and `out` are the first ones. */
@unmanaged
class ElementwiseParams {
  second: usize;
  third: usize;
  secondOut: usize;
}

/** out = a + b */
export function elementwise_f32_add(out: usize, a: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const b = changetype<ElementwiseParams>(params).second;
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2;
    storeLanes(out + at, f32x4.add(v128.load(a + at), v128.load(b + at)), end - i);
  }
}

/** out = g where y > 0, else 0 */
export function elementwise_f32_reluVjp(out: usize, y: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const g = changetype<ElementwiseParams>(params).second;
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2;
    const positive = f32x4.gt(v128.load(y + at), f32x4.splat(0));
    storeLanes(out + at, v128.and(v128.load(g + at), positive), end - i);
  }
}

/** Magnitude of two complex numbers. In double precision squares of float32 numbers neither overflow nor vanish. */
// @ts-ignore: decorator
@inline
function magnitude(re: v128, im: v128): v128 {
  return f64x2.sqrt(f64x2.add(f64x2.mul(re, re), f64x2.mul(im, im)));
}

// @ts-ignore: decorator
@inline
function pairAt(address: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(address));
}

/** out = |re + i im| */
export function elementwise_f32_magnitude(
  out: usize, re: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const im = changetype<ElementwiseParams>(params).second;
  for (let i = begin; i < end; i += 2) {
    const at = <usize>i << 2;
    const m = f32x4.demote_f64x2_zero(magnitude(pairAt(re + at), pairAt(im + at)));
    storeLanes(out + at, m, min(end - i, 2));
  }
}

/** gre = g re / |re + i im|, gim = g im / |re + i im|; 0 where the magnitude is 0 */
export function elementwise_f32_magnitudeVjp(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<ElementwiseParams>(params);
  for (let i = begin; i < end; i += 2) {
    const at = <usize>i << 2;
    const re = pairAt(input + at);
    const im = pairAt(p.second + at);
    const m = magnitude(re, im);
    const scale = v128.and(f64x2.div(pairAt(p.third + at), m), f64x2.ne(m, f64x2.splat(0)));
    const count = min(end - i, 2);
    storeLanes(out + at, f32x4.demote_f64x2_zero(f64x2.mul(re, scale)), count);
    storeLanes(p.secondOut + at, f32x4.demote_f64x2_zero(f64x2.mul(im, scale)), count);
  }
}

/**
 * Depth and height count rows. A row of the output is `before` zero bytes, `shared` bytes of the input's row from
 * byte `from` on, and `after` zero bytes.
 */
@unmanaged
class RegionParams {
  depth: i32;
  outDepth: i32;
  startDepth: i32;
  height: i32;
  outHeight: i32;
  startHeight: i32;
  rowBytes: usize;
  outRowBytes: usize;
  before: usize;
  shared: usize;
  from: usize;
  after: usize;
}

/** out[i] = in[i + start] where that exists, else 0 */
export function region_f32(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<RegionParams>(params);
  let to = out + <usize>begin * p.outRowBytes;
  for (let item = begin; item < end; item++) {
    const outSlice = item / p.outHeight;
    const plane = outSlice / p.outDepth;
    const y = item - outSlice * p.outHeight + p.startHeight;
    const z = outSlice - plane * p.outDepth + p.startDepth;
    // Unsigned, a negative index is beyond the end too.
    if (<u32>z < <u32>p.depth && <u32>y < <u32>p.height) {
      const row = <usize>(plane * p.depth + z) * <usize>p.height + <usize>y;
      memory.fill(to, 0, p.before);
      memory.copy(to + p.before, input + row * p.rowBytes + p.from, p.shared);
      memory.fill(to + p.before + p.shared, 0, p.after);
    } else {
      memory.fill(to, 0, p.outRowBytes);
    }
    to += p.outRowBytes;
  }
}
