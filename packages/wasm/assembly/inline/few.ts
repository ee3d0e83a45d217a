// What the kernels for few input channels share: parameters, panels of weights and sums as they are defined.
import { SweepParams } from "../conv-params";

/** Written by the host (`FewWord` in src/kernels/conv-few.ts). */
@unmanaged
export class FewParams {
  /** Its outputs are tiles of 2 x 2, its taps unused. */
  sweep: SweepParams;
  /** Input channels. */
  terms: i32;
  /**
   * Per output channel { bias, largest weight, weights[term][9] } and, from a multiple of 16 bytes on, transformed
   * weights, each four times: loads of vectors have offsets of their own, which those that splat a scalar have not.
   */
  panels: usize;
  panelBytes: usize;
  /** Address of the bias while weights are packed, 0 where there is none. */
  bias: usize;
  /** Outputs of this slab along rows and columns. */
  rows: i32;
  columns: i32;
}

// Below these, products of transformed values and weights, and their sums, are far from overflow.
// @ts-ignore: decorator
@inline const LARGEST_VALUE: f32 = 7.9e28; // 2^96
// @ts-ignore: decorator
@inline const LARGEST_WEIGHT: f32 = 1.6e7; // 2^24

/** All ones in the lanes that are finite and not too large. */
// @ts-ignore: decorator
@inline
export function inRange(value: v128): v128 {
  return f32x4.lt(f32x4.abs(value), f32x4.splat(LARGEST_VALUE));
}

/** True where no output channel has a weight that is too large, or not finite. */
export function weightsInRange(p: FewParams): bool {
  let panel = p.panels;
  for (let channel = 0; channel < p.sweep.outChannels; ++channel) {
    if (!(load<f32>(panel, 4) < LARGEST_WEIGHT)) return false;
    panel += p.panelBytes;
  }
  return true;
}

/** From a panel to its first transformed weight. */
// @ts-ignore: decorator
@inline
export function firstWeight(p: FewParams): usize {
  return (<usize>p.terms * 36 + 23) & ~15;
}

/** Stores what lies in the output of 2 rows of 8 columns at `from`. */
export function storeSome(to: usize, rowBytes: usize, from: usize, rows: i32, columns: i32): void {
  const bytes = <usize>min(columns, 8) << 2;
  memory.copy(to, from, bytes);
  if (rows > 1) memory.copy(to + rowBytes, from + 32, bytes);
}

/** A quad as it is defined, one output after the other: where infinity or NaN would spread over a tile. */
export function sumDirectly(p: FewParams, to: usize, window: usize, rows: i32, columns: i32): void {
  const sweep = p.sweep;
  const rowBytes = sweep.outRowBytes >> 1;
  const pitchBytes = <usize>sweep.pitch << 2;
  let panel = p.panels;
  for (let channel = 0; channel < sweep.outChannels; ++channel) {
    for (let i = 0; i < min(rows, 2); ++i) {
      for (let j = 0; j < min(columns, 8); ++j) {
        let sum = load<f32>(panel);
        let weight = panel + 8;
        for (let term = 0; term < p.terms; ++term) {
          const from = window + <usize>(term * 2) * pitchBytes + <usize>i * sweep.packedRowBytes;
          for (let tap = 0; tap < 9; ++tap) {
            const row = tap / 3;
            const column = j + tap - row * 3;
            const at =
              from + <usize>row * sweep.packedRowBytes + <usize>(column & 1) * pitchBytes + (<usize>(column >> 1) << 2);
            sum += load<f32>(weight) * load<f32>(at);
            weight += 4;
          }
        }
        store<f32>(to + <usize>i * rowBytes + (<usize>j << 2), sum < sweep.floor ? sweep.floor : sum);
      }
    }
    panel += p.panelBytes;
    to += sweep.outChannelBytes;
  }
}
