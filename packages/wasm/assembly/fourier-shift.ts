// Shift by half a sample in the spectrum: the last forward stage, of radix 4 or 8, the phases exp(-i pi k / M)
// for k = -M/2 .. M/2 - 1, and the first inverse stage in one.
//
// With k = q + r k', the phases are exp(-i pi q / M) exp(-i pi k' / (M / r)): the first factor is in the
// twiddles of a forward stage of radix r, and the second is again a shift by half a sample. For four points that
// is
//   y[m] = sum over x + sqrt(2) (x[m] + x[m-1] - x[m-2] - x[m-3]) + i (-1)^m (x[0] - x[1] + x[2] - x[3]).
// Only where k' = -M/2 stands for k = -M/2, in the first four points, its term is not the one of the shift.
import { madd, nmadd } from "./inline/simd";
import {
  COS_22, MINUS_COS_22, MINUS_SIN_22, POINT, SIN_22, SIN_45, SQRT_2, TWIDDLE, constant, storePoint, storeTurned,
} from "./fourier-points";

/** Times the scale of the spectrum, unless it is yet to come with the factors; point 0 has none. */
// @ts-ignore: decorator
@inline
function scaled(now: bool, x: v128, scale: v128): v128 {
  return now ? f32x4.mul(x, scale) : x;
}

/**
 * Four points, given the terms of the last sum, to be added to y[0] and y[2] and subtracted from the others; on
 * their way `out` times the factors at `w`. `root` is sqrt(2), with the scale where it is not in the factors.
 */
// @ts-ignore: decorator
@inline
function shift4(
  turned: bool, out: bool, p: usize, w: usize, unit: v128, root: v128,
  sumR: v128, sumI: v128, alternatingR: v128, alternatingI: v128,
  ar: v128, ai: v128, br: v128, bi: v128,
): void {
  const d0r = f32x4.mul(f32x4.sub(ar, br), root);
  const d0i = f32x4.mul(f32x4.sub(ai, bi), root);
  const d1r = f32x4.mul(f32x4.add(ar, br), root);
  const d1i = f32x4.mul(f32x4.add(ai, bi), root);
  const sr = scaled(!turned, sumR, unit);
  const si = scaled(!turned, sumI, unit);
  const evenR = f32x4.add(sr, alternatingR);
  const evenI = f32x4.add(si, alternatingI);
  const oddR = f32x4.sub(sr, alternatingR);
  const oddI = f32x4.sub(si, alternatingI);
  storePoint(p, scaled(out, f32x4.add(evenR, d0r), unit), scaled(out, f32x4.add(evenI, d0i), unit));
  storeTurned(out, p + POINT, f32x4.add(oddR, d1r), f32x4.add(oddI, d1i), w + TWIDDLE);
  storeTurned(out, p + 2 * POINT, f32x4.sub(evenR, d0r), f32x4.sub(evenI, d0i), w + 2 * TWIDDLE);
  storeTurned(out, p + 3 * POINT, f32x4.sub(oddR, d1r), f32x4.sub(oddI, d1i), w + 3 * TWIDDLE);
}

// @ts-ignore: decorator
@inline
function sum(p: usize, first: usize, second: usize): v128 {
  return f32x4.add(v128.load(p + first), v128.load(p + second));
}

// @ts-ignore: decorator
@inline
function difference(p: usize, first: usize, second: usize): v128 {
  return f32x4.sub(v128.load(p + first), v128.load(p + second));
}

/** Four points of which the last frequency is like the others. */
// @ts-ignore: decorator
@inline
function shiftAll(turned: bool, out: bool, p: usize, w: usize, unit: v128, root: v128): void {
  const re02 = sum(p, 0, 64);
  const im02 = sum(p, 16, 80);
  const re13 = sum(p, 32, 96);
  const im13 = sum(p, 48, 112);
  shift4(
    turned, out, p, w, unit, root, f32x4.add(re02, re13), f32x4.add(im02, im13),
    scaled(!turned, f32x4.sub(im13, im02), unit), scaled(!turned, f32x4.sub(re02, re13), unit),
    difference(p, 0, 64), difference(p, 16, 80), difference(p, 32, 96), difference(p, 48, 112),
  );
}

/** The first four points: see `shiftSpectrum`. */
// @ts-ignore: decorator
@inline
function shiftFirst(p: usize, unit: v128, root: v128, instead: usize, nyquist: usize): void {
  const re02 = sum(p, 0, 64);
  const im02 = sum(p, 16, 80);
  const re13 = sum(p, 32, 96);
  const im13 = sum(p, 48, 112);
  if (nyquist) storePoint(nyquist, f32x4.sub(re02, re13), f32x4.sub(im02, im13));
  const zero = f32x4.splat(0);
  shift4(
    false, false, p, 0, unit, root, f32x4.add(re02, re13), f32x4.add(im02, im13),
    instead ? v128.load(instead) : zero, instead ? v128.load(instead, 16) : zero,
    difference(p, 0, 64), difference(p, 16, 80), difference(p, 32, 96), difference(p, 48, 112),
  );
}

/** Points p and p + 4 of eight to their sum and, times c - i s (constants at these addresses), their difference. */
// @ts-ignore: decorator
@inline
function fold8(p: usize, c: usize, s: usize): void {
  const q = p + 4 * POINT;
  const ar = v128.load(p);
  const ai = v128.load(p, 16);
  const br = v128.load(q);
  const bi = v128.load(q, 16);
  storePoint(p, f32x4.add(ar, br), f32x4.add(ai, bi));
  const dr = f32x4.sub(ar, br);
  const dj = f32x4.sub(ai, bi);
  const cosine = constant(c);
  const sine = constant(s);
  storePoint(q, madd(dj, sine, f32x4.mul(dr, cosine)), nmadd(dr, sine, f32x4.mul(dj, cosine)));
}

/** Eight points to twice four, of which the shift by half a sample is that of four. */
// @ts-ignore: decorator
@inline
export function foldShifted(p: usize): void {
  fold8(p, COS_22, SIN_22);
  fold8(p + POINT, SIN_22, COS_22);
  fold8(p + 2 * POINT, MINUS_SIN_22, COS_22);
  fold8(p + 3 * POINT, MINUS_COS_22, SIN_22);
}

/** Point p plus and minus (re, im), to p and p + 4; `turned` times the factors at `w` and four behind. */
// @ts-ignore: decorator
@inline
export function unfold8(turned: bool, p: usize, w: usize, re: v128, im: v128): void {
  const ar = v128.load(p);
  const ai = v128.load(p, 16);
  storeTurned(turned, p, f32x4.add(ar, re), f32x4.add(ai, im), w);
  storeTurned(turned, p + 4 * POINT, f32x4.sub(ar, re), f32x4.sub(ai, im), w + 4 * TWIDDLE);
}

/** The same of i (re + i im). */
// @ts-ignore: decorator
@inline
function unfoldTurned(turned: bool, p: usize, w: usize, re: v128, im: v128): void {
  const ar = v128.load(p);
  const ai = v128.load(p, 16);
  storeTurned(turned, p, f32x4.sub(ar, im), f32x4.add(ai, re), w);
  storeTurned(turned, p + 4 * POINT, f32x4.add(ar, im), f32x4.sub(ai, re), w + 4 * TWIDDLE);
}

/** As radix 2 around the shift of four, whose phases `fold8` holds. */
// @ts-ignore: decorator
@inline
function shift8(
  turned: bool, p: usize, w: usize, unit: v128, root: v128, first: bool, instead: usize, nyquist: usize,
): void {
  foldShifted(p);
  if (first) shiftFirst(p, unit, root, instead, nyquist);
  else shiftAll(turned, false, p, 0, unit, root);
  // The upper four stay in registers, the odd ones of them but for a factor of sqrt(2), as they are times 1 + i.
  const q = p + 4 * POINT;
  const re02 = sum(q, 0, 64);
  const im02 = sum(q, 16, 80);
  const re13 = sum(q, 32, 96);
  const im13 = sum(q, 48, 112);
  const ar = difference(q, 0, 64);
  const ai = difference(q, 16, 80);
  const br = difference(q, 32, 96);
  const bi = difference(q, 48, 112);
  const sr = scaled(!turned, f32x4.add(re02, re13), unit);
  const si = scaled(!turned, f32x4.add(im02, im13), unit);
  const tr = scaled(!turned, f32x4.sub(im13, im02), unit);
  const ti = scaled(!turned, f32x4.sub(re02, re13), unit);
  const d0r = f32x4.mul(f32x4.sub(ar, br), root);
  const d0i = f32x4.mul(f32x4.sub(ai, bi), root);
  const evenR = f32x4.add(sr, tr);
  const evenI = f32x4.add(si, ti);
  const cr = v128.load(p);
  const ci = v128.load(p, 16);
  const er = f32x4.add(evenR, d0r);
  const ei = f32x4.add(evenI, d0i);
  storePoint(p, scaled(turned, f32x4.add(cr, er), unit), scaled(turned, f32x4.add(ci, ei), unit));
  storeTurned(turned, q, f32x4.sub(cr, er), f32x4.sub(ci, ei), w + 4 * TWIDDLE);
  unfoldTurned(turned, p + 2 * POINT, w + 2 * TWIDDLE, f32x4.sub(evenR, d0r), f32x4.sub(evenI, d0i));
  const sine = constant(SIN_45);
  const oddR = f32x4.mul(f32x4.sub(sr, tr), sine);
  const oddI = f32x4.mul(f32x4.sub(si, ti), sine);
  const d1r = scaled(!turned, f32x4.add(ar, br), unit);
  const d1i = scaled(!turned, f32x4.add(ai, bi), unit);
  const fr = f32x4.add(oddR, d1r);
  const fi = f32x4.add(oddI, d1i);
  unfold8(turned, p + POINT, w + TWIDDLE, f32x4.sub(fr, fi), f32x4.add(fr, fi));
  const gr = f32x4.sub(oddR, d1r);
  const gi = f32x4.sub(oddI, d1i);
  unfoldTurned(turned, p + 3 * POINT, w + 3 * TWIDDLE, f32x4.sub(gr, gi), f32x4.add(gr, gi));
}

/** All but the first points of a spectrum. */
// @ts-ignore: decorator
@inline
function shiftRest(radix: i32, turned: bool, p: usize, w: usize, unit: v128, root: v128): void {
  if (radix == 4) shiftAll(turned, turned, p, w, unit, root);
  else shift8(turned, p, w, unit, root, false, 0, 0);
}

// @ts-ignore: decorator
@inline
function shift(
  radix: i32, points: usize, length: i32, scale: f32, instead: usize, nyquist: usize, parts: i32,
  factors: usize,
): void {
  const unit = f32x4.splat(scale);
  const plain = constant(SQRT_2);
  const root = f32x4.mul(unit, plain);
  const end = points + <usize>length * POINT;
  if (radix == 4) shiftFirst(points, unit, root, instead, nyquist);
  else shift8(false, points, 0, unit, root, true, instead, nyquist);
  let p = points + <usize>radix * POINT;
  while (true) {
    let w = factors;
    for (const group = p + <usize>((parts - 1) * radix) * POINT; p < group; p += <usize>radix * POINT) {
      shiftRest(radix, true, p, w, unit, plain);
      w += <usize>radix * TWIDDLE;
    }
    if (p == end) return;
    shiftRest(radix, false, p, 0, unit, root);
    p += <usize>radix * POINT;
  }
}

/**
 * The spectrum of `length` points but for its last stage, of `radix`, times scale, shifted. The value at
 * k = -M/2 of every line is lost; it goes to `nyquist`, and that at `instead` takes its place, where these are
 * given. `parts` and `factors` are those of the inverse stage (fourier-fft.ts).
 */
export function shiftSpectrum(
  radix: i32, points: usize, length: i32, scale: f32, instead: usize, nyquist: usize, parts: i32,
  factors: usize,
): void {
  if (radix == 4) shift(4, points, length, scale, instead, nyquist, parts, factors);
  else shift(8, points, length, scale, instead, nyquist, parts, factors);
}
