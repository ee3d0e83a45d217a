// Convolution with a single tap, without padding, at stride 1 or 2 along columns: a product of matrices. No input is
// packed beforehand: each tile copies its columns of all channels to scratch, where all output channels find them.
import { outRow, packedRow, SweepParams } from "./conv-params";
import { multiply4x16, multiply4x8, storeTile } from "./inline/tile";
import { evens } from "./inline/window";

/** Written by the host (`PointWord` in src/kernels/conv-point.ts). */
@unmanaged
class PointParams {
  /** That of the first group; the "packed" input is the image itself, with bytes from one output row to the next. */
  sweep: SweepParams;
  groups: i32;
  /** Bytes from the panels of one group to those of the next. */
  groupBytes: usize;
  /** Bytes from one image's group to the next. */
  inputBytes: usize;
  outputBytes: usize;
  /** Of a plane, the channels of one group. */
  tiles: i32;
}

/** Room for a tile at the start of the scratch. */
// @ts-ignore: decorator
@inline const TILE_BYTES: usize = 256;

/** Items: planes, in a plane tiles of QUADS quads, and within a tile the blocks of 4 output channels. */
// @ts-ignore: decorator
@inline
function convolve(
  QUADS: i32, STRIDE: i32, out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const q = changetype<PointParams>(params);
  const p = q.sweep;
  const blocks = p.blocks;
  const rowQuads = (p.outColumns + 3) >> 2;
  const floor = v128.load32_splat(changetype<usize>(p) + offsetof<SweepParams>("floor"));
  const b = work + TILE_BYTES;
  const bEnd = b + <usize>(p.channels * QUADS * 16);
  for (let item = begin; item < end; ) {
    const tile = item / blocks;
    let block = item - tile * blocks;
    const lastBlock = min(blocks, block + end - item);
    item += lastBlock - block;

    const plane = tile / q.tiles;
    const quad = (tile - plane * q.tiles) * QUADS;
    const row = quad / rowQuads;
    const x = <usize>(quad - row * rowQuads) << 4;
    const whole = (<i32>x >> 2) + 4 * QUADS <= p.outColumns;
    const image = input + <usize>plane * q.inputBytes;
    if (whole) copyColumns(QUADS, STRIDE, p, b, image + packedRow(p, row) + x * STRIDE);
    else for (let i = 0; i < QUADS; ++i) copyQuad(QUADS, STRIDE, p, b, image, quad + i, rowQuads, i);

    const panels = p.panels + <usize>(plane % q.groups) * q.groupBytes;
    for (; block < lastBlock; ++block) {
      const channels = p.outChannels - block * 4;
      const planeOut = out + <usize>plane * q.outputBytes + <usize>(block * 4) * p.outChannelBytes;
      const panel = panels + <usize>block * p.panelBytes;
      const goes = whole && channels >= 4;
      const to = goes ? planeOut + outRow(p, row) + x : work;
      const pitch: usize = goes ? p.outChannelBytes : 16 * QUADS;
      if (QUADS == 4) multiply4x16(false, panel, 0, b, bEnd, floor, to, pitch);
      else multiply4x8(panel, b, bEnd, floor, to, pitch);
      if (!goes) storeTile(p, planeOut, work, quad, QUADS, channels);
    }
  }
}

/** 4 columns at stride 1 or 2. */
// @ts-ignore: decorator
@inline
function columns(STRIDE: i32, at: usize): v128 {
  return STRIDE == 1 ? v128.load(at) : evens(v128.load(at), v128.load(at, 16));
}

/** The columns of a tile whose quads lie side by side, [channel][4 QUADS]. */
// @ts-ignore: decorator
@inline
function copyColumns(QUADS: i32, STRIDE: i32, p: SweepParams, to: usize, from: usize): void {
  for (let channel = p.channels; channel > 0; --channel) {
    v128.store(to, columns(STRIDE, from));
    v128.store(to, columns(STRIDE, from + 16 * STRIDE), 16);
    if (QUADS == 4) {
      v128.store(to, columns(STRIDE, from + 32 * STRIDE), 32);
      v128.store(to, columns(STRIDE, from + 48 * STRIDE), 48);
    }
    from += p.sourceChannelBytes;
    to += 16 * QUADS;
  }
}

/** One quad of a tile, `index`; quads after the last are as the first. */
// @ts-ignore: decorator
@inline
function copyQuad(
  QUADS: i32, STRIDE: i32, p: SweepParams, b: usize, image: usize, quad: i32, rowQuads: i32, index: i32,
): void {
  const row = quad / rowQuads;
  const exists = row < p.outRows * p.outSlices;
  const x = <usize>(quad - row * rowQuads) * 16 * STRIDE;
  let from = exists ? image + packedRow(p, row) + x : image;
  let to = b + (<usize>index << 4);
  for (let channel = p.channels; channel > 0; --channel) {
    v128.store(to, columns(STRIDE, from));
    from += p.sourceChannelBytes;
    to += 16 * QUADS;
  }
}

function conv_f32_point_4x8(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  convolve(2, 1, out, input, params, work, begin, end);
}

function conv_f32_point_4x8_s2(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  convolve(2, 2, out, input, params, work, begin, end);
}

function conv_f32_point_4x16(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  convolve(4, 1, out, input, params, work, begin, end);
}

function conv_f32_point_4x16_s2(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  convolve(4, 2, out, input, params, work, begin, end);
}

export {
  conv_f32_point_4x8 as conv1d_f32_point_4x8,
  conv_f32_point_4x8 as conv2d_f32_point_4x8,
  conv_f32_point_4x8 as conv3d_f32_point_4x8,
  conv_f32_point_4x8_s2 as conv1d_f32_point_4x8_s2,
  conv_f32_point_4x8_s2 as conv2d_f32_point_4x8_s2,
  conv_f32_point_4x8_s2 as conv3d_f32_point_4x8_s2,
  conv_f32_point_4x16 as conv1d_f32_point_4x16,
  conv_f32_point_4x16 as conv2d_f32_point_4x16,
  conv_f32_point_4x16 as conv3d_f32_point_4x16,
  conv_f32_point_4x16_s2 as conv1d_f32_point_4x16_s2,
  conv_f32_point_4x16_s2 as conv2d_f32_point_4x16_s2,
  conv_f32_point_4x16_s2 as conv3d_f32_point_4x16_s2,
};
