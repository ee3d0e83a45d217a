// log2 and exp2 without tables. In double precision (two lanes) they are good to 2e-10, enough for results in single
// precision whatever the exponent; in single precision (four lanes) to a few 1e-8 per unit of the logarithm.
import { madd } from "./simd.ts";

// @ts-ignore: decorator
@inline const SQRT2_CARRY: i64 = 0x00095f619980c433; // added to a mantissa, carries into the exponent from sqrt(2) on
// @ts-ignore: decorator
@inline const EXPONENT_BIAS: i64 = 1023;
// @ts-ignore: decorator
@inline const TWO_52: f64 = 4503599627370496;
// @ts-ignore: decorator
@inline const LN_2: f64 = 0.6931471805599453;
/** Beyond 2^+-900 a weight has reached its limit, and products with float32 values still fit a double. */
// @ts-ignore: decorator
@inline const LIMIT: f64 = 900;

/** low + high * z per lane. Polynomials are summed as a tree: short chains, so that neighbouring voxels overlap. */
// @ts-ignore: decorator
@inline
function fold(low: v128, high: v128, z: v128): v128 {
  return f64x2.add(low, f64x2.mul(high, z));
}

/** low + high * z */
// @ts-ignore: decorator
@inline
function linear(low: f64, high: f64, z: v128): v128 {
  return fold(f64x2.splat(low), f64x2.splat(high), z);
}

/** log2 of a positive normal number; NaN for NaN and infinity. */
// @ts-ignore: decorator
@inline
export function log2(a: v128): v128 {
  // a = 2^k m with m in [sqrt(1/2), sqrt(2)); k is read through the mantissa of 2^52 + k.
  const biased = i64x2.shr_u(i64x2.add(a, i64x2.splat(SQRT2_CARRY)), 52);
  const k = f64x2.sub(
    v128.or(biased, i64x2.splat(reinterpret<i64>(TWO_52))),
    f64x2.splat(TWO_52 + <f64>EXPONENT_BIAS),
  );
  const m = i64x2.sub(a, i64x2.shl(i64x2.sub(biased, i64x2.splat(EXPONENT_BIAS)), 52));
  // ln m = 2 artanh s
  const s = f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
  const z = f64x2.mul(s, s);
  const z2 = f64x2.mul(z, z);
  const series = fold(linear(1, 1.0 / 3, z), fold(linear(1.0 / 5, 1.0 / 7, z), linear(1.0 / 9, 1.0 / 11, z), z2), z2);
  const log = f64x2.add(k, f64x2.mul(f64x2.mul(s, series), f64x2.splat(2 / LN_2)));
  return f64x2.add(log, f64x2.sub(a, a)); // the bit arithmetic above would lose a NaN
}

/** 2^t, with t limited to +-900. */
// @ts-ignore: decorator
@inline
export function exp2(t: v128): v128 {
  const limited = f64x2.pmax(f64x2.pmin(t, f64x2.splat(LIMIT)), f64x2.splat(-LIMIT));
  const n = f64x2.nearest(limited);
  const f = f64x2.mul(f64x2.sub(limited, n), f64x2.splat(LN_2));
  const f2 = f64x2.mul(f, f);
  const f4 = f64x2.mul(f2, f2);
  const low = fold(linear(1, 1, f), linear(1.0 / 2, 1.0 / 6, f), f2);
  const high = fold(linear(1.0 / 24, 1.0 / 120, f), linear(1.0 / 720, 1.0 / 5040, f), f2);
  const series = fold(low, fold(high, f64x2.splat(1.0 / 40320), f4), f4);
  const power = i64x2.shl(f64x2.add(n, f64x2.splat(TWO_52 + <f64>EXPONENT_BIAS)), 52);
  return f64x2.mul(series, power);
}

// @ts-ignore: decorator
@inline
export function exp(x: f64): f64 {
  return f64x2.extract_lane(exp2(f64x2.splat(x / LN_2)), 0);
}

// @ts-ignore: decorator
@inline
function linearSingle(low: f32, high: f32, z: v128): v128 {
  return madd(f32x4.splat(high), z, f32x4.splat(low));
}

/** log2 of a positive normal number in single precision; NaN for NaN and infinity. */
// @ts-ignore: decorator
@inline
export function log2Single(a: v128): v128 {
  const k = i32x4.shr_s(i32x4.sub(a, i32x4.splat(0x3f3504f3)), 23); // sqrt(1/2): m is in [sqrt(1/2), sqrt(2))
  const m = i32x4.sub(a, i32x4.shl(k, 23));
  const s = f32x4.div(f32x4.sub(m, f32x4.splat(1)), f32x4.add(m, f32x4.splat(1)));
  const z = f32x4.mul(s, s);
  const z2 = f32x4.mul(z, z);
  const high = madd(f32x4.splat(1.0 / 9), z2, linearSingle(1.0 / 5, 1.0 / 7, z));
  const series = madd(high, z2, linearSingle(1, 1.0 / 3, z));
  const scaled = f32x4.mul(s, f32x4.splat(<f32>(2 / LN_2)));
  return f32x4.add(madd(scaled, series, f32x4.convert_i32x4_s(k)), f32x4.sub(a, a));
}

/** 2^t in single precision, with t limited to +-120. */
// @ts-ignore: decorator
@inline
export function exp2Single(t: v128): v128 {
  const limited = f32x4.pmax(f32x4.pmin(t, f32x4.splat(120)), f32x4.splat(-120));
  const n = f32x4.nearest(limited);
  const f = f32x4.mul(f32x4.sub(limited, n), f32x4.splat(<f32>LN_2));
  const f2 = f32x4.mul(f, f);
  const f4 = f32x4.mul(f2, f2);
  const low = madd(linearSingle(1.0 / 2, 1.0 / 6, f), f2, linearSingle(1, 1, f));
  const high = madd(linearSingle(1.0 / 720, 1.0 / 5040, f), f2, linearSingle(1.0 / 24, 1.0 / 120, f));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(madd(high, f4, low), power);
}
