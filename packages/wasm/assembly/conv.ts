// Direct convolution over a packed input (conv-pack.ts): an implicit matrix product. A table holds the byte offset of
// every term of the sum, so one kernel serves every rank, stride, dilation and padding. The unit of output is a quad:
// 4 neighbouring columns of one row. Quads are numbered through the rows and slices of the slab, and a tile takes the
// next ones wherever they lie, so that narrow images fill it too. Lanes beyond the end of a row are never stored.
import { outRow, packedRow, SweepParams } from "./conv-params";
import { storeLanes } from "./inline/lanes";
import { madd } from "./inline/simd";
import { clamp } from "./inline/tile";

/** 4 output channels x 2 quads. Items: tiles, and within a tile the blocks of 4 output channels. */
export function conv_f32_4x8(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<SweepParams>(params);
  const blocks = p.blocks;
  const columns = p.outColumns;
  const rowQuads = (columns + 3) >> 2;
  const rows = p.outRows * p.outSlices;
  const channelBytes = p.outChannelBytes;
  const floor = f32x4.splat(p.floor);

  const quad = (begin / blocks) * 2;
  let block = begin % blocks;
  let row = quad / rowQuads;
  let x = (quad - row * rowQuads) * 4;
  let rowIn = work + packedRow(p, row);
  let rowOut = out + outRow(p, row);
  for (let item = begin; item < end; ) {
    // The two quads of this tile: where their windows start, where they go, how many columns they have.
    const in0 = rowIn + (<usize>x << 2);
    const out0 = rowOut + (<usize>x << 2);
    const count0 = min(columns - x, 4);
    x += 4;
    if (x >= columns) {
      x = 0;
      rowIn = work + packedRow(p, ++row);
      rowOut = out + outRow(p, row);
    }
    const exists = row < rows;
    const in1 = exists ? rowIn + (<usize>x << 2) : in0;
    const out1 = rowOut + (<usize>x << 2);
    const count1 = exists ? min(columns - x, 4) : 0;
    x += 4;
    if (x >= columns) {
      x = 0;
      rowIn = work + packedRow(p, ++row);
      rowOut = out + outRow(p, row);
    }

    const lastBlock = min(blocks, block + end - item);
    item += lastBlock - block;
    for (; block < lastBlock; ++block) {
      let weight = p.panels + <usize>block * p.panelBytes;
      let c00 = v128.load32_splat(weight);
      let c10 = v128.load32_splat(weight, 4);
      let c20 = v128.load32_splat(weight, 8);
      let c30 = v128.load32_splat(weight, 12);
      let c01 = c00;
      let c11 = c10;
      let c21 = c20;
      let c31 = c30;
      let offset = p.offsets;
      const offsetsEnd = p.offsetsEnd;
      do {
        const at = <usize>load<u32>(offset);
        const b0 = v128.load(in0 + at);
        const b1 = v128.load(in1 + at);
        const a0 = v128.load32_splat(weight, 16);
        const a1 = v128.load32_splat(weight, 20);
        c00 = madd(a0, b0, c00);
        c01 = madd(a0, b1, c01);
        c10 = madd(a1, b0, c10);
        c11 = madd(a1, b1, c11);
        const a2 = v128.load32_splat(weight, 24);
        const a3 = v128.load32_splat(weight, 28);
        c20 = madd(a2, b0, c20);
        c21 = madd(a2, b1, c21);
        c30 = madd(a3, b0, c30);
        c31 = madd(a3, b1, c31);
        weight += 16;
        offset += 4;
      } while (offset != offsetsEnd);

      c00 = clamp(c00, floor);
      c01 = clamp(c01, floor);
      c10 = clamp(c10, floor);
      c11 = clamp(c11, floor);
      c20 = clamp(c20, floor);
      c21 = clamp(c21, floor);
      c30 = clamp(c30, floor);
      c31 = clamp(c31, floor);
      const channel = block * 4;
      const channels = p.outChannels - channel;
      const to0 = out0 + <usize>channel * channelBytes;
      const to1 = out1 + <usize>channel * channelBytes;
      if (channels >= 4 && count0 == 4 && count1 == 4) {
        v128.store(to0, c00);
        v128.store(to1, c01);
        v128.store(to0 + channelBytes, c10);
        v128.store(to1 + channelBytes, c11);
        v128.store(to0 + 2 * channelBytes, c20);
        v128.store(to1 + 2 * channelBytes, c21);
        v128.store(to0 + 3 * channelBytes, c30);
        v128.store(to1 + 3 * channelBytes, c31);
      } else {
        storeChannels(to0, channelBytes, channels, count0, c00, c10, c20, c30);
        storeChannels(to1, channelBytes, channels, count1, c01, c11, c21, c31);
      }
    }
    block = 0;
  }
}

/** 1 output channel x 4 quads, for depthwise convolutions and single outputs. Items: tiles of 4 quads. */
export function conv_f32_1x16(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<SweepParams>(params);
  const columns = p.outColumns;
  const rowQuads = (columns + 3) >> 2;
  const rows = p.outRows * p.outSlices;
  const offsets = p.offsets;
  const offsetsEnd = p.offsetsEnd;
  const floor = f32x4.splat(p.floor);

  let row = (begin * 4) / rowQuads;
  let x = (begin * 4 - row * rowQuads) * 4;
  let rowIn = work + packedRow(p, row);
  let rowOut = out + outRow(p, row);
  for (let tile = begin; tile < end; ++tile) {
    const quad = tile * 4;
    const whole = x + 16 <= columns;
    const in0 = rowIn + (<usize>x << 2);
    const out0 = rowOut + (<usize>x << 2);
    let in1 = in0 + 16;
    let in2 = in0 + 32;
    let in3 = in0 + 48;
    if (!whole) {
      in1 = quadInput(p, work, quad + 1, rowQuads, rows, in0);
      in2 = quadInput(p, work, quad + 2, rowQuads, rows, in0);
      in3 = quadInput(p, work, quad + 3, rowQuads, rows, in0);
    }
    x += 16;
    if (x >= columns) {
      row = (quad + 4) / rowQuads;
      x = (quad + 4 - row * rowQuads) * 4;
      rowIn = work + packedRow(p, row);
      rowOut = out + outRow(p, row);
    }

    let weight = p.panels;
    let c0 = v128.load32_splat(weight);
    let c1 = c0;
    let c2 = c0;
    let c3 = c0;
    let offset = offsets;
    do {
      const at = <usize>load<u32>(offset);
      const a = v128.load32_splat(weight, 4);
      c0 = madd(a, v128.load(in0 + at), c0);
      c1 = madd(a, v128.load(in1 + at), c1);
      c2 = madd(a, v128.load(in2 + at), c2);
      c3 = madd(a, v128.load(in3 + at), c3);
      weight += 4;
      offset += 4;
    } while (offset != offsetsEnd);

    c0 = clamp(c0, floor);
    c1 = clamp(c1, floor);
    c2 = clamp(c2, floor);
    c3 = clamp(c3, floor);
    if (whole) {
      v128.store(out0, c0);
      v128.store(out0, c1, 16);
      v128.store(out0, c2, 32);
      v128.store(out0, c3, 48);
    } else {
      storeQuad(p, out, quad, rowQuads, rows, c0);
      storeQuad(p, out, quad + 1, rowQuads, rows, c1);
      storeQuad(p, out, quad + 2, rowQuads, rows, c2);
      storeQuad(p, out, quad + 3, rowQuads, rows, c3);
    }
  }
}

/** Where the windows of a quad start; `otherwise` for quads after the last. */
function quadInput(p: SweepParams, work: usize, quad: i32, rowQuads: i32, rows: i32, otherwise: usize): usize {
  const row = quad / rowQuads;
  return row < rows ? work + packedRow(p, row) + (<usize>(quad - row * rowQuads) << 4) : otherwise;
}

function storeQuad(p: SweepParams, out: usize, quad: i32, rowQuads: i32, rows: i32, value: v128): void {
  const row = quad / rowQuads;
  if (row >= rows) return;
  const x = (quad - row * rowQuads) * 4;
  storeLanes(out + outRow(p, row) + (<usize>x << 2), value, p.outColumns - x);
}

/** Stores the first `count` columns of a quad of the first `channels` channels. */
function storeChannels(
  to: usize, channelBytes: usize, channels: i32, count: i32, c0: v128, c1: v128, c2: v128, c3: v128,
): void {
  storeLanes(to, c0, count);
  if (channels > 1) storeLanes(to + channelBytes, c1, count);
  if (channels > 2) storeLanes(to + 2 * channelBytes, c2, count);
  if (channels > 3) storeLanes(to + 3 * channelBytes, c3, count);
}

export {
  conv_f32_1x16 as conv1d_f32_1x16,
  conv_f32_1x16 as conv2d_f32_1x16,
  conv_f32_1x16 as conv3d_f32_1x16,
  conv_f32_4x8 as conv1d_f32_4x8,
  conv_f32_4x8 as conv2d_f32_4x8,
  conv_f32_4x8 as conv3d_f32_4x8,
};
