import { defineOperator } from "../../define.ts";
import { composeGrids } from "../../grid.ts";
import { flag, group, padding, perAxis } from "../../params.ts";
import { kernelOrDefault } from "../../resolve.ts";
import {
  type BlurPool,
  blurOutput,
  blurPoolParams,
  lowerBlur,
  lowerBlurVjp,
  resolveBlurPool,
} from "../blurPool/blurPool.ts";
import { type MaxPool, maxPoolOutput, resolveMaxPool } from "../maxPool/maxPool.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

export interface MaxBlurPool {
  readonly max: MaxPool;
  readonly blur: BlurPool;
  /** [N, C] and the sizes between the two. */
  readonly between: readonly number[];
}

/**
 * Maximum of every window at stride 1, then `blurPool`: max pooling without its aliasing.
 *
 * Takes `x` [N, C, ...spatial]; gives [N, C, ...out]. Sample positions are those of the two one after the other.
 *
 * @throws `INVALID_SHAPE`, `INVALID_OPTION` as `maxPool` and `blurPool`.
 * @see Zhang, Making convolutional networks shift-invariant again, ICML 2019
 * @example
 * const y = maxBlurPool(x, { max: { kernelSize: 2 }, blur: { kernelSize: 4, stride: 2 } });
 */
export const maxBlurPool = defineOperator({
  name: "maxBlurPool",
  summary: "Maximum of every window at stride 1, then blurPool.",
  source: "Zhang, Making convolutional networks shift-invariant again, ICML 2019",
  operands: ["x"],
  outputs: ["y"],
  params: {
    max: group(
      {
        kernelSize: perAxis({
          doc: "Window of the maximum; 2 unless given, and 1 on axes with blur stride 1.",
          min: 1,
        }),
        padding: padding({
          doc: "Voxels beyond the border that windows may reach; they never win.",
          default: 0,
        }),
        dilation: perAxis({ doc: "Step between the voxels of a window.", min: 1, default: 1 }),
        ceilMode: flag({ doc: "As in maxPool; without effect at stride 1.", default: false }),
      },
      { doc: "The maximum, at stride 1." },
    ),
    blur: group(blurPoolParams, { doc: "The blur and its stride." }),
  },
  gradients: ["x"],
  semantics: {
    linear: false,
    keepsConstants: true,
    support: "window",
    nonFinite: "NaN spreads through both windows.",
    tolerance: () => 1e-6,
    gain: () => 1,
  },
  independent: { each: "plane", tensors: ["x"] },
  resolve({ max, blur }, shapes) {
    const kernelSize = [...kernelOrDefault(max.kernelSize, blur.stride, 2)];
    const resolved = resolveMaxPool(
      "maxBlurPool",
      { ...max, kernelSize, stride: kernelSize.map(() => 1) },
      shapes,
    );
    const between = [...shapes.x.slice(0, 2), ...resolved.axes.map(({ out }) => out)];
    return {
      max: resolved,
      blur: resolveBlurPool("maxBlurPool", blur, between),
      between,
    } satisfies MaxBlurPool;
  },
  output({ max, blur }) {
    const first = maxPoolOutput(max).axes.map(({ grid }) => grid);
    const axes = blurOutput(blur.axes);
    const grid = composeGrids(
      first,
      axes.map((axis) => axis.grid),
    );
    return { axes: axes.map(({ out }, a) => ({ out, grid: grid[a] })) };
  },
  lower({ max, blur, between }, graph, { x }, { y }) {
    const maxima = graph.temporary(between);
    graph.step({ family: "maxpool", ...max, inputs: [x], outputs: [maxima] });
    lowerBlur(blur, graph, { x: maxima }, { y });
  },
  lowerVjp({ max, blur, between }, graph, { x, gy }, gradients) {
    const gradient = graph.temporary(between);
    lowerBlurVjp(blur, graph, { gy }, { x: gradient });
    graph.step({ family: "maxpoolVjp", ...max, inputs: [x, gradient], outputs: [gradients.x] });
  },
  reference,
  get cases() {
    return cases();
  },
});
