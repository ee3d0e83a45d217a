// Direct convolution over a packed input (conv-pack.ts) in tiles of 4 output channels x 4 quads: the same sums as in
// tiles of 2 quads (conv.ts), for engines that join pairs of vector operations to wider ones.
import { outRow, packedRow, SweepParams } from "./conv-params";
import { multiply4x16, storeTile } from "./inline/tile";

/** Room for a tile at the start of the scratch, before the inputs of one whose quads do not lie side by side. */
// @ts-ignore: decorator
@inline const TILE_BYTES: usize = 256;

/** Items: tiles, and within a tile the blocks of 4 output channels. `input`: the packed input; `work`: scratch. */
export function conv_f32_4x16(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<SweepParams>(params);
  const blocks = p.blocks;
  const rowQuads = (p.outColumns + 3) >> 2;
  const floor = v128.load32_splat(changetype<usize>(p) + offsetof<SweepParams>("floor"));
  const gathered = work + TILE_BYTES;
  const gatheredEnd = gathered + ((p.offsetsEnd - p.offsets) << 4);
  for (let item = begin; item < end; ) {
    const quad = (item / blocks) * 4;
    let block = item % blocks;
    const lastBlock = min(blocks, block + end - item);
    item += lastBlock - block;

    const row = quad / rowQuads;
    const x = <usize>(quad - row * rowQuads) << 4;
    const whole = (<i32>x >> 2) + 16 <= p.outColumns;
    const from = input + packedRow(p, row) + x;
    if (!whole) gather(p, gathered, input, quad, rowQuads);
    for (; block < lastBlock; ++block) {
      const channels = p.outChannels - block * 4;
      const plane = out + <usize>(block * 4) * p.outChannelBytes;
      const panel = p.panels + <usize>block * p.panelBytes;
      if (whole) {
        const stays = channels < 4;
        const to = stays ? work : plane + outRow(p, row) + x;
        multiply4x16(true, panel, from, p.offsets, p.offsetsEnd, floor, to, stays ? 64 : p.outChannelBytes);
        if (stays) storeTile(p, plane, work, quad, 4, channels);
      } else {
        multiply4x16(false, panel, 0, gathered, gatheredEnd, floor, work, 64);
        storeTile(p, plane, work, quad, 4, channels);
      }
    }
  }
}

/** The inputs of a tile as [term][16]; quads after the last are as the first. */
function gather(p: SweepParams, to: usize, input: usize, quad: i32, rowQuads: i32): void {
  const in0 = quadInput(p, input, quad, rowQuads);
  const in1 = quadInput(p, input, quad + 1, rowQuads);
  const in2 = quadInput(p, input, quad + 2, rowQuads);
  const in3 = quadInput(p, input, quad + 3, rowQuads);
  const offsetsEnd = p.offsetsEnd;
  for (let offset = p.offsets; offset != offsetsEnd; offset += 4) {
    const at = <usize>load<u32>(offset);
    v128.store(to, v128.load(in0 + at));
    v128.store(to, v128.load(in1 + at), 16);
    v128.store(to, v128.load(in2 + at), 32);
    v128.store(to, v128.load(in3 + at), 48);
    to += 64;
  }
}

function quadInput(p: SweepParams, input: usize, quad: i32, rowQuads: i32): usize {
  const row = quad / rowQuads;
  if (row >= p.outRows * p.outSlices) return input;
  return input + packedRow(p, row) + (<usize>(quad - row * rowQuads) << 4);
}

export {
  conv_f32_4x16 as conv1d_f32_4x16,
  conv_f32_4x16 as conv2d_f32_4x16,
  conv_f32_4x16 as conv3d_f32_4x16,
};
