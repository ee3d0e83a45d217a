// Products with a dense matrix along one axis, as GEMM tiles of 4 x 8, and the thin products of the rank-one
// terms.
//
// Complex numbers are pairs of real tensors. A product sums over `segments` operands laid end to end: with a
// complex operand, re y = [Re A | -Im A] [re x; im x] and im y = [Im A | Re A] [re x; im x], so the depth is
// twice the size.
import { madd, nmadd } from "./inline/simd";
import { storeColumns } from "./fourier-rows";

/**
 * Longest run of products summed in one accumulator: keeps the rounding of long axes near that of short ones.
 */
const RUN: i32 = 64;
/** Bytes of a finished tile [4][8]. */
export const TILE: usize = 128;
/** Row tiles packed at once along a contiguous axis. */
const CHUNK: i32 = 8;

/** tile[4][8] = sum over k < depth of left[k][4] * right[k][8]. */
export function multiplyTile(tile: usize, left: usize, right: usize, depth: i32): void {
  for (let done = 0; done < depth; done += RUN) {
    const end = right + (<usize>min(depth - done, RUN) << 5);
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    do {
      const b0 = v128.load(right);
      const b1 = v128.load(right, 16);
      const a0 = v128.load32_splat(left);
      const a1 = v128.load32_splat(left, 4);
      c00 = madd(a0, b0, c00);
      c01 = madd(a0, b1, c01);
      c10 = madd(a1, b0, c10);
      c11 = madd(a1, b1, c11);
      const a2 = v128.load32_splat(left, 8);
      const a3 = v128.load32_splat(left, 12);
      c20 = madd(a2, b0, c20);
      c21 = madd(a2, b1, c21);
      c30 = madd(a3, b0, c30);
      c31 = madd(a3, b1, c31);
      left += 16;
      right += 32;
    } while (right != end);
    if (done > 0) {
      c00 = f32x4.add(c00, v128.load(tile));
      c01 = f32x4.add(c01, v128.load(tile, 16));
      c10 = f32x4.add(c10, v128.load(tile, 32));
      c11 = f32x4.add(c11, v128.load(tile, 48));
      c20 = f32x4.add(c20, v128.load(tile, 64));
      c21 = f32x4.add(c21, v128.load(tile, 80));
      c30 = f32x4.add(c30, v128.load(tile, 96));
      c31 = f32x4.add(c31, v128.load(tile, 112));
    }
    v128.store(tile, c00);
    v128.store(tile, c01, 16);
    v128.store(tile, c10, 32);
    v128.store(tile, c11, 48);
    v128.store(tile, c20, 64);
    v128.store(tile, c21, 80);
    v128.store(tile, c30, 96);
    v128.store(tile, c31, 112);
  }
}

/** Copies the part of a tile that exists: `rows` <= 4 of `columns` <= 8. */
function storeTile(dst: usize, pitch: usize, tile: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++) {
    if (columns == 8) {
      v128.store(dst, v128.load(tile));
      v128.store(dst, v128.load(tile, 16), 16);
    } else {
      for (let c: usize = 0; c < <usize>columns; c++) store<f32>(dst + (c << 2), load<f32>(tile + (c << 2)));
    }
    dst += pitch;
    tile += 32;
  }
}

/** Rows of eight floats from `src`, `pitch` apart, to `panel` without gaps. */
function packPanel(panel: usize, src: usize, pitch: usize, size: i32): void {
  const end = panel + (<usize>size << 5);
  for (; panel < end; panel += 32) {
    v128.store(panel, v128.load(src));
    v128.store(panel, v128.load(src, 16), 16);
    src += pitch;
  }
}

/**
 * [outer, size, inner] -> [outer, rows, inner], items of eight columns. `table` is
 * [ceil(rows / 4)][depth][4], then, where `dstIm` is given, the same for the imaginary part. `srcIm` and
 * `dstIm` are 0 where there is none.
 */
export function denseStrided(
  dst: usize, dstIm: usize, src: usize, srcIm: usize, table: usize, work: usize,
  size: i32, rows: i32, inner: i32, begin: i32, end: i32,
): void {
  const segments = srcIm ? 2 : 1;
  const depth = segments * size;
  const pitch = <usize>inner << 2;
  const tables = <usize>((rows + 3) >> 2) * (<usize>depth << 4);
  const tile = work;
  const panel = work + TILE;
  const groups = (inner + 7) >> 3;
  for (let item = begin; item < end; item++) {
    const p = <usize>(item / groups);
    const q = (item % groups) << 3;
    const from = p * <usize>size * pitch + (<usize>q << 2);
    const to = p * <usize>rows * pitch + (<usize>q << 2);
    const columns = min(inner - q, 8);
    packPanel(panel, src + from, pitch, size);
    if (srcIm) packPanel(panel + (<usize>size << 5), srcIm + from, pitch, size);
    let left = table;
    for (let r = 0; r < rows; r += 4) {
      const at = to + <usize>r * pitch;
      const count = min(rows - r, 4);
      multiplyTile(tile, left, panel, depth);
      storeTile(dst + at, pitch, tile, count, columns);
      if (dstIm) {
        multiplyTile(tile, left + tables, panel, depth);
        storeTile(dstIm + at, pitch, tile, count, columns);
      }
      left += <usize>depth << 4;
    }
  }
}

/**
 * Four rows of `size` floats to packed[size][4]; rows beyond the last one repeat it. Writes up to 48 bytes
 * more.
 */
function packRows(packed: usize, src: usize, size: i32, row: i32, rows: i32): void {
  const pitch = <usize>size << 2;
  const end = packed + (<usize>size << 4);
  let r0 = src + <usize>row * pitch;
  let r1 = src + <usize>min(row + 1, rows - 1) * pitch;
  let r2 = src + <usize>min(row + 2, rows - 1) * pitch;
  let r3 = src + <usize>min(row + 3, rows - 1) * pitch;
  for (; packed < end; packed += 64) {
    storeColumns(
      v128.load(r0), v128.load(r1), v128.load(r2), v128.load(r3),
      packed, packed + 16, packed + 32, packed + 48,
    );
    r0 += 16;
    r1 += 16;
    r2 += 16;
    r3 += 16;
  }
}

/**
 * [rows, size] -> [rows, columns], items of eight rows. `table` is [ceil(columns / 8)][depth][8], imaginary
 * part behind it as above.
 */
export function denseContiguous(
  dst: usize, dstIm: usize, src: usize, srcIm: usize, table: usize, work: usize,
  rows: i32, size: i32, columns: i32, begin: i32, end: i32,
): void {
  const depth = (srcIm ? 2 : 1) * size;
  const panelBytes = <usize>depth << 5;
  const tables = <usize>((columns + 7) >> 3) * panelBytes;
  const tileBytes = <usize>depth << 4;
  const tile = work;
  const packed = work + TILE;
  const until = min(8 * end, rows);
  for (let chunk = 8 * begin; chunk < until; chunk += 4 * CHUNK) {
    const chunkEnd = min(chunk + 4 * CHUNK, until);
    let left = packed;
    for (let row = chunk; row < chunkEnd; row += 4) {
      packRows(left, src, size, row, rows);
      if (srcIm) packRows(left + (<usize>size << 4), srcIm, size, row, rows);
      left += tileBytes;
    }
    let right = table;
    for (let column = 0; column < columns; column += 8) {
      const count = min(columns - column, 8);
      left = packed;
      for (let row = chunk; row < chunkEnd; row += 4) {
        const at = (<usize>row * <usize>columns + <usize>column) << 2;
        const valid = min(rows - row, 4);
        multiplyTile(tile, left, right, depth);
        storeTile(dst + at, <usize>columns << 2, tile, valid, count);
        if (dstIm) {
          multiplyTile(tile, left, right + tables, depth);
          storeTile(dstIm + at, <usize>columns << 2, tile, valid, count);
        }
        left += tileBytes;
      }
      right += panelBytes;
    }
  }
}

/**
 * [outer, size, inner] -> [outer, inner]: sum of v[k] x[k] over the nonzero v; items of 16 columns. `terms`
 * holds their number, then pairs (k, v).
 */
export function contract(
  dst: usize, src: usize, terms: usize, size: i32, inner: i32, begin: i32, end: i32,
): void {
  const pitch = <usize>inner << 2;
  const first = terms + 8;
  const last = first + (<usize>load<u32>(terms) << 3);
  const groups = (inner + 15) >> 4;
  for (let item = begin; item < end; item++) {
    const p = <usize>(item / groups);
    const q = (item % groups) << 4;
    const from = src + p * <usize>size * pitch + (<usize>q << 2);
    const to = dst + p * pitch + (<usize>q << 2);
    if (q + 16 > inner) {
      for (let i: usize = 0; i < <usize>(inner - q) << 2; i += 4) {
        let sum: f32 = 0;
        for (let term = first; term < last; term += 8) {
          sum += load<f32>(term, 4) * load<f32>(from + <usize>load<u32>(term) * pitch + i);
        }
        store<f32>(to + i, sum);
      }
      continue;
    }
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let term = first; term < last; term += 8) {
      const x = from + <usize>load<u32>(term) * pitch;
      const v = v128.load32_splat(term, 4);
      s0 = madd(v, v128.load(x), s0);
      s1 = madd(v, v128.load(x, 16), s1);
      s2 = madd(v, v128.load(x, 32), s2);
      s3 = madd(v, v128.load(x, 48), s3);
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
}

/**
 * [outer, size] -> [outer, rows]: u (v . x), items of one x; `table` holds v[size], then u[rows]. Size and rows
 * are multiples of 4.
 */
export function rankOne(
  dst: usize, src: usize, table: usize, size: i32, rows: i32, begin: i32, end: i32,
): void {
  const u = table + (<usize>size << 2);
  const bytes = <usize>rows << 2;
  for (let item = begin; item < end; item++) {
    const x = src + ((<usize>item * <usize>size) << 2);
    let sums = f32x4.splat(0);
    for (let v = table; v < u; v += 16) sums = madd(v128.load(v), v128.load(x + v - table), sums);
    const sum = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1)
      + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
    const factor = f32x4.splat(sum);
    const to = dst + <usize>item * bytes;
    for (let m: usize = 0; m < bytes; m += 16) v128.store(to + m, f32x4.mul(v128.load(u + m), factor));
  }
}

/** y[outer, rows, inner] -= u[rows] * w[outer, inner], items of one row. */
export function subtractOuter(
  y: usize, w: usize, u: usize, rows: i32, inner: i32, begin: i32, end: i32,
): void {
  const whole = <usize>(inner & ~3) << 2;
  const pitch = <usize>inner << 2;
  for (let item = begin; item < end; item++) {
    const row = y + <usize>item * pitch;
    const from = w + <usize>(item / rows) * pitch;
    const factor = u + (<usize>(item % rows) << 2);
    const factors = v128.load32_splat(factor);
    for (let q: usize = 0; q < whole; q += 16) {
      v128.store(row + q, nmadd(factors, v128.load(from + q), v128.load(row + q)));
    }
    for (let q = whole; q < pitch; q += 4) {
      store<f32>(row + q, load<f32>(row + q) - load<f32>(factor) * load<f32>(from + q));
    }
  }
}

/**
 * dst[i] = src[i + start] per axis where that exists, else 0; items of one row of `dst`. `box` holds, for
 * three axes each, sizes of `src`, sizes of `dst` and starts.
 */
export function region(dst: usize, src: usize, box: usize, begin: i32, end: i32): void {
  const n0 = load<i32>(box);
  const n1 = load<i32>(box, 4);
  const n2 = load<i32>(box, 8);
  const m0 = load<i32>(box, 12);
  const m1 = load<i32>(box, 16);
  const m2 = load<i32>(box, 20);
  const start2 = load<i32>(box, 32);
  const before = max(0, min(m2, -start2));
  const until = max(before, min(m2, n2 - start2));
  for (let item = begin; item < end; item++) {
    const p = item / (m0 * m1);
    const z = (item / m1) % m0 + load<i32>(box, 24);
    const y = item % m1 + load<i32>(box, 28);
    const row = dst + <usize>item * (<usize>m2 << 2);
    memory.fill(row, 0, <usize>m2 << 2);
    if (z >= 0 && z < n0 && y >= 0 && y < n1) {
      const from = src + (<usize>(((p * n0 + z) * n1 + y) * n2) << 2);
      memory.copy(
        row + (<usize>before << 2), from + (<usize>(before + start2) << 2), <usize>(until - before) << 2,
      );
    }
  }
}
