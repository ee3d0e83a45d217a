import { defineOperator } from "../../define.ts";
import { flag, number, padding, perAxis } from "../../params.ts";
import { blockRows, windowAxes } from "../../resolve.ts";
import { type WindowAxis, windowGrid } from "../../window.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

export interface AvgPool {
  readonly planes: number;
  readonly axes: readonly WindowAxis[];
  readonly countIncludePad: boolean;
  readonly divisor: number | null;
}

/**
 * The mean of every window.
 *
 * Takes `x` [N, C, ...spatial]; gives [N, C, ...out], sizes and sample positions as `maxPool` without dilation.
 * The divisor is the window with its declared padding (`countIncludePad`, the default), only its real voxels, or
 * `divisorOverride`; what a `ceilMode` window reaches beyond the padding never counts.
 *
 * @throws `INVALID_SHAPE` where an axis yields no output, `INVALID_OPTION` for padding over half a window.
 * @see PyTorch AvgPool1d/2d/3d
 * @example
 * const y = avgPool(x, { kernelSize: 2 });
 */
export const avgPool = defineOperator({
  name: "avgPool",
  summary: "The mean of every window.",
  source: "PyTorch AvgPool1d, AvgPool2d, AvgPool3d",
  operands: ["x"],
  outputs: ["y"],
  params: {
    kernelSize: perAxis({ doc: "Window size in voxels.", min: 1, required: true }),
    stride: perAxis({ doc: "Step between windows in voxels; the kernel size unless given.", min: 1 }),
    padding: padding({ doc: "Zeros beyond the border.", default: 0 }),
    ceilMode: flag({ doc: "Keep a last window that is only partly inside.", default: false }),
    countIncludePad: flag({ doc: "Count padding voxels in the divisor.", default: true }),
    divisorOverride: number({ doc: "Divide every sum by this instead.", min: 1 }),
  },
  gradients: ["x"],
  semantics: {
    linear: true,
    keepsConstants: true,
    support: "window",
    nonFinite: "NaN and infinity spread to the windows that hold them.",
    tolerance: () => 1e-6,
    gain: ({ divisor, axes }) =>
      divisor === null ? 1 : axes.reduce((p, { kernel }) => p * kernel, 1) / divisor,
  },
  independent: { each: "plane", tensors: ["x"], blockRows: ({ axes }) => blockRows(axes[0]) },
  resolve(options, { x: [batch, channels, ...spatial] }) {
    const { kernelSize: kernel, stride = kernel, ceilMode, countIncludePad, divisorOverride } = options;
    const axes = windowAxes({ op: "avgPool", spatial, kernel, stride, padding: options.padding, ceilMode });
    return {
      planes: batch * channels,
      axes,
      countIncludePad,
      divisor: divisorOverride ?? null,
    } satisfies AvgPool;
  },
  output: ({ axes }) => ({ axes: axes.map((axis) => ({ out: axis.out, grid: windowGrid(axis) })) }),
  lower(params, graph, { x }, { y }) {
    graph.step({ family: "avgpool", ...params, adjoint: false, inputs: [x], outputs: [y] });
  },
  lowerVjp(params, graph, { gy }, { x }) {
    graph.step({ family: "avgpool", ...params, adjoint: true, inputs: [gy], outputs: [x] });
  },
  reference,
  get cases() {
    return cases();
  },
});
