import { defineOperator } from "../../define.ts";
import { composeGrids } from "../../grid.ts";
import { flag, group, optionalTensor } from "../../params.ts";
import { windowGrid } from "../../window.ts";
import {
  type BlurPool,
  blurOutput,
  blurPoolParams,
  lowerBlur,
  lowerBlurVjp,
  resolveBlurPool,
} from "../blurPool/blurPool.ts";
import { type Conv, convWindowParams, lowerConvVjp, reductionLength, resolveConv } from "../conv/conv.ts";
import { outputGain } from "../conv/reference.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

export interface ConvBlurPool {
  readonly conv: Conv;
  readonly relu: boolean;
  readonly blur: BlurPool;
  /** [N, Cout] and the sizes between the two. */
  readonly between: readonly number[];
}

/**
 * Convolution, rectifier, then `blurPool`: a strided convolution without its aliasing.
 *
 * Takes `x` [N, Cin, ...spatial] and `weight` [Cout, Cin / groups, ...kernel]; gives [N, Cout, ...out]. Sample
 * positions are those of the two one after the other. The gradient gives `{ x, weight, bias }`; the rectifier
 * passes it where its input is above zero.
 *
 * @throws `INVALID_SHAPE`, `INVALID_OPTION` as `conv` and `blurPool`.
 * @see Zhang, Making convolutional networks shift-invariant again, ICML 2019
 * @example
 * const y = convBlurPool(x, weight, { conv: { padding: 1 }, blur: { kernelSize: 4, stride: 2 } });
 */
export const convBlurPool = defineOperator({
  name: "convBlurPool",
  summary: "Convolution, rectifier, then blurPool.",
  source: "Zhang, Making convolutional networks shift-invariant again, ICML 2019",
  operands: ["x", "weight"],
  outputs: ["y"],
  params: {
    conv: group(convWindowParams, { doc: "The convolution, at stride 1 unless given." }),
    bias: optionalTensor({ doc: "Tensor [Cout] added to every output channel of the convolution." }),
    relu: flag({ doc: "Rectify between convolution and blur.", default: true }),
    blur: group(blurPoolParams, { doc: "The blur and its stride." }),
  },
  gradients: ["x", "weight", "bias"],
  semantics: {
    linear: false,
    keepsConstants: false,
    support: "window",
    nonFinite: "NaN and infinity spread through both windows.",
    tolerance: ({ conv }) => 1e-6 + 1e-8 * reductionLength(conv),
    gain: ({ conv }, { weight }) => outputGain(conv, weight),
  },
  independent: { each: "item", tensors: ["x"] },
  resolve({ conv, relu, blur }, shapes) {
    const resolved = resolveConv("convBlurPool", conv, shapes);
    const between = [resolved.batch, resolved.outChannels, ...resolved.axes.map(({ out }) => out)];
    return {
      conv: resolved,
      relu,
      blur: resolveBlurPool("convBlurPool", blur, between),
      between,
    } satisfies ConvBlurPool;
  },
  output({ conv, blur }) {
    const axes = blurOutput(blur.axes);
    const grid = composeGrids(
      conv.axes.map(windowGrid),
      axes.map((axis) => axis.grid),
    );
    return { channels: conv.outChannels, axes: axes.map(({ out }, a) => ({ out, grid: grid[a] })) };
  },
  lower({ conv, relu, blur, between }, graph, { x, weight, bias }, { y }) {
    const map = graph.temporary(between);
    const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
    graph.step({ family: "conv", ...conv, relu, inputs, outputs: [map] });
    lowerBlur(blur, graph, { x: map }, { y });
  },
  lowerVjp({ conv, relu, blur, between }, graph, { x, weight, bias, gy }, gradients) {
    let gradient = graph.temporary(between);
    lowerBlurVjp(blur, graph, { gy }, { x: gradient });
    if (relu) {
      const map = graph.temporary(between);
      const masked = graph.temporary(between);
      const length = between.reduce((p, size) => p * size, 1);
      const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
      graph.step({ family: "conv", ...conv, relu, inputs, outputs: [map] });
      graph.step({
        family: "elementwise",
        function: "reluVjp",
        length,
        inputs: [map, gradient],
        outputs: [masked],
      });
      gradient = masked;
    }
    lowerConvVjp(conv, graph, { x, weight, gy: gradient }, gradients);
  },
  reference,
  get cases() {
    return cases();
  },
});
