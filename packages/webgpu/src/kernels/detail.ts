import type { DetailStep, DetailVjpStep } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import { floatBits, MOST_GROUPS } from "../workspace.ts";
import { inputCount, outputCount, product, vec4Of } from "./axes.ts";
import * as shaders from "./detail.wgsl.ts";

type AnyDetail = DetailStep | DetailVjpStep;

const PARAMETRISATIONS = ["exp-half", "exp", "direct"] as const;
const NORMALISATIONS = ["mean", "sum", "none"] as const;

/** Larger than any alpha that a float can hold the weight of. */
const NO_BOUND = 3.4e38;

const planesOf = (step: AnyDetail): number => step.batch * step.channels;

/** Words of `Params` in detail.wgsl.ts. */
const params = (step: AnyDetail): number[] => [
  ...vec4Of(step.axes, "size", 1, planesOf(step)),
  ...vec4Of(step.axes, "out", 1, planesOf(step)),
  ...vec4Of(step.axes, "stride", 1),
  step.channels,
  PARAMETRISATIONS.indexOf(step.parametrisation),
  floatBits(step.epsilon),
  floatBits(step.alphaMax ?? NO_BOUND),
];

const constants = (step: AnyDetail, given: boolean) => ({
  GIVEN: Number(given),
  ASYMMETRIC: Number(step.asymmetric),
  NORMALISATION: NORMALISATIONS.indexOf(step.normalisation),
});

export const detail: KernelFamily<DetailStep> = {
  family: "detail",
  select: ({ axes }) => ({ kernel: `detail${axes.length}d_f32`, workspaceBytes: 0 }),
  prepare(step, workspace) {
    const given = step.inputs.length > 3;
    const uniform = workspace.uniform(params(step));
    const nothing = workspace.table(new Float32Array(1));
    const dispatch = workspace.dispatch(shaders.detail, {
      constants: constants(step, given),
      size: outputCount(planesOf(step), step.axes),
    });
    return (pass, [x, lambda, alpha, prediction = nothing], [y]) =>
      dispatch(pass, [uniform, x, lambda, alpha, prediction, y]);
  },
};

/** Terms that one workgroup sums; the runs' sums are summed by one more. */
const RUN = 2048;

const perChannel = (step: DetailVjpStep): number => step.batch * product(step.axes.map(({ out }) => out));
const runsOf = (step: DetailVjpStep): number => Math.ceil(perChannel(step) / RUN);

export const detailVjp: KernelFamily<DetailVjpStep> = {
  family: "detailVjp",
  select(step) {
    if (step.channels > MOST_GROUPS) {
      return {
        reason: `detailPreservingPool: the gradient of ${step.channels} channels; a GPU takes ${MOST_GROUPS}.`,
      };
    }
    const workspaceBytes = (perChannel(step) + runsOf(step)) * step.channels * 8;
    return { kernel: `detailVjp${step.axes.length}d_f32`, workspaceBytes };
  },
  prepare(step, workspace) {
    const { batch, channels, axes } = step;
    const given = step.inputs.length > 4;
    const runs = runsOf(step);
    const uniform = workspace.uniform(params(step));
    const nothing = workspace.table(new Float32Array(1));
    const nowhere = workspace.scratch(4);
    const shares = workspace.scratch(perChannel(step) * channels * 8);
    const sums = workspace.scratch(runs * channels * 8);
    const terms = workspace.uniform([batch, channels, perChannel(step) / batch, RUN]);
    const results = workspace.uniform([1, channels, runs, runs]);
    const blocks = workspace.dispatch(shaders.detailVjp, {
      constants: constants(step, given),
      size: outputCount(planesOf(step), axes),
    });
    const rest = axes.some(({ size, out, stride }) => size !== out * stride)
      ? workspace.dispatch(shaders.detailVjpRest, { size: inputCount(planesOf(step), axes) })
      : undefined;
    const sum = workspace.dispatch(shaders.channelSums, { size: [runs, channels, 1] });
    const total = workspace.dispatch(shaders.channelTotals, { size: [1, channels, 1] });
    return (
      pass,
      [x, lambda, alpha, gy, prediction = nothing],
      [gx, glambda, galpha, gprediction = nowhere],
    ) => {
      blocks(pass, [uniform, x, lambda, alpha, prediction, gy, gx, shares, gprediction]);
      rest?.(pass, [uniform, gx]);
      sum(pass, [terms, shares, sums]);
      total(pass, [results, sums, glambda, galpha]);
    };
  },
};
