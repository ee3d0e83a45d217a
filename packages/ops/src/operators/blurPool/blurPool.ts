import { defineOperator, type Indices, type OutputAxis, type Semantics } from "../../define.ts";
import { choice, type Parsed, padding, paddingModes, perAxis } from "../../params.ts";
import type { Graph } from "../../plan.ts";
import { kernelOrDefault, windowAxes } from "../../resolve.ts";
import { type PaddingMode, type WindowAxis, windowGrid } from "../../window.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

/** Above it, the sums of binomials that taps are made of overflow double precision. */
const MAX_TAPS = 1024;

export const blurPoolParams = {
  kernelSize: perAxis({
    doc: `Taps per axis, at most ${MAX_TAPS}; 4 unless given, and 1 on axes with stride 1.`,
    min: 1,
    max: MAX_TAPS,
  }),
  stride: perAxis({ doc: "Downsampling factor.", min: 1, default: 2 }),
  padding: padding({ doc: "Voxels added at the border; by the variant unless given; negative crops." }),
  paddingMode: choice(paddingModes, {
    doc: 'What lies beyond the border; "reflect", or "zeros" for kornia, unless given.',
  }),
  variant: choice(["adobe", "kornia", "timm"], {
    doc: "Whose padding: adobe keeps ceil(size / stride), kornia and timm pad both sides alike.",
    default: "adobe",
  }),
};

export interface BlurAxis extends WindowAxis {
  readonly taps: readonly number[];
}

export interface BlurPool {
  readonly planes: number;
  readonly axes: readonly BlurAxis[];
  readonly mode: PaddingMode;
}

/** Binomial taps C(k - 1, i) / 2^(k - 1): exact binary fractions that sum to 1. */
export function binomialTaps(k: number): number[] {
  let row = [1];
  for (let i = 1; i < k; i++) row = [1, ...row.slice(1).map((c, j) => c + row[j]), 1];
  return row.map((c) => c / 2 ** (k - 1));
}

function variantPadding(variant: "adobe" | "kornia" | "timm", k: number, s: number): [number, number] {
  if (variant === "adobe") return [Math.floor((k - 1) / 2), Math.ceil((k - 1) / 2)];
  const both = variant === "kornia" ? Math.floor((k - 1) / 2) : Math.floor((s + k - 2) / 2);
  return [both, both];
}

export function resolveBlurPool(
  op: string,
  options: Parsed<typeof blurPoolParams>,
  shape: readonly number[],
): BlurPool {
  const [batch, channels, ...spatial] = shape;
  const { stride, variant } = options;
  const kernel = kernelOrDefault(options.kernelSize, stride, 4);
  const mode = options.paddingMode ?? (variant === "kornia" ? "zeros" : "reflect");
  const rule = options.padding ?? kernel.map((k, a) => variantPadding(variant, k, stride[a]));
  const axes = windowAxes({ op, spatial, kernel, stride, padding: rule, mode });
  return {
    planes: batch * channels,
    mode,
    axes: axes.map((axis) => ({ ...axis, taps: binomialTaps(axis.kernel) })),
  };
}

export const blurOutput = (axes: readonly BlurAxis[]): OutputAxis[] =>
  axes.map((axis) => ({ out: axis.out, grid: windowGrid(axis) }));

export function lowerBlur(params: BlurPool, graph: Graph, { x }: Indices, { y }: Indices): void {
  graph.step({ family: "blur", ...params, adjoint: false, inputs: [x], outputs: [y] });
}

export function lowerBlurVjp(params: BlurPool, graph: Graph, { gy }: Indices, { x }: Indices): void {
  graph.step({ family: "blur", ...params, adjoint: true, inputs: [gy], outputs: [x] });
}

const semantics: Semantics<BlurPool> = {
  linear: true,
  keepsConstants: true,
  support: "window",
  nonFinite: "NaN and infinity spread to the windows that hold them.",
  tolerance: () => 1e-6,
  gain: () => 1,
};

/**
 * Binomial blur, then every `stride`-th sample: anti-aliased subsampling.
 *
 * Takes `x` [N, C, ...spatial]; gives [N, C, ...out]. The filter is the outer product of binomial taps
 * (4: 1 3 3 1 / 8). With the default padding `out = ceil(size / stride)`; sample m sits at `stride m`, and half a
 * voxel further for even kernels.
 *
 * @throws `INVALID_SHAPE` where the image is too small for its padding, `INVALID_OPTION`.
 * @see Zhang, Making convolutional networks shift-invariant again, ICML 2019
 * @example
 * const y = blurPool(x, { kernelSize: 3, stride: 2 });
 */
export const blurPool = defineOperator({
  name: "blurPool",
  summary: "Binomial blur, then every stride-th sample.",
  source: "Zhang, Making convolutional networks shift-invariant again, ICML 2019",
  operands: ["x"],
  outputs: ["y"],
  params: blurPoolParams,
  gradients: ["x"],
  semantics,
  independent: { each: "plane", tensors: ["x"] },
  resolve: (options, { x }) => resolveBlurPool("blurPool", options, x),
  output: ({ axes }) => ({ axes: blurOutput(axes) }),
  lower: lowerBlur,
  lowerVjp: lowerBlurVjp,
  reference,
  get cases() {
    return cases();
  },
});
