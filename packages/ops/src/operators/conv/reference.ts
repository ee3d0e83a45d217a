import type { Arrays, Reference } from "../../define.ts";
import { forEachTap } from "../../reference/correlate.ts";
import { product } from "../../reference/loops.ts";
import type { Conv } from "./conv.ts";

/** Visits every (output, weight, input) triple of flat indices that is multiplied. */
function forEachProduct(params: Conv, visit: (output: number, weight: number, source: number) => void): void {
  const { batch, inChannels, outChannels, groups, axes, mode } = params;
  const size = product(axes.map((axis) => axis.size));
  const out = product(axes.map((axis) => axis.out));
  const taps = product(axes.map((axis) => axis.kernel));
  const perGroup = inChannels / groups;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outChannels; o++) {
      const group = Math.floor(o / (outChannels / groups));
      for (let c = 0; c < perGroup; c++) {
        const input = (n * inChannels + group * perGroup + c) * size;
        forEachTap(axes, mode, (output, tap, source) => {
          visit((n * outChannels + o) * out + output, (o * perGroup + c) * taps + tap, input + source);
        });
      }
    }
  }
}

export function convForward(params: Conv, { x, weight, bias }: Arrays): Float64Array {
  const out = product(params.axes.map((axis) => axis.out));
  const y = new Float64Array(params.batch * params.outChannels * out);
  if (bias)
    y.forEach((_, i) => {
      y[i] = bias[Math.floor(i / out) % params.outChannels];
    });
  forEachProduct(params, (output, w, source) => {
    y[output] += weight[w] * x[source];
  });
  return y;
}

export function convVjp(
  params: Conv,
  { x, weight, gy }: Arrays,
): { x: Float64Array; weight: Float64Array; bias: Float64Array } {
  const gradients = {
    x: new Float64Array(x.length),
    weight: new Float64Array(weight.length),
    bias: new Float64Array(params.outChannels),
  };
  const out = product(params.axes.map((axis) => axis.out));
  gy.forEach((g, i) => {
    gradients.bias[Math.floor(i / out) % params.outChannels] += g;
  });
  forEachProduct(params, (output, w, source) => {
    gradients.x[source] += weight[w] * gy[output];
    gradients.weight[w] += x[source] * gy[output];
  });
  return gradients;
}

/** The largest sum of absolute weights of an output channel. */
export function outputGain({ outChannels }: Conv, weight: Float64Array): number {
  const sums = new Float64Array(outChannels);
  weight.forEach((w, i) => {
    sums[Math.floor((i * outChannels) / weight.length)] += Math.abs(w);
  });
  return Math.max(...sums);
}

export const reference: Reference<Conv> = {
  forward: (params, inputs) => ({ y: convForward(params, inputs) }),
  vjp: convVjp,
};
