// Stages of a batched complex FFT over points of 32 bytes (fourier-butterflies.ts). Forward stages decimate
// in frequency, inverse ones in time: the spectrum in between is in digit-reversed order, which the host's
// tables follow.
//
// A stage of radix r works on blocks of r * s points. Twiddles are w^(qj), q = 1..r-1, for j = 0..s-1 and
// w = exp(-2 pi i / (r s)); j = 0 multiplies by one and is done without.
import {
  TWIDDLE, forward2, forward3, forward4, forward5, inverse2, inverse3, inverse4, inverse5, prime,
} from "./fourier-butterflies";

// @ts-ignore: decorator
@inline
function butterfly(
  radix: i32, forward: bool, i: usize, di: usize, o: usize, dp: usize, w: usize, twiddled: bool,
): void {
  if (forward) {
    if (radix == 2) forward2(i, di, o, dp, w, twiddled);
    else if (radix == 3) forward3(i, di, o, dp, w, twiddled);
    else if (radix == 4) forward4(i, di, o, dp, w, twiddled);
    else forward5(i, di, o, dp, w, twiddled);
  } else {
    if (radix == 2) inverse2(i, di, o, dp, w, twiddled);
    else if (radix == 3) inverse3(i, di, o, dp, w, twiddled);
    else if (radix == 4) inverse4(i, di, o, dp, w, twiddled);
    else inverse5(i, di, o, dp, w, twiddled);
  }
}

/** All butterflies of a stage: the twiddles of one j serve every block. */
// @ts-ignore: decorator
@inline
function sweep(
  radix: i32, forward: bool, input: usize, inPitch: usize, output: usize, outPitch: usize,
  span: i32, blocks: i32, twiddles: usize,
): void {
  const di = <usize>span * inPitch;
  const dp = <usize>span * outPitch;
  let i = input;
  let o = output;
  for (let b = 0; b < blocks; b++) {
    butterfly(radix, forward, i, di, o, dp, 0, false);
    i += <usize>radix * di;
    o += <usize>radix * dp;
  }
  for (let j = 1; j < span; j++) {
    twiddles += <usize>(radix - 1) * TWIDDLE;
    i = input + <usize>j * inPitch;
    o = output + <usize>j * outPitch;
    for (let b = 0; b < blocks; b++) {
      butterfly(radix, forward, i, di, o, dp, twiddles, true);
      i += <usize>radix * di;
      o += <usize>radix * dp;
    }
  }
}

function sweepPrime(
  radix: i32, forward: bool, input: usize, inPitch: usize, output: usize, outPitch: usize,
  span: i32, blocks: i32, twiddles: usize, roots: usize, fold: usize,
): void {
  const di = <usize>span * inPitch;
  const dp = <usize>span * outPitch;
  for (let j = 0; j < span; j++) {
    for (let b = 0; b < blocks; b++) {
      const at = <usize>(b * radix * span + j);
      prime(
        radix, forward, input + at * inPitch, di, output + at * outPitch, dp, twiddles, j > 0, roots, fold,
      );
    }
    twiddles += <usize>(radix - 1) * TWIDDLE;
  }
}

/**
 * One forward stage. `stage` is four words: radix, span, twiddles, roots (primes above 5). `blocks` of
 * radix * span points lie `inPitch` bytes apart in `input` and go to `output`, which may be the input.
 */
export function forwardStage(
  stage: usize, input: usize, inPitch: usize, output: usize, outPitch: usize, blocks: i32, fold: usize,
): void {
  const radix = load<i32>(stage);
  const span = load<i32>(stage, 4);
  const twiddles = <usize>load<u32>(stage, 8);
  if (radix == 4) sweep(4, true, input, inPitch, output, outPitch, span, blocks, twiddles);
  else if (radix == 2) sweep(2, true, input, inPitch, output, outPitch, span, blocks, twiddles);
  else if (radix == 3) sweep(3, true, input, inPitch, output, outPitch, span, blocks, twiddles);
  else if (radix == 5) sweep(5, true, input, inPitch, output, outPitch, span, blocks, twiddles);
  else sweepPrime(
    radix, true, input, inPitch, output, outPitch, span, blocks, twiddles, <usize>load<u32>(stage, 12), fold,
  );
}

/** The inverse of `forwardStage`, but for a factor of radix. */
export function inverseStage(
  stage: usize, input: usize, inPitch: usize, output: usize, outPitch: usize, blocks: i32, fold: usize,
): void {
  const radix = load<i32>(stage);
  const span = load<i32>(stage, 4);
  const twiddles = <usize>load<u32>(stage, 8);
  if (radix == 4) sweep(4, false, input, inPitch, output, outPitch, span, blocks, twiddles);
  else if (radix == 2) sweep(2, false, input, inPitch, output, outPitch, span, blocks, twiddles);
  else if (radix == 3) sweep(3, false, input, inPitch, output, outPitch, span, blocks, twiddles);
  else if (radix == 5) sweep(5, false, input, inPitch, output, outPitch, span, blocks, twiddles);
  else sweepPrime(
    radix, false, input, inPitch, output, outPitch, span, blocks, twiddles, <usize>load<u32>(stage, 12), fold,
  );
}
