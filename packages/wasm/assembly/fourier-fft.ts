// Stages of a batched complex FFT over points of 32 bytes (fourier-points.ts). Forward stages decimate
// in frequency, inverse ones in time: the spectrum in between is in digit-reversed order, which the host's
// tables follow.
//
// A stage of radix r works on blocks of r * s points. Point j of part q of a block, q = 1..r-1 and j = 0..s-1,
// is multiplied with w^(qj), w = exp(-2 pi i / (r s)), on its way out of the forward stage; so it is with the
// conjugate on its way out of the inverse stage before, whose blocks are these parts. Part 0 does without. Where
// the transform is `shifted` by half a sample (fourier-shift.ts), forward factors are w^(q (j + 1/2)). Else j = 0
// does without too.
//
// A stage is five words: radix, span s, forward factors [j][q], roots (primes above 5), and the factors that its
// points take on the way out of the inverse stage: [q][j], q = 1.. of the outer stage, j in the order of
// butterflies, all points of each. Forward factors are followed by those that are shifted.
import { forwardButterfly, inverseButterfly } from "./fourier-butterflies";
import { ADDED, ALL_TURNED, HALF, PLAIN, POINT, TURNED, TWIDDLE } from "./fourier-points";
import { prime, prime7 } from "./fourier-prime";

export const STAGE: usize = 20;

// @ts-ignore: decorator
@inline
function forwardSweep(
  radix: i32, half: bool, input: usize, inPitch: usize, output: usize, span: i32, blocks: i32,
  twiddles: usize, shifted: bool,
): void {
  const di = <usize>span * inPitch;
  const dp = <usize>span * POINT;
  if (shifted) twiddles += <usize>(span * (radix - 1)) * TWIDDLE;
  for (let b = 0; b < blocks; b++) {
    let i = input;
    let w = twiddles;
    const end = output + dp;
    if (!shifted) {
      forwardButterfly(radix, false, half, i, di, output, dp, 0);
      i += inPitch;
      output += POINT;
      w += <usize>(radix - 1) * TWIDDLE;
    }
    while (output < end) {
      forwardButterfly(radix, true, half, i, di, output, dp, w);
      i += inPitch;
      output += POINT;
      w += <usize>(radix - 1) * TWIDDLE;
    }
    input += <usize>radix * di;
    output += <usize>(radix - 1) * dp;
  }
}

/** `groups` of `parts` blocks, part q of which takes the factors [q]. */
// @ts-ignore: decorator
@inline
function inverseSweep(radix: i32, points: usize, span: i32, parts: i32, groups: i32, factors: usize): void {
  const dp = <usize>span * POINT;
  const skip = <usize>(radix - 1) * dp;
  for (let g = 0; g < groups; g++) {
    for (const end = points + dp; points < end; points += POINT) {
      inverseButterfly(radix, PLAIN, points, dp, points, dp, 0, 0, 0);
    }
    points += skip;
    let w = factors + TWIDDLE;
    for (let q = 1; q < parts; q++) {
      for (const end = points + dp; points < end; points += POINT) {
        inverseButterfly(radix, ALL_TURNED, points, dp, points, dp, w, 0, 0);
        w += <usize>radix * TWIDDLE;
      }
      points += skip;
    }
  }
}

function forwardSweepPrime(
  radix: i32, input: usize, inPitch: usize, output: usize, span: i32, blocks: i32,
  twiddles: usize, roots: usize, fold: usize, shifted: bool,
): void {
  const di = <usize>span * inPitch;
  const dp = <usize>span * POINT;
  if (shifted) twiddles += <usize>(span * (radix - 1)) * TWIDDLE;
  for (let j = 0; j < span; j++) {
    const kind = j > 0 || shifted ? TURNED : PLAIN;
    for (let b = 0; b < blocks; b++) {
      const at = <usize>(b * radix * span + j);
      prime(radix, true, kind, input + at * inPitch, di, output + at * POINT, dp, twiddles, roots, fold);
    }
    twiddles += <usize>(radix - 1) * TWIDDLE;
  }
}

function inverseSweepPrime(
  radix: i32, points: usize, span: i32, parts: i32, groups: i32, factors: usize, roots: usize, fold: usize,
): void {
  const dp = <usize>span * POINT;
  for (let b = 0; b < groups * parts; b++) {
    const q = b % parts;
    let w = factors + <usize>((q - 1) * span * radix + 1) * TWIDDLE;
    for (const end = points + dp; points < end; points += POINT) {
      prime(radix, false, q > 0 ? ALL_TURNED : PLAIN, points, dp, points, dp, w, roots, fold);
      w += <usize>radix * TWIDDLE;
    }
    points += <usize>(radix - 1) * dp;
  }
}

export function forwardSweep7(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, roots: usize,
  fold: usize, shifted: bool,
): void {
  const di = <usize>span * inPitch;
  const dp = <usize>span * POINT;
  if (shifted) twiddles += <usize>(span * 6) * TWIDDLE;
  for (let j = 0; j < span; j++) {
    let i = input + <usize>j * inPitch;
    let o = output + <usize>j * POINT;
    for (let b = 0; b < blocks; b++) {
      if (j > 0 || shifted) prime7(true, TURNED, i, di, o, dp, twiddles, roots, fold);
      else prime7(true, PLAIN, i, di, o, dp, twiddles, roots, fold);
      i += 7 * di;
      o += 7 * dp;
    }
    twiddles += 6 * TWIDDLE;
  }
}

export function inverseSweep7(
  points: usize, span: i32, parts: i32, groups: i32, factors: usize, roots: usize, fold: usize,
): void {
  const dp = <usize>span * POINT;
  for (let b = 0; b < groups * parts; b++) {
    const q = b % parts;
    let w = factors + <usize>((q - 1) * span * 7 + 1) * TWIDDLE;
    for (const end = points + dp; points < end; points += POINT) {
      if (q > 0) prime7(false, ALL_TURNED, points, dp, points, dp, w, roots, fold);
      else prime7(false, PLAIN, points, dp, points, dp, 0, roots, fold);
      w += 7 * TWIDDLE;
    }
    points += 6 * dp;
  }
}

export function forwardSweep2(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, shifted: bool,
): void {
  forwardSweep(2, false, input, inPitch, output, span, blocks, twiddles, shifted);
}

export function forwardSweep3(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, shifted: bool,
): void {
  forwardSweep(3, false, input, inPitch, output, span, blocks, twiddles, shifted);
}

export function forwardSweep4(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, shifted: bool,
): void {
  forwardSweep(4, false, input, inPitch, output, span, blocks, twiddles, shifted);
}

export function forwardSweep5(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, shifted: bool,
): void {
  forwardSweep(5, false, input, inPitch, output, span, blocks, twiddles, shifted);
}

export function forwardSweep8(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, shifted: bool,
): void {
  forwardSweep(8, false, input, inPitch, output, span, blocks, twiddles, shifted);
}

export function inverseSweep2(points: usize, span: i32, parts: i32, groups: i32, factors: usize): void {
  inverseSweep(2, points, span, parts, groups, factors);
}

export function inverseSweep3(points: usize, span: i32, parts: i32, groups: i32, factors: usize): void {
  inverseSweep(3, points, span, parts, groups, factors);
}

export function inverseSweep4(points: usize, span: i32, parts: i32, groups: i32, factors: usize): void {
  inverseSweep(4, points, span, parts, groups, factors);
}

export function inverseSweep5(points: usize, span: i32, parts: i32, groups: i32, factors: usize): void {
  inverseSweep(5, points, span, parts, groups, factors);
}

export function inverseSweep8(points: usize, span: i32, parts: i32, groups: i32, factors: usize): void {
  inverseSweep(8, points, span, parts, groups, factors);
}

export function forwardSweep8Half(points: usize, span: i32, twiddles: usize): void {
  forwardSweep(8, true, points, POINT, points, span, 1, twiddles, false);
}

export function inverseSweep8Half(points: usize, span: i32): void {
  const dp = <usize>span * POINT;
  for (const end = points + dp; points < end; points += POINT) {
    inverseButterfly(8, HALF, points, dp, points, dp, 0, 0, 0);
  }
}

/**
 * One forward stage: `blocks` of radix * span points lie `inPitch` bytes apart in `input` and go to `output`,
 * which may be the input.
 */
export function forwardStage(
  stage: usize, input: usize, inPitch: usize, output: usize, blocks: i32, fold: usize, shifted: bool,
): void {
  const radix = load<i32>(stage);
  const span = load<i32>(stage, 4);
  const twiddles = <usize>load<u32>(stage, 8);
  const roots = <usize>load<u32>(stage, 12);
  if (radix == 8) forwardSweep8(input, inPitch, output, span, blocks, twiddles, shifted);
  else if (radix == 4) forwardSweep4(input, inPitch, output, span, blocks, twiddles, shifted);
  else if (radix == 2) forwardSweep2(input, inPitch, output, span, blocks, twiddles, shifted);
  else if (radix == 3) forwardSweep3(input, inPitch, output, span, blocks, twiddles, shifted);
  else if (radix == 5) forwardSweep5(input, inPitch, output, span, blocks, twiddles, shifted);
  else if (radix == 7) {
    forwardSweep7(input, inPitch, output, span, blocks, twiddles, roots, fold, shifted);
  } else forwardSweepPrime(radix, input, inPitch, output, span, blocks, twiddles, roots, fold, shifted);
}

/** The inverse of `forwardStage` in place, but for a factor of radix, over groups of `parts` blocks each. */
export function inverseStage(stage: usize, points: usize, parts: i32, groups: i32, fold: usize): void {
  const radix = load<i32>(stage);
  const span = load<i32>(stage, 4);
  const roots = <usize>load<u32>(stage, 12);
  const factors = <usize>load<u32>(stage, 16);
  if (radix == 8) inverseSweep8(points, span, parts, groups, factors);
  else if (radix == 4) inverseSweep4(points, span, parts, groups, factors);
  else if (radix == 2) inverseSweep2(points, span, parts, groups, factors);
  else if (radix == 3) inverseSweep3(points, span, parts, groups, factors);
  else if (radix == 5) inverseSweep5(points, span, parts, groups, factors);
  else if (radix == 7) inverseSweep7(points, span, parts, groups, factors, roots, fold);
  else inverseSweepPrime(radix, points, span, parts, groups, factors, roots, fold);
}

/** The first forward stage in place, of `count` points in the first half and zeros behind them. */
export function forwardPadded(stage: usize, points: usize, count: i32, fold: usize): void {
  const radix = load<i32>(stage);
  const span = load<i32>(stage, 4);
  const filled = radix == 8 ? 4 * span : radix * span;
  memory.fill(points + <usize>count * POINT, 0, <usize>(filled - count) * POINT);
  if (radix == 8) forwardSweep8Half(points, span, <usize>load<u32>(stage, 8));
  else forwardStage(stage, points, POINT, points, 1, fold, false);
}

/** The last inverse stage in place, which may leave out the second half of the points. */
export function inversePadded(stage: usize, points: usize, fold: usize): void {
  if (load<i32>(stage) == 8) inverseSweep8Half(points, load<i32>(stage, 4));
  else inverseStage(stage, points, 1, 1, fold);
}

/** True unless a NaN or an infinity is in the sum: inf - inf is NaN. */
// @ts-ignore: decorator
@inline
export function isFinite4(sum: v128): bool {
  return !v128.any_true(f32x4.ne(f32x4.sub(sum, sum), f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function sweepLast(
  radix: i32, points: usize, di: usize, dst: usize, dstPitch: usize, dp: usize, even: usize, evenPitch: usize,
  de: usize,
): bool {
  let sum = f32x4.splat(0);
  for (const end = points + di; points < end; points += POINT) {
    sum = f32x4.add(sum, inverseButterfly(radix, ADDED, points, di, dst, dp, 0, even, de));
    dst += dstPitch;
    even += evenPitch;
  }
  return isFinite4(sum);
}

export function lastSweep2(
  points: usize, di: usize, dst: usize, dstPitch: usize, dp: usize, even: usize, evenPitch: usize, de: usize,
): bool {
  return sweepLast(2, points, di, dst, dstPitch, dp, even, evenPitch, de);
}

export function lastSweep3(
  points: usize, di: usize, dst: usize, dstPitch: usize, dp: usize, even: usize, evenPitch: usize, de: usize,
): bool {
  return sweepLast(3, points, di, dst, dstPitch, dp, even, evenPitch, de);
}

export function lastSweep4(
  points: usize, di: usize, dst: usize, dstPitch: usize, dp: usize, even: usize, evenPitch: usize, de: usize,
): bool {
  return sweepLast(4, points, di, dst, dstPitch, dp, even, evenPitch, de);
}

export function lastSweep5(
  points: usize, di: usize, dst: usize, dstPitch: usize, dp: usize, even: usize, evenPitch: usize, de: usize,
): bool {
  return sweepLast(5, points, di, dst, dstPitch, dp, even, evenPitch, de);
}

export function lastSweep8(
  points: usize, di: usize, dst: usize, dstPitch: usize, dp: usize, even: usize, evenPitch: usize, de: usize,
): bool {
  return sweepLast(8, points, di, dst, dstPitch, dp, even, evenPitch, de);
}

/**
 * The last inverse stage, of radix 2, 3, 4, 5 or 8: its points plus half of those at `even` go to `dst`.
 * Returns whether all of them are finite.
 */
export function lastStage(
  stage: usize, points: usize, dst: usize, dstPitch: usize, even: usize, evenPitch: usize,
): bool {
  const radix = load<i32>(stage);
  const span = <usize>load<i32>(stage, 4);
  const di = span * POINT;
  const dp = span * dstPitch;
  const de = span * evenPitch;
  if (radix == 8) return lastSweep8(points, di, dst, dstPitch, dp, even, evenPitch, de);
  if (radix == 4) return lastSweep4(points, di, dst, dstPitch, dp, even, evenPitch, de);
  if (radix == 2) return lastSweep2(points, di, dst, dstPitch, dp, even, evenPitch, de);
  if (radix == 3) return lastSweep3(points, di, dst, dstPitch, dp, even, evenPitch, de);
  return lastSweep5(points, di, dst, dstPitch, dp, even, evenPitch, de);
}
