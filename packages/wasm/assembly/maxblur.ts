// Maximum over windows of 2 x 2 or 3 x 3 at stride 1, then the blur at stride two, in one pass: the map of maxima
// is never stored. A ring of its rows, one per tap of the blur and those that the next output row adds, stays in the
// first-level cache, and each row is computed once, two at a time. A program that the host writes says which rows to
// compute before which output row, and where in the ring the taps find theirs, so that the kernel knows no padding.
// Work items are blocks of output rows of a plane; each has a program of its own, which computes again what the last
// rows of the block before had in the ring.
import { BLUR_BYTES, blurPairs } from "./inline/blur-row";
import { AXES_BYTES, axisOf, keepMax, pooledBytes } from "./inline/window";

/** Words after those of the blur, whose axes are the maxima's. */
@unmanaged
class MaxBlur {
  /** Window of the maximum. */
  kernel: i32;
  /** Bytes of one plane of the image, and of one of its rows. */
  planeBytes: i32;
  rowBytes: i32;
  /** Columns of maxima in front of and behind those whose windows lie inside the row: 0 or 1. */
  lead: i32;
  trail: i32;
  /** Where in the workspace the ring lies, and the bytes of the whole workspace. */
  ring: i32;
  workBytes: i32;
  /** Blocks of output rows, and where the table of them is. */
  blocks: i32;
  blockTable: i32;
  /** Where in a row of the image four columns are looked at for NaN, in bytes: no whole window begins with some. */
  edge: i32;
}

/** Some output rows. */
@unmanaged
class Block {
  first: i32;
  rows: i32;
  /**
   * How many rows of the image are looked at for NaN, and where in the plane they are: no window begins with them.
   * For each output row: how many pairs of rows of maxima are new; for each pair, where in the ring they go and
   * where in the plane their `kernel` + 1 rows are; then where in the ring each tap finds its row. All in bytes.
   */
  program: i32;
}

// @ts-ignore: decorator
@inline
const BLOCK_BYTES: usize = 3 * 4;

// @ts-ignore: decorator
@inline
function maxBlurOf(params: usize): MaxBlur {
  return changetype<MaxBlur>(params + AXES_BYTES + BLUR_BYTES);
}

/** pmax alone loses a NaN in `b`: windows keep what their first voxel is. */
// @ts-ignore: decorator
@inline
function larger(KEEP_NAN: bool, a: v128, b: v128): v128 {
  return KEEP_NAN ? keepMax(a, b) : f32x4.pmax(a, b);
}

/** Four windows that begin in `v`; `next` is what follows it. */
// @ts-ignore: decorator
@inline
function overColumns(K: i32, KEEP_NAN: bool, v: v128, next: v128): v128 {
  const two = larger(KEEP_NAN, v, v128.shuffle<f32>(v, next, 1, 2, 3, 4));
  return K == 2 ? two : larger(KEEP_NAN, two, v128.shuffle<f32>(v, next, 2, 3, 4, 5));
}

/**
 * Two rows of maxima, of the rows before `d` and the rows after `a` (K = 2: there is no `d`): all whole windows, and
 * up to seven columns too many.
 */
// @ts-ignore: decorator
@inline
function maxRows(
  K: i32, KEEP_NAN: bool, first: usize, second: usize, end: usize, a: usize, b: usize, c: usize, d: usize,
): void {
  let b0 = v128.load(b);
  let c0 = v128.load(c);
  let middle = larger(KEEP_NAN, b0, c0);
  let v = larger(KEEP_NAN, v128.load(a), K == 2 ? b0 : middle);
  let w = K == 2 ? middle : larger(KEEP_NAN, middle, v128.load(d));
  do {
    b0 = v128.load(b, 16);
    c0 = v128.load(c, 16);
    middle = larger(KEEP_NAN, b0, c0);
    const nextV = larger(KEEP_NAN, v128.load(a, 16), K == 2 ? b0 : middle);
    const nextW = K == 2 ? middle : larger(KEEP_NAN, middle, v128.load(d, 16));
    v128.store(first, overColumns(K, KEEP_NAN, v, nextV));
    v128.store(second, overColumns(K, KEEP_NAN, w, nextW));
    const b1 = v128.load(b, 32);
    const c1 = v128.load(c, 32);
    middle = larger(KEEP_NAN, b1, c1);
    v = larger(KEEP_NAN, v128.load(a, 32), K == 2 ? b1 : middle);
    w = K == 2 ? middle : larger(KEEP_NAN, middle, v128.load(d, 32));
    v128.store(first, overColumns(K, KEEP_NAN, nextV, v), 16);
    v128.store(second, overColumns(K, KEEP_NAN, nextW, w), 16);
    a += 32;
    b += 32;
    c += 32;
    if (K > 2) d += 32;
    first += 32;
    second += 32;
  } while (first < end);
}

function max2(first: usize, second: usize, end: usize, a: usize, b: usize, c: usize): void {
  maxRows(2, false, first, second, end, a, b, c, c);
}

function max2KeepingNaN(first: usize, second: usize, end: usize, a: usize, b: usize, c: usize): void {
  maxRows(2, true, first, second, end, a, b, c, c);
}

function max3(first: usize, second: usize, end: usize, a: usize, b: usize, c: usize, d: usize): void {
  maxRows(3, false, first, second, end, a, b, c, d);
}

function max3KeepingNaN(first: usize, second: usize, end: usize, a: usize, b: usize, c: usize, d: usize): void {
  maxRows(3, true, first, second, end, a, b, c, d);
}

/** Maximum of one column over three rows, in all lanes. */
// @ts-ignore: decorator
@inline
function columnMaximum(a: usize, b: usize, c: usize): v128 {
  return keepMax(keepMax(v128.load32_splat(a), v128.load32_splat(b)), v128.load32_splat(c));
}

/** A window of which only `kernel - 1` columns lie inside the rows. */
function borderMaximum(kernel: i32, to: usize, a: usize, b: usize, c: usize): void {
  let v = columnMaximum(a, b, c);
  if (kernel > 2) v = keepMax(v, columnMaximum(a + 4, b + 4, c + 4));
  v128.store_lane<f32>(to, v, 0);
}

function borderMaxima(kernel: i32, first: usize, second: usize, a: usize, b: usize, c: usize, d: usize): void {
  borderMaximum(kernel, first, a, b, kernel > 2 ? c : b);
  borderMaximum(kernel, second, b, c, d);
}

/** `sums` and all voxels of a row, some of them twice. */
// @ts-ignore: decorator
@inline
function sumRow(sums: v128, row: usize, rowBytes: usize): v128 {
  const last = row + rowBytes - 16;
  for (; row < last; row += 16) sums = f32x4.add(sums, v128.load(row));
  return f32x4.add(sums, v128.load(last));
}

/** One block. Returns false where `keepNaN` is off and there may be a NaN: then the result is wrong. */
function outputRows(to: usize, input: usize, params: usize, work: usize, block: Block, keepNaN: bool): bool {
  const p = maxBlurOf(params);
  const kernel = p.kernel;
  const taps = axisOf(params, 2).kernel;
  const rowBytes = <usize>p.rowBytes;
  const whole = rowBytes - (<usize>(kernel - 1) << 2);
  const lead = <usize>p.lead << 2;
  const ring = work + p.ring;
  const toBytes = <usize>axisOf(params, 2).out << 2;
  const edge = <usize>p.edge;
  // Of all outputs, and of the voxels whose NaN would not reach one.
  let sums = f32x4.splat(0);
  let at = params + block.program;
  let looks = load<i32>(at);
  at += 4;
  for (; looks > 0; looks--) {
    sums = sumRow(sums, input + load<u32>(at), rowBytes);
    at += 4;
  }
  for (let rows = block.rows; rows > 0; rows--) {
    let pairs = load<i32>(at);
    at += 4;
    for (; pairs > 0; pairs--) {
      const first = ring + load<u32>(at);
      const second = ring + load<u32>(at, 4);
      const a = input + load<u32>(at, 8);
      const b = input + load<u32>(at, 12);
      const c = input + load<u32>(at, 16);
      const d = kernel > 2 ? input + load<u32>(at, 20) : c;
      at += <usize>(3 + kernel) << 2;
      const to0 = first + lead;
      const to1 = second + lead;
      const end0 = to0 + whole;
      if (kernel == 2) {
        if (keepNaN) max2KeepingNaN(to0, to1, end0, a, b, c);
        else max2(to0, to1, end0, a, b, c);
      } else {
        if (keepNaN) max3KeepingNaN(to0, to1, end0, a, b, c, d);
        else max3(to0, to1, end0, a, b, c, d);
      }
      sums = f32x4.add(sums, f32x4.add(v128.load(a + edge), v128.load(b + edge)));
      if (p.lead) borderMaxima(kernel, first, second, a, b, c, d);
      if (p.trail) borderMaxima(kernel, end0, to1 + whole, a + whole, b + whole, c + whole, d + whole);
    }
    sums = f32x4.add(sums, blurPairs(taps, params, to, ring, at, ring));
    at += <usize>taps << 2;
    to += toBytes;
  }
  return keepNaN || !v128.any_true(f32x4.ne(sums, sums));
}

function maxBlur(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  // Zeros where the blur expects them, and behind the rows of the ring: subnormal numbers there would slow its sums.
  memory.fill(work, 0, maxBlurOf(params).workBytes);
  const p = maxBlurOf(params);
  const outRowBytes = <usize>axisOf(params, 2).out << 2;
  for (let item = begin; item < end; item++) {
    const plane = item / p.blocks;
    const block = changetype<Block>(params + p.blockTable + <usize>(item - plane * p.blocks) * BLOCK_BYTES);
    const from = input + <usize>plane * p.planeBytes;
    const to = out + <usize>plane * pooledBytes(params) + <usize>block.first * outRowBytes;
    // Keeping NaN takes twice the instructions, and an image rarely has one.
    if (!outputRows(to, from, params, work, block, false)) outputRows(to, from, params, work, block, true);
  }
}
export {
  maxBlur as maxblur2d_f32_k2k3s2,
  maxBlur as maxblur2d_f32_k2k4s2,
  maxBlur as maxblur2d_f32_k2k5s2,
  maxBlur as maxblur2d_f32_k3k3s2,
  maxBlur as maxblur2d_f32_k3k4s2,
  maxBlur as maxblur2d_f32_k3k5s2,
};
