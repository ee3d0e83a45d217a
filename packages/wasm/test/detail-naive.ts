// Detail-preserving pooling and its gradients in float64, block by block, straight from the formulas.
import type { DetailStep } from "@halfband/ops";

export type DetailOptions = Omit<DetailStep, "family" | "inputs" | "outputs">;

export interface Operands {
  x: ArrayLike<number>;
  lambda: ArrayLike<number>;
  alpha: ArrayLike<number>;
  prediction?: ArrayLike<number>;
}

export const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

/** Flat indices into x of every block, in the order of the outputs. */
function blocks({ batch, channels, axes }: DetailOptions): { channel: number; voxels: number[] }[] {
  const result: { channel: number; voxels: number[] }[] = [];
  for (let plane = 0; plane < batch * channels; plane++) {
    let starts = [[plane]];
    for (const { size, out, stride } of axes) {
      const next: number[][] = [];
      for (const block of starts) {
        for (let o = 0; o < out; o++) {
          next.push(
            block.flatMap((i) => Array.from({ length: stride }, (_, k) => i * size + o * stride + k)),
          );
        }
      }
      starts = next;
    }
    for (const voxels of starts) result.push({ channel: plane % channels, voxels });
  }
  return result;
}

function parameters({ parametrisation }: DetailOptions, lambda: number, alpha: number): [number, number] {
  if (parametrisation === "direct") return [lambda / 2, alpha];
  return [Math.exp(lambda) / (parametrisation === "exp" ? 1 : 2), Math.exp(alpha)];
}

function weigh(options: DetailOptions, values: number[], given: number | undefined, G: number, A: number) {
  const { asymmetric, epsilon, normalisation } = options;
  const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  const T = given ?? mean(values);
  const r = values.map((x) => (asymmetric ? Math.max(x - T, 0) : x - T));
  const u = r.map((v) => v * v + epsilon);
  const V = normalisation === "none" ? 1 : mean(u) * (normalisation === "sum" ? u.length : 1);
  const w = u.map((v) => A + (v / V) ** G);
  const W = w.reduce((a, b) => a + b, 0);
  return { r, u, V, w, W, y: w.reduce((sum, weight, q) => sum + (weight / W) * values[q], 0) };
}

export function naiveDetail(options: DetailOptions, { x, lambda, alpha, prediction }: Operands): number[] {
  return blocks(options).map(({ channel, voxels }, p) => {
    const [G, A] = parameters(options, lambda[channel], alpha[channel]);
    return weigh(
      options,
      voxels.map((i) => x[i]),
      prediction?.[p],
      G,
      A,
    ).y;
  });
}

/** gx, glambda, galpha, gprediction. */
export function naiveDetailVjp(
  options: DetailOptions,
  operands: Operands,
  gy: ArrayLike<number>,
): number[][] {
  const { x, lambda, alpha, prediction } = operands;
  const { channels, normalisation, parametrisation } = options;
  const gx = new Array<number>(x.length).fill(0);
  const gG = new Array<number>(channels).fill(0);
  const gA = new Array<number>(channels).fill(0);
  const gT: number[] = [];
  blocks(options).forEach(({ channel, voxels }, p) => {
    const [G, A] = parameters(options, lambda[channel], alpha[channel]);
    const { r, u, V, w, W, y } = weigh(
      options,
      voxels.map((i) => x[i]),
      prediction?.[p],
      G,
      A,
    );
    const gw = voxels.map((i) => (gy[p] * (x[i] - y)) / W);
    const ga = gw.map((g, q) => g * G * (u[q] / V) ** (G - 1));
    const gV = -ga.reduce((sum, g, q) => sum + (g * u[q]) / V ** 2, 0);
    const share = { mean: gV / voxels.length, sum: gV, none: 0 }[normalisation];
    const gr = r.map((v, q) => 2 * v * (ga[q] / V + share));
    const total = -gr.reduce((a, b) => a + b, 0);
    gT.push(total);
    voxels.forEach((i, q) => {
      gx[i] += (gy[p] * w[q]) / W + gr[q] + (prediction ? 0 : total / voxels.length);
      gG[channel] += gw[q] * (u[q] / V) ** G * Math.log(u[q] / V);
      gA[channel] += gw[q];
    });
  });
  const slopes = gG.map((_, c) => parameters(options, lambda[c], alpha[c]));
  const direct = parametrisation === "direct";
  return [
    gx,
    gG.map((g, c) => g * (direct ? 0.5 : slopes[c][0])),
    gA.map((g, c) => g * (direct ? 1 : slopes[c][1])),
    gT,
  ];
}
