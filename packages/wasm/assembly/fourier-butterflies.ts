// Butterflies of a batched complex FFT (fourier-points.ts). Each takes the points i, i + di, ... to o, o + dp, ...;
// `w` points at the factors (re, im) of points 1..radix-1, and `kind` says which points they multiply on
// their way out, or what else becomes of a point made.
//
// Stores stand between groups of loads where a butterfly has more values than there are registers: engines move
// loads to the front, never over a store. Factors are loaded between stores too.
import { madd, nmadd } from "./inline/simd";
import {
  ADDED, ALL_TURNED, COS_144, COS_72, FLIPPED, HALF, ONE_HALF, PLAIN, SIN_144, SIN_45, SIN_60, SIN_72, TURNED,
  TWIDDLE, constant, emit, signed,
} from "./fourier-points";

// @ts-ignore: decorator
@inline
function butterfly2(
  kind: i32, i: usize, di: usize, o: usize, dp: usize, w: usize, e: usize, de: usize,
): v128 {
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  const br = v128.load(i + di);
  const bi = v128.load(i + di, 16);
  const sum = emit(kind, 0, f32x4.add(ar, br), f32x4.add(ai, bi), o, dp, w, e, de);
  return f32x4.add(sum, emit(kind, 1, f32x4.sub(ar, br), f32x4.sub(ai, bi), o, dp, w, e, de));
}

// @ts-ignore: decorator
@inline
function butterfly3(
  forward: bool, kind: i32, i: usize, di: usize, o: usize, dp: usize, w: usize, e: usize, de: usize,
): v128 {
  const br = v128.load(i + di);
  const bi = v128.load(i + di, 16);
  const cr = v128.load(i + 2 * di);
  const ci = v128.load(i + 2 * di, 16);
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  const tr = f32x4.add(br, cr);
  const ti = f32x4.add(bi, ci);
  const half = constant(ONE_HALF);
  const sine = constant(SIN_60);
  const dr = f32x4.mul(f32x4.sub(br, cr), sine);
  const dj = f32x4.mul(f32x4.sub(bi, ci), sine);
  const mr = nmadd(tr, half, ar);
  const mi = nmadd(ti, half, ai);
  let sum = emit(kind, 0, f32x4.add(ar, tr), f32x4.add(ai, ti), o, dp, w, e, de);
  sum = f32x4.add(
    sum, emit(kind, 1, signed(forward, mr, dj), signed(!forward, mi, dr), o, dp, w, e, de),
  );
  return f32x4.add(
    sum, emit(kind, 2, signed(!forward, mr, dj), signed(forward, mi, dr), o, dp, w, e, de),
  );
}

/** The transform of four points in registers. */
// @ts-ignore: decorator
@inline
function cross(
  forward: bool, kind: i32,
  ar: v128, ai: v128, br: v128, bi: v128, cr: v128, ci: v128, dr: v128, dj: v128,
  o: usize, dp: usize, w: usize, e: usize, de: usize,
): v128 {
  return emitCross(
    forward, kind, f32x4.add(ar, cr), f32x4.add(ai, ci), f32x4.sub(ar, cr), f32x4.sub(ai, ci),
    f32x4.add(br, dr), f32x4.add(bi, dj), f32x4.sub(br, dr), f32x4.sub(bi, dj), o, dp, w, e, de,
  );
}

/** The same from the sums and differences of points 0 and 2, then of 1 and 3. */
// @ts-ignore: decorator
@inline
function emitCross(
  forward: bool, kind: i32,
  t0r: v128, t0i: v128, t1r: v128, t1i: v128, t2r: v128, t2i: v128, t3r: v128, t3i: v128,
  o: usize, dp: usize, w: usize, e: usize, de: usize,
): v128 {
  let sum = emit(kind, 0, f32x4.add(t0r, t2r), f32x4.add(t0i, t2i), o, dp, w, e, de);
  sum = f32x4.add(sum, emit(kind, 2, f32x4.sub(t0r, t2r), f32x4.sub(t0i, t2i), o, dp, w, e, de));
  sum = f32x4.add(
    sum, emit(kind, 1, signed(forward, t1r, t3i), signed(!forward, t1i, t3r), o, dp, w, e, de),
  );
  return f32x4.add(
    sum, emit(kind, 3, signed(!forward, t1r, t3i), signed(forward, t1i, t3r), o, dp, w, e, de),
  );
}

// @ts-ignore: decorator
@inline
function butterfly4(
  forward: bool, kind: i32, i: usize, di: usize, o: usize, dp: usize, w: usize, e: usize, de: usize,
): v128 {
  const br = v128.load(i + di);
  const bi = v128.load(i + di, 16);
  const dr = v128.load(i + 3 * di);
  const dj = v128.load(i + 3 * di, 16);
  const cr = v128.load(i + 2 * di);
  const ci = v128.load(i + 2 * di, 16);
  return cross(
    forward, kind, v128.load(i), v128.load(i, 16), br, bi, cr, ci, dr, dj, o, dp, w, e, de,
  );
}

// @ts-ignore: decorator
@inline
function butterfly5(
  forward: bool, kind: i32, i: usize, di: usize, o: usize, dp: usize, w: usize, e: usize, de: usize,
): v128 {
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
  let sum = emit(
    kind, 0, f32x4.add(ar, f32x4.add(s1r, s2r)), f32x4.add(ai, f32x4.add(s1i, s2i)), o, dp, w, e, de,
  );
  const c1 = constant(COS_72);
  const c2 = constant(COS_144);
  const z1 = constant(SIN_72);
  const z2 = constant(SIN_144);
  const m1r = madd(s2r, c2, madd(s1r, c1, ar));
  const m1i = madd(s2i, c2, madd(s1i, c1, ai));
  const n1r = madd(d2r, z2, f32x4.mul(d1r, z1));
  const n1i = madd(d2i, z2, f32x4.mul(d1i, z1));
  sum = f32x4.add(
    sum, emit(kind, 1, signed(forward, m1r, n1i), signed(!forward, m1i, n1r), o, dp, w, e, de),
  );
  sum = f32x4.add(
    sum, emit(kind, 4, signed(!forward, m1r, n1i), signed(forward, m1i, n1r), o, dp, w, e, de),
  );
  const m2r = madd(s2r, c1, madd(s1r, c2, ar));
  const m2i = madd(s2i, c1, madd(s1i, c2, ai));
  const n2r = nmadd(d2r, z1, f32x4.mul(d1r, z2));
  const n2i = nmadd(d2i, z1, f32x4.mul(d1i, z2));
  sum = f32x4.add(
    sum, emit(kind, 2, signed(forward, m2r, n2i), signed(!forward, m2i, n2r), o, dp, w, e, de),
  );
  return f32x4.add(
    sum, emit(kind, 3, signed(!forward, m2r, n2i), signed(forward, m2i, n2r), o, dp, w, e, de),
  );
}

/**
 * Sum and difference of points k and k + 4: the sum's parts are returned, the difference goes to `o`. Of
 * `half` of the points the others are zero, and not there.
 */
// @ts-ignore: decorator
@inline
function foldRe(half: bool, i: usize, di: usize, o: usize): v128 {
  const a = v128.load(i);
  if (half) {
    v128.store(o, a);
    return a;
  }
  const b = v128.load(i + 4 * di);
  v128.store(o, f32x4.sub(a, b));
  return f32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
function foldIm(half: bool, i: usize, di: usize, o: usize): v128 {
  const a = v128.load(i, 16);
  if (half) {
    v128.store(o, a, 16);
    return a;
  }
  const b = v128.load(i + 4 * di, 16);
  v128.store(o, f32x4.sub(a, b), 16);
  return f32x4.add(a, b);
}

/**
 * Forward butterfly of eight points, in two halves: even frequencies go to points 0..3, odd ones to 4..7
 * (where the differences wait for the second half), which is the order of radix 2 followed by 4.
 */
// @ts-ignore: decorator
@inline
function forward8(turned: bool, half: bool, i: usize, di: usize, o: usize, dp: usize, w: usize): void {
  const odd = o + 4 * dp;
  const ar = foldRe(half, i, di, odd);
  const ai = foldIm(half, i, di, odd);
  const cr = foldRe(half, i + 2 * di, di, odd + 2 * dp);
  const ci = foldIm(half, i + 2 * di, di, odd + 2 * dp);
  const br = foldRe(half, i + di, di, odd + dp);
  const bi = foldIm(half, i + di, di, odd + dp);
  const dr = foldRe(half, i + 3 * di, di, odd + 3 * dp);
  const dj = foldIm(half, i + 3 * di, di, odd + 3 * dp);
  cross(true, turned ? TURNED : PLAIN, ar, ai, br, bi, cr, ci, dr, dj, o, dp, w, 0, 0);

  // Points 1..3 times exp(-i pi k / 4).
  const er = v128.load(odd);
  const ei = v128.load(odd, 16);
  const gr = v128.load(odd + 2 * dp);
  const gi = v128.load(odd + 2 * dp, 16);
  const pr = v128.load(odd + dp);
  const pi = v128.load(odd + dp, 16);
  const qr = v128.load(odd + 3 * dp);
  const qi = v128.load(odd + 3 * dp, 16);
  const sine = constant(SIN_45);
  const fr = f32x4.mul(f32x4.add(pr, pi), sine);
  const fi = f32x4.mul(f32x4.sub(pi, pr), sine);
  const hr = f32x4.mul(f32x4.sub(qi, qr), sine);
  const hi = f32x4.mul(f32x4.add(qi, qr), sine);
  emitCross(
    true, turned ? ALL_TURNED : PLAIN,
    f32x4.add(er, gi), f32x4.sub(ei, gr), f32x4.sub(er, gi), f32x4.add(ei, gr),
    f32x4.add(fr, hr), f32x4.sub(fi, hi), f32x4.sub(fr, hr), f32x4.add(fi, hi),
    odd, dp, w + 4 * TWIDDLE, 0, 0,
  );
}

/**
 * Point k of an inverse butterfly of eight, to `o`, and k + 4, from the halves' points k; the odd ones of 2 and 3
 * have a negative real part. What was stored is summed up at `sums`, an odd point done with: a sum in a register
 * would be made last by compilers, and all that it adds would be kept until then.
 */
// @ts-ignore: decorator
@inline
function emitBoth(
  kind: i32, k: i32, re: v128, im: v128, odd: usize, o: usize, dp: usize, w: usize, e: usize, de: usize,
  sums: usize,
): v128 {
  const flipped = k > 1;
  const oddR = v128.load(odd);
  const oddI = v128.load(odd, 16);
  let sum = emit(kind, 0, signed(!flipped, re, oddR), f32x4.add(im, oddI), o, dp, w, e, de);
  if (kind == HALF) return sum;
  const other = emit(kind, 4, signed(flipped, re, oddR), f32x4.sub(im, oddI), o, dp, w, e, de);
  if (kind != ADDED) return other;
  sum = f32x4.add(sum, other);
  if (k > 0) sum = f32x4.add(sum, v128.load(sums));
  v128.store(sums, sum);
  return sum;
}

/** The inverse of `forward8`. The odd half waits in the input's points 4..7. */
// @ts-ignore: decorator
@inline
function inverse8(
  kind: i32, i: usize, di: usize, o: usize, dp: usize, w: usize, e: usize, de: usize,
): v128 {
  const odd = i + 4 * di;
  const br = v128.load(odd + di);
  const bi = v128.load(odd + di, 16);
  const dr = v128.load(odd + 3 * di);
  const dj = v128.load(odd + 3 * di, 16);
  const cr = v128.load(odd + 2 * di);
  const ci = v128.load(odd + 2 * di, 16);
  const ar = v128.load(odd);
  const ai = v128.load(odd, 16);
  cross(false, FLIPPED, ar, ai, br, bi, cr, ci, dr, dj, odd, di, 0, 0, 0);

  const fr = v128.load(i + di);
  const fi = v128.load(i + di, 16);
  const hr = v128.load(i + 3 * di);
  const hi = v128.load(i + 3 * di, 16);
  const gr = v128.load(i + 2 * di);
  const gi = v128.load(i + 2 * di, 16);
  const er = v128.load(i);
  const ei = v128.load(i, 16);
  const t0r = f32x4.add(er, gr);
  const t0i = f32x4.add(ei, gi);
  const t1r = f32x4.sub(er, gr);
  const t1i = f32x4.sub(ei, gi);
  const t2r = f32x4.add(fr, hr);
  const t2i = f32x4.add(fi, hi);
  const t3r = f32x4.sub(fr, hr);
  const t3i = f32x4.sub(fi, hi);
  emitBoth(kind, 0, f32x4.add(t0r, t2r), f32x4.add(t0i, t2i), odd, o, dp, w, e, de, odd);
  emitBoth(
    kind, 2, f32x4.sub(t0r, t2r), f32x4.sub(t0i, t2i),
    odd + 2 * di, o + 2 * dp, dp, w + 2 * TWIDDLE, e + 2 * de, de, odd,
  );
  emitBoth(
    kind, 1, f32x4.sub(t1r, t3i), f32x4.add(t1i, t3r),
    odd + di, o + dp, dp, w + TWIDDLE, e + de, de, odd,
  );
  return emitBoth(
    kind, 3, f32x4.add(t1r, t3i), f32x4.sub(t1i, t3r),
    odd + 3 * di, o + 3 * dp, dp, w + 3 * TWIDDLE, e + 3 * de, de, odd,
  );
}

/** `half` of eight points: the others are zero, and not there. */
// @ts-ignore: decorator
@inline
export function forwardButterfly(
  radix: i32, turned: bool, half: bool, i: usize, di: usize, o: usize, dp: usize, w: usize,
): void {
  const kind = turned ? TURNED : PLAIN;
  if (radix == 2) butterfly2(kind, i, di, o, dp, w, 0, 0);
  else if (radix == 3) butterfly3(true, kind, i, di, o, dp, w, 0, 0);
  else if (radix == 4) butterfly4(true, kind, i, di, o, dp, w, 0, 0);
  else if (radix == 5) butterfly5(true, kind, i, di, o, dp, w, 0, 0);
  else forward8(turned, half, i, di, o, dp, w);
}

/** `kind` is PLAIN, ALL_TURNED, ADDED or, for eight points, HALF. */
// @ts-ignore: decorator
@inline
export function inverseButterfly(
  radix: i32, kind: i32, i: usize, di: usize, o: usize, dp: usize, w: usize, e: usize, de: usize,
): v128 {
  if (radix == 2) return butterfly2(kind, i, di, o, dp, w, e, de);
  if (radix == 3) return butterfly3(false, kind, i, di, o, dp, w, e, de);
  if (radix == 4) return butterfly4(false, kind, i, di, o, dp, w, e, de);
  if (radix == 5) return butterfly5(false, kind, i, di, o, dp, w, e, de);
  return inverse8(kind, i, di, o, dp, w, e, de);
}
