// Stages of a batched complex FFT over points of 32 bytes (fourier-points.ts). Forward stages decimate
// in frequency, inverse ones in time: the spectrum in between is in digit-reversed order, which the host's
// tables follow.
//
// A stage of radix r works on blocks of r * s points. Twiddles are w^(qj), q = 1..r-1, for j = 0..s-1 and
// w = exp(-2 pi i / (r s)); j = 0 multiplies by one and is done without. Where the transform is `shifted` by
// half a sample (fourier-shift.ts), forward ones are w^(q (j + 1/2)), which stand
// behind those of the inverse, and j = 0 is as the others.
import { forwardButterfly, inverseButterfly } from "./fourier-butterflies";
import { ADDED, HALF, PLAIN, POINT, TWIDDLE } from "./fourier-points";
import { prime, prime7 } from "./fourier-prime";

/** Inverse stages are in place. */
// @ts-ignore: decorator
@inline
function butterfly(
  radix: i32, forward: bool, turned: bool, half: bool, i: usize, di: usize, o: usize, dp: usize, w: usize,
): void {
  if (forward) forwardButterfly(radix, turned, half, i, di, o, dp, w);
  else inverseButterfly(radix, turned, half ? HALF : PLAIN, i, di, i, di, w, 0, 0);
}

/** All butterflies of a stage: the twiddles of one j serve every block. */
// @ts-ignore: decorator
@inline
function sweep(
  radix: i32, forward: bool, half: bool, input: usize, inPitch: usize, output: usize, span: i32, blocks: i32,
  twiddles: usize, shifted: bool,
): void {
  const di = <usize>span * inPitch;
  const dp = <usize>span * POINT;
  let i = input;
  let o = output;
  if (!shifted) {
    for (let b = 0; b < blocks; b++) {
      butterfly(radix, forward, false, half, i, di, o, dp, 0);
      i += <usize>radix * di;
      o += <usize>radix * dp;
    }
  }
  if (shifted) twiddles += <usize>(span * (radix - 1)) * TWIDDLE;
  for (let j = shifted ? 0 : 1; j < span; j++) {
    const w = twiddles + <usize>(j * (radix - 1)) * TWIDDLE;
    i = input + <usize>j * inPitch;
    o = output + <usize>j * POINT;
    for (let b = 0; b < blocks; b++) {
      butterfly(radix, forward, true, half, i, di, o, dp, w);
      i += <usize>radix * di;
      o += <usize>radix * dp;
    }
  }
}

function sweepPrime(
  radix: i32, forward: bool, input: usize, inPitch: usize, output: usize, span: i32, blocks: i32,
  twiddles: usize, roots: usize, fold: usize, shifted: bool,
): void {
  const di = <usize>span * inPitch;
  const dp = <usize>span * POINT;
  if (shifted) twiddles += <usize>(span * (radix - 1)) * TWIDDLE;
  for (let j = 0; j < span; j++) {
    for (let b = 0; b < blocks; b++) {
      const at = <usize>(b * radix * span + j);
      prime(
        radix, forward, input + at * inPitch, di, output + at * POINT, dp, twiddles, j > 0 || shifted, roots,
        fold,
      );
    }
    twiddles += <usize>(radix - 1) * TWIDDLE;
  }
}

// @ts-ignore: decorator
@inline
function sweepSeven(
  forward: bool, input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize,
  roots: usize, fold: usize, shifted: bool,
): void {
  const di = <usize>span * inPitch;
  const dp = <usize>span * POINT;
  if (shifted) twiddles += <usize>(span * 6) * TWIDDLE;
  for (let j = 0; j < span; j++) {
    let i = input + <usize>j * inPitch;
    let o = output + <usize>j * POINT;
    for (let b = 0; b < blocks; b++) {
      if (j > 0 || shifted) prime7(forward, i, di, o, dp, twiddles, true, roots, fold);
      else prime7(forward, i, di, o, dp, twiddles, false, roots, fold);
      i += 7 * di;
      o += 7 * dp;
    }
    twiddles += 6 * TWIDDLE;
  }
}

export function forwardSweep7(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, roots: usize,
  fold: usize, shifted: bool,
): void {
  sweepSeven(true, input, inPitch, output, span, blocks, twiddles, roots, fold, shifted);
}

export function inverseSweep7(
  points: usize, span: i32, blocks: i32, twiddles: usize, roots: usize, fold: usize,
): void {
  sweepSeven(false, points, POINT, points, span, blocks, twiddles, roots, fold, false);
}

export function forwardSweep2(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, shifted: bool,
): void {
  sweep(2, true, false, input, inPitch, output, span, blocks, twiddles, shifted);
}

export function forwardSweep3(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, shifted: bool,
): void {
  sweep(3, true, false, input, inPitch, output, span, blocks, twiddles, shifted);
}

export function forwardSweep4(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, shifted: bool,
): void {
  sweep(4, true, false, input, inPitch, output, span, blocks, twiddles, shifted);
}

export function forwardSweep5(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, shifted: bool,
): void {
  sweep(5, true, false, input, inPitch, output, span, blocks, twiddles, shifted);
}

export function forwardSweep8(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize, shifted: bool,
): void {
  sweep(8, true, false, input, inPitch, output, span, blocks, twiddles, shifted);
}

export function inverseSweep2(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize,
): void {
  sweep(2, false, false, input, inPitch, output, span, blocks, twiddles, false);
}

export function inverseSweep3(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize,
): void {
  sweep(3, false, false, input, inPitch, output, span, blocks, twiddles, false);
}

export function inverseSweep4(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize,
): void {
  sweep(4, false, false, input, inPitch, output, span, blocks, twiddles, false);
}

export function inverseSweep5(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize,
): void {
  sweep(5, false, false, input, inPitch, output, span, blocks, twiddles, false);
}

export function inverseSweep8(
  input: usize, inPitch: usize, output: usize, span: i32, blocks: i32, twiddles: usize,
): void {
  sweep(8, false, false, input, inPitch, output, span, blocks, twiddles, false);
}

export function forwardSweep8Half(points: usize, span: i32, twiddles: usize): void {
  sweep(8, true, true, points, POINT, points, span, 1, twiddles, false);
}

export function inverseSweep8Half(points: usize, span: i32, twiddles: usize): void {
  sweep(8, false, true, points, POINT, points, span, 1, twiddles, false);
}

/**
 * One forward stage. `stage` is four words: radix, span, twiddles, roots (primes above 5). `blocks` of
 * radix * span points lie `inPitch` bytes apart in `input` and go to `output`, which may be the input.
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
  } else sweepPrime(radix, true, input, inPitch, output, span, blocks, twiddles, roots, fold, shifted);
}

/** The inverse of `forwardStage` in place, but for a factor of radix. */
export function inverseStage(stage: usize, points: usize, blocks: i32, fold: usize): void {
  const radix = load<i32>(stage);
  const span = load<i32>(stage, 4);
  const twiddles = <usize>load<u32>(stage, 8);
  const roots = <usize>load<u32>(stage, 12);
  if (radix == 8) inverseSweep8(points, POINT, points, span, blocks, twiddles);
  else if (radix == 4) inverseSweep4(points, POINT, points, span, blocks, twiddles);
  else if (radix == 2) inverseSweep2(points, POINT, points, span, blocks, twiddles);
  else if (radix == 3) inverseSweep3(points, POINT, points, span, blocks, twiddles);
  else if (radix == 5) inverseSweep5(points, POINT, points, span, blocks, twiddles);
  else if (radix == 7) inverseSweep7(points, span, blocks, twiddles, roots, fold);
  else sweepPrime(radix, false, points, POINT, points, span, blocks, twiddles, roots, fold, false);
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
  if (load<i32>(stage) == 8) inverseSweep8Half(points, load<i32>(stage, 4), <usize>load<u32>(stage, 8));
  else inverseStage(stage, points, 1, fold);
}

// @ts-ignore: decorator
@inline
function sweepLast(
  radix: i32, points: usize, dst: usize, dstPitch: usize, even: usize, evenPitch: usize, span: i32,
  twiddles: usize,
): v128 {
  const di = <usize>span * POINT;
  const dp = <usize>span * dstPitch;
  const de = <usize>span * evenPitch;
  let sum = f32x4.splat(0);
  for (let j = 0; j < span; j++) {
    sum = f32x4.add(sum, inverseButterfly(radix, true, ADDED, points, di, dst, dp, twiddles, even, de));
    points += POINT;
    dst += dstPitch;
    even += evenPitch;
    twiddles += <usize>(radix - 1) * TWIDDLE;
  }
  return sum;
}

/**
 * The last inverse stage, of radix 2, 3, 4, 5 or 8: its points plus half of those at `even` go to `dst`.
 * Returns the sum of all of them.
 */
export function lastStage(
  stage: usize, points: usize, dst: usize, dstPitch: usize, even: usize, evenPitch: usize,
): v128 {
  const radix = load<i32>(stage);
  const span = load<i32>(stage, 4);
  const twiddles = <usize>load<u32>(stage, 8);
  if (radix == 8) return sweepLast(8, points, dst, dstPitch, even, evenPitch, span, twiddles);
  if (radix == 4) return sweepLast(4, points, dst, dstPitch, even, evenPitch, span, twiddles);
  if (radix == 2) return sweepLast(2, points, dst, dstPitch, even, evenPitch, span, twiddles);
  if (radix == 3) return sweepLast(3, points, dst, dstPitch, even, evenPitch, span, twiddles);
  return sweepLast(5, points, dst, dstPitch, even, evenPitch, span, twiddles);
}
