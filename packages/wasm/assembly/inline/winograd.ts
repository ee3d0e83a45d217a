// What the kernels of Winograd convolution share: parameters and the 4 x 4 transpose.
import { SweepParams } from "../conv-params";

/** Between the 36 planes of U, of V and of M, so that they do not share sets of the first-level cache. */
// @ts-ignore: decorator
@inline export const PLANE_GAP: usize = 64;

/**
 * Written by the host (`WinogradWord` in src/kernels/conv-winograd.ts). Packed input:
 * [slice][row][channel / 4][pitch][4].
 */
@unmanaged
export class WinogradParams {
  sweep: SweepParams;
  /** Taps along slices, and packed bytes from one to the next. */
  depth: i32;
  depthStep: usize;
  /** Channels and taps along slices summed over, a multiple of 4. */
  terms: i32;
  /** U: [36][blocks of 8 output channels][terms][8]. */
  transformed: usize;
}

/** Blocks of 8 output channels. */
// @ts-ignore: decorator
@inline
export function weightBlocks(p: SweepParams): usize {
  return <usize>((p.blocks + 1) >> 1);
}

/** Stores the columns of the matrix with these rows, `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function storeTransposed(to: usize, step: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
  v128.store(to + step, v128.shuffle<f64>(ab, cd, 1, 3));
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to + (step << 1), v128.shuffle<f64>(ab2, cd2, 0, 2));
  v128.store(to + step * 3, v128.shuffle<f64>(ab2, cd2, 1, 3));
}
