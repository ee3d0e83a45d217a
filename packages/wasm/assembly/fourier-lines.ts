// Half-band low-pass and decimation by two along one axis: y = x_even / 2 + C x_odd, or with a
// window y = IFFT(He FFT(x_even) + Ho FFT(x_odd)); or the transpose of either. Eight real lines are filtered
// at once: four lanes times (re, im).
//
// C is a circulant of size M = size / 2: a product in the spectrum of M points; or, where M has a large prime
// factor, in that of L >= 2 M points, zeros behind the samples; or as a folded matrix (fourier-folded.ts).
//
// Plan, words: 0 L, 1 stages, 2 windowed, 3 address of Ho (L pairs), 4 address of He (L reals), 5 transposed,
// 6 M, 7 shifted, 8 samples, 9 results, then from word 10 the stages (fourier-fft.ts). Tables hold 1/L and follow the digit-reversed
// order of the spectrum; a transposed plan holds the conjugate of Ho. A folded plan has L = M, no stages, and
// the matrices at 3; one that is the whole axis has M results, and L is no less than these or its samples. A shifted plan, of L = M, has no Ho but the phases of fourier-shift.ts.
import { madd, nmadd } from "./inline/simd";
import { forwardButterfly, inverseButterfly } from "./fourier-butterflies";
import { PLAIN, POINT, TURNED, TWIDDLE, storePoint, storeTimes } from "./fourier-points";
import {
  STAGE, forwardPadded, forwardStage, inversePadded, inverseStage, isFinite4, lastStage,
} from "./fourier-fft";
import { convolveFolded } from "./fourier-folded";
import { prime7 } from "./fourier-prime";
import { shiftSpectrum } from "./fourier-shift";
import { transformLines } from "./fourier-transform";
import { windowSpectrum } from "./fourier-window";

/**
 * Points that the butterfly of the largest prime radix folds into. Those of transforms (fourier-transform.ts) may be
 * larger: they go on into the lines, which have been read by then.
 */
const FOLD: usize = 16;
/** Rows this far apart fall into the same few lines of the cache, so they are better written one by one. */
const FAR: usize = 8192;
const STAGES: usize = 40;
/** In place of `windowed`: a plan of fourier-transform.ts, or of fourier-folded.ts alone. */
const TRANSFORM: i32 = 2;
const FOLDED: i32 = 3;

/** Scratch: two spectra of L points, FOLD points, then 3 M points for lines gathered and filtered. */
// @ts-ignore: decorator
@inline
export function gathered(work: usize, plan: usize): usize {
  return work + (2 * <usize>load<u32>(plan) + FOLD) * POINT;
}

/** The last three points of the fold no prime radix takes: two are for the caller, and one is for zeros. */
// @ts-ignore: decorator
@inline
export function sparePoint(work: usize, plan: usize): usize {
  return gathered(work, plan) - POINT;
}

// @ts-ignore: decorator
@inline
export function insteadPoint(work: usize, plan: usize): usize {
  return gathered(work, plan) - 2 * POINT;
}

// @ts-ignore: decorator
@inline
function zeroPoint(work: usize, plan: usize): usize {
  return gathered(work, plan) - 3 * POINT;
}

// @ts-ignore: decorator
@inline
export function samplesIn(plan: usize): i32 {
  return load<i32>(plan, 32);
}

// @ts-ignore: decorator
@inline
export function samplesOut(plan: usize): i32 {
  return load<i32>(plan, 36);
}

/** Stages 1..count-1, in place. */
function forwardStages(plan: usize, points: usize, count: i32, fold: usize, shifted: bool): void {
  const length = load<i32>(plan);
  for (let t = 1; t < count; t++) {
    const stage = plan + STAGES + <usize>t * STAGE;
    const blocks = length / (load<i32>(stage) * load<i32>(stage, 4));
    forwardStage(stage, points, POINT, points, blocks, fold, shifted);
  }
}

/** Stages last-1..1, in place; stage 0 belongs to the caller. */
export function inverseStages(plan: usize, points: usize, last: i32, fold: usize): void {
  const length = load<i32>(plan);
  for (let t = last - 1; t > 0; t--) {
    const stage = plan + STAGES + <usize>t * STAGE;
    const parts = load<i32>(stage - STAGE);
    const groups = length / (load<i32>(stage) * load<i32>(stage, 4) * parts);
    inverseStage(stage, points, parts, groups, fold);
  }
}

/** Stage 0 in place, but for points beyond the samples. */
export function inverseFirst(plan: usize, points: usize, fold: usize): void {
  if (load<i32>(plan) == load<i32>(plan, 24)) inverseStage(plan + STAGES, points, 1, 1, fold);
  else inversePadded(plan + STAGES, points, fold);
}

/** Odd spectrum times Ho. */
function multiply(points: usize, ho: usize, length: i32): void {
  const end = points + <usize>length * POINT;
  for (let p = points; p < end; p += POINT) {
    storeTimes(p, v128.load(p), v128.load(p, 16), ho);
    ho += 8;
  }
}

/** Odd spectrum times Ho plus even spectrum times He. */
function combine(odd: usize, even: usize, ho: usize, he: usize, length: i32): void {
  const end = odd + <usize>length * POINT;
  for (let p = odd; p < end; p += POINT) {
    const re = v128.load(p);
    const im = v128.load(p, 16);
    const wr = v128.load32_splat(ho);
    const wi = v128.load32_splat(ho, 4);
    const gain = v128.load32_splat(he);
    const evenR = f32x4.mul(v128.load(even), gain);
    const evenI = f32x4.mul(v128.load(even, 16), gain);
    storePoint(p, nmadd(im, wi, madd(re, wr, evenR)), madd(im, wr, madd(re, wi, evenI)));
    even += POINT;
    he += 4;
    ho += 8;
  }
}

/** A spectrum into its product with He, in `even`, and with Ho, in place. */
function split(odd: usize, even: usize, ho: usize, he: usize, length: i32): void {
  const end = odd + <usize>length * POINT;
  for (let p = odd; p < end; p += POINT) {
    const gain = v128.load32_splat(he);
    storePoint(even, f32x4.mul(v128.load(p), gain), f32x4.mul(v128.load(p, 16), gain));
    even += POINT;
    he += 4;
  }
  multiply(odd, ho, length);
}

/** Last forward stage, product with Ho and first inverse stage of four points. */
// @ts-ignore: decorator
@inline
function middlePart(kind: i32, p: usize, ho: usize, w: usize): void {
  // The factors of points 1.. stand where a stage has its twiddles.
  forwardButterfly(4, true, false, p, POINT, p, POINT, ho + 8);
  storeTimes(p, v128.load(p), v128.load(p, 16), ho);
  inverseButterfly(4, kind, p, POINT, p, POINT, w, 0, 0);
}

/** The same over the spectrum, in parts that take the inverse stage's factors. */
function middle4(points: usize, ho: usize, length: i32, parts: i32, factors: usize): void {
  const end = points + <usize>length * POINT;
  for (let p = points; p < end; ) {
    middlePart(PLAIN, p, ho, 0);
    p += 4 * POINT;
    ho += 4 << 3;
    let w = factors + TWIDDLE;
    for (let q = 1; q < parts; q++) {
      middlePart(TURNED, p, ho, w);
      p += 4 * POINT;
      ho += 4 << 3;
      w += 4 * TWIDDLE;
    }
  }
}

/** The same of seven points, of which one butterfly is as much code as compilers take well. */
function middle7(
  points: usize, ho: usize, length: i32, parts: i32, factors: usize, roots: usize, fold: usize,
): void {
  const end = points + <usize>length * POINT;
  let q = 0;
  for (let p = points; p < end; p += 7 * POINT) {
    prime7(true, TURNED, p, POINT, p, POINT, ho + 8, roots, fold);
    storeTimes(p, v128.load(p), v128.load(p, 16), ho);
    const w = factors + <usize>((q - 1) * 7 + 1) * TWIDDLE;
    prime7(false, q > 0 ? TURNED : PLAIN, p, POINT, p, POINT, w, roots, fold);
    ho += 7 << 3;
    q = q + 1 == parts ? 0 : q + 1;
  }
}

/** Stages 0..count-1 of the transform of the samples of eight lines, `pitch` apart, zeros behind them. */
function forward(
  points: usize, src: usize, pitch: usize, plan: usize, count: i32, fold: usize, shifted: bool,
): void {
  const length = load<i32>(plan);
  const m = load<i32>(plan, 24);
  if (m == length) {
    forwardStage(plan + STAGES, src, pitch, points, 1, fold, shifted);
  } else {
    const end = points + <usize>m * POINT;
    for (let p = points; p < end; p += POINT) {
      storePoint(p, v128.load(src), v128.load(src, 16));
      src += pitch;
    }
    forwardPadded(plan + STAGES, points, m, fold);
  }
  forwardStages(plan, points, count, fold, shifted);
}

/**
 * points = C samples, but for the inverse stage 0. Spoils the points behind, as many, and those of the fold.
 * Of a shifted plan only: `instead` and `nyquist` are those of `shiftSpectrum`.
 */
function convolve(
  points: usize, src: usize, pitch: usize, plan: usize, fold: usize, instead: usize, nyquist: usize,
): void {
  const length = load<i32>(plan);
  const stages = load<i32>(plan, 4);
  const ho = <usize>load<u32>(plan, 12);
  if (stages == 0) {
    const transposed = load<i32>(plan, 20) != 0;
    convolveFolded(
      points, src, pitch, ho, length, !transposed, length, transposed, points + <usize>length * POINT,
    );
    return;
  }
  const stage = plan + STAGES + <usize>(stages - 1) * STAGE;
  const radix = load<i32>(stage);
  const parts = load<i32>(stage - STAGE);
  const factors = <usize>load<u32>(stage, 16);
  if (load<i32>(plan, 28)) {
    forward(points, src, pitch, plan, stages - 1, fold, true);
    shiftSpectrum(radix, points, length, <f32>0.5 / <f32>length, instead, nyquist, parts, factors);
    inverseStages(plan, points, stages - 1, fold);
  } else if (radix == 4 || radix == 7) {
    forward(points, src, pitch, plan, stages - 1, fold, false);
    if (radix == 4) middle4(points, ho, length, parts, factors);
    else middle7(points, ho, length, parts, factors, <usize>load<u32>(stage, 12), fold);
    inverseStages(plan, points, stages - 1, fold);
  } else {
    forward(points, src, pitch, plan, stages, fold, false);
    multiply(points, ho, length);
    inverseStages(plan, points, stages, fold);
  }
}

/**
 * Filters eight lines: sample n of theirs is the eight floats at `src + n * srcPitch`, sample m of the result
 * goes to `dst + m * dstPitch`. Returns whether all results are finite.
 */
export function filterLines(
  dst: usize, dstPitch: usize, src: usize, srcPitch: usize, plan: usize, work: usize,
  instead: usize, nyquist: usize,
): bool {
  const length = load<i32>(plan);
  const stages = load<i32>(plan, 4);
  const windowed = load<i32>(plan, 8);
  if (windowed == TRANSFORM) {
    return transformLines(dst, dst + 16, dstPitch, src, src + 16, srcPitch, plan, work);
  }
  const transposed = load<i32>(plan, 20) != 0;
  const ho = <usize>load<u32>(plan, 12);
  const he = <usize>load<u32>(plan, 16);
  const odd = work;
  const even = odd + <usize>length * POINT;
  const fold = even + <usize>length * POINT;
  if (transposed) {
    if (windowed) {
      forward(odd, src, srcPitch, plan, stages, fold, false);
      split(odd, even, ho, he, length);
      inverseStages(plan, odd, stages, fold);
      inverseStages(plan, even, stages, fold);
      inverseFirst(plan, even, fold);
    } else {
      convolve(odd, src, srcPitch, plan, fold, instead, nyquist);
    }
    if (stages > 0) inverseFirst(plan, odd, fold);
    const m = load<i32>(plan, 24);
    if (windowed) return interleave(dst, dstPitch, even, POINT, 1, odd, m, 0);
    // Half a sample backwards is half a sample forwards and a whole one back.
    return interleave(dst, dstPitch, src, srcPitch, 0.5, odd, m, load<i32>(plan, 28));
  }
  if (windowed) {
    if (windowed == FOLDED) {
      convolveFolded(odd, src, srcPitch, ho, samplesIn(plan), false, samplesOut(plan), false, even);
    } else if (load<i32>(plan, 28)) {
      const last = stages - 1;
      forward(odd, src + srcPitch, 2 * srcPitch, plan, last, fold, true);
      forward(even, src, 2 * srcPitch, plan, last, fold, false);
      const stage = plan + STAGES + <usize>last * STAGE;
      const parts = load<i32>(stage - STAGE);
      windowSpectrum(
        load<i32>(stage), odd, even, he, length, instead, nyquist, parts, <usize>load<u32>(stage, 16),
      );
      inverseStages(plan, odd, last, fold);
    } else {
      forward(odd, src + srcPitch, 2 * srcPitch, plan, stages, fold, false);
      forward(even, src, 2 * srcPitch, plan, stages, fold, false);
      combine(odd, even, ho, he, length);
      inverseStages(plan, odd, stages, fold);
    }
    // The even samples are in there already.
    const zero = zeroPoint(work, plan);
    storePoint(zero, f32x4.splat(0), f32x4.splat(0));
    return finish(dst, dstPitch, zero, 0, odd, plan, fold);
  }
  convolve(odd, src + srcPitch, 2 * srcPitch, plan, fold, instead, nyquist);
  return finish(dst, dstPitch, src, 2 * srcPitch, odd, plan, fold);
}

/** Inverse stage 0, to `dst`, plus half of the even samples; true where every value is finite. */
function finish(
  dst: usize, dstPitch: usize, even: usize, evenPitch: usize, points: usize, plan: usize, fold: usize,
): bool {
  const stage = plan + STAGES;
  const m = load<i32>(plan, 24);
  if (load<i32>(plan, 4) > 0) {
    const radix = load<i32>(stage);
    if (m == load<i32>(plan) && (radix <= 5 || radix == 8) && dstPitch < FAR) {
      return lastStage(stage, points, dst, dstPitch, even, evenPitch);
    }
    inverseFirst(plan, points, fold);
  }
  const end = points + <usize>m * POINT;
  const half = f32x4.splat(0.5);
  let sum = f32x4.splat(0);
  for (let z = points; z < end; z += POINT) {
    const re = madd(v128.load(even), half, v128.load(z));
    const im = madd(v128.load(even, 16), half, v128.load(z, 16));
    storePoint(dst, re, im);
    sum = f32x4.add(sum, f32x4.add(re, im));
    even += evenPitch;
    dst += dstPitch;
  }
  return isFinite4(sum);
}

/** Writes `share` of the even samples and z, from `first` on, in turn; true where every value is finite. */
function interleave(
  dst: usize, dstPitch: usize, even: usize, evenPitch: usize, share: f32, points: usize, m: i32, first: i32,
): bool {
  const end = points + <usize>m * POINT;
  const factor = f32x4.splat(share);
  let sum = f32x4.splat(0);
  let z = points + <usize>first * POINT;
  for (let i = 0; i < m; i++) {
    if (z == end) z = points;
    const evenR = f32x4.mul(v128.load(even), factor);
    const evenI = f32x4.mul(v128.load(even, 16), factor);
    const oddR = v128.load(z);
    const oddI = v128.load(z, 16);
    storePoint(dst, evenR, evenI);
    storePoint(dst + dstPitch, oddR, oddI);
    sum = f32x4.add(sum, f32x4.add(f32x4.add(evenR, oddR), f32x4.add(evenI, oddI)));
    z += POINT;
    even += evenPitch;
    dst += 2 * dstPitch;
  }
  return isFinite4(sum);
}
