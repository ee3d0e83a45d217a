// The half-band filter of fourier-lines.ts along an axis of a tensor: eight columns, or eight rows, at a time.
import { filterLines, gathered, insteadPoint, samplesIn, samplesOut, sparePoint } from "./fourier-lines";
import { POINT, storePoint } from "./fourier-points";
import { gatherBlocks, gatherRows, scatterRows, turnTiles } from "./fourier-rows";

/**
 * Eight lines of which some hold a NaN or an infinity. Re and im share every butterfly, so the bad lines are
 * zeroed in a copy, the others filtered as ever, and NaN put all over the bad ones. So are they where the
 * values `instead`, which the copy spoils, are bad.
 */
function filterPoisoned(
  dst: usize, dstPitch: usize, src: usize, srcPitch: usize, plan: usize, work: usize,
  instead: usize, nyquist: usize,
): void {
  const copy = gathered(work, plan);
  const count = samplesIn(plan);
  const zero = f32x4.splat(0);
  let poisonR = zero;
  let poisonI = zero;
  for (let n = 0; n < count; n++) {
    const p = src + <usize>n * srcPitch;
    poisonR = f32x4.add(poisonR, f32x4.mul(v128.load(p), zero));
    poisonI = f32x4.add(poisonI, f32x4.mul(v128.load(p, 16), zero));
  }
  const goodR = f32x4.eq(poisonR, poisonR);
  const goodI = f32x4.eq(poisonI, poisonI);
  for (let n = 0; n < count; n++) {
    const p = src + <usize>n * srcPitch;
    storePoint(copy + <usize>n * POINT, v128.and(v128.load(p), goodR), v128.and(v128.load(p, 16), goodI));
  }
  if (instead) {
    const re = f32x4.mul(v128.load(instead), zero);
    const im = f32x4.mul(v128.load(instead, 16), zero);
    poisonR = f32x4.add(poisonR, re);
    poisonI = f32x4.add(poisonI, im);
    const goodRe = v128.and(v128.load(instead), f32x4.eq(re, re));
    storePoint(instead, goodRe, v128.and(v128.load(instead, 16), f32x4.eq(im, im)));
  }
  filterLines(dst, dstPitch, copy, POINT, plan, work, instead, nyquist);
  for (let i = 0; i < samplesOut(plan); i++) {
    const p = dst + <usize>i * dstPitch;
    storePoint(p, f32x4.add(v128.load(p), poisonR), f32x4.add(v128.load(p, 16), poisonI));
  }
}

function filterAny(
  dst: usize, dstPitch: usize, src: usize, srcPitch: usize, plan: usize, work: usize,
  instead: usize, nyquist: usize,
): void {
  if (!filterLines(dst, dstPitch, src, srcPitch, plan, work, instead, nyquist)) {
    filterPoisoned(dst, dstPitch, src, srcPitch, plan, work, instead, nyquist);
  }
}

/** Orders of a pass: see `halfbandStrided` and `halfbandContiguous`. */
const FAR: i32 = 1;
export const TURNED: i32 = 2;

// @ts-ignore: decorator
@inline
function copyFloats(dst: usize, src: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) store<f32>(dst + i, load<f32>(src + i));
}

/** Reads the lines of the cache in order: processors see that coming, but not columns that are far apart. */
function fetch(from: usize, bytes: usize, work: usize): void {
  let seen = v128.load(from);
  for (const end = from + bytes; from < end; from += 256) {
    seen = v128.or(seen, v128.or(v128.load(from), v128.load(from, 64)));
    seen = v128.or(seen, v128.or(v128.load(from, 128), v128.load(from, 192)));
  }
  // For compilers, which leave out what nobody asks for.
  v128.store(work, seen);
}

/**
 * [outer, size, inner] -> [outer, rows, inner], inner >= 8, items of eight columns. A last, short item
 * filters the last eight columns but writes its own only, so that items may run in any order. The alternating
 * sums of the samples that a shifted plan moves go to `nyquist` [outer, inner], and `alternating`, of the
 * same shape, is added to what it makes of them, in turn with its negative; if they are not 0.
 *
 * With `blockBytes`, items write blocks [rows, 8], so far apart, instead: rows far apart would meet in the
 * cache. `halfbandContiguous` reads these; a last, short item fills its block too. What is FAR is first
 * fetched in order. TURNED items read such blocks instead, of eight columns each.
 */
export function halfbandStrided(
  dst: usize, nyquist: usize, src: usize, alternating: usize, plan: usize, work: usize, inner: i32,
  blockBytes: usize, order: i32, begin: i32, end: i32,
): void {
  const pitch = <usize>inner << 2;
  const groups = (inner + 7) >> 3;
  const size = <usize>samplesIn(plan) * pitch;
  const out = <usize>samplesOut(plan) * pitch;
  const filtered = gathered(work, plan) + <usize>samplesIn(plan) * POINT;
  const spare = sparePoint(work, plan);
  for (let item = begin; item < end; item++) {
    const p = <usize>(item / groups);
    const q = (item % groups) << 3;
    const first = <usize>min(q, inner - 8) << 2;
    const from = order == TURNED ? src + <usize>item * blockBytes : src + p * size + first;
    if (order == FAR && q == 0) fetch(src + p * size, size, work);
    let instead: usize = 0;
    if (alternating) {
      const values = alternating + p * pitch + first;
      instead = insteadPoint(work, plan);
      storePoint(instead, v128.load(values), v128.load(values, 16));
    }
    const to = dst + p * out + (<usize>q << 2);
    const block = dst + <usize>item * blockBytes;
    const columns = inner - q;
    const sums = nyquist + ((p * <usize>inner + <usize>q) << 2);
    const bins = nyquist ? (columns < 8 ? spare : sums) : 0;
    if (order == TURNED) filterAny(to, pitch, from, POINT, plan, work, instead, bins);
    else if (blockBytes) filterAny(block, POINT, from, pitch, plan, work, instead, bins);
    else if (columns >= 8) filterAny(to, pitch, from, pitch, plan, work, instead, bins);
    else filterAny(filtered, POINT, from, pitch, plan, work, instead, bins);
    if (columns >= 8) continue;
    const own = POINT - (<usize>columns << 2);
    if (nyquist) copyFloats(sums, spare + own, columns);
    if (blockBytes) continue;
    let point = filtered + own;
    for (let row = to; row < to + out; row += pitch) {
      copyFloats(row, point, columns);
      point += POINT;
    }
  }
}

/**
 * [rows, size] -> [rows, out], items of eight rows, which are transposed in and out; a last, short item
 * repeats its last row. A shifted plan adds and subtracts `alternating` [rows] in turn, if it is not 0.
 * With `blockBytes`, every `planeRows` rows lie in blocks (see above); or, `turned`, go to such ones, where
 * rows and columns come in eights. Alternating sums go to `nyquist` [rows], if it is not 0.
 */
export function halfbandContiguous(
  dst: usize, nyquist: usize, src: usize, alternating: usize, plan: usize, work: usize, rows: i32,
  planeRows: i32, blockBytes: usize, turned: bool, begin: i32, end: i32,
): void {
  const size = samplesIn(plan);
  const out = samplesOut(plan);
  const lines = gathered(work, plan);
  const filtered = lines + <usize>size * POINT;
  const instead = insteadPoint(work, plan);
  for (let row = 8 * begin; row < min(8 * end, rows); row += 8) {
    if (blockBytes && !turned) {
      gatherBlocks(lines, src, size, row, rows, planeRows, blockBytes);
    } else {
      gatherRows(lines, src, size, row, rows);
      gatherRows(lines + 16, src, size, row + 4, rows);
    }
    if (alternating) {
      storePoint(instead, f32x4.splat(0), f32x4.splat(0));
      copyFloats(instead, alternating + (<usize>row << 2), min(rows - row, 8));
    }
    const sums = nyquist ? nyquist + (<usize>row << 2) : 0;
    filterAny(filtered, POINT, lines, POINT, plan, work, alternating ? instead : 0, sums);
    if (turned) {
      const plane = row / planeRows;
      const block = dst + <usize>(plane * (out >> 3)) * blockBytes + <usize>(row - plane * planeRows) * POINT;
      turnTiles(block, blockBytes, filtered, 8 * POINT, out >> 3);
    } else {
      scatterRows(dst, filtered, out, row, rows);
      scatterRows(dst, filtered + 16, out, row + 4, rows);
    }
  }
}
