/**
 * exp, ln and powers with errors of a few units in the last place, which WGSL's own need not have. NaN and infinity
 * are told by their bits.
 */
export const power = /* wgsl */ `
const LN2 = 0.6931471805599453;
const INFINITY_BITS = 0x7f800000u;

// 2^n: in two factors, for results that are subnormal or nearly infinite.
fn scale(value: f32, n: i32) -> f32 {
  let whole = clamp(n, -252, 254);
  let half = whole / 2;
  let rest = whole - half;
  return value * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(rest + 127) << 23u);
}

// exp(t) for |t| <= 0.36.
fn expNear(t: f32) -> f32 {
  return 1.0 + t * (1.0 + t * (0.5 + t * (0.16666667 + t * (0.041666668 + t * (0.008333334
    + t * (0.0013888889 + t * 0.0001984127))))));
}

// ln 2 is taken off in two parts, the first with few enough digits that its multiples are exact.
fn expOf(v: f32) -> f32 {
  if ((bitcast<u32>(v) & 0x7fffffffu) > INFINITY_BITS) { return v; }
  let x = clamp(v, -180.0, 180.0);
  let n = round(x * 1.442695);
  return scale(expNear((x - n * 0.693359375) + n * 0.00021219444), i32(n));
}

// log2(v) = exponent + fraction with |fraction| <= 1/2, for normal v > 0.
struct Log2 { exponent: i32, fraction: f32 }

fn log2Of(v: f32) -> Log2 {
  let bits = bitcast<u32>(v);
  // Mantissas from sqrt(1/2) to sqrt(2).
  let shifted = bits - 0x3f3504f3u;
  let exponent = bitcast<i32>(shifted) >> 23u;
  let m = bitcast<f32>((shifted & 0x7fffffu) + 0x3f3504f3u);
  let s = (m - 1.0) / (m + 1.0);
  let q = s * s;
  let series = s * (1.0 + q * (0.33333334 + q * (0.2 + q * (0.14285715 + q * 0.11111111))));
  return Log2(exponent, 2.8853900817779268 * series);
}

fn lnOf(v: f32) -> f32 {
  let log = log2Of(v);
  return (f32(log.exponent) + log.fraction) * LN2;
}

// v^g for v >= 0. The exponent of v times the leading 12 bits of g is exact: the error does not grow with log v.
fn powOf(v: f32, g: f32) -> f32 {
  let bits = bitcast<u32>(v);
  if (bits > INFINITY_BITS) { return v; }
  if (g == 0.0) { return 1.0; }
  if (bits < 0x00800000u || bits == INFINITY_BITS) {
    let infinite = (g > 0.0) == (bits == INFINITY_BITS);
    return select(0.0, bitcast<f32>(max(bits, INFINITY_BITS)), infinite);
  }
  let log = log2Of(v);
  let high = bitcast<f32>(bitcast<u32>(g) & 0xfffff000u);
  let e = f32(log.exponent);
  let lead = high * e;
  let tail = (g - high) * e + g * log.fraction;
  let n = round(clamp(lead + tail, -300.0, 300.0));
  if (abs(n) >= 300.0) { return scale(1.0, i32(n)); }
  return scale(expNear(((lead - n) + tail) * LN2), i32(n));
}
`;
