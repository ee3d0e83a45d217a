// Butterflies of a batched complex FFT. A point is 32 bytes: a vector of real parts, then one of imaginary
// parts, so the four lanes are four transforms and nothing is shuffled. Each takes the points i, i + di, ...
// to o, o + dp, ...; `w` points at the twiddles (re, im) of points 1..radix-1, which multiply on the way out
// forward and, conjugated, on the way in inverse.
import { madd, nmadd } from "./inline/simd";

/** Bytes of a point. */
export const POINT: usize = 32;
/** Bytes of a twiddle factor. */
export const TWIDDLE: usize = 8;

const SIN_60: f32 = 0.8660254037844386;
const COS_72: f32 = 0.30901699437494745;
const COS_144: f32 = -0.8090169943749475;
const SIN_72: f32 = 0.9510565162951535;
const SIN_144: f32 = 0.5877852522924731;

// @ts-ignore: decorator
@inline
export function storePoint(p: usize, re: v128, im: v128): void {
  v128.store(p, re);
  v128.store(p, im, 16);
}

/** Stores (re, im) times the factor at `w`, or as it is. */
// @ts-ignore: decorator
@inline
export function storeTimes(p: usize, re: v128, im: v128, w: usize, twiddled: bool): void {
  if (twiddled) {
    const wr = v128.load32_splat(w);
    const wi = v128.load32_splat(w, 4);
    storePoint(p, nmadd(im, wi, f32x4.mul(re, wr)), madd(im, wr, f32x4.mul(re, wi)));
  } else {
    storePoint(p, re, im);
  }
}

/** Real part of the point at `p` times the conjugate of the factor at `w`, or as it is. */
// @ts-ignore: decorator
@inline
function loadRe(p: usize, w: usize, twiddled: bool): v128 {
  const re = v128.load(p);
  if (!twiddled) return re;
  return madd(v128.load(p, 16), v128.load32_splat(w, 4), f32x4.mul(re, v128.load32_splat(w)));
}

// @ts-ignore: decorator
@inline
function loadIm(p: usize, w: usize, twiddled: bool): v128 {
  const im = v128.load(p, 16);
  if (!twiddled) return im;
  return nmadd(v128.load(p), v128.load32_splat(w, 4), f32x4.mul(im, v128.load32_splat(w)));
}

// @ts-ignore: decorator
@inline
export function forward2(i: usize, di: usize, o: usize, dp: usize, w: usize, twiddled: bool): void {
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  const br = v128.load(i + di);
  const bi = v128.load(i + di, 16);
  storePoint(o, f32x4.add(ar, br), f32x4.add(ai, bi));
  storeTimes(o + dp, f32x4.sub(ar, br), f32x4.sub(ai, bi), w, twiddled);
}

// @ts-ignore: decorator
@inline
export function forward3(i: usize, di: usize, o: usize, dp: usize, w: usize, twiddled: bool): void {
  const br = v128.load(i + di);
  const bi = v128.load(i + di, 16);
  const cr = v128.load(i + 2 * di);
  const ci = v128.load(i + 2 * di, 16);
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  const tr = f32x4.add(br, cr);
  const ti = f32x4.add(bi, ci);
  const half = f32x4.splat(0.5);
  const sine = f32x4.splat(SIN_60);
  const dr = f32x4.mul(f32x4.sub(br, cr), sine);
  const dj = f32x4.mul(f32x4.sub(bi, ci), sine);
  const mr = nmadd(tr, half, ar);
  const mi = nmadd(ti, half, ai);
  storePoint(o, f32x4.add(ar, tr), f32x4.add(ai, ti));
  storeTimes(o + dp, f32x4.add(mr, dj), f32x4.sub(mi, dr), w, twiddled);
  storeTimes(o + 2 * dp, f32x4.sub(mr, dj), f32x4.add(mi, dr), w + TWIDDLE, twiddled);
}

// @ts-ignore: decorator
@inline
export function forward4(i: usize, di: usize, o: usize, dp: usize, w: usize, twiddled: bool): void {
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  const cr = v128.load(i + 2 * di);
  const ci = v128.load(i + 2 * di, 16);
  const br = v128.load(i + di);
  const bi = v128.load(i + di, 16);
  const dr = v128.load(i + 3 * di);
  const dj = v128.load(i + 3 * di, 16);
  const t0r = f32x4.add(ar, cr);
  const t0i = f32x4.add(ai, ci);
  const t1r = f32x4.sub(ar, cr);
  const t1i = f32x4.sub(ai, ci);
  const t2r = f32x4.add(br, dr);
  const t2i = f32x4.add(bi, dj);
  const t3r = f32x4.sub(br, dr);
  const t3i = f32x4.sub(bi, dj);
  storePoint(o, f32x4.add(t0r, t2r), f32x4.add(t0i, t2i));
  storeTimes(o + 2 * dp, f32x4.sub(t0r, t2r), f32x4.sub(t0i, t2i), w + TWIDDLE, twiddled);
  storeTimes(o + dp, f32x4.add(t1r, t3i), f32x4.sub(t1i, t3r), w, twiddled);
  storeTimes(o + 3 * dp, f32x4.sub(t1r, t3i), f32x4.add(t1i, t3r), w + 2 * TWIDDLE, twiddled);
}

// @ts-ignore: decorator
@inline
export function forward5(i: usize, di: usize, o: usize, dp: usize, w: usize, twiddled: bool): void {
  const br = v128.load(i + di);
  const bi = v128.load(i + di, 16);
  const er = v128.load(i + 4 * di);
  const ei = v128.load(i + 4 * di, 16);
  const s1r = f32x4.add(br, er);
  const s1i = f32x4.add(bi, ei);
  const d1r = f32x4.sub(br, er);
  const d1i = f32x4.sub(bi, ei);
  const cr = v128.load(i + 2 * di);
  const ci = v128.load(i + 2 * di, 16);
  const fr = v128.load(i + 3 * di);
  const fi = v128.load(i + 3 * di, 16);
  const s2r = f32x4.add(cr, fr);
  const s2i = f32x4.add(ci, fi);
  const d2r = f32x4.sub(cr, fr);
  const d2i = f32x4.sub(ci, fi);
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  storePoint(o, f32x4.add(ar, f32x4.add(s1r, s2r)), f32x4.add(ai, f32x4.add(s1i, s2i)));
  const c1 = f32x4.splat(COS_72);
  const c2 = f32x4.splat(COS_144);
  const z1 = f32x4.splat(SIN_72);
  const z2 = f32x4.splat(SIN_144);
  const m1r = madd(s2r, c2, madd(s1r, c1, ar));
  const m1i = madd(s2i, c2, madd(s1i, c1, ai));
  const n1r = madd(d2r, z2, f32x4.mul(d1r, z1));
  const n1i = madd(d2i, z2, f32x4.mul(d1i, z1));
  storeTimes(o + dp, f32x4.add(m1r, n1i), f32x4.sub(m1i, n1r), w, twiddled);
  storeTimes(o + 4 * dp, f32x4.sub(m1r, n1i), f32x4.add(m1i, n1r), w + 3 * TWIDDLE, twiddled);
  const m2r = madd(s2r, c1, madd(s1r, c2, ar));
  const m2i = madd(s2i, c1, madd(s1i, c2, ai));
  const n2r = nmadd(d2r, z1, f32x4.mul(d1r, z2));
  const n2i = nmadd(d2i, z1, f32x4.mul(d1i, z2));
  storeTimes(o + 2 * dp, f32x4.add(m2r, n2i), f32x4.sub(m2i, n2r), w + TWIDDLE, twiddled);
  storeTimes(o + 3 * dp, f32x4.sub(m2r, n2i), f32x4.add(m2i, n2r), w + 2 * TWIDDLE, twiddled);
}

// @ts-ignore: decorator
@inline
export function inverse2(i: usize, di: usize, o: usize, dp: usize, w: usize, twiddled: bool): void {
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  const br = loadRe(i + di, w, twiddled);
  const bi = loadIm(i + di, w, twiddled);
  storePoint(o, f32x4.add(ar, br), f32x4.add(ai, bi));
  storePoint(o + dp, f32x4.sub(ar, br), f32x4.sub(ai, bi));
}

// @ts-ignore: decorator
@inline
export function inverse3(i: usize, di: usize, o: usize, dp: usize, w: usize, twiddled: bool): void {
  const br = loadRe(i + di, w, twiddled);
  const bi = loadIm(i + di, w, twiddled);
  const cr = loadRe(i + 2 * di, w + TWIDDLE, twiddled);
  const ci = loadIm(i + 2 * di, w + TWIDDLE, twiddled);
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  const tr = f32x4.add(br, cr);
  const ti = f32x4.add(bi, ci);
  const half = f32x4.splat(0.5);
  const sine = f32x4.splat(SIN_60);
  const dr = f32x4.mul(f32x4.sub(br, cr), sine);
  const dj = f32x4.mul(f32x4.sub(bi, ci), sine);
  const mr = nmadd(tr, half, ar);
  const mi = nmadd(ti, half, ai);
  storePoint(o, f32x4.add(ar, tr), f32x4.add(ai, ti));
  storePoint(o + dp, f32x4.sub(mr, dj), f32x4.add(mi, dr));
  storePoint(o + 2 * dp, f32x4.add(mr, dj), f32x4.sub(mi, dr));
}

// @ts-ignore: decorator
@inline
export function inverse4(i: usize, di: usize, o: usize, dp: usize, w: usize, twiddled: bool): void {
  const br = loadRe(i + di, w, twiddled);
  const bi = loadIm(i + di, w, twiddled);
  const dr = loadRe(i + 3 * di, w + 2 * TWIDDLE, twiddled);
  const dj = loadIm(i + 3 * di, w + 2 * TWIDDLE, twiddled);
  const t2r = f32x4.add(br, dr);
  const t2i = f32x4.add(bi, dj);
  const t3r = f32x4.sub(br, dr);
  const t3i = f32x4.sub(bi, dj);
  const cr = loadRe(i + 2 * di, w + TWIDDLE, twiddled);
  const ci = loadIm(i + 2 * di, w + TWIDDLE, twiddled);
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  const t0r = f32x4.add(ar, cr);
  const t0i = f32x4.add(ai, ci);
  const t1r = f32x4.sub(ar, cr);
  const t1i = f32x4.sub(ai, ci);
  storePoint(o, f32x4.add(t0r, t2r), f32x4.add(t0i, t2i));
  storePoint(o + 2 * dp, f32x4.sub(t0r, t2r), f32x4.sub(t0i, t2i));
  storePoint(o + dp, f32x4.sub(t1r, t3i), f32x4.add(t1i, t3r));
  storePoint(o + 3 * dp, f32x4.add(t1r, t3i), f32x4.sub(t1i, t3r));
}

// @ts-ignore: decorator
@inline
export function inverse5(i: usize, di: usize, o: usize, dp: usize, w: usize, twiddled: bool): void {
  const br = loadRe(i + di, w, twiddled);
  const bi = loadIm(i + di, w, twiddled);
  const er = loadRe(i + 4 * di, w + 3 * TWIDDLE, twiddled);
  const ei = loadIm(i + 4 * di, w + 3 * TWIDDLE, twiddled);
  const s1r = f32x4.add(br, er);
  const s1i = f32x4.add(bi, ei);
  const d1r = f32x4.sub(br, er);
  const d1i = f32x4.sub(bi, ei);
  const cr = loadRe(i + 2 * di, w + TWIDDLE, twiddled);
  const ci = loadIm(i + 2 * di, w + TWIDDLE, twiddled);
  const fr = loadRe(i + 3 * di, w + 2 * TWIDDLE, twiddled);
  const fi = loadIm(i + 3 * di, w + 2 * TWIDDLE, twiddled);
  const s2r = f32x4.add(cr, fr);
  const s2i = f32x4.add(ci, fi);
  const d2r = f32x4.sub(cr, fr);
  const d2i = f32x4.sub(ci, fi);
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  storePoint(o, f32x4.add(ar, f32x4.add(s1r, s2r)), f32x4.add(ai, f32x4.add(s1i, s2i)));
  const c1 = f32x4.splat(COS_72);
  const c2 = f32x4.splat(COS_144);
  const z1 = f32x4.splat(SIN_72);
  const z2 = f32x4.splat(SIN_144);
  const m1r = madd(s2r, c2, madd(s1r, c1, ar));
  const m1i = madd(s2i, c2, madd(s1i, c1, ai));
  const n1r = madd(d2r, z2, f32x4.mul(d1r, z1));
  const n1i = madd(d2i, z2, f32x4.mul(d1i, z1));
  storePoint(o + dp, f32x4.sub(m1r, n1i), f32x4.add(m1i, n1r));
  storePoint(o + 4 * dp, f32x4.add(m1r, n1i), f32x4.sub(m1i, n1r));
  const m2r = madd(s2r, c1, madd(s1r, c2, ar));
  const m2i = madd(s2i, c1, madd(s1i, c2, ai));
  const n2r = nmadd(d2r, z1, f32x4.mul(d1r, z2));
  const n2i = nmadd(d2i, z1, f32x4.mul(d1i, z2));
  storePoint(o + 2 * dp, f32x4.sub(m2r, n2i), f32x4.add(m2i, n2r));
  storePoint(o + 3 * dp, f32x4.add(m2r, n2i), f32x4.sub(m2i, n2r));
}

/**
 * Butterfly of an odd prime length by its definition: sums and differences of mirrored points, then for each
 * q the products with cos and sin of 2 pi qk / radix (`roots`: cos and sin for 0..radix-1). `fold` holds
 * radix points.
 */
export function prime(
  radix: i32, forward: bool, i: usize, di: usize, o: usize, dp: usize, w: usize, twiddled: bool,
  roots: usize, fold: usize,
): void {
  const half = (radix - 1) >> 1;
  let sumR = v128.load(i);
  let sumI = v128.load(i, 16);
  storePoint(fold, sumR, sumI);
  for (let k = 1; k <= half; k++) {
    const near = i + <usize>k * di;
    const far = i + <usize>(radix - k) * di;
    const wn = w + <usize>(k - 1) * TWIDDLE;
    const wf = w + <usize>(radix - k - 1) * TWIDDLE;
    const turn = twiddled && !forward;
    const nr = turn ? loadRe(near, wn, true) : v128.load(near);
    const ni = turn ? loadIm(near, wn, true) : v128.load(near, 16);
    const fr = turn ? loadRe(far, wf, true) : v128.load(far);
    const fi = turn ? loadIm(far, wf, true) : v128.load(far, 16);
    const sr = f32x4.add(nr, fr);
    const si = f32x4.add(ni, fi);
    sumR = f32x4.add(sumR, sr);
    sumI = f32x4.add(sumI, si);
    storePoint(fold + <usize>(2 * k - 1) * POINT, sr, si);
    storePoint(fold + <usize>(2 * k) * POINT, f32x4.sub(nr, fr), f32x4.sub(ni, fi));
  }
  storePoint(o, sumR, sumI);
  for (let q = 1; q <= half; q++) {
    let mr = v128.load(fold);
    let mi = v128.load(fold, 16);
    let nr = f32x4.splat(0);
    let ni = f32x4.splat(0);
    let at = 0;
    for (let k = 1; k <= half; k++) {
      at += q;
      if (at >= radix) at -= radix;
      const c = v128.load32_splat(roots + <usize>at * 8);
      const s = v128.load32_splat(roots + <usize>at * 8, 4);
      const p = fold + <usize>(2 * k - 1) * POINT;
      mr = madd(v128.load(p), c, mr);
      mi = madd(v128.load(p, 16), c, mi);
      nr = madd(v128.load(p, 32), s, nr);
      ni = madd(v128.load(p, 48), s, ni);
    }
    const near = o + <usize>q * dp;
    const far = o + <usize>(radix - q) * dp;
    if (forward) {
      const wn = w + <usize>(q - 1) * TWIDDLE;
      const wf = w + <usize>(radix - q - 1) * TWIDDLE;
      if (twiddled) {
        storeTimes(near, f32x4.add(mr, ni), f32x4.sub(mi, nr), wn, true);
        storeTimes(far, f32x4.sub(mr, ni), f32x4.add(mi, nr), wf, true);
      } else {
        storePoint(near, f32x4.add(mr, ni), f32x4.sub(mi, nr));
        storePoint(far, f32x4.sub(mr, ni), f32x4.add(mi, nr));
      }
    } else {
      storePoint(near, f32x4.sub(mr, ni), f32x4.add(mi, nr));
      storePoint(far, f32x4.add(mr, ni), f32x4.sub(mi, nr));
    }
  }
}
