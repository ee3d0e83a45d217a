import { defineOperator } from "../../define.ts";
import {
  choice,
  choiceOrTensor,
  flag,
  isTensorSpec,
  number,
  optionalTensor,
  perAxis,
  perChannel,
} from "../../params.ts";
import type { Graph } from "../../plan.ts";
import { atMost, fail } from "../../refuse.ts";
import { checkPadding, expectShape } from "../../resolve.ts";
import type { BlockAxis } from "../../step.ts";
import type { TensorSpec } from "../../tensor.ts";
import type { Conv } from "../conv/conv.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

export interface DetailPreservingPool {
  readonly batch: number;
  readonly channels: number;
  readonly axes: readonly BlockAxis[];
  readonly asymmetric: boolean;
  readonly normalisation: "mean" | "sum" | "none";
  readonly parametrisation: "exp-half" | "exp" | "direct";
  readonly epsilon: number;
  readonly alphaMax: number | null;
  /** One value per channel, or null where a tensor was given. */
  readonly lambda: readonly number[] | null;
  readonly alpha: readonly number[] | null;
  readonly prediction: "box" | "given" | "filter";
  /** The depthwise convolution that predicts, where `prediction` is `filter`. */
  readonly filter: Conv | null;
}

/** The published forms: paper, its Lua graph, its CUDA layer, its PyTorch file. */
const variants = {
  paper: { normalisation: "none", parametrisation: "direct", epsilon: 1e-6, alphaMax: null },
  lua: { normalisation: "mean", parametrisation: "exp-half", epsilon: 1e-3, alphaMax: 10 },
  cuda: { normalisation: "sum", parametrisation: "exp-half", epsilon: 1e-3, alphaMax: null },
  pytorch: { normalisation: "mean", parametrisation: "exp", epsilon: 1e-3, alphaMax: null },
} as const;
const ours = { normalisation: "mean", parametrisation: "exp-half", epsilon: 1e-3, alphaMax: null } as const;

const op = "detailPreservingPool";

/** A plan lists the parameters of every channel. */
const MOST_CHANNELS = 2 ** 20;

function channelValues(
  option: string,
  value: number | readonly number[] | TensorSpec,
  channels: number,
): readonly number[] | null {
  if (isTensorSpec(value)) {
    expectShape(op, option, value.shape, [channels]);
    return null;
  }
  atMost(
    "INVALID_SHAPE",
    op,
    `without a tensor for ${option}, the number of channels`,
    channels,
    MOST_CHANNELS,
  );
  if (typeof value === "number") return new Array<number>(channels).fill(value);
  if (value.length === channels) return value;
  fail("INVALID_OPTION", op, `${option} has ${value.length} values; expected ${channels}, one per channel.`, {
    option,
    got: value.length,
    expected: channels,
  });
}

/** The prediction of the full form: a depthwise filter centred on the first voxel of each block, zeros around. */
function predictionFilter(
  shape: readonly number[],
  batch: number,
  channels: number,
  blocks: readonly BlockAxis[],
): Conv {
  const [, , ...kernel] = shape;
  expectShape(op, "filter", shape, [channels, 1, ...blocks.map((_, a) => kernel[a] ?? 3)]);
  const axes = blocks.map(({ size, out, stride }, a) => {
    const padBefore = Math.floor(kernel[a] / 2);
    const padAfter = (out - 1) * stride + kernel[a] - size - padBefore;
    checkPadding(op, a, { padBefore, padAfter });
    return { size, out, kernel: kernel[a], stride, dilation: 1, padBefore, padAfter };
  });
  return { batch, inChannels: channels, outChannels: channels, groups: channels, axes, mode: "zeros" };
}

interface Inputs {
  readonly lambda: number;
  readonly alpha: number;
  readonly prediction: number | undefined;
}

/** Constants for what was given as numbers, and the prediction where it is not the block mean. */
function lowerInputs(
  params: DetailPreservingPool,
  graph: Graph,
  given: Readonly<Record<string, number>>,
): Inputs {
  const lambda = params.lambda ? graph.constant(params.lambda) : given.lambda;
  const alpha = params.alpha ? graph.constant(params.alpha) : given.alpha;
  if (params.filter === null) return { lambda, alpha, prediction: given.prediction };
  const prediction = graph.temporary([params.batch, params.channels, ...params.axes.map(({ out }) => out)]);
  const inputs =
    given.filterBias === undefined ? [given.x, given.filter] : [given.x, given.filter, given.filterBias];
  graph.step({ family: "conv", ...params.filter, relu: false, inputs, outputs: [prediction] });
  return { lambda, alpha, prediction };
}

const detailOf = ({
  batch,
  channels,
  axes,
  asymmetric,
  normalisation,
  parametrisation,
  epsilon,
  alphaMax,
}: DetailPreservingPool) => ({
  batch,
  channels,
  axes,
  asymmetric,
  normalisation,
  parametrisation,
  epsilon,
  alphaMax,
});

/**
 * A mean of every block that weighs voxels up which differ from a smooth prediction.
 *
 * Takes `x` [N, C, ...spatial]; gives [N, C, ...floor(size / stride)] over disjoint blocks (the rest is dropped):
 * r = x - prediction (clipped at 0 if `asymmetric`), u = r^2 + epsilon, w = A + (u / V)^G, y = sum(w x) / sum(w).
 * V is the block's mean or sum of u, or 1 (`normalisation`); G and A come from `lambda` and `alpha`
 * (`parametrisation`). The prediction is the block mean, a tensor of the output's shape, or a depthwise `filter`
 * [C, 1, ...k] (with `filterBias` [C]) centred on each block's first voxel. Sample m sits at the block centre,
 * `(stride - 1) / 2 + stride m`. The gradient gives x and every tensor that was given.
 *
 * @throws `INVALID_SHAPE` where an axis is shorter than its stride or a tensor does not fit, `INVALID_OPTION`.
 * @see Saeedan et al., Detail-preserving pooling in deep networks, CVPR 2018
 * @example
 * const y = detailPreservingPool(x, { stride: 2, asymmetric: true });
 */
export const detailPreservingPool = defineOperator({
  name: op,
  summary: "A block mean that weighs up what differs from a smooth prediction.",
  source: "Saeedan et al., Detail-preserving pooling in deep networks, CVPR 2018",
  operands: ["x"],
  outputs: ["y"],
  params: {
    stride: perAxis({ doc: "Block size; 1 leaves an axis alone.", min: 1, default: 2 }),
    asymmetric: flag({ doc: "Favour voxels above the prediction only.", default: false }),
    prediction: choiceOrTensor(["box"], {
      doc: "The block mean, or a tensor of the output's shape.",
      default: "box",
    }),
    filter: optionalTensor({ doc: "Tensor [C, 1, ...k]: predict with this depthwise filter instead." }),
    filterBias: optionalTensor({ doc: "Tensor [C] added to the filtered prediction." }),
    normalisation: choice(["mean", "sum", "none"], { doc: "What u is divided by; mean unless given." }),
    parametrisation: choice(["exp-half", "exp", "direct"], {
      doc: "How lambda and alpha become G and A; exp-half unless given.",
    }),
    lambda: perChannel({ doc: "How strongly detail counts.", default: 0 }),
    alpha: perChannel({ doc: "How much every voxel counts.", default: 0 }),
    epsilon: number({ doc: "Added to the squared residual; 1e-3 unless given.", min: 0, integer: false }),
    variant: choice(["paper", "lua", "cuda", "pytorch"], {
      doc: "Sets everything that is not given to one of the published forms.",
    }),
  },
  gradients: ["x"],
  optionalGradients: ["lambda", "alpha", "prediction", "filter", "filterBias"],
  semantics: {
    linear: false,
    keepsConstants: true,
    support: "window",
    nonFinite: "NaN and infinity make their block NaN.",
    tolerance: () => 1e-5,
    gain: () => 1,
  },
  independent: { each: "item", tensors: ["x", "prediction"] },
  resolve(options, { x: [batch, channels, ...spatial], ...shapes }) {
    const axes = spatial.map((size, a) => ({
      size,
      out: Math.floor(size / options.stride[a]),
      stride: options.stride[a],
    }));
    const short = axes.findIndex(({ out }) => out < 1);
    if (short >= 0) {
      fail(
        "INVALID_SHAPE",
        op,
        `spatial axis ${short} has ${spatial[short]} voxels; stride ${options.stride[short]} needs at least ${options.stride[short]}.`,
        { option: "stride", got: spatial[short], expected: options.stride[short] },
      );
    }
    if (shapes.filter && shapes.prediction) {
      fail("INVALID_OPTION", op, "got both filter and a prediction tensor; expected one of them.", {
        option: "prediction",
      });
    }
    if (shapes.filterBias) {
      expectShape(op, "filterBias", shapes.filterBias, [channels]);
      if (!shapes.filter) fail("INVALID_OPTION", op, "filterBias needs a filter.", { option: "filterBias" });
    }
    if (shapes.prediction)
      expectShape(op, "prediction", shapes.prediction, [batch, channels, ...axes.map(({ out }) => out)]);
    const form = options.variant ? variants[options.variant] : ours;
    return {
      batch,
      channels,
      axes,
      asymmetric: options.asymmetric,
      normalisation: options.normalisation ?? form.normalisation,
      parametrisation: options.parametrisation ?? form.parametrisation,
      epsilon: options.epsilon ?? form.epsilon,
      alphaMax: form.alphaMax,
      lambda: channelValues("lambda", options.lambda, channels),
      alpha: channelValues("alpha", options.alpha, channels),
      prediction: shapes.filter ? "filter" : shapes.prediction ? "given" : "box",
      filter: shapes.filter ? predictionFilter(shapes.filter, batch, channels, axes) : null,
    } satisfies DetailPreservingPool;
  },
  output: ({ axes }) => ({
    axes: axes.map(({ out, stride }) => ({ out, grid: { offset: (stride - 1) / 2, spacing: stride } })),
  }),
  lower(params, graph, given, { y }) {
    const { lambda, alpha, prediction } = lowerInputs(params, graph, given);
    const inputs = prediction === undefined ? [given.x, lambda, alpha] : [given.x, lambda, alpha, prediction];
    graph.step({ family: "detail", ...detailOf(params), inputs, outputs: [y] });
  },
  lowerVjp(params, graph, given, gradients) {
    const { lambda, alpha, prediction } = lowerInputs(params, graph, given);
    const { batch, channels, axes } = params;
    const image = [batch, channels, ...axes.map(({ size }) => size)];
    const direct = params.filter ? graph.temporary(image) : gradients.x;
    const outputs = [
      direct,
      gradients.lambda ?? graph.temporary([channels]),
      gradients.alpha ?? graph.temporary([channels]),
    ];
    const inputs = [given.x, lambda, alpha, given.gy];
    if (prediction === undefined)
      return graph.step({ family: "detailVjp", ...detailOf(params), inputs, outputs });
    const towards = gradients.prediction ?? graph.temporary([batch, channels, ...axes.map(({ out }) => out)]);
    graph.step({
      family: "detailVjp",
      ...detailOf(params),
      inputs: [...inputs, prediction],
      outputs: [...outputs, towards],
    });
    if (params.filter === null) return;
    const through = graph.temporary(image);
    const step = { family: "convVjp", ...params.filter } as const;
    graph.step({ ...step, of: "x", inputs: [towards, given.filter], outputs: [through] });
    graph.step({ ...step, of: "weight", inputs: [given.x, towards], outputs: [gradients.filter] });
    if (given.filterBias !== undefined)
      graph.step({ ...step, of: "bias", inputs: [towards], outputs: [gradients.filterBias] });
    const length = image.reduce((p, n) => p * n, 1);
    graph.step({
      family: "elementwise",
      function: "add",
      length,
      inputs: [direct, through],
      outputs: [gradients.x],
    });
  },
  reference,
  get cases() {
    return cases();
  },
});
