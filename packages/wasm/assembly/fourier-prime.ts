// Butterflies of odd prime length by their definition; points and twiddles as in fourier-points.ts.
import { madd, nmadd } from "./inline/simd";
import { ALL_TURNED, PLAIN, POINT, TWIDDLE, storePoint, storeTurned } from "./fourier-points";

/** fold = point 0, then sums and differences of the mirrored points; o = the sum of all of them. */
function foldPoints(
  radix: i32, kind: i32, i: usize, di: usize, o: usize, w: usize, fold: usize,
): void {
  let sumR = v128.load(i);
  let sumI = v128.load(i, 16);
  storePoint(fold, sumR, sumI);
  let near = i + di;
  let far = i + <usize>(radix - 1) * di;
  do {
    const nr = v128.load(near);
    const ni = v128.load(near, 16);
    const fr = v128.load(far);
    const fi = v128.load(far, 16);
    fold += 2 * POINT;
    const sr = f32x4.add(nr, fr);
    const si = f32x4.add(ni, fi);
    storePoint(fold - POINT, sr, si);
    storePoint(fold, f32x4.sub(nr, fr), f32x4.sub(ni, fi));
    sumR = f32x4.add(sumR, sr);
    sumI = f32x4.add(sumI, si);
    near += di;
    far -= di;
  } while (near < far);
  storeTurned(kind == ALL_TURNED, o, sumR, sumI, w - TWIDDLE);
}

/** Points q and radix - q from m = sum of cos * sums and n = sum of sin * differences. */
// @ts-ignore: decorator
@inline
function emitMirrored(
  forward: bool, mr: v128, mi: v128, nr: v128, ni: v128,
  near: usize, far: usize, wn: usize, wf: usize, turned: bool,
): void {
  const plusR = f32x4.add(mr, ni);
  const plusI = f32x4.sub(mi, nr);
  const minusR = f32x4.sub(mr, ni);
  const minusI = f32x4.add(mi, nr);
  const plus = forward ? near : far;
  const minus = forward ? far : near;
  storeTurned(turned, plus, plusR, plusI, forward ? wn : wf);
  storeTurned(turned, minus, minusR, minusI, forward ? wf : wn);
}

/**
 * `roots` holds, for each pair of q = 1, 3, ... and q + 1, for k = 1..(radix - 1) / 2: cos and sin of
 * 2 pi q k / radix, then those of q + 1, which the last pair may have no use for. `fold` holds radix points.
 */
export function prime(
  radix: i32, forward: bool, kind: i32, i: usize, di: usize, o: usize, dp: usize, w: usize, roots: usize,
  fold: usize,
): void {
  const turned = kind != PLAIN;
  foldPoints(radix, kind, i, di, o, w, fold);
  const last = fold + <usize>radix * POINT;
  let near = o + dp;
  let far = o + <usize>(radix - 1) * dp;
  let wn = w;
  let wf = w + <usize>(radix - 2) * TWIDDLE;
  while (near < far) {
    let mr = v128.load(fold);
    let mi = v128.load(fold, 16);
    let nr = f32x4.splat(0);
    let ni = nr;
    let m2r = mr;
    let m2i = mi;
    let n2r = nr;
    let n2i = nr;
    let p = fold + POINT;
    do {
      const sr = v128.load(p);
      const si = v128.load(p, 16);
      const c = v128.load32_splat(roots);
      const c2 = v128.load32_splat(roots, 8);
      mr = madd(sr, c, mr);
      mi = madd(si, c, mi);
      m2r = madd(sr, c2, m2r);
      m2i = madd(si, c2, m2i);
      const dr = v128.load(p, 32);
      const dj = v128.load(p, 48);
      const s = v128.load32_splat(roots, 4);
      const s2 = v128.load32_splat(roots, 12);
      nr = madd(dr, s, nr);
      ni = madd(dj, s, ni);
      n2r = madd(dr, s2, n2r);
      n2i = madd(dj, s2, n2i);
      p += 2 * POINT;
      roots += 16;
    } while (p != last);
    emitMirrored(forward, mr, mi, nr, ni, near, far, wn, wf, turned);
    near += dp;
    far -= dp;
    wn += TWIDDLE;
    wf -= TWIDDLE;
    if (near > far) break;
    emitMirrored(forward, m2r, m2i, n2r, n2i, near, far, wn, wf, turned);
    near += dp;
    far -= dp;
    wn += TWIDDLE;
    wf -= TWIDDLE;
  }
}

/** Mirrored points k and 7 - k to their sum, in registers, and their difference, which waits in the fold. */
// @ts-ignore: decorator
@inline
function sumRe(near: usize, far: usize, difference: usize): v128 {
  const a = v128.load(near);
  const b = v128.load(far);
  v128.store(difference, f32x4.sub(a, b));
  return f32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
function sumIm(near: usize, far: usize, difference: usize): v128 {
  const a = v128.load(near, 16);
  const b = v128.load(far, 16);
  v128.store(difference, f32x4.sub(a, b), 16);
  return f32x4.add(a, b);
}

/**
 * `prime` of seven points. Of the roots it takes those of q = 1, 2 and, for the third, of 4, whose sine is
 * that of 3 but for the sign.
 */
// @ts-ignore: decorator
@inline
export function prime7(
  forward: bool, kind: i32, i: usize, di: usize, o: usize, dp: usize, w: usize, roots: usize, fold: usize,
): void {
  const turned = kind != PLAIN;
  const s1r = sumRe(i + di, i + 6 * di, fold);
  const s1i = sumIm(i + di, i + 6 * di, fold);
  const s2r = sumRe(i + 2 * di, i + 5 * di, fold + POINT);
  const s2i = sumIm(i + 2 * di, i + 5 * di, fold + POINT);
  const s3r = sumRe(i + 3 * di, i + 4 * di, fold + 2 * POINT);
  const s3i = sumIm(i + 3 * di, i + 4 * di, fold + 2 * POINT);
  const ar = v128.load(i);
  const ai = v128.load(i, 16);
  const sumR = f32x4.add(f32x4.add(ar, s1r), f32x4.add(s2r, s3r));
  const sumI = f32x4.add(f32x4.add(ai, s1i), f32x4.add(s2i, s3i));
  storeTurned(kind == ALL_TURNED, o, sumR, sumI, w - TWIDDLE);
  const c1 = v128.load32_splat(roots);
  const c2 = v128.load32_splat(roots, 8);
  const c3 = v128.load32_splat(roots, 24);
  const m = fold + 3 * POINT;
  storePoint(
    m, madd(s3r, c3, madd(s2r, c2, madd(s1r, c1, ar))), madd(s3i, c3, madd(s2i, c2, madd(s1i, c1, ai))),
  );
  storePoint(
    m + POINT,
    madd(s3r, c1, madd(s2r, c3, madd(s1r, c2, ar))), madd(s3i, c1, madd(s2i, c3, madd(s1i, c2, ai))),
  );
  storePoint(
    m + 2 * POINT,
    madd(s3r, c2, madd(s2r, c1, madd(s1r, c3, ar))), madd(s3i, c2, madd(s2i, c1, madd(s1i, c3, ai))),
  );

  const d1r = v128.load(fold);
  const d1i = v128.load(fold, 16);
  const d2r = v128.load(fold, 32);
  const d2i = v128.load(fold, 48);
  const d3r = v128.load(fold, 64);
  const d3i = v128.load(fold, 80);
  const z1 = v128.load32_splat(roots, 4);
  const z2 = v128.load32_splat(roots, 12);
  const z4 = v128.load32_splat(roots, 28);
  emitMirrored(
    forward, v128.load(m), v128.load(m, 16),
    nmadd(d3r, z4, madd(d2r, z2, f32x4.mul(d1r, z1))), nmadd(d3i, z4, madd(d2i, z2, f32x4.mul(d1i, z1))),
    o + dp, o + 6 * dp, w, w + 5 * TWIDDLE, turned,
  );
  emitMirrored(
    forward, v128.load(m, 32), v128.load(m, 48),
    nmadd(d3r, z1, madd(d2r, z4, f32x4.mul(d1r, z2))), nmadd(d3i, z1, madd(d2i, z4, f32x4.mul(d1i, z2))),
    o + 2 * dp, o + 5 * dp, w + TWIDDLE, w + 4 * TWIDDLE, turned,
  );
  // The signs of the last sums are turned, and so is which of the two points they make.
  emitMirrored(
    forward, v128.load(m, 64), v128.load(m, 80),
    nmadd(d3r, z2, madd(d2r, z1, f32x4.mul(d1r, z4))), nmadd(d3i, z2, madd(d2i, z1, f32x4.mul(d1i, z4))),
    o + 4 * dp, o + 3 * dp, w + 3 * TWIDDLE, w + 2 * TWIDDLE, turned,
  );
}
