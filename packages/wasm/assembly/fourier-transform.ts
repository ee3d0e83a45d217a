// Chains of inverse DFTs of four complex lines: before each, and behind the last, every point is taken from one of
// the points before, times a complex factor. That crops, pads, turns and weights; a DFT is an inverse DFT whose
// re and im are exchanged on the way in and out; and one of a large prime is a product with a chirp, a
// convolution by two others, and a product again.
//
// Plan, words as in fourier-lines.ts but for: 0 points of the longest link, 2 two, 3 address of the first link.
// A link is words: 0 points L, 1 stages, 2 whether re and im are exchanged, 3 address of what it takes (index, then
// re and im of the factor, L times, or as often as there are results), 4 address of the next link, 5 how many it
// takes, 6 L, 7 bytes to the point that takes one more, which is behind them, 8 whether any factor has an imaginary
// part, then from word 10 the stages. A last link has none, or the results are the points as they are.
import { madd, nmadd } from "./inline/simd";
import { POINT, storePoint } from "./fourier-points";
import { isFinite4 } from "./fourier-fft";
import { gathered, inverseFirst, inverseStages, samplesIn, samplesOut } from "./fourier-lines";
import { gatherRows, scatterRows } from "./fourier-rows";

/** Bytes of index and factor. */
const TAKEN: usize = 12;

/**
 * Returns whether all that was stored is finite. An address of 0 is that of a tensor of zeros, or of one that nobody
 * asks for.
 */
function take(
  dst: usize, dstIm: usize, dstPitch: usize, src: usize, srcIm: usize, pitch: usize, entry: usize, count: i32,
  turned: bool,
): bool {
  const zero = f32x4.splat(0);
  let sumR = zero;
  let sumI = zero;
  for (const end = entry + <usize>count * TAKEN; entry < end; entry += TAKEN) {
    const at = <usize>load<u32>(entry) * pitch;
    const re = src ? v128.load(src + at) : zero;
    const im = srcIm ? v128.load(srcIm + at) : zero;
    const wr = v128.load32_splat(entry, 4);
    let x = f32x4.mul(re, wr);
    let y = f32x4.mul(im, wr);
    if (turned) {
      const wi = v128.load32_splat(entry, 8);
      x = nmadd(im, wi, x);
      y = madd(re, wi, y);
    }
    v128.store(dst, x);
    sumR = f32x4.add(sumR, x);
    dst += dstPitch;
    if (!dstIm) continue;
    v128.store(dstIm, y);
    sumI = f32x4.add(sumI, y);
    dstIm += dstPitch;
  }
  return isFinite4(f32x4.add(sumR, sumI));
}

/** `take` of all points as they are. */
function copyPoints(dst: usize, dstIm: usize, dstPitch: usize, points: usize, count: i32): bool {
  let sumR = f32x4.splat(0);
  let sumI = sumR;
  for (const end = points + <usize>count * POINT; points < end; points += POINT) {
    const x = v128.load(points);
    v128.store(dst, x);
    sumR = f32x4.add(sumR, x);
    dst += dstPitch;
    if (!dstIm) continue;
    const y = v128.load(points, 16);
    v128.store(dstIm, y);
    sumI = f32x4.add(sumI, y);
    dstIm += dstPitch;
  }
  return isFinite4(f32x4.add(sumR, sumI));
}

/** Four complex lines, or eight real ones in pairs. */
export function transformLines(
  dst: usize, dstIm: usize, dstPitch: usize, src: usize, srcIm: usize, pitch: usize, plan: usize, work: usize,
): bool {
  const bytes = <usize>load<u32>(plan) * POINT;
  const fold = work + 2 * bytes;
  let points = work;
  let other = work + bytes;
  let link = <usize>load<u32>(plan, 12);
  while (link) {
    const stages = load<i32>(link, 4);
    const entry = <usize>load<u32>(link, 12);
    const count = load<i32>(link, 20);
    const exchanged = load<i32>(link, 8);
    const re = exchanged ? srcIm : src;
    const im = exchanged ? src : srcIm;
    const turned = load<i32>(link, 32) != 0;
    if (stages == 0) return take(dst, dstIm, dstPitch, re, im, pitch, entry, count, turned);
    take(points, points + 16, POINT, re, im, pitch, entry, count, turned);
    take(fold, fold + 16, POINT, re, im, pitch, entry + <usize>count * TAKEN, 1, turned);
    const more = points + <usize>load<u32>(link, 28);
    storePoint(
      more, f32x4.add(v128.load(more), v128.load(fold)), f32x4.add(v128.load(more, 16), v128.load(fold, 16)),
    );
    inverseStages(link, points, stages, fold);
    inverseFirst(link, points, fold);
    src = points;
    srcIm = points + 16;
    pitch = POINT;
    points = other;
    other = src;
    link = <usize>load<u32>(link, 16);
  }
  return copyPoints(dst, dstIm, dstPitch, src, samplesOut(plan));
}

/** [outer, size, inner] -> [outer, rows, inner], inner >= 4, items of eight columns; a short one takes some twice. */
export function transformStrided(
  dst: usize, dstIm: usize, src: usize, srcIm: usize, plan: usize, work: usize, inner: i32, begin: i32, end: i32,
): void {
  const pitch = <usize>inner << 2;
  const groups = (inner + 7) >> 3;
  for (let item = begin; item < end; item++) {
    const p = <usize>(item / groups);
    const q = (item % groups) << 3;
    for (let column = q; column < min(q + 8, inner); column += 4) {
      const first = <usize>min(column, inner - 4) << 2;
      const from = p * <usize>samplesIn(plan) * pitch + first;
      const to = p * <usize>samplesOut(plan) * pitch + first;
      transformLines(
        dst + to, dstIm ? dstIm + to : 0, pitch, src + from, srcIm ? srcIm + from : 0, pitch, plan, work,
      );
    }
  }
}

/** [rows, size] -> [rows, out], items of eight rows. */
export function transformContiguous(
  dst: usize, dstIm: usize, src: usize, srcIm: usize, plan: usize, work: usize, rows: i32, begin: i32, end: i32,
): void {
  const size = samplesIn(plan);
  const out = samplesOut(plan);
  const lines = gathered(work, plan);
  const results = lines + <usize>size * POINT;
  for (let row = 8 * begin; row < min(8 * end, rows); row += 4) {
    gatherRows(lines, src, size, row, rows);
    if (srcIm) gatherRows(lines + 16, srcIm, size, row, rows);
    transformLines(results, results + 16, POINT, lines, srcIm ? lines + 16 : 0, POINT, plan, work);
    scatterRows(dst, results, out, row, rows);
    if (dstIm) scatterRows(dstIm, results + 16, out, row, rows);
  }
}
