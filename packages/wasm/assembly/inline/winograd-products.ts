// The matrix products of Winograd convolution: one for each plane of its transforms.
import { madd } from "./simd";
import { WinogradParams } from "./winograd";

/**
 * One plane of M = U V: `count` tiles from `to` on, `tileBytes` apart, by `bytes` / 32 blocks of 8 output channels,
 * `uStep` from one block of U to the next. Summed over `segments` planes: `panelBytes` of U, 32 for each term, and as
 * many further on as the gaps say.
 */
export function multiplyPlane(
  p: WinogradParams, to: usize, bytes: usize, tileBytes: usize, count: i32, u: usize, uStep: usize, uGap: usize,
  v: usize, vGap: usize, panelBytes: usize, segments: i32,
): void {
  const toEnd = to + bytes;
  const vSkip = skipOf(p);
  do {
    let target = to;
    let values = v;
    for (let left = count; left > 0; ) {
      const tiles = groupOf(left);
      if (ASC_FEATURE_RELAXED_SIMD && tiles == 6) {
        multiplyGroup(6, target, tileBytes, u, uGap, values, vSkip, vGap, panelBytes, segments);
      } else {
        multiplyGroup(4, target, tileBytes, u, uGap, values, vSkip, vGap, panelBytes, segments);
      }
      target += tileBytes * tiles;
      values += <usize>tiles << 4;
      left -= tiles;
    }
    u += uStep;
    to += 32;
  } while (to != toEnd);
}

/**
 * The same with the same results, two blocks at a time: for engines that join operations on neighbouring vectors. A
 * function of its own, which leaves the compiler all registers for either.
 */
export function multiplyPlaneWide(
  p: WinogradParams, to: usize, bytes: usize, tileBytes: usize, count: i32, u: usize, uStep: usize, uGap: usize,
  v: usize, vGap: usize, panelBytes: usize, segments: i32,
): void {
  const pairsEnd = to + (bytes & ~63);
  const vSkip = skipOf(p);
  while (to != pairsEnd) {
    let target = to;
    let values = v;
    for (let left = count; left > 0; left -= 4) {
      multiplyPair(target, tileBytes, u, uStep, uGap, values, vSkip, vGap, panelBytes, segments);
      target += tileBytes << 2;
      values += 64;
    }
    u += uStep << 1;
    to += 64;
  }
  if (bytes & 63) multiplyPlane(p, to, 32, tileBytes, count, u, uStep, uGap, v, vGap, panelBytes, segments);
}

/** Bytes of V from the fourth channel of a tile to the next four. */
// @ts-ignore: decorator
@inline
function skipOf(p: WinogradParams): usize {
  return (<usize>p.block << 4) - 16;
}

/**
 * Tiles to take of so many. A product and its sum as one instruction keep more sums on their way than 4 x 8; 6 x 8 fill
 * the registers, where products need one as well they do not fit.
 */
// @ts-ignore: decorator
@inline
function groupOf(count: i32): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 4;
  return count <= 4 || count == 7 || count == 8 ? 4 : 6;
}

/** Some tiles, 4 or 6, by 8 output channels. */
// @ts-ignore: decorator
@inline
function multiplyGroup(
  tiles: i32, target: usize, tileBytes: usize, u: usize, uGap: usize, v: usize, vSkip: usize, vGap: usize,
  panelBytes: usize, segments: i32,
): void {
  let weight = u;
  let value = v;
  let left = segments;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  do {
    const end = weight + panelBytes;
    do {
      const vectorEnd = value + 16;
      do {
        const b0 = v128.load(weight);
        const b1 = v128.load(weight, 16);
        const a0 = v128.load32_splat(value);
        const a1 = v128.load32_splat(value, 16);
        c00 = madd(a0, b0, c00);
        c01 = madd(a0, b1, c01);
        c10 = madd(a1, b0, c10);
        c11 = madd(a1, b1, c11);
        const a2 = v128.load32_splat(value, 32);
        const a3 = v128.load32_splat(value, 48);
        c20 = madd(a2, b0, c20);
        c21 = madd(a2, b1, c21);
        c30 = madd(a3, b0, c30);
        c31 = madd(a3, b1, c31);
        if (tiles == 6) {
          const a4 = v128.load32_splat(value, 64);
          const a5 = v128.load32_splat(value, 80);
          c40 = madd(a4, b0, c40);
          c41 = madd(a4, b1, c41);
          c50 = madd(a5, b0, c50);
          c51 = madd(a5, b1, c51);
        }
        weight += 32;
        value += 4;
      } while (value != vectorEnd);
      value += vSkip;
    } while (weight != end);
    weight += uGap;
    value += vGap;
  } while (--left);
  v128.store(target, c00);
  v128.store(target, c01, 16);
  v128.store(target + tileBytes, c10);
  v128.store(target + tileBytes, c11, 16);
  v128.store(target + tileBytes * 2, c20);
  v128.store(target + tileBytes * 2, c21, 16);
  v128.store(target + tileBytes * 3, c30);
  v128.store(target + tileBytes * 3, c31, 16);
  if (tiles == 6) {
    v128.store(target + tileBytes * 4, c40);
    v128.store(target + tileBytes * 4, c41, 16);
    v128.store(target + tileBytes * 5, c50);
    v128.store(target + tileBytes * 5, c51, 16);
  }
}

/** 4 tiles by 16 output channels. */
// @ts-ignore: decorator
@inline
function multiplyPair(
  to: usize, tileBytes: usize, u: usize, uStep: usize, uGap: usize, value: usize, vSkip: usize, vGap: usize,
  panelBytes: usize, segments: i32,
): void {
  let weight = u;
  let left = segments;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c02 = c00, c03 = c00, c12 = c00, c13 = c00;
  let c22 = c00, c23 = c00, c32 = c00, c33 = c00;
  do {
    const end = weight + panelBytes;
    do {
      const vectorEnd = value + 16;
      do {
        const next = weight + uStep;
        const b0 = v128.load(weight);
        const b1 = v128.load(weight, 16);
        const b2 = v128.load(next);
        const b3 = v128.load(next, 16);
        const a0 = v128.load32_splat(value);
        c00 = madd(a0, b0, c00);
        c01 = madd(a0, b1, c01);
        c02 = madd(a0, b2, c02);
        c03 = madd(a0, b3, c03);
        const a1 = v128.load32_splat(value, 16);
        c10 = madd(a1, b0, c10);
        c11 = madd(a1, b1, c11);
        c12 = madd(a1, b2, c12);
        c13 = madd(a1, b3, c13);
        const a2 = v128.load32_splat(value, 32);
        c20 = madd(a2, b0, c20);
        c21 = madd(a2, b1, c21);
        c22 = madd(a2, b2, c22);
        c23 = madd(a2, b3, c23);
        const a3 = v128.load32_splat(value, 48);
        c30 = madd(a3, b0, c30);
        c31 = madd(a3, b1, c31);
        c32 = madd(a3, b2, c32);
        c33 = madd(a3, b3, c33);
        weight += 32;
        value += 4;
      } while (value != vectorEnd);
      value += vSkip;
    } while (weight != end);
    weight += uGap;
    value += vGap;
  } while (--left);
  store4(to, c00, c01, c02, c03);
  store4(to + tileBytes, c10, c11, c12, c13);
  store4(to + tileBytes * 2, c20, c21, c22, c23);
  store4(to + tileBytes * 3, c30, c31, c32, c33);
}

// @ts-ignore: decorator
@inline
function store4(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}
