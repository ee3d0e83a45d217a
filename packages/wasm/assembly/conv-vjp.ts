// Gradients of the convolution. That of x is a correlation of the output's gradient (conv.ts, one sweep per stride
// phase of the padded input) followed by the adjoint of padding, here; those of weight and bias are sums in float64.
import { outRow, packedRow, SweepParams } from "./conv-params";
import { madd } from "./inline/simd";

/** Quads summed in float32 lanes before they are added to the float64 sum. */
const QUADS_PER_FLUSH: i32 = 64;

/**
 * Adds one slab to the weight gradient: out[channel][term] (f64) += sum over the slab of gy * packed x. `input` is gy
 * at the slab, `work` the packed x. Items: blocks of 4 output channels, and within a block pairs of terms.
 */
function convvjp_f32_weight(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<SweepParams>(params);
  const terms = <i32>((p.offsetsEnd - p.offsets) >> 2);
  const pairs = (terms + 1) >> 1;
  const rows = p.outRows * p.outSlices;
  const fullQuads = p.outColumns >> 2;
  const tail = f32x4.lt(f32x4(0, 1, 2, 3), f32x4.splat(<f32>(p.outColumns & 3)));
  for (let item = begin; item < end; ++item) {
    const block = item / pairs;
    const term = (item - block * pairs) * 2;
    const channel = block * 4;
    const lastChannel = p.outChannels - 1;
    // Missing channels and terms repeat the last one; their sums are not written.
    const g0 = input + <usize>channel * p.outChannelBytes;
    const g1 = input + <usize>min(channel + 1, lastChannel) * p.outChannelBytes;
    const g2 = input + <usize>min(channel + 2, lastChannel) * p.outChannelBytes;
    const g3 = input + <usize>min(channel + 3, lastChannel) * p.outChannelBytes;
    const x0 = work + load<u32>(p.offsets + (<usize>term << 2));
    const x1 = work + load<u32>(p.offsets + (<usize>min(term + 1, terms - 1) << 2));
    const sums = out + <usize>(channel * terms + term) * 8;
    const channels = min(p.outChannels - channel, 4);
    const width = min(terms - term, 2);

    let s00 = f32x4.splat(0), s10 = s00, s20 = s00, s30 = s00;
    let s01 = s00, s11 = s00, s21 = s00, s31 = s00;
    let room = QUADS_PER_FLUSH;
    for (let row = 0; row < rows; ++row) {
      let from = packedRow(p, row);
      let at = outRow(p, row);
      let left = fullQuads;
      while (left > 0) {
        const count = min(left, room);
        const stop = at + (<usize>count << 4);
        left -= count;
        room -= count;
        do {
          const b0 = v128.load(x0 + from);
          const b1 = v128.load(x1 + from);
          const a0 = v128.load(g0 + at);
          const a1 = v128.load(g1 + at);
          s00 = madd(a0, b0, s00);
          s01 = madd(a0, b1, s01);
          s10 = madd(a1, b0, s10);
          s11 = madd(a1, b1, s11);
          const a2 = v128.load(g2 + at);
          const a3 = v128.load(g3 + at);
          s20 = madd(a2, b0, s20);
          s21 = madd(a2, b1, s21);
          s30 = madd(a3, b0, s30);
          s31 = madd(a3, b1, s31);
          from += 16;
          at += 16;
        } while (at != stop);
        if (room == 0) {
          addSums(sums, terms, channels, width, s00, s10, s20, s30, s01, s11, s21, s31);
          s00 = s10 = s20 = s30 = s01 = s11 = s21 = s31 = f32x4.splat(0);
          room = QUADS_PER_FLUSH;
        }
      }
      if (p.outColumns & 3) {
        // The mask is on the product: what lies beyond the row may be NaN.
        const b0 = v128.load(x0 + from);
        const b1 = v128.load(x1 + from);
        s00 = addMasked(s00, v128.load(g0 + at), b0, tail);
        s01 = addMasked(s01, v128.load(g0 + at), b1, tail);
        s10 = addMasked(s10, v128.load(g1 + at), b0, tail);
        s11 = addMasked(s11, v128.load(g1 + at), b1, tail);
        s20 = addMasked(s20, v128.load(g2 + at), b0, tail);
        s21 = addMasked(s21, v128.load(g2 + at), b1, tail);
        s30 = addMasked(s30, v128.load(g3 + at), b0, tail);
        s31 = addMasked(s31, v128.load(g3 + at), b1, tail);
        if (--room == 0) {
          addSums(sums, terms, channels, width, s00, s10, s20, s30, s01, s11, s21, s31);
          s00 = s10 = s20 = s30 = s01 = s11 = s21 = s31 = f32x4.splat(0);
          room = QUADS_PER_FLUSH;
        }
      }
    }
    addSums(sums, terms, channels, width, s00, s10, s20, s30, s01, s11, s21, s31);
  }
}

// @ts-ignore: decorator
@inline
function addMasked(sum: v128, a: v128, b: v128, mask: v128): v128 {
  return f32x4.add(sum, v128.and(f32x4.mul(a, b), mask));
}

/** Adds the lane sums of a 4 x 2 tile to sums[channel][term]; `sIJ` is channel I, term J. */
function addSums(
  sums: usize, terms: i32, channels: i32, width: i32,
  s00: v128, s10: v128, s20: v128, s30: v128, s01: v128, s11: v128, s21: v128, s31: v128,
): void {
  const step = <usize>terms << 3;
  addTerm(sums, s00, s01, width);
  if (channels > 1) addTerm(sums + step, s10, s11, width);
  if (channels > 2) addTerm(sums + 2 * step, s20, s21, width);
  if (channels > 3) addTerm(sums + 3 * step, s30, s31, width);
}

function addTerm(sum: usize, first: v128, second: v128, width: i32): void {
  store<f64>(sum, load<f64>(sum) + laneSum(first));
  if (width > 1) store<f64>(sum, load<f64>(sum, 8) + laneSum(second), 8);
}

function laneSum(v: v128): f64 {
  const high = v128.shuffle<f32>(v, v, 2, 3, 2, 3);
  const pair = f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(high));
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** Written by the host (`RoundWord` in src/kernels/conv-vjp.ts). */
@unmanaged
class RoundParams {
  summed: i32;
  taps: i32;
}

/** sums[channel][tap][summed] (f64, at `input`) to weight order [channel][summed][tap] (f32). Items: channels. */
export function convvjp_round_f32(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<RoundParams>(params);
  const terms = <usize>(p.summed * p.taps);
  for (let channel = begin; channel < end; ++channel) {
    const sums = input + <usize>channel * terms * 8;
    let target = out + <usize>channel * terms * 4;
    for (let i = 0; i < p.summed; ++i) {
      for (let tap = 0; tap < p.taps; ++tap) {
        store<f32>(target, <f32>load<f64>(sums + (<usize>(tap * p.summed + i) << 3)));
        target += 4;
      }
    }
  }
}

/** Written by the host (`BiasWord` in src/kernels/conv-vjp.ts). */
@unmanaged
class BiasParams {
  batch: i32;
  channels: i32;
  /** Voxels of one channel. */
  length: i32;
}

/** gb[channel] = sum of gy over images and voxels, in float64. Items: channels. */
function convvjp_f32_bias(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<BiasParams>(params);
  for (let channel = begin; channel < end; ++channel) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let rest: f64 = 0;
    for (let image = 0; image < p.batch; ++image) {
      let at = input + (<usize>(image * p.channels + channel) * <usize>p.length << 2);
      let left = p.length;
      for (; left >= 4; left -= 4) {
        const v = v128.load(at);
        low = f64x2.add(low, f64x2.promote_low_f32x4(v));
        high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3)));
        at += 16;
      }
      for (; left > 0; --left) {
        rest += <f64>load<f32>(at);
        at += 4;
      }
    }
    const sum = f64x2.add(low, high);
    const total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + rest;
    store<f32>(out + (<usize>channel << 2), <f32>total);
  }
}

/**
 * The adjoint of padding as tables over the voxels of x; offsets are bytes into one channel of the padded gradient.
 * Written by the host (`FoldWord` in src/kernels/conv-vjp-x.ts).
 */
@unmanaged
class FoldParams {
  slices: i32;
  rows: i32;
  columns: i32;
  paddedChannelBytes: usize;
  // Per slice, or row: the first of its entries in the list of offsets (one start more than slices, or rows).
  sliceStarts: usize;
  sliceOffsets: usize;
  rowStarts: usize;
  rowOffsets: usize;
  /** Per column the offset of its first padded position, -1 where there is none. */
  columnOffsets: usize;
  /** Further positions: pairs { column, offset }. */
  extras: usize;
  extrasEnd: usize;
}

/** gx[voxel] = sum of the padded gradient (at `input`) over the positions that read it. Items: rows through channels. */
export function convvjp_fold_f32(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<FoldParams>(params);
  const rowBytes = <usize>p.columns << 2;
  for (let item = begin; item < end; ++item) {
    const plane = item / p.rows;
    const row = item - plane * p.rows;
    const channel = plane / p.slices;
    const slice = plane - channel * p.slices;
    const target = out + <usize>item * rowBytes;
    const source = input + <usize>channel * p.paddedChannelBytes;
    const lastSlice = load<i32>(p.sliceStarts + (<usize>slice << 2), 4);
    const lastRow = load<i32>(p.rowStarts + (<usize>row << 2), 4);
    let filled = false;
    for (let i = load<i32>(p.sliceStarts + (<usize>slice << 2)); i < lastSlice; ++i) {
      const from = source + load<u32>(p.sliceOffsets + (<usize>i << 2));
      for (let j = load<i32>(p.rowStarts + (<usize>row << 2)); j < lastRow; ++j) {
        foldRow(p, target, from + load<u32>(p.rowOffsets + (<usize>j << 2)), filled);
        filled = true;
      }
    }
    if (!filled) memory.fill(target, 0, rowBytes);
  }
}

function foldRow(p: FoldParams, target: usize, source: usize, add: bool): void {
  const end = target + (<usize>p.columns << 2);
  let offset = p.columnOffsets;
  for (let to = target; to != end; to += 4) {
    const at = load<i32>(offset);
    let value: f32 = 0;
    if (at >= 0) value = load<f32>(source + <usize>at);
    if (add) value += load<f32>(to);
    store<f32>(to, value);
    offset += 4;
  }
  for (let extra = p.extras; extra != p.extrasEnd; extra += 8) {
    const to = target + (<usize>load<i32>(extra) << 2);
    store<f32>(to, load<f32>(to) + load<f32>(source + load<u32>(extra, 4)));
  }
}

export {
  convvjp_f32_bias as convvjp1d_f32_bias,
  convvjp_f32_bias as convvjp2d_f32_bias,
  convvjp_f32_bias as convvjp3d_f32_bias,
  convvjp_f32_weight as convvjp1d_f32_weight,
  convvjp_f32_weight as convvjp2d_f32_weight,
  convvjp_f32_weight as convvjp3d_f32_weight,
};
