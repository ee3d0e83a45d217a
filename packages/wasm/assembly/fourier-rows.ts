// Transposes rows of an image into points of 32 bytes and back, four rows to a half (re or im) of the points.
import { POINT } from "./fourier-points";

// @ts-ignore: decorator
@inline
function rowAt(base: usize, length: i32, row: i32, rows: i32): usize {
  return base + ((<usize>min(row, rows - 1) * <usize>length) << 2);
}

/** The columns of the matrix of rows a, b, c, d; the first one last, which wins where addresses repeat. */
// @ts-ignore: decorator
@inline
export function storeColumns(
  a: v128, b: v128, c: v128, d: v128, p0: usize, p1: usize, p2: usize, p3: usize,
): void {
  const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(p3, v128.shuffle<f64>(abHigh, cdHigh, 1, 3));
  v128.store(p2, v128.shuffle<f64>(abHigh, cdHigh, 0, 2));
  v128.store(p1, v128.shuffle<f64>(abLow, cdLow, 1, 3));
  v128.store(p0, v128.shuffle<f64>(abLow, cdLow, 0, 2));
}

/** Eight columns of four rows into one half of the points. */
// @ts-ignore: decorator
@inline
function gatherEight(points: usize, r0: usize, r1: usize, r2: usize, r3: usize): void {
  storeColumns(
    v128.load(r0), v128.load(r1), v128.load(r2), v128.load(r3),
    points, points + 32, points + 64, points + 96,
  );
  storeColumns(
    v128.load(r0, 16), v128.load(r1, 16), v128.load(r2, 16), v128.load(r3, 16),
    points + 128, points + 160, points + 192, points + 224,
  );
}

/** So many tiles of eight points, transposed. From one to the next is a step. */
export function turnTiles(dst: usize, dstStep: usize, src: usize, srcStep: usize, count: i32): void {
  for (; count > 0; count--) {
    gatherEight(dst, src, src + POINT, src + 2 * POINT, src + 3 * POINT);
    gatherEight(dst + 16, src + 4 * POINT, src + 5 * POINT, src + 6 * POINT, src + 7 * POINT);
    dst += dstStep;
    src += srcStep;
  }
}

/**
 * Row k of those from `first` on, of which so many are left in this plane of blocks; those of the next plane lie
 * `gap` further on.
 */
// @ts-ignore: decorator
@inline
function blockRowAt(first: usize, left: i32, gap: usize, k: i32): usize {
  return first + <usize>k * POINT + (k < left ? 0 : gap);
}

/**
 * Eight rows into the points, out of planes of `planeRows` rows, 8 or more, that lie in blocks of eight
 * columns, `blockBytes` apart. The last block is that of the last eight columns; rows beyond the last one repeat it.
 */
export function gatherBlocks(
  points: usize, src: usize, length: i32, row: i32, rows: i32, planeRows: i32, blockBytes: usize,
): void {
  const planeBytes = <usize>((length + 7) >> 3) * blockBytes;
  const plane = row / planeRows;
  const left = (plane + 1) * planeRows - row;
  const first = src + <usize>plane * planeBytes + <usize>(planeRows - left) * POINT;
  const last = points + <usize>(length - 8) * POINT;
  const end = points + <usize>length * POINT;
  if (min(left, rows - row) >= 8) {
    turnTiles(points, 8 * POINT, first, blockBytes, length >> 3);
    if (length & 7) turnTiles(last, 0, first + <usize>(length >> 3) * blockBytes, 0, 1);
    return;
  }
  const gap = planeBytes - <usize>planeRows * POINT;
  const most = rows - row - 1;
  for (let k = 0; k < 8; k += 4) {
    let r0 = blockRowAt(first, left, gap, min(k, most));
    let r1 = blockRowAt(first, left, gap, min(k + 1, most));
    let r2 = blockRowAt(first, left, gap, min(k + 2, most));
    let r3 = blockRowAt(first, left, gap, min(k + 3, most));
    for (let p = points + (<usize>k << 2); p < end; p += 8 * POINT) {
      gatherEight(min(p, last + (<usize>k << 2)), r0, r1, r2, r3);
      r0 += blockBytes;
      r1 += blockBytes;
      r2 += blockBytes;
      r3 += blockBytes;
    }
  }
}

/** Four rows of `length` floats, from `row` on, into one half of the points. */
export function gatherRows(points: usize, src: usize, length: i32, row: i32, rows: i32): void {
  let r0 = rowAt(src, length, row, rows);
  let r1 = rowAt(src, length, row + 1, rows);
  let r2 = rowAt(src, length, row + 2, rows);
  let r3 = rowAt(src, length, row + 3, rows);
  for (let n = 8; n <= length; n += 8) {
    gatherEight(points, r0, r1, r2, r3);
    r0 += 32;
    r1 += 32;
    r2 += 32;
    r3 += 32;
    points += 8 * POINT;
  }
  if (length & 4) {
    storeColumns(
      v128.load(r0), v128.load(r1), v128.load(r2), v128.load(r3),
      points, points + 32, points + 64, points + 96,
    );
    r0 += 16;
    r1 += 16;
    r2 += 16;
    r3 += 16;
    points += 4 * POINT;
  }
  for (let n = length & ~3; n < length; n++) {
    store<f32>(points, load<f32>(r0));
    store<f32>(points, load<f32>(r1), 4);
    store<f32>(points, load<f32>(r2), 8);
    store<f32>(points, load<f32>(r3), 12);
    r0 += 4;
    r1 += 4;
    r2 += 4;
    r3 += 4;
    points += POINT;
  }
}

/**
 * One half of the points into four rows. Rows beyond the last one repeat it, so nothing is written behind it.
 */
export function scatterRows(dst: usize, points: usize, length: i32, row: i32, rows: i32): void {
  const valid = rows - row;
  if (valid <= 0) return;
  let r0 = rowAt(dst, length, row, rows);
  let r1 = rowAt(dst, length, row + 1, rows);
  let r2 = rowAt(dst, length, row + 2, rows);
  let r3 = rowAt(dst, length, row + 3, rows);
  for (let n = 8; n <= length; n += 8) {
    storeColumns(
      v128.load(points), v128.load(points, 32), v128.load(points, 64), v128.load(points, 96),
      r0, r1, r2, r3,
    );
    storeColumns(
      v128.load(points, 128), v128.load(points, 160), v128.load(points, 192), v128.load(points, 224),
      r0 + 16, r1 + 16, r2 + 16, r3 + 16,
    );
    r0 += 32;
    r1 += 32;
    r2 += 32;
    r3 += 32;
    points += 8 * POINT;
  }
  if (length & 4) {
    storeColumns(
      v128.load(points), v128.load(points, 32), v128.load(points, 64), v128.load(points, 96),
      r0, r1, r2, r3,
    );
    r0 += 16;
    r1 += 16;
    r2 += 16;
    r3 += 16;
    points += 4 * POINT;
  }
  for (let n = length & ~3; n < length; n++) {
    if (valid > 3) store<f32>(r3, load<f32>(points, 12));
    if (valid > 2) store<f32>(r2, load<f32>(points, 8));
    if (valid > 1) store<f32>(r1, load<f32>(points, 4));
    store<f32>(r0, load<f32>(points));
    r0 += 4;
    r1 += 4;
    r2 += 4;
    r3 += 4;
    points += POINT;
  }
}
