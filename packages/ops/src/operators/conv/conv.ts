import { defineOperator, type Indices, type Shapes } from "../../define.ts";
import { choice, number, optionalTensor, type Parsed, padding, paddingModes, perAxis } from "../../params.ts";
import type { Graph } from "../../plan.ts";
import { fail } from "../../refuse.ts";
import { expectShape, windowAxes } from "../../resolve.ts";
import { type PaddingMode, type WindowAxis, windowGrid } from "../../window.ts";
import { cases } from "./cases.ts";
import { outputGain, reference } from "./reference.ts";

/** How the window moves; shared with convBlurPool. */
export const convWindowParams = {
  stride: perAxis({ doc: "Step between windows in voxels.", min: 1, default: 1 }),
  padding: padding({
    doc: 'Voxels added at the border; "same" keeps the size at stride 1; negative crops.',
    default: 0,
  }),
  paddingMode: choice(paddingModes, { doc: "What lies beyond the border.", default: "zeros" }),
  dilation: perAxis({ doc: "Step between the voxels of a window.", min: 1, default: 1 }),
  groups: number({ doc: "Blocks of channels that do not see each other.", min: 1, default: 1 }),
};

export const convParams = {
  ...convWindowParams,
  bias: optionalTensor({ doc: "Tensor [Cout] added to every output channel." }),
};

export interface Conv {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly axes: readonly WindowAxis[];
  readonly mode: PaddingMode;
}

export function resolveConv(op: string, options: Parsed<typeof convWindowParams>, shapes: Shapes): Conv {
  const [batch, inChannels, ...spatial] = shapes.x;
  const [outChannels, perGroup, ...kernel] = shapes.weight;
  const { groups, stride, dilation, paddingMode: mode } = options;
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    fail(
      "INVALID_OPTION",
      op,
      `${groups} groups do not divide ${inChannels} input and ${outChannels} output channels.`,
      { option: "groups", got: groups, expected: `a divisor of ${inChannels} and ${outChannels}` },
    );
  }
  if (kernel.length !== spatial.length || perGroup !== inChannels / groups) {
    expectShape(op, "weight", shapes.weight, [
      outChannels,
      inChannels / groups,
      ...spatial.map((_, a) => kernel[a] ?? 1),
    ]);
  }
  if (shapes.bias) expectShape(op, "bias", shapes.bias, [outChannels]);
  const axes = windowAxes({ op, spatial, kernel, stride, dilation, padding: options.padding, mode });
  return { batch, inChannels, outChannels, groups, axes, mode };
}

/** Steps of the three gradients, as far as they are wanted. */
export function lowerConvVjp(conv: Conv, graph: Graph, { x, weight, gy }: Indices, gradients: Indices): void {
  const step = { family: "convVjp", ...conv } as const;
  graph.step({ ...step, of: "x", inputs: [gy, weight], outputs: [gradients.x] });
  graph.step({ ...step, of: "weight", inputs: [x, gy], outputs: [gradients.weight] });
  graph.step({ ...step, of: "bias", inputs: [gy], outputs: [gradients.bias] });
}

/** Multiply-adds behind one output. */
export const reductionLength = ({ inChannels, groups, axes }: Conv): number =>
  axes.reduce((length, { kernel }) => length * kernel, inChannels / groups);

/**
 * Correlation with learned weights, strided.
 *
 * Takes `x` [N, Cin, ...spatial] and `weight` [Cout, Cin / groups, ...kernel]; gives [N, Cout, ...out],
 * `y[o, m] = bias[o] + sum of w[o, c, q] x[c, stride m - padding + dilation q]` (no kernel flip).
 * Sample m sits at `dilation (kernel - 1) / 2 - padding + stride m` voxels.
 * The gradient gives `{ x, weight, bias }`.
 *
 * @throws `INVALID_SHAPE` where weight, bias or sizes do not fit, `INVALID_OPTION`.
 * @see PyTorch Conv1d/2d/3d, ONNX Conv
 * @example
 * const y = conv(x, weight, { stride: 2, padding: 1 });
 */
export const conv = defineOperator({
  name: "conv",
  summary: "Correlation with learned weights, strided, dilated, in groups.",
  source: "PyTorch Conv1d, Conv2d, Conv3d; ONNX Conv",
  operands: ["x", "weight"],
  outputs: ["y"],
  params: convParams,
  gradients: ["x", "weight", "bias"],
  semantics: {
    linear: true,
    keepsConstants: false,
    support: "window",
    nonFinite: "NaN and infinity spread to the windows that hold them, in all output channels of the group.",
    tolerance: (params) => 1e-6 + 1e-8 * reductionLength(params),
    gain: (params, { weight }) => outputGain(params, weight),
  },
  independent: { each: "item", tensors: ["x"] },
  resolve: (options, shapes) => resolveConv("conv", options, shapes),
  output: ({ axes, outChannels }) => ({
    channels: outChannels,
    axes: axes.map((axis) => ({ out: axis.out, grid: windowGrid(axis) })),
  }),
  lower(params, graph, { x, weight, bias }, { y }) {
    const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
    graph.step({ family: "conv", ...params, relu: false, inputs, outputs: [y] });
  },
  lowerVjp: lowerConvVjp,
  reference,
  get cases() {
    return cases();
  },
});
