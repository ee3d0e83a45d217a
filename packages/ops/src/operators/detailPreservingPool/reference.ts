import type { Arrays, Reference } from "../../define.ts";
import { forEachIndex, product, stridesOf } from "../../reference/loops.ts";
import { convForward, convVjp } from "../conv/reference.ts";
import type { DetailPreservingPool } from "./detailPreservingPool.ts";

/** Calls `visit` for every block with its output index, its channel and the flat indices of its voxels. */
function forEachBlock(
  { batch, channels, axes }: DetailPreservingPool,
  visit: (output: number, channel: number, voxels: number[]) => void,
): void {
  const sizes = axes.map(({ size }) => size);
  const strides = stridesOf(sizes);
  const at = (index: readonly number[]) => index.reduce((sum, i, a) => sum + i * strides[a], 0);
  forEachIndex([batch, channels, ...axes.map(({ out }) => out)], ([n, c, ...m], output) => {
    const first = (n * channels + c) * product(sizes) + at(m.map((i, a) => i * axes[a].stride));
    const voxels: number[] = [];
    forEachIndex(
      axes.map(({ stride }) => stride),
      (q) => voxels.push(first + at(q)),
    );
    visit(output, c, voxels);
  });
}

interface Parameters {
  /** Exponent. */
  readonly G: number;
  /** Weight that every voxel has. */
  readonly A: number;
}

function parametersOf(params: DetailPreservingPool, inputs: Arrays, channel: number): Parameters {
  const lambda = params.lambda?.[channel] ?? inputs.lambda[channel];
  const stored = params.alpha?.[channel] ?? inputs.alpha[channel];
  const alpha = params.alphaMax === null ? stored : Math.min(stored, params.alphaMax);
  if (params.parametrisation === "direct") return { G: lambda / 2, A: alpha };
  return { G: Math.exp(lambda) / (params.parametrisation === "exp-half" ? 2 : 1), A: Math.exp(alpha) };
}

const sum = (values: readonly number[]): number => values.reduce((total, v) => total + v, 0);

/** Everything about one block that output and gradient need. */
function weigh(
  params: DetailPreservingPool,
  { G, A }: Parameters,
  x: readonly number[],
  prediction: number | undefined,
) {
  const target = prediction ?? sum(x) / x.length;
  const residual = x.map((v) => (params.asymmetric && v - target <= 0 ? 0 : v - target));
  const u = residual.map((r) => r * r + params.epsilon);
  const V = params.normalisation === "none" ? 1 : sum(u) / (params.normalisation === "mean" ? x.length : 1);
  const ratio = u.map((v) => v / V);
  const weight = ratio.map((v) => A + v ** G);
  const total = sum(weight);
  return { residual, u, V, ratio, weight, total, y: sum(weight.map((w, q) => w * x[q])) / total };
}

const predictionOf = (params: DetailPreservingPool, inputs: Arrays): Float64Array | undefined =>
  params.filter
    ? convForward(params.filter, { x: inputs.x, weight: inputs.filter, bias: inputs.filterBias })
    : inputs.prediction;

export const reference: Reference<DetailPreservingPool> = {
  forward(params, inputs) {
    const prediction = predictionOf(params, inputs);
    const y = new Float64Array(params.batch * params.channels * product(params.axes.map(({ out }) => out)));
    forEachBlock(params, (output, channel, voxels) => {
      const x = voxels.map((i) => inputs.x[i]);
      y[output] = weigh(params, parametersOf(params, inputs, channel), x, prediction?.[output]).y;
    });
    return { y };
  },

  vjp(params, inputs) {
    const prediction = predictionOf(params, inputs);
    const gx = new Float64Array(inputs.x.length);
    const gradients = {
      x: gx,
      lambda: new Float64Array(params.channels),
      alpha: new Float64Array(params.channels),
      prediction: new Float64Array(inputs.gy.length),
    };
    forEachBlock(params, (output, channel, voxels) => {
      const { G, A } = parametersOf(params, inputs, channel);
      const x = voxels.map((i) => inputs.x[i]);
      const { residual, u, V, ratio, weight, total, y } = weigh(params, { G, A }, x, prediction?.[output]);
      const g = inputs.gy[output];
      const gWeight = x.map((v) => (g * (v - y)) / total);
      const gRatio = gWeight.map((gw, q) => gw * G * ratio[q] ** (G - 1));
      const gV = params.normalisation === "none" ? 0 : -sum(gRatio.map((gr, q) => gr * u[q])) / V ** 2;
      const share = params.normalisation === "mean" ? gV / x.length : gV;
      const gResidual = residual.map((r, q) => 2 * r * (gRatio[q] / V + share));
      const gTarget = -sum(gResidual);
      const box = prediction === undefined ? gTarget / x.length : 0;
      voxels.forEach((i, q) => {
        gx[i] += (g * weight[q]) / total + gResidual[q] + box;
      });
      gradients.prediction[output] = gTarget;
      const gG = sum(gWeight.map((gw, q) => gw * ratio[q] ** G * Math.log(ratio[q])));
      const direct = params.parametrisation === "direct";
      gradients.lambda[channel] += gG * (direct ? 0.5 : G);
      gradients.alpha[channel] += sum(gWeight) * (direct ? 1 : A);
    });
    if (params.filter === null) return gradients;
    const through = convVjp(params.filter, { x: inputs.x, weight: inputs.filter, gy: gradients.prediction });
    return {
      ...gradients,
      x: gx.map((v, i) => v + through.x[i]),
      filter: through.weight,
      filterBias: through.bias,
    };
  },
};
