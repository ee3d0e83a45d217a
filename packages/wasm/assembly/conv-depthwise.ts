// Depthwise convolution in the plane, 3 x 3 or 5 x 5 taps at stride 1 or 2, straight from the image. Along a row the
// first and the last outputs see padding: their windows are copied to strips with the padding filled in, so that all
// outputs are whole vectors over plain loads. The last ones overlap those before, and come out the same twice. Sums
// have the order of those in tiles (conv.ts).
import { madd } from "./inline/simd";
import { evens, odds } from "./inline/window";

/** A copy of some columns; those that are not what lies there in the source follow as pairs { to, from } of bytes. */
@unmanaged
class Strip {
  /** Bytes from the start of a row to the first column, and vectors. */
  start: usize;
  vectors: i32;
  fixes: usize;
  fixesEnd: usize;
}

// @ts-ignore: decorator
@inline const STRIP_BYTES: usize = 4 * 4;

/** Written by the host (`DepthwiseWord` in src/kernels/conv-depthwise.ts). The two strips follow. */
@unmanaged
class DepthwiseParams {
  /** Of all output channels one after another; no bias where its address is 0. */
  weight: usize;
  bias: usize;
  floor: f32;
  /** Output channels of an image, and of an input channel. */
  channels: i32;
  multiplier: i32;
  inputBytes: usize;
  inputRowBytes: usize;
  outputBytes: usize;
  outputRowBytes: usize;
  rows: i32;
  /** Each plane is so many items of up to ROWS rows. */
  blocks: i32;
  /** Source row of every padded row, -1 where it is zero; and such a row. */
  rowTable: usize;
  zeroRow: usize;
  /** Outputs between those of the strips: bytes in a row of outputs, and from the start of a row where they begin. */
  innerBytes: usize;
  innerStart: usize;
  /** Where the outputs of the last strip begin, in bytes: at the end of the row where the inner ones reach as far. */
  lastStart: usize;
}

// @ts-ignore: decorator
@inline
function stripOf(p: DepthwiseParams, index: usize): Strip {
  return changetype<Strip>(changetype<usize>(p) + offsetof<DepthwiseParams>() + index * STRIP_BYTES);
}

/** Rows of an item. */
// @ts-ignore: decorator
@inline const ROWS: i32 = 16;

/** The workspace begins with where sums start, and what results are raised to. */
// @ts-ignore: decorator
@inline const ENDS_BYTES: usize = 32;

/** What it holds of a row: where the windows of its three parts are, the first strip and the last one. */
// @ts-ignore: decorator
@inline const ROW_BYTES: usize = 160;
// @ts-ignore: decorator
@inline const FIRST_STRIP: usize = 16;
// @ts-ignore: decorator
@inline const LAST_STRIP: usize = 64;

/** Items: planes of outputs, and within a plane blocks of rows. */
// @ts-ignore: decorator
@inline
function convolve(
  SIZE: i32, STRIDE: i32, out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<DepthwiseParams>(params);
  for (let item = begin; item < end; ++item) {
    const plane = item / p.blocks;
    const row = (item - plane * p.blocks) * ROWS;
    const rows = min(ROWS, p.rows - row);
    const image = input + <usize>(plane / p.multiplier) * p.inputBytes;
    prepareRows(p, work + ENDS_BYTES, image, row * STRIDE, (rows - 1) * STRIDE + SIZE);
    const channel = <usize>(plane % p.channels);
    const weight = p.weight + channel * <usize>(SIZE * SIZE * 4);
    const to = out + <usize>plane * p.outputBytes + <usize>row * p.outputRowBytes;
    v128.store(work, f32x4.splat(p.bias ? load<f32>(p.bias + (channel << 2)) : 0));
    v128.store(work, f32x4.splat(p.floor), 16);
    if (SIZE == 3) convolve3(STRIDE, p, to, work, weight, rows);
    else convolve5(STRIDE, p, to, work, weight, rows);
  }
}

/** Lists padded rows, with their strips. */
function prepareRows(p: DepthwiseParams, work: usize, image: usize, first: i32, count: i32): void {
  const firstStrip = stripOf(p, 0);
  const lastStrip = stripOf(p, 1);
  for (let row = first; row < first + count; ++row) {
    const source = load<i32>(p.rowTable + (<usize>row << 2));
    const at = source < 0 ? p.zeroRow : image + <usize>source * p.inputRowBytes;
    store<usize>(work, copyStrip(firstStrip, work + FIRST_STRIP, at));
    store<usize>(work, at + p.innerStart, sizeof<usize>());
    store<usize>(work, copyStrip(lastStrip, work + LAST_STRIP, at), 2 * sizeof<usize>());
    work += ROW_BYTES;
  }
}

/** Returns where the strip is: in the image itself if nothing in it differs. */
// @ts-ignore: decorator
@inline
function copyStrip(strip: Strip, to: usize, row: usize): usize {
  let from = row + strip.start;
  if (strip.fixes == strip.fixesEnd) return from;
  const end = to + (<usize>strip.vectors << 4);
  for (let at = to; at < end; at += 16) {
    v128.store(at, v128.load(from));
    from += 16;
  }
  for (let fix = strip.fixes; fix < strip.fixesEnd; fix += 8) {
    const source = load<i32>(fix, 4);
    let value: f32 = 0;
    if (source >= 0) value = load<f32>(row + source);
    store<f32>(to + load<u32>(fix), value);
  }
  return to;
}

/** The part of a row of outputs that a strip, or the image itself, has the windows of. */
// @ts-ignore: decorator
@inline
function partStart(p: DepthwiseParams, part: i32): usize {
  return part == 0 ? 0 : part == 1 ? 16 : p.lastStart;
}

// @ts-ignore: decorator
@inline
function partBytes(p: DepthwiseParams, part: i32): usize {
  return part == 0 ? 16 : part == 1 ? p.innerBytes : p.outputRowBytes - p.lastStart;
}

// @ts-ignore: decorator
@inline
function partWindow(row: usize, part: i32): usize {
  return load<usize>(row + <usize>part * sizeof<usize>());
}

/** Adds 3 taps of a row to 4 sums. */
// @ts-ignore: decorator
@inline
function addTaps3(STRIDE: i32, sum: v128, at: usize, w0: v128, w1: v128, w2: v128): v128 {
  const a = v128.load(at);
  if (STRIDE == 1) return madd(w2, v128.load(at, 8), madd(w1, v128.load(at, 4), madd(w0, a, sum)));
  const b = v128.load(at, 16);
  const x2 = evens(v128.load(at, 8), v128.load(at, 24));
  return madd(w2, x2, madd(w1, odds(a, b), madd(w0, evens(a, b), sum)));
}

/** Rows of outputs with all 9 weights in registers. */
// @ts-ignore: decorator
@inline
function convolve3(
  STRIDE: i32, p: DepthwiseParams, out: usize, work: usize, weight: usize, count: i32,
): void {
  const w0 = v128.load32_splat(weight);
  const w1 = v128.load32_splat(weight, 4);
  const w2 = v128.load32_splat(weight, 8);
  const w3 = v128.load32_splat(weight, 12);
  const w4 = v128.load32_splat(weight, 16);
  const w5 = v128.load32_splat(weight, 20);
  const w6 = v128.load32_splat(weight, 24);
  const w7 = v128.load32_splat(weight, 28);
  const w8 = v128.load32_splat(weight, 32);
  for (let part = 0; part < 3; ++part) {
    const bytes = partBytes(p, part);
    if (bytes == 0) continue;
    let line = out + partStart(p, part);
    let row = work + ENDS_BYTES;
    const end = row + <usize>(count * STRIDE) * ROW_BYTES;
    do {
      let to = line;
      const lineEnd = line + bytes;
      let a = partWindow(row, part);
      let b = partWindow(row + ROW_BYTES, part);
      let c = partWindow(row + 2 * ROW_BYTES, part);
      do {
        // The compiler lifts loads as far as the store before, and all of them need more registers than there are.
        let sum = addTaps3(STRIDE, v128.load(work), a, w0, w1, w2);
        v128.store(to, sum);
        sum = addTaps3(STRIDE, sum, b, w3, w4, w5);
        v128.store(to, sum);
        sum = addTaps3(STRIDE, sum, c, w6, w7, w8);
        v128.store(to, clamp(sum, v128.load(work, 16)));
        to += 16;
        a += 16 * STRIDE;
        b += 16 * STRIDE;
        c += 16 * STRIDE;
      } while (to != lineEnd);
      row += STRIDE * ROW_BYTES;
      line += p.outputRowBytes;
    } while (row != end);
  }
}

/** Adds 5 taps of a row to 4 sums. */
// @ts-ignore: decorator
@inline
function addTaps5(
  STRIDE: i32, sum: v128, at: usize, w0: v128, w1: v128, w2: v128, w3: v128, w4: v128,
): v128 {
  if (STRIDE == 1) {
    sum = addTaps3(1, sum, at, w0, w1, w2);
    return madd(w4, v128.load(at, 16), madd(w3, v128.load(at, 12), sum));
  }
  const a = v128.load(at);
  const b = v128.load(at, 16);
  sum = madd(w1, odds(a, b), madd(w0, evens(a, b), sum));
  const c = v128.load(at, 8);
  const d = v128.load(at, 24);
  sum = madd(w3, odds(c, d), madd(w2, evens(c, d), sum));
  return madd(w4, evens(b, v128.load(at, 32)), sum);
}

/** Rows of outputs, one row of taps after the other. */
// @ts-ignore: decorator
@inline
function convolve5(
  STRIDE: i32, p: DepthwiseParams, out: usize, work: usize, weight: usize, count: i32,
): void {
  const start = v128.load(work);
  const floor = v128.load(work, 16);
  for (let part = 0; part < 3; ++part) {
    const bytes = partBytes(p, part);
    if (bytes == 0) continue;
    let line = out + partStart(p, part);
    let row = work + ENDS_BYTES;
    const end = row + <usize>(count * STRIDE) * ROW_BYTES;
    do {
      const lineEnd = line + bytes;
      let at = partWindow(row, part);
      addRow5(STRIDE, true, false, line, lineEnd, at, weight, start);
      for (let tap: usize = 1; tap < 4; ++tap) {
        at = partWindow(row + tap * ROW_BYTES, part);
        addRow5(STRIDE, false, false, line, lineEnd, at, weight + tap * 20, floor);
      }
      at = partWindow(row + 4 * ROW_BYTES, part);
      addRow5(STRIDE, false, true, line, lineEnd, at, weight + 80, floor);
      row += STRIDE * ROW_BYTES;
      line += p.outputRowBytes;
    } while (row != end);
  }
}

/** Adds a row of 5 taps to the sums from `to` on; `extra` is where the first row starts from, and the last one's floor. */
// @ts-ignore: decorator
@inline
function addRow5(
  STRIDE: i32, FIRST: bool, LAST: bool, to: usize, end: usize, at: usize, weight: usize, extra: v128,
): void {
  const w0 = v128.load32_splat(weight);
  const w1 = v128.load32_splat(weight, 4);
  const w2 = v128.load32_splat(weight, 8);
  const w3 = v128.load32_splat(weight, 12);
  const w4 = v128.load32_splat(weight, 16);
  do {
    const sum = addTaps5(STRIDE, FIRST ? extra : v128.load(to), at, w0, w1, w2, w3, w4);
    v128.store(to, LAST ? clamp(sum, extra) : sum);
    at += 16 * STRIDE;
    to += 16;
  } while (to != end);
}

/** Raises v to `floor`; a NaN in v stays, since pmax(a, b) is a < b ? b : a. */
// @ts-ignore: decorator
@inline
function clamp(v: v128, floor: v128): v128 {
  return f32x4.pmax(v, floor);
}

export function conv2d_f32_depthwise3(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  convolve(3, 1, out, input, params, work, begin, end);
}

export function conv2d_f32_depthwise3_s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  convolve(3, 2, out, input, params, work, begin, end);
}

export function conv2d_f32_depthwise5(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  convolve(5, 1, out, input, params, work, begin, end);
}

export function conv2d_f32_depthwise5_s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  convolve(5, 2, out, input, params, work, begin, end);
}
