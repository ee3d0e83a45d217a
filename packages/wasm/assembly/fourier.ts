// Spectral pools: a product of one matrix per axis, run as a program of passes that the host writes. A work
// item is a block of planes that go through all passes together, so that their intermediates stay in the
// cache; or, where planes are few and large, a group of lines of the one pass that the program then holds.
import { contract, denseContiguous, denseStrided, rankOne, region, subtractOuter } from "./fourier-dense";
import { TURNED, halfbandContiguous, halfbandStrided } from "./fourier-halfband";
import { transformContiguous, transformStrided } from "./fourier-transform";

// Program, words: 0 passes, 1 planes, 2 planes an item or 0 where items are lines, 3 im input, 4 im output,
// 5 bytes of an input plane, 6 bytes of an output plane. From word 8 on, 16 words a pass:
// 0 kind, then (place, bytes) of 1 source, 3 its imaginary part, 5 destination, 7 its imaginary part,
// 9 outer, 10 size, 11 rows, 12 inner, 13 table, 14 bytes from block to block of what lies between two
// half-band passes, or 0, 15 their order (fourier-halfband.ts).
// `outer` counts within one plane. What is no complex number has
// no imaginary part; a half-band pass may have alternating sums there (fourier-halfband.ts).
const HEADER: usize = 32;
const PASS: usize = 64;

const DENSE: i32 = 0;
const HALFBAND: i32 = 1;
const CONTRACT: i32 = 2;
const SUBTRACT_OUTER: i32 = 3;
const REGION: i32 = 4;
const RANK_ONE: i32 = 5;
const TRANSFORM: i32 = 6;

/**
 * Where an operand lies: nowhere, in the scratch at a byte offset, in an input or output of the step, or in
 * memory that all items share, at its address.
 */
const NONE: i32 = 0;
const WORK: i32 = 1;
const INPUT: i32 = 2;
const INPUT_IM: i32 = 3;
const OUTPUT: i32 = 4;
const OUTPUT_IM: i32 = 5;

function address(operand: usize, out: usize, input: usize, params: usize, work: usize, plane: i32): usize {
  const place = load<i32>(operand);
  if (place == NONE) return 0;
  if (place == WORK) return work + <usize>load<u32>(operand, 4);
  const inputs = <usize>plane * <usize>load<u32>(params, 20);
  const outputs = <usize>plane * <usize>load<u32>(params, 24);
  if (place == INPUT) return input + inputs;
  if (place == INPUT_IM) return <usize>load<u32>(params, 12) + inputs;
  if (place == OUTPUT) return out + outputs;
  if (place == OUTPUT_IM) return <usize>load<u32>(params, 16) + outputs;
  return <usize>load<u32>(operand, 4);
}

/** Groups of lines that a pass over so many planes falls into. The host counts them likewise. */
function itemsOf(pass: usize, planes: i32): i32 {
  const kind = load<i32>(pass);
  const outer = planes * load<i32>(pass, 36);
  const inner = load<i32>(pass, 48);
  if (kind == CONTRACT) return outer * ((inner + 15) >> 4);
  if (kind == SUBTRACT_OUTER || kind == REGION) return outer * load<i32>(pass, 44);
  if (kind == RANK_ONE) return outer;
  return inner == 1 ? (outer + 7) >> 3 : outer * ((inner + 7) >> 3);
}

function runPass(
  pass: usize, src: usize, srcIm: usize, dst: usize, dstIm: usize, work: usize, planes: i32,
  begin: i32, end: i32,
): void {
  const kind = load<i32>(pass);
  const outer = planes * load<i32>(pass, 36);
  const size = load<i32>(pass, 40);
  const rows = load<i32>(pass, 44);
  const inner = load<i32>(pass, 48);
  const table = <usize>load<u32>(pass, 52);
  const blockBytes = <usize>load<u32>(pass, 56);
  const order = load<i32>(pass, 60);
  if (kind == DENSE) {
    if (inner == 1) denseContiguous(dst, dstIm, src, srcIm, table, work, outer, size, rows, begin, end);
    else denseStrided(dst, dstIm, src, srcIm, table, work, size, rows, inner, begin, end);
  } else if (kind == HALFBAND) {
    if (inner == 1) {
      const turned = order == TURNED;
      halfbandContiguous(
        dst, dstIm, src, srcIm, table, work, outer, outer / planes, blockBytes, turned, begin, end,
      );
    } else {
      halfbandStrided(dst, dstIm, src, srcIm, table, work, inner, blockBytes, order, begin, end);
    }
  } else if (kind == CONTRACT) {
    contract(dst, src, table, size, inner, begin, end);
  } else if (kind == SUBTRACT_OUTER) {
    subtractOuter(dst, src, table, rows, inner, begin, end);
  } else if (kind == REGION) {
    region(dst, src, table, begin, end);
  } else if (kind == RANK_ONE) {
    rankOne(dst, src, table, size, rows, begin, end);
  } else if (kind == TRANSFORM) {
    if (inner == 1) transformContiguous(dst, dstIm, src, srcIm, table, work, outer, begin, end);
    else transformStrided(dst, dstIm, src, srcIm, table, work, inner, begin, end);
  }
}

/** Items begin..end-1 of a pass over the planes from `plane` on. */
function runPlanes(
  pass: usize, out: usize, input: usize, params: usize, work: usize, plane: i32, planes: i32,
  begin: i32, end: i32,
): void {
  runPass(
    pass,
    address(pass + 4, out, input, params, work, plane),
    address(pass + 12, out, input, params, work, plane),
    address(pass + 20, out, input, params, work, plane),
    address(pass + 28, out, input, params, work, plane),
    work,
    planes,
    begin,
    end,
  );
}

function run(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const first = params + HEADER;
  const total = load<i32>(params, 4);
  const block = load<i32>(params, 8);
  if (block == 0) {
    runPlanes(first, out, input, params, work, 0, total, begin, end);
    return;
  }
  const last = first + <usize>load<u32>(params) * PASS;
  for (let item = begin; item < end; item++) {
    const plane = item * block;
    const planes = min(block, total - plane);
    for (let pass = first; pass < last; pass += PASS) {
      runPlanes(pass, out, input, params, work, plane, planes, 0, itemsOf(pass, planes));
    }
  }
}

// The names say how the axes are multiplied; the program holds the rest.
export {
  run as fourier1d_f32_halfband, run as fourier2d_f32_halfband, run as fourier3d_f32_halfband,
  run as fourier1d_f32_embedded, run as fourier2d_f32_embedded, run as fourier3d_f32_embedded,
  run as fourier1d_f32_folded, run as fourier2d_f32_folded, run as fourier3d_f32_folded,
  run as fourier1d_f32_transform, run as fourier2d_f32_transform, run as fourier3d_f32_transform,
  run as fourier1d_f32_dense, run as fourier2d_f32_dense, run as fourier3d_f32_dense,
  run as fourier1d_f32_complex, run as fourier2d_f32_complex, run as fourier3d_f32_complex,
};
// Exported so that the compiler keeps them apart: merged into their only caller, they take it minutes.
export {
  forwardSweep2, forwardSweep3, forwardSweep4, forwardSweep5, forwardSweep7, forwardSweep8,
  forwardSweep8Half,
  inverseSweep2, inverseSweep3, inverseSweep4, inverseSweep5, inverseSweep7, inverseSweep8,
  inverseSweep8Half, lastSweep2, lastSweep3, lastSweep4, lastSweep5, lastSweep8,
} from "./fourier-fft";
export { shiftSpectrum } from "./fourier-shift";
export { windowSpectrum } from "./fourier-window";
