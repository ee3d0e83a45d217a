// Butterflies of odd prime length by their definition; points and twiddles as in fourier-points.ts.
import { madd } from "./inline/simd";
import { POINT, TWIDDLE, loadIm, loadRe, storePoint, storeTimes } from "./fourier-points";

/** fold = point 0, then sums and differences of the mirrored points; o = the sum of all of them. */
function foldPoints(
  radix: i32, i: usize, di: usize, o: usize, w: usize, turned: bool, fold: usize,
): void {
  let sumR = v128.load(i);
  let sumI = v128.load(i, 16);
  storePoint(fold, sumR, sumI);
  let near = i + di;
  let far = i + <usize>(radix - 1) * di;
  let wn = w;
  let wf = w + <usize>(radix - 2) * TWIDDLE;
  do {
    const nr = turned ? loadRe(near, wn, true) : v128.load(near);
    const ni = turned ? loadIm(near, wn, true) : v128.load(near, 16);
    const fr = turned ? loadRe(far, wf, true) : v128.load(far);
    const fi = turned ? loadIm(far, wf, true) : v128.load(far, 16);
    fold += 2 * POINT;
    const sr = f32x4.add(nr, fr);
    const si = f32x4.add(ni, fi);
    storePoint(fold - POINT, sr, si);
    storePoint(fold, f32x4.sub(nr, fr), f32x4.sub(ni, fi));
    sumR = f32x4.add(sumR, sr);
    sumI = f32x4.add(sumI, si);
    near += di;
    far -= di;
    wn += TWIDDLE;
    wf -= TWIDDLE;
  } while (near < far);
  storePoint(o, sumR, sumI);
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
  if (!forward) {
    storePoint(near, minusR, minusI);
    storePoint(far, plusR, plusI);
  } else if (turned) {
    storeTimes(near, plusR, plusI, wn);
    storeTimes(far, minusR, minusI, wf);
  } else {
    storePoint(near, plusR, plusI);
    storePoint(far, minusR, minusI);
  }
}

/**
 * `roots` holds, for each pair of q = 1, 3, ... and q + 1, for k = 1..(radix - 1) / 2: cos and sin of
 * 2 pi q k / radix, then those of q + 1, which the last pair may have no use for. `fold` holds radix points.
 */
export function prime(
  radix: i32, forward: bool, i: usize, di: usize, o: usize, dp: usize, w: usize, turned: bool,
  roots: usize, fold: usize,
): void {
  foldPoints(radix, i, di, o, w, turned && !forward, fold);
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
