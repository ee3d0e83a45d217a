// Direct convolution of 3 x 3 taps of one input channel, over a packed input (conv-pack.ts): an output channel at
// a time goes through some rows, its 9 weights in registers. The taps of each of the 3 rows are summed by themselves:
// one sum of 9 terms would wait for every addition before it.
import { SweepParams } from "./conv-params";
import { madd } from "./inline/simd";
import { clamp } from "./inline/tile";

/** Rows of an item. */
// @ts-ignore: decorator
@inline const ROWS = 8;

/** The sum of a row's taps; at stride 2 the second one lies in a phase of its own, at `b`. */
// @ts-ignore: decorator
@inline
function rowTaps(stride: i32, a: usize, b: usize, w0: v128, w1: v128, w2: v128): v128 {
  const x0 = v128.load(a);
  const x1 = stride == 2 ? v128.load(b) : v128.load(a, 4);
  const x2 = stride == 2 ? v128.load(a, 4) : v128.load(a, 8);
  return madd(w2, x2, madd(w1, x1, f32x4.mul(w0, x0)));
}

/** The same for the next 4 columns. */
// @ts-ignore: decorator
@inline
function nextRowTaps(stride: i32, a: usize, b: usize, w0: v128, w1: v128, w2: v128): v128 {
  const x0 = v128.load(a, 16);
  const x1 = stride == 2 ? v128.load(b, 16) : v128.load(a, 20);
  const x2 = stride == 2 ? v128.load(a, 20) : v128.load(a, 24);
  return madd(w2, x2, madd(w1, x1, f32x4.mul(w0, x0)));
}

/** `count` rows of one output channel; its weights lie 16 bytes apart. */
// @ts-ignore: decorator
@inline
function convolveRows(stride: i32, p: SweepParams, out: usize, window: usize, bias: usize, count: i32): void {
  const start = v128.load32_splat(bias);
  const w0 = v128.load32_splat(bias, 16);
  const w1 = v128.load32_splat(bias, 32);
  const w2 = v128.load32_splat(bias, 48);
  const w3 = v128.load32_splat(bias, 64);
  const w4 = v128.load32_splat(bias, 80);
  const w5 = v128.load32_splat(bias, 96);
  const w6 = v128.load32_splat(bias, 112);
  const w7 = v128.load32_splat(bias, 128);
  const w8 = v128.load32_splat(bias, 144);
  const floor = f32x4.splat(p.floor);
  do {
    let to = out;
    const end = out + (<usize>(p.outColumns & ~7) << 2);
    let a0 = window;
    let a1 = a0 + p.packedRowBytes;
    let a2 = a1 + p.packedRowBytes;
    const phaseBytes = <usize>p.pitch << 2;
    let b0 = a0 + phaseBytes;
    let b1 = a1 + phaseBytes;
    let b2 = a2 + phaseBytes;
    while (to != end) {
      // The compiler lifts loads as far as the store before, and all 9 need more registers than there are.
      let sum = f32x4.add(start, rowTaps(stride, a0, b0, w0, w1, w2));
      v128.store(to, sum);
      sum = f32x4.add(sum, rowTaps(stride, a1, b1, w3, w4, w5));
      v128.store(to, sum);
      sum = f32x4.add(sum, rowTaps(stride, a2, b2, w6, w7, w8));
      v128.store(to, clamp(sum, floor));
      sum = f32x4.add(start, nextRowTaps(stride, a0, b0, w0, w1, w2));
      v128.store(to, sum, 16);
      sum = f32x4.add(sum, nextRowTaps(stride, a1, b1, w3, w4, w5));
      v128.store(to, sum, 16);
      sum = f32x4.add(sum, nextRowTaps(stride, a2, b2, w6, w7, w8));
      v128.store(to, clamp(sum, floor), 16);
      to += 32;
      a0 += 32;
      a1 += 32;
      a2 += 32;
      b0 += 32;
      b1 += 32;
      b2 += 32;
    }
    for (let left = p.outColumns & 7; left > 0; left -= 4) {
      let sum = f32x4.add(start, rowTaps(stride, a0, b0, w0, w1, w2));
      sum = f32x4.add(sum, rowTaps(stride, a1, b1, w3, w4, w5));
      sum = f32x4.add(sum, rowTaps(stride, a2, b2, w6, w7, w8));
      storeColumns(to, clamp(sum, floor), left);
      to += 16;
      a0 += 16;
      a1 += 16;
      a2 += 16;
      b0 += 16;
      b1 += 16;
      b2 += 16;
    }
    window += p.rowStep;
    out += p.outRowBytes;
  } while (--count);
}

/** Stores the first `count` lanes, all four from 4 on. Inline: a call would not keep the registers. */
// @ts-ignore: decorator
@inline
function storeColumns(to: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, value);
  } else {
    if (count >= 2) v128.store_lane<f64>(to, value, 0);
    if (count == 1) v128.store_lane<f32>(to, value, 0);
    if (count == 3) v128.store_lane<f32>(to, value, 2, 8);
  }
}

/** Items: bands of rows, and within a band output channels. */
// @ts-ignore: decorator
@inline
function convolve(stride: i32, out: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<SweepParams>(params);
  for (let item = begin; item < end; ++item) {
    const band = item / p.outChannels;
    const channel = item - band * p.outChannels;
    const row = band * ROWS;
    const to = out + <usize>channel * p.outChannelBytes + <usize>row * p.outRowBytes;
    const panel = p.panels + <usize>(channel >> 2) * p.panelBytes + (<usize>(channel & 3) << 2);
    convolveRows(stride, p, to, work + <usize>row * p.rowStep, panel, min(ROWS, p.outRows - row));
  }
}

export function conv2d_f32_rows3(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  convolve(1, out, params, work, begin, end);
}

export function conv2d_f32_rows3_s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  convolve(2, out, params, work, begin, end);
}
