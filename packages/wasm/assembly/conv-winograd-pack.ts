// Packing for Winograd convolution (conv-winograd.ts). The input becomes [slice][row][channel / 4][pitch][4] with the
// padding filled in; weights are transformed, U = G w G^T.
import { SweepParams } from "./conv-params";
import { madd } from "./inline/simd";
import { GROUP_BLOCKS, groupBlocks, groupWeights, storeTransposed, WinogradParams } from "./inline/winograd";

/**
 * Packs items begin..end at `input`, 4 channels to a vector: rows, counted through the vectors of all slices, so that
 * every channel is read in the order of memory.
 */
export function convwinograd_pack_f32(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<SweepParams>(params);
  const step = p.sourceChannelBytes;
  const pitch = p.pitch;
  const table = p.columnTable + (<usize>p.columnOrigin << 2);
  const first = min(max(load<i32>(p.interiorTable) - p.columnOrigin, 0), pitch);
  const last = min(max(load<i32>(p.interiorTable, 4) - p.columnOrigin, first), pitch);
  const quads = (last - first) & ~3;
  const vectors = (p.channels + 3) >> 2;
  for (let item = begin; item < end; ++item) {
    const line = item / p.packedRows;
    const row = item - line * p.packedRows;
    const slice = line / vectors;
    const vector = line - slice * vectors;
    const channel = vector << 2;
    const z = load<i32>(p.sliceTable + (<usize>slice << 2));
    const y = load<i32>(p.rowTable + (<usize>row << 2));
    const target = out + (<usize>((slice * p.packedRows + row) * vectors + vector) * <usize>pitch << 4);
    if ((z | y) < 0) {
      memory.fill(target, 0, <usize>pitch << 4);
      continue;
    }
    const source = input + <usize>z * p.sourceSliceBytes + <usize>y * p.sourceRowBytes + <usize>channel * step;
    const lanes = min(p.channels - channel, 4);
    if (lanes == 4) {
      gather(target, source, step, 4, table, 0, first);
      const from = source + (<usize>load<i32>(table + (<usize>first << 2)) << 2);
      interleave(target + (<usize>first << 4), from, step, quads);
      gather(target, source, step, 4, table, first + quads, pitch);
    } else {
      gather(target, source, step, lanes, table, 0, pitch);
    }
  }
}

/** `count` columns, a multiple of 4, of 4 channels. */
function interleave(target: usize, source: usize, step: usize, count: i32): void {
  const end = target + (<usize>count << 4);
  while (target != end) {
    const a = v128.load(source);
    const b = v128.load(source + step);
    const c = v128.load(source + (step << 1));
    const d = v128.load(source + step * 3);
    storeTransposed(target, 16, a, b, c, d);
    source += 16;
    target += 64;
  }
}

/** Columns begin..end through the table; missing channels are zero. */
function gather(target: usize, source: usize, step: usize, lanes: i32, table: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; ++i) {
    const index = load<i32>(table + (<usize>i << 2));
    const to = target + (<usize>i << 4);
    v128.store(to, f32x4.splat(0));
    if (index < 0) continue;
    const from = source + (<usize>index << 2);
    store<f32>(to, load<f32>(from));
    if (lanes > 1) store<f32>(to, load<f32>(from + step), 4);
    if (lanes > 2) store<f32>(to, load<f32>(from + (step << 1)), 8);
    if (lanes > 3) store<f32>(to, load<f32>(from + step * 3), 12);
  }
}

/**
 * U from the panels of convpanels_f32, { bias[4], weight[depth tap][row][column][channel][4] }. Items: panels, of 4
 * output channels each; one more where their number is odd, for which U is zero.
 */
export function convwinograd_weights_f32(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<WinogradParams>(params);
  const panelBytes = <usize>p.terms << 5;
  const channels = p.sweep.channels;
  const depthTerms = p.terms / p.depth;
  const tapBytes = <usize>channels << 4;
  for (let panel = begin; panel < end; ++panel) {
    const exists = panel < p.sweep.blocks;
    const block = panel >> 1;
    const group = block & -GROUP_BLOCKS;
    const plane = <usize>groupBlocks(p, group) * panelBytes;
    let to = out + groupWeights(p, group) + <usize>(block - group) * panelBytes + (<usize>(panel & 1) << 4);
    let from = input + <usize>panel * p.sweep.panelBytes + 16;
    for (let depth = 0; depth < p.depth; ++depth) {
      for (let channel = 0; channel < depthTerms; ++channel) {
        if (exists && channel < channels) {
          const w = from + (<usize>channel << 4);
          // Columns of the 3 x 3 weight, then rows of the 6 x 3 result.
          for (let j: usize = 0; j < 3; ++j) weightLine(work + j * 16, 48, w + j * tapBytes, 3 * tapBytes);
          for (let i: usize = 0; i < 6; ++i) weightLine(to + i * 6 * plane, plane, work + i * 48, 16);
        } else {
          for (let i: usize = 0; i < 36; ++i) v128.store(to + i * plane, f32x4.splat(0));
        }
        to += 32;
      }
      from += 9 * tapBytes;
    }
  }
}

/** One line through G: 3 vectors to 6. */
// @ts-ignore: decorator
@inline
function weightLine(to: usize, step: usize, from: usize, fromStep: usize): void {
  const w0 = v128.load(from);
  const w1 = v128.load(from + fromStep);
  const w2 = v128.load(from + (fromStep << 1));
  // (w0 +- p w1 + p^2 w2) / (derivative of the point polynomial at p): -3/2 at 1/sqrt(2), 6 at sqrt(2).
  const small = f32x4.mul(madd(f32x4.splat(0.5), w2, w0), f32x4.splat(-2.0 / 3));
  const smallOdd = f32x4.mul(w1, f32x4.splat(<f32>(-2.0 / 3 * 0.7071067811865476)));
  const large = f32x4.mul(madd(f32x4.splat(2), w2, w0), f32x4.splat(1.0 / 6));
  const largeOdd = f32x4.mul(w1, f32x4.splat(<f32>(1.4142135623730951 / 6)));
  v128.store(to, w0);
  v128.store(to + step, f32x4.add(small, smallOdd));
  v128.store(to + step * 2, f32x4.sub(small, smallOdd));
  v128.store(to + step * 3, f32x4.add(large, largeOdd));
  v128.store(to + step * 4, f32x4.sub(large, largeOdd));
  v128.store(to + step * 5, w2);
}

/**
 * U at stride 2 (conv-phases.ts), from the same panels. Its 36 planes lie in groups of those that one plane of M sums:
 * infinity and odd follow each other block by block.
 */
export function convwinograd_weights_s2_f32(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<WinogradParams>(params);
  const panelBytes = <usize>p.terms << 5;
  const channels = p.sweep.channels;
  const depthTerms = p.terms / p.depth;
  const tapBytes = <usize>channels << 4;
  for (let panel = begin; panel < end; ++panel) {
    const exists = panel < p.sweep.blocks;
    const block = panel >> 1;
    const group = block & -GROUP_BLOCKS;
    const plane = <usize>groupBlocks(p, group) * panelBytes;
    let to = out + groupWeights(p, group) + (<usize>(panel & 1) << 4);
    let from = input + <usize>panel * p.sweep.panelBytes + 16;
    for (let depth = 0; depth < p.depth; ++depth) {
      for (let channel = 0; channel < depthTerms; ++channel) {
        if (exists && channel < channels) {
          const w = from + (<usize>channel << 4);
          for (let j: usize = 0; j < 3; ++j) phaseLine(work + j * 16, 48, w + j * tapBytes, 3 * tapBytes);
          for (let i: usize = 0; i < 6; ++i) phaseLine(work + 288 + i * 96, 16, work + i * 48, 16);
        } else {
          memory.fill(work + 288, 0, 576);
        }
        for (let i: usize = 0; i < 6; ++i) {
          for (let j: usize = 0; j < 6; ++j) {
            const columns: usize = j < 4 ? 1 : 2;
            const blockBytes = panelBytes * (i < 4 ? columns : 2 * columns);
            const first = i < 4 ? i * 6 + min(j, 4) : 24 + 2 * min(j, 4);
            const segment = (i == 5 ? columns : 0) + (j == 5 ? 1 : 0);
            const at = to + first * plane + <usize>(block - group) * blockBytes + segment * panelBytes;
            v128.store(at, v128.load(work + 288 + i * 96 + (j << 4)));
          }
        }
        to += 32;
      }
      from += 9 * tapBytes;
    }
  }
}

/** One line of the weights at stride 2: 3 vectors to { 4 points, infinity, odd }. */
// @ts-ignore: decorator
@inline
function phaseLine(to: usize, step: usize, from: usize, fromStep: usize): void {
  const w0 = v128.load(from);
  const w1 = v128.load(from + fromStep);
  const w2 = v128.load(from + (fromStep << 1));
  // (w0 +- p w2) / (derivative of the point polynomial at +-p): -+3/sqrt(2) at 1/sqrt(2), +-3 sqrt(2) at sqrt(2).
  const third = f32x4.mul(w2, f32x4.splat(1.0 / 3));
  const small = f32x4.mul(w0, f32x4.splat(<f32>(1.4142135623730951 / 3)));
  const large = f32x4.mul(w0, f32x4.splat(<f32>(0.7071067811865476 / 3)));
  v128.store(to, f32x4.neg(f32x4.add(small, third)));
  v128.store(to + step, f32x4.sub(small, third));
  v128.store(to + step * 2, f32x4.add(large, third));
  v128.store(to + step * 3, f32x4.sub(third, large));
  v128.store(to + step * 4, w2);
  v128.store(to + step * 5, w1);
}
