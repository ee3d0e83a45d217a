// Tiles of 4 output channels over quads, 4 neighbouring columns each. A tile's sums run in one order whatever its width,
// so tiles of all widths give the same bits. A tile goes to memory as 4 lines, `pitch` bytes apart.
import { outRow, SweepParams } from "../conv-params";
import { storeLanes } from "./lanes";
import { madd } from "./simd";

/**
 * 4 channels x 2 quads: bias and weights from the panel, inputs [term][8] from `b` to `bEnd`.
 */
// @ts-ignore: decorator
@inline
export function multiply4x8(panel: usize, b: usize, bEnd: usize, floor: v128, to: usize, pitch: usize): void {
  let weight = panel;
  let c00 = v128.load32_splat(weight);
  let c10 = v128.load32_splat(weight, 4);
  let c20 = v128.load32_splat(weight, 8);
  let c30 = v128.load32_splat(weight, 12);
  let c01 = c00;
  let c11 = c10;
  let c21 = c20;
  let c31 = c30;
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
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
    b += 32;
  } while (b != bEnd);
  store2(to, c00, c01, floor);
  store2(to + pitch, c10, c11, floor);
  store2(to + 2 * pitch, c20, c21, floor);
  store2(to + 3 * pitch, c30, c31, floor);
}

/**
 * 4 channels x 4 quads: 16 sums, whose operations come in pairs on neighbouring vectors, so that an engine that joins
 * such pairs to instructions of twice the width has 8 chains of them. Inputs are [term][16] from `terms` to `termsEnd`,
 * or where LISTED, 16 columns at `base` + each of the offsets there.
 */
// @ts-ignore: decorator
@inline
export function multiply4x16(
  LISTED: bool, panel: usize, base: usize, terms: usize, termsEnd: usize, floor: v128, to: usize, pitch: usize,
): void {
  let weight = panel;
  let c00 = v128.load32_splat(weight);
  let c10 = v128.load32_splat(weight, 4);
  let c20 = v128.load32_splat(weight, 8);
  let c30 = v128.load32_splat(weight, 12);
  let c01 = c00;
  let c11 = c10;
  let c21 = c20;
  let c31 = c30;
  let c02 = c00;
  let c12 = c10;
  let c22 = c20;
  let c32 = c30;
  let c03 = c00;
  let c13 = c10;
  let c23 = c20;
  let c33 = c30;
  do {
    const b = LISTED ? base + <usize>load<u32>(terms) : terms;
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    const a0 = v128.load32_splat(weight, 16);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    c02 = madd(a0, b2, c02);
    c03 = madd(a0, b3, c03);
    const a1 = v128.load32_splat(weight, 20);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    c12 = madd(a1, b2, c12);
    c13 = madd(a1, b3, c13);
    const a2 = v128.load32_splat(weight, 24);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    c22 = madd(a2, b2, c22);
    c23 = madd(a2, b3, c23);
    const a3 = v128.load32_splat(weight, 28);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    c32 = madd(a3, b2, c32);
    c33 = madd(a3, b3, c33);
    weight += 16;
    terms += LISTED ? 4 : 64;
  } while (terms != termsEnd);
  store4(to, c00, c01, c02, c03, floor);
  store4(to + pitch, c10, c11, c12, c13, floor);
  store4(to + 2 * pitch, c20, c21, c22, c23, floor);
  store4(to + 3 * pitch, c30, c31, c32, c33, floor);
}

// @ts-ignore: decorator
@inline
function store2(to: usize, a: v128, b: v128, floor: v128): void {
  v128.store(to, clamp(a, floor));
  v128.store(to, clamp(b, floor), 16);
}

// @ts-ignore: decorator
@inline
function store4(to: usize, a: v128, b: v128, c: v128, d: v128, floor: v128): void {
  v128.store(to, clamp(a, floor));
  v128.store(to, clamp(b, floor), 16);
  v128.store(to, clamp(c, floor), 32);
  v128.store(to, clamp(d, floor), 48);
}

/** Raises v to `floor`; a NaN in v stays, since pmax(a, b) is a < b ? b : a. */
// @ts-ignore: decorator
@inline
export function clamp(v: v128, floor: v128): v128 {
  return f32x4.pmax(v, floor);
}

/** Stores the first `channels` lines of a tile of `quads` quads, from `quad` on, where they exist. */
export function storeTile(
  p: SweepParams, out: usize, tile: usize, quad: i32, quads: i32, channels: i32,
): void {
  const rowQuads = (p.outColumns + 3) >> 2;
  const rows = p.outRows * p.outSlices;
  for (let i = 0; i < quads; ++i) {
    const row = (quad + i) / rowQuads;
    if (row >= rows) return;
    const x = (quad + i - row * rowQuads) * 4;
    let to = out + outRow(p, row) + (<usize>x << 2);
    let from = tile + (<usize>i << 4);
    for (let channel = min(channels, 4); channel > 0; --channel) {
      storeLanes(to, v128.load(from), p.outColumns - x);
      to += p.outChannelBytes;
      from += <usize>quads << 4;
    }
  }
}
