// A window in the spectrum: of the spectra E and O of the even and the odd samples but for their last stage,
// of radix 4 or 8, those stages, g (E + S O) with S the shift by half a sample (fourier-shift.ts) and real
// gains g, and the first inverse stage in one.
import { madd } from "./inline/simd";
import { PLAIN, POINT, ROTATED, SIN_45, TURNED, TWIDDLE, constant, emit, storePoint } from "./fourier-points";
import { foldShifted, unfold8 } from "./fourier-shift";

/**
 * The transform of four points at `p`, shifted, in place. Of the first ones, frequency 2 is k = -M/2, which S
 * drops: it goes to `nyquist`, and what is at `instead` takes its place, where these are given.
 */
// @ts-ignore: decorator
@inline
function shifted4(p: usize, first: bool, instead: usize, nyquist: usize): void {
  const ar = v128.load(p);
  const ai = v128.load(p, 16);
  const cr = v128.load(p, 64);
  const ci = v128.load(p, 80);
  const br = v128.load(p, 32);
  const bi = v128.load(p, 48);
  const dr = v128.load(p, 96);
  const dj = v128.load(p, 112);
  const t0r = f32x4.add(ar, cr);
  const t0i = f32x4.add(ai, ci);
  const t1r = f32x4.sub(ar, cr);
  const t1i = f32x4.sub(ai, ci);
  const t2r = f32x4.add(br, dr);
  const t2i = f32x4.add(bi, dj);
  const t3r = f32x4.sub(br, dr);
  const t3i = f32x4.sub(bi, dj);
  storePoint(p, f32x4.add(t0r, t2r), f32x4.add(t0i, t2i));
  const sine = constant(SIN_45);
  const x1r = f32x4.add(t1r, t3i);
  const x1i = f32x4.sub(t1i, t3r);
  storePoint(
    p + POINT, f32x4.mul(f32x4.add(x1r, x1i), sine), f32x4.mul(f32x4.sub(x1i, x1r), sine),
  );
  const x3r = f32x4.sub(t1r, t3i);
  const x3i = f32x4.add(t1i, t3r);
  storePoint(
    p + 3 * POINT, f32x4.mul(f32x4.sub(x3r, x3i), sine), f32x4.mul(f32x4.add(x3r, x3i), sine),
  );
  if (!first) {
    storePoint(p + 2 * POINT, f32x4.sub(t2i, t0i), f32x4.sub(t0r, t2r));
    return;
  }
  if (nyquist) storePoint(nyquist, f32x4.sub(t0r, t2r), f32x4.sub(t0i, t2i));
  const zero = f32x4.splat(0);
  storePoint(
    p + 2 * POINT, instead ? v128.load(instead) : zero, instead ? v128.load(instead, 16) : zero,
  );
}

/**
 * Four points of E, those of `shifted4` at `p` and four gains to four points at `p`. What takes the place of
 * k = -M/2 has no gain.
 */
// @ts-ignore: decorator
@inline
function gained4(kind: i32, p: usize, w: usize, even: usize, gains: usize, first: bool): void {
  const ar = v128.load(even);
  const ai = v128.load(even, 16);
  const cr = v128.load(even, 64);
  const ci = v128.load(even, 80);
  const br = v128.load(even, 32);
  const bi = v128.load(even, 48);
  const dr = v128.load(even, 96);
  const dj = v128.load(even, 112);
  const t0r = f32x4.add(ar, cr);
  const t0i = f32x4.add(ai, ci);
  const t1r = f32x4.sub(ar, cr);
  const t1i = f32x4.sub(ai, ci);
  const t2r = f32x4.add(br, dr);
  const t2i = f32x4.add(bi, dj);
  const t3r = f32x4.sub(br, dr);
  const t3i = f32x4.sub(bi, dj);
  const g0 = v128.load32_splat(gains);
  const y0r = f32x4.mul(f32x4.add(f32x4.add(t0r, t2r), v128.load(p)), g0);
  const y0i = f32x4.mul(f32x4.add(f32x4.add(t0i, t2i), v128.load(p, 16)), g0);
  const g2 = v128.load32_splat(gains, 8);
  const s2r = v128.load(p, 64);
  const s2i = v128.load(p, 80);
  const e2r = f32x4.sub(t0r, t2r);
  const e2i = f32x4.sub(t0i, t2i);
  let y2r: v128;
  let y2i: v128;
  if (first) {
    y2r = madd(e2r, g2, s2r);
    y2i = madd(e2i, g2, s2i);
  } else {
    y2r = f32x4.mul(f32x4.add(e2r, s2r), g2);
    y2i = f32x4.mul(f32x4.add(e2i, s2i), g2);
  }
  const plusR = f32x4.add(y0r, y2r);
  const plusI = f32x4.add(y0i, y2i);
  const minusR = f32x4.sub(y0r, y2r);
  const minusI = f32x4.sub(y0i, y2i);
  v128.store(p, plusR);

  const g1 = v128.load32_splat(gains, 4);
  const y1r = f32x4.mul(f32x4.add(f32x4.add(t1r, t3i), v128.load(p, 32)), g1);
  const y1i = f32x4.mul(f32x4.add(f32x4.sub(t1i, t3r), v128.load(p, 48)), g1);
  const g3 = v128.load32_splat(gains, 12);
  const y3r = f32x4.mul(f32x4.add(f32x4.sub(t1r, t3i), v128.load(p, 96)), g3);
  const y3i = f32x4.mul(f32x4.add(f32x4.add(t1i, t3r), v128.load(p, 112)), g3);
  const sumR = f32x4.add(y1r, y3r);
  const sumI = f32x4.add(y1i, y3i);
  emit(kind, 0, f32x4.add(plusR, sumR), f32x4.add(plusI, sumI), p, POINT, w, 0, 0);
  emit(kind, 2, f32x4.sub(plusR, sumR), f32x4.sub(plusI, sumI), p, POINT, w, 0, 0);
  const turnR = f32x4.sub(y3i, y1i);
  const turnI = f32x4.sub(y1r, y3r);
  emit(kind, 1, f32x4.add(minusR, turnR), f32x4.add(minusI, turnI), p, POINT, w, 0, 0);
  emit(kind, 3, f32x4.sub(minusR, turnR), f32x4.sub(minusI, turnI), p, POINT, w, 0, 0);
}

// @ts-ignore: decorator
@inline
function window4(
  kind: i32, odd: usize, w: usize, even: usize, gains: usize, first: bool, instead: usize, nyquist: usize,
): void {
  shifted4(odd, first, instead, nyquist);
  gained4(kind, odd, w, even, gains, first);
}

/** Points p and p + 4 of eight to their sum and, times exp(-i pi k / 4), their difference. */
// @ts-ignore: decorator
@inline
function foldPlain(p: usize, k: i32): void {
  const q = p + 4 * POINT;
  const ar = v128.load(p);
  const ai = v128.load(p, 16);
  const br = v128.load(q);
  const bi = v128.load(q, 16);
  storePoint(p, f32x4.add(ar, br), f32x4.add(ai, bi));
  const dr = f32x4.sub(ar, br);
  const dj = f32x4.sub(ai, bi);
  const sine = constant(SIN_45);
  if (k == 0) storePoint(q, dr, dj);
  else if (k == 1) storePoint(q, f32x4.mul(f32x4.add(dr, dj), sine), f32x4.mul(f32x4.sub(dj, dr), sine));
  else if (k == 2) storePoint(q, dj, f32x4.sub(br, ar));
  else storePoint(q, f32x4.mul(f32x4.sub(dj, dr), sine), f32x4.neg(f32x4.mul(f32x4.add(dr, dj), sine)));
}

/** As radix 2 around two of the four points. */
// @ts-ignore: decorator
@inline
function window8(
  turned: bool, odd: usize, w: usize, even: usize, gains: usize, first: bool, instead: usize, nyquist: usize,
): void {
  foldShifted(odd);
  foldPlain(even, 0);
  foldPlain(even + POINT, 1);
  foldPlain(even + 2 * POINT, 2);
  foldPlain(even + 3 * POINT, 3);
  const upper = odd + 4 * POINT;
  window4(PLAIN, odd, 0, even, gains, first, instead, nyquist);
  window4(ROTATED, upper, 0, even + 4 * POINT, gains + 16, false, 0, 0);
  for (let p = odd; p < upper; p += POINT) {
    unfold8(turned, p, w, v128.load(p + 4 * POINT), v128.load(p + 4 * POINT, 16));
    w += TWIDDLE;
  }
}

/**
 * `odd` and `even` hold `length` points each, the result goes to `odd`. The other arguments are those of
 * `shiftSpectrum`.
 */
export function windowSpectrum(
  radix: i32, odd: usize, even: usize, gains: usize, length: i32, instead: usize, nyquist: usize, parts: i32,
  factors: usize,
): void {
  const step = <usize>radix * POINT;
  const end = odd + <usize>length * POINT;
  let q = 0;
  for (let p = odd; p < end; p += step) {
    const w = factors + <usize>((q - 1) * radix) * TWIDDLE;
    if (q > 0) {
      if (radix == 4) window4(TURNED, p, w + TWIDDLE, even, gains, false, 0, 0);
      else window8(true, p, w, even, gains, false, 0, 0);
    } else if (radix == 4) window4(PLAIN, p, 0, even, gains, p == odd, instead, nyquist);
    else window8(false, p, 0, even, gains, p == odd, instead, nyquist);
    even += step;
    gains += <usize>radix << 2;
    q = q + 1 == parts ? 0 : q + 1;
  }
}
