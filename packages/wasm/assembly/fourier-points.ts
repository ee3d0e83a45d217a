// Points of a batched complex FFT: 32 bytes, a vector of real parts, then one of imaginary parts, so the four
// lanes are four transforms and nothing is shuffled.
import { madd, nmadd } from "./inline/simd";

/** Bytes of a point. */
export const POINT: usize = 32;
/** Bytes of a twiddle factor. */
export const TWIDDLE: usize = 8;

/** Stored as it is. */
export const PLAIN: i32 = 0;
/** Stored times its factor; point 0 has none. */
export const TURNED: i32 = 1;
/** As before, and point 0 has one too, in front of `w`. */
export const ALL_TURNED: i32 = 2;
/** Half of the point at `e`, `e + de`, ... is added. The sum of what was stored is returned. */
export const ADDED: i32 = 3;
/** Odd half of an inverse butterfly of eight: times exp(i pi k / 4). */
export const ROTATED: i32 = 4;
/** As it is, but points 4..7 of eight are not made. */
export const HALF: i32 = 5;
/** As ROTATED, but with the real parts of points 2 and 3 negative. */
export const FLIPPED: i32 = 6;

/** Constants lie in memory: engines tend to make those in the code anew each time round a loop. */
const CONSTANTS: usize = memory.data<f32>([
  0.5, 0.7071067811865476, 0.8660254037844386, 0.30901699437494745, -0.8090169943749475, 0.9510565162951535,
  0.5877852522924731, 0.9238795325112867, -0.9238795325112867, 0.3826834323650898, -0.3826834323650898,
  1.4142135623730951,
]);
export const ONE_HALF: usize = CONSTANTS;
export const SIN_45: usize = CONSTANTS + 4;
export const SIN_60: usize = CONSTANTS + 8;
export const COS_72: usize = CONSTANTS + 12;
export const COS_144: usize = CONSTANTS + 16;
export const SIN_72: usize = CONSTANTS + 20;
export const SIN_144: usize = CONSTANTS + 24;
export const COS_22: usize = CONSTANTS + 28;
export const MINUS_COS_22: usize = CONSTANTS + 32;
export const SIN_22: usize = CONSTANTS + 36;
export const MINUS_SIN_22: usize = CONSTANTS + 40;
export const SQRT_2: usize = CONSTANTS + 44;

// @ts-ignore: decorator
@inline
export function constant(p: usize): v128 {
  return v128.load32_splat(p);
}

// @ts-ignore: decorator
@inline
export function storePoint(p: usize, re: v128, im: v128): void {
  v128.store(p, re);
  v128.store(p, im, 16);
}

/** Stores (re, im) times the factor at `w`. */
// @ts-ignore: decorator
@inline
export function storeTimes(p: usize, re: v128, im: v128, w: usize): void {
  const wr = v128.load32_splat(w);
  const wi = v128.load32_splat(w, 4);
  storePoint(p, nmadd(im, wi, f32x4.mul(re, wr)), madd(im, wr, f32x4.mul(re, wi)));
}

/** Stores (re, im), `turned` times the factor at `w`. */
// @ts-ignore: decorator
@inline
export function storeTurned(turned: bool, p: usize, re: v128, im: v128, w: usize): void {
  if (turned) storeTimes(p, re, im, w);
  else storePoint(p, re, im);
}

/** Point k of a butterfly, to `o + k * dp`. */
// @ts-ignore: decorator
@inline
export function emit(
  kind: i32, k: i32, re: v128, im: v128, o: usize, dp: usize, w: usize, e: usize, de: usize,
): v128 {
  const p = o + <usize>k * dp;
  if (kind == ALL_TURNED || (kind == TURNED && k > 0)) {
    storeTimes(p, re, im, w + <usize>(k - 1) * TWIDDLE);
  } else if (kind == ADDED) {
    const even = e + <usize>k * de;
    const sumR = madd(v128.load(even), constant(ONE_HALF), re);
    const sumI = madd(v128.load(even, 16), constant(ONE_HALF), im);
    storePoint(p, sumR, sumI);
    return f32x4.add(sumR, sumI);
  } else if ((kind == ROTATED || kind == FLIPPED) && k == 1) {
    storePoint(p, f32x4.mul(f32x4.sub(re, im), constant(SIN_45)), f32x4.mul(f32x4.add(re, im), constant(SIN_45)));
  } else if (kind == FLIPPED && k == 2) {
    storePoint(p, im, re);
  } else if (kind == FLIPPED && k == 3) {
    storePoint(p, f32x4.mul(f32x4.add(re, im), constant(SIN_45)), f32x4.mul(f32x4.sub(re, im), constant(SIN_45)));
  } else if (kind == ROTATED && k == 2) {
    storePoint(p, f32x4.neg(im), re);
  } else if (kind == ROTATED && k == 3) {
    storePoint(p, f32x4.neg(f32x4.mul(f32x4.add(re, im), constant(SIN_45))), f32x4.mul(f32x4.sub(re, im), constant(SIN_45)));
  } else {
    storePoint(p, re, im);
  }
  return f32x4.splat(0);
}

// @ts-ignore: decorator
@inline
export function signed(plus: bool, a: v128, b: v128): v128 {
  return plus ? f32x4.add(a, b) : f32x4.sub(a, b);
}
