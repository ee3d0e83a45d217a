// The weights for conv-few.ts, transformed: U = G w G^T.
import { FewParams, firstWeight } from "./inline/few";

/** Items: panels, counted through all groups. Weights at `input`: [output channel][term][9]. `work`: 64 bytes. */
export function convfew_weights_f32(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<FewParams>(params);
  const lineBytes = <usize>p.terms << 6;
  const line = work + 48;
  for (let item = begin; item < end; ++item) {
    const panel = out + <usize>item * p.panelBytes;
    const weights = input + <usize>(item * p.terms) * 36;
    let bias: f32 = 0;
    if (p.bias != 0) bias = load<f32>(p.bias + (<usize>item << 2));
    store<f32>(panel, bias);
    memory.copy(panel + 8, weights, <usize>p.terms * 36);
    let largest: f32 = 0;
    for (let term: usize = 0; term < <usize>p.terms; ++term) {
      for (let j: usize = 0; j < 12; j += 4) transform(work + j, 12, weights + term * 36 + j, 12);
      const to = panel + firstWeight(p) + (term << 6);
      for (let i: usize = 0; i < 4; ++i) {
        transform(line, 4, work + i * 12, 4);
        for (let j: usize = 0; j < 4; ++j) {
          const weight = load<f32>(line + (j << 2));
          v128.store(to + i * lineBytes + (j << 4), f32x4.splat(weight));
          // A NaN stays the largest.
          const size = abs(weight);
          if (largest == largest && !(size <= largest)) largest = size;
        }
      }
    }
    store<f32>(panel, largest, 4);
  }
}

/** One line through G: 3 weights to 4. */
function transform(to: usize, step: usize, from: usize, fromStep: usize): void {
  const w0 = load<f32>(from);
  const w1 = load<f32>(from + fromStep);
  const w2 = load<f32>(from + fromStep * 2);
  store<f32>(to, w0);
  store<f32>(to + step, (w0 + w1 + w2) * 0.5);
  store<f32>(to + step * 2, (w0 - w1 + w2) * 0.5);
  store<f32>(to + step * 3, w2);
}
