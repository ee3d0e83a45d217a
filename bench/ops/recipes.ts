// What is timed: every operator, on which shapes, and how closely everybody's results must agree.
import {
  asapPool,
  avgPool,
  blurPool,
  conv,
  convBlurPool,
  detailPreservingPool,
  flcPool,
  kspacePool,
  maxBlurPool,
  maxPool,
  maxPoolWithIndices,
  type Plan,
  spectralPool,
  type TensorSpec,
} from "@halfband/ops";
import type { Task } from "../rivals/src/rival.ts";
import type { ShapeName } from "../shapes/shapes.ts";

/** What a rival needs to know beyond shapes and data; without one, only halfband runs. */
type Words = Task extends infer T
  ? T extends Task
    ? Omit<T, "shape" | "outShape" | "x" | "weight">
    : never
  : never;

/** A call of an operator, to be timed on several shapes. */
export interface Recipe {
  readonly op: string;
  readonly shapes: readonly ShapeName[];
  readonly tolerance: number;
  readonly words?: Words;
  /** Output channels of a convolution, by input channels. */
  outChannels?(channels: number): number;
  /** Taps of its kernel along each axis, 3 unless given. */
  readonly kernelSize?: 1 | 3;
  /** Whether each channel is convolved for itself. */
  readonly depthwise?: boolean;
  plan(x: TensorSpec, weight: TensorSpec): Plan;
}

const maps: readonly ShapeName[] = [
  "1x32x128x128",
  "1x64x64x64",
  "8x16x64x64",
  "1x128x32x32",
  "1x1x256x256",
  "1x32x256x256",
];
const planes: readonly ShapeName[] = [...maps, "1x1x182x218"];
const volumes: readonly ShapeName[] = ["1x16x64x64x64", "1x1x182x218x182"];
const everywhere = [...planes, ...volumes];
/** Where gradients are looked at. */
const few: readonly ShapeName[] = ["1x32x128x128", "1x64x64x64"];

const poolWords = (op: "maxPool" | "avgPool", kernelSize: number, padding = 0): Words => ({
  op,
  kernelSize,
  stride: 2,
  padding,
});

const halved = ({ shape }: TensorSpec): number[] => shape.slice(2).map((size) => Math.floor(size / 2));

/** The part of a plan that makes one of its outputs in a single step. */
function alone(plan: Plan, output: string): Plan {
  const made = plan.values.findIndex(({ name, role }) => role === "output" && name === output);
  const steps = plan.steps.filter(({ outputs }) => outputs.includes(made));
  const used = [...new Set(steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]))];
  const places = (indices: readonly number[]) => indices.map((index) => used.indexOf(index));
  return {
    ...plan,
    values: used.map((index) => plan.values[index]),
    steps: steps.map((step) => ({ ...step, inputs: places(step.inputs), outputs: places(step.outputs) })),
  };
}

export const recipes: readonly Recipe[] = [
  {
    op: "maxPool 2",
    shapes: everywhere,
    tolerance: 0,
    words: poolWords("maxPool", 2),
    plan: (x) => maxPool.plan(x, { kernelSize: 2 }),
  },
  {
    op: "maxPool 3 stride 2",
    shapes: everywhere,
    tolerance: 0,
    words: poolWords("maxPool", 3, 1),
    plan: (x) => maxPool.plan(x, { kernelSize: 3, stride: 2, padding: 1 }),
  },
  {
    op: "maxPoolWithIndices 2",
    shapes: everywhere,
    tolerance: 0,
    plan: (x) => maxPoolWithIndices.plan(x, { kernelSize: 2 }),
  },
  {
    op: "avgPool 2",
    shapes: everywhere,
    tolerance: 1e-6,
    words: poolWords("avgPool", 2),
    plan: (x) => avgPool.plan(x, { kernelSize: 2 }),
  },
  ...[3, 4, 5].map(
    (kernelSize): Recipe => ({
      op: `blurPool ${kernelSize}`,
      shapes: kernelSize === 3 ? everywhere : planes,
      tolerance: 2e-6,
      words: { op: "blurPool", kernelSize },
      plan: (x) => blurPool.plan(x, { kernelSize }),
    }),
  ),
  {
    op: "maxBlurPool 2 + 5",
    shapes: planes,
    tolerance: 2e-6,
    words: { op: "maxBlurPool", maxSize: 2, kernelSize: 5 },
    plan: (x) => maxBlurPool.plan(x, { blur: { kernelSize: 5 } }),
  },
  ...[1, 2].map(
    (stride): Recipe => ({
      op: `conv 3 stride ${stride}`,
      shapes: ["1x32x128x128", "1x64x64x64", "8x16x64x64", "1x128x32x32", "1x1x256x256", "1x16x64x64x64"],
      tolerance: 5e-5,
      words: { op: "conv", kernelSize: 3, stride },
      outChannels: (channels) => ({ 1: 32, 16: 16, 32: 64, 64: 64 })[channels] ?? 2 * channels,
      plan: (x, weight) => conv.plan(x, weight, { stride, padding: 1 }),
    }),
  ),
  ...[1, 2].map(
    (stride): Recipe => ({
      op: `conv 1 stride ${stride}`,
      shapes: [...few, "1x128x32x32", "1x16x64x64x64"],
      tolerance: 5e-5,
      words: { op: "conv", kernelSize: 1, stride },
      outChannels: (channels) => channels,
      kernelSize: 1,
      plan: (x, weight) => conv.plan(x, weight, { stride }),
    }),
  ),
  ...[1, 2].map(
    (stride): Recipe => ({
      op: `depthwise conv 3 stride ${stride}`,
      shapes: [...few, "1x128x32x32", "1x32x256x256"],
      tolerance: 5e-5,
      words: { op: "depthwiseConv", kernelSize: 3, stride },
      outChannels: (channels) => channels,
      depthwise: true,
      plan: (x, weight) => conv.plan(x, weight, { stride, padding: 1, groups: x.shape[1] }),
    }),
  ),
  {
    op: "convBlurPool 3 + 4",
    shapes: few,
    tolerance: 5e-5,
    words: { op: "convBlurPool", kernelSize: 4 },
    outChannels: (channels) => channels,
    plan: (x, weight) => convBlurPool.plan(x, weight, { conv: { padding: 1 } }),
  },
  {
    op: "flcPool",
    shapes: [...planes, "1x1x512x512", ...volumes],
    tolerance: 3e-6,
    words: { op: "flcPool" },
    plan: (x) => flcPool.plan(x),
  },
  { op: "asapPool", shapes: everywhere, tolerance: 1e-5, plan: (x) => asapPool.plan(x) },
  {
    op: "spectralPool hamming",
    shapes: everywhere,
    tolerance: 1e-5,
    plan: (x) => spectralPool.plan(x, { stride: 2, window: "hamming" }),
  },
  {
    op: "kspacePool",
    shapes: everywhere,
    tolerance: 1e-5,
    plan: (re) => kspacePool.plan(re, re, { outputSize: halved(re) }),
  },
  {
    op: "detailPreservingPool",
    shapes: everywhere,
    tolerance: 1e-5,
    plan: (x) => detailPreservingPool.plan(x),
  },
  {
    op: "gradient of maxPool 2",
    shapes: few,
    tolerance: 0,
    plan: (x) => maxPool.vjpPlan(x, { kernelSize: 2 }),
  },
  {
    op: "gradient of avgPool 2",
    shapes: few,
    tolerance: 1e-5,
    plan: (x) => avgPool.vjpPlan(x, { kernelSize: 2 }),
  },
  {
    op: "gradient of blurPool 3",
    shapes: few,
    tolerance: 1e-5,
    plan: (x) => blurPool.vjpPlan(x, { kernelSize: 3 }),
  },
  {
    op: "gradient of maxBlurPool 2 + 5",
    shapes: few,
    tolerance: 1e-5,
    plan: (x) => maxBlurPool.vjpPlan(x, { blur: { kernelSize: 5 } }),
  },
  { op: "gradient of flcPool", shapes: few, tolerance: 1e-5, plan: (x) => flcPool.vjpPlan(x) },
  { op: "gradient of asapPool", shapes: few, tolerance: 1e-5, plan: (x) => asapPool.vjpPlan(x) },
  {
    op: "gradient of kspacePool",
    shapes: few,
    tolerance: 1e-5,
    plan: (re) => kspacePool.vjpPlan(re, re, { outputSize: halved(re) }),
  },
  {
    op: "gradient of detailPreservingPool",
    shapes: few,
    tolerance: 1e-5,
    plan: (x) => detailPreservingPool.vjpPlan(x),
  },
  ...[1, 2].flatMap((stride): Recipe[] => {
    const common = { shapes: few, tolerance: 5e-5, outChannels: () => 64 };
    const plan: Recipe["plan"] = (x, weight) => conv.vjpPlan(x, weight, { stride, padding: 1 });
    return [
      { ...common, op: `gradient of conv 3 stride ${stride}`, plan },
      {
        ...common,
        op: `gradient of conv 3 stride ${stride}, x alone`,
        plan: (x, weight) => alone(plan(x, weight), "x"),
      },
    ];
  }),
];
