// The convolution and its gradients in plain float64 loops over padded positions, from SEMANTICS.md section 4.
import { type PaddingMode, paddedIndex, type WindowAxis } from "@halfband/ops";

export interface NaiveConv {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly axes: readonly WindowAxis[];
  readonly mode: PaddingMode;
}

export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

function unravel(flat: number, sizes: readonly number[]): number[] {
  const index = new Array<number>(sizes.length);
  for (let a = sizes.length - 1; a >= 0; a--) {
    index[a] = flat % sizes[a];
    flat = Math.floor(flat / sizes[a]);
  }
  return index;
}

/** Visits every product of the convolution; `x` is -1 where the padding is zero. */
export function forEachTerm(conv: NaiveConv, visit: (y: number, x: number, weight: number) => void): void {
  const { batch, inChannels, outChannels, groups, axes, mode } = conv;
  const outs = axes.map((a) => a.out);
  const kernels = axes.map((a) => a.kernel);
  const groupIn = inChannels / groups;
  const groupOut = outChannels / groups;
  const inSpatial = product(axes.map((a) => a.size));
  const outSpatial = product(outs);
  const taps = product(kernels);
  for (let m = 0; m < outSpatial; m++) {
    const at = unravel(m, outs);
    for (let q = 0; q < taps; q++) {
      const tap = unravel(q, kernels);
      let voxel = 0;
      axes.forEach((axis, a) => {
        const i = paddedIndex(at[a] * axis.stride + tap[a] * axis.dilation - axis.padBefore, axis.size, mode);
        voxel = voxel < 0 || i < 0 ? -1 : voxel * axis.size + i;
      });
      for (let n = 0; n < batch; n++) {
        for (let o = 0; o < outChannels; o++) {
          for (let c = 0; c < groupIn; c++) {
            const channel = Math.floor(o / groupOut) * groupIn + c;
            const x = voxel < 0 ? -1 : (n * inChannels + channel) * inSpatial + voxel;
            visit((n * outChannels + o) * outSpatial + m, x, (o * groupIn + c) * taps + q);
          }
        }
      }
    }
  }
}

/** A result with, per element, the sum of the absolute terms' coefficients (the G of the tolerance). */
export interface Naive {
  readonly value: Float64Array;
  readonly gain: Float64Array;
  /** Terms per element. */
  readonly terms: Float64Array;
}

const zeros = (length: number): Naive => ({
  value: new Float64Array(length),
  gain: new Float64Array(length),
  terms: new Float64Array(length),
});

function add(to: Naive, at: number, datum: number, coefficient: number): void {
  to.value[at] += datum * coefficient;
  to.gain[at] += Math.abs(coefficient);
  to.terms[at]++;
}

export function naiveConv(
  conv: NaiveConv & { readonly relu?: boolean },
  [x, w, bias]: readonly Float32Array[],
): Naive {
  const y = zeros(conv.batch * conv.outChannels * product(conv.axes.map((a) => a.out)));
  const spatial = product(conv.axes.map((a) => a.out));
  y.value.forEach((_, i) => {
    y.value[i] = bias?.[Math.floor(i / spatial) % conv.outChannels] ?? 0;
    y.gain[i] = Math.abs(y.value[i]);
  });
  forEachTerm(conv, (yi, xi, wi) => add(y, yi, xi < 0 ? 0 : x[xi], w[wi]));
  return conv.relu ? { ...y, value: y.value.map((v) => Math.max(v, 0)) } : y;
}

/** The operands of the convolution and the gradient of its result. */
export interface VjpOperands {
  readonly x: Float32Array;
  readonly weight: Float32Array;
  readonly gy: Float32Array;
}

export function naiveConvVjp(
  conv: NaiveConv,
  of: "x" | "weight" | "bias",
  { x, weight, gy }: VjpOperands,
): Naive {
  const result = zeros({ x: x.length, weight: weight.length, bias: conv.outChannels }[of]);
  if (of === "bias") {
    const spatial = product(conv.axes.map((a) => a.out));
    for (let i = 0; i < gy.length; i++) add(result, Math.floor(i / spatial) % conv.outChannels, gy[i], 1);
    return result;
  }
  forEachTerm(conv, (yi, xi, wi) => {
    if (of === "weight") add(result, wi, gy[yi], xi < 0 ? 0 : x[xi]);
    else if (xi >= 0) add(result, xi, gy[yi], weight[wi]);
  });
  return result;
}
