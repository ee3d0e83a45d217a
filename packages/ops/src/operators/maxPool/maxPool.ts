import { defineOperator, type Semantics, type Shapes } from "../../define.ts";
import { flag, type Parsed, padding, perAxis } from "../../params.ts";
import { fail } from "../../refuse.ts";
import { blockRows, windowAxes } from "../../resolve.ts";
import { type WindowAxis, windowGrid } from "../../window.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

export const maxPoolParams = {
  kernelSize: perAxis({ doc: "Window size in voxels.", min: 1, required: true }),
  stride: perAxis({ doc: "Step between windows in voxels; the kernel size unless given.", min: 1 }),
  padding: padding({ doc: "Voxels beyond the border that windows may reach; they never win.", default: 0 }),
  dilation: perAxis({ doc: "Step between the voxels of a window.", min: 1, default: 1 }),
  ceilMode: flag({ doc: "Keep a last window that is only partly inside.", default: false }),
};

export interface MaxPool {
  readonly planes: number;
  readonly axes: readonly WindowAxis[];
}

export function resolveMaxPool(op: string, options: Parsed<typeof maxPoolParams>, shapes: Shapes): MaxPool {
  const { kernelSize, stride = kernelSize, dilation, ceilMode } = options;
  const [batch, channels, ...spatial] = shapes.x;
  const axes = windowAxes({
    op,
    spatial,
    kernel: kernelSize,
    stride,
    dilation,
    padding: options.padding,
    ceilMode,
  });
  for (const [a, axis] of axes.entries()) checkWindowsMeetVoxels(op, axis, a);
  return { planes: batch * channels, axes };
}

/** A dilated window that begins in the padding can step over a small image altogether. */
function checkWindowsMeetVoxels(op: string, axis: WindowAxis, a: number): void {
  for (let m = 0; m < axis.out && m * axis.stride < axis.padBefore; m++) {
    const start = m * axis.stride - axis.padBefore;
    const first = start + Math.ceil(-start / axis.dilation) * axis.dilation;
    if (first < axis.size && first < start + axis.dilation * (axis.kernel - 1) + 1) continue;
    fail(
      "INVALID_SHAPE",
      op,
      `window ${m} of spatial axis ${a} (${axis.size} voxels, kernel ${axis.kernel}, dilation ${axis.dilation}, padding ${axis.padBefore}) meets no voxel; use a smaller dilation or padding.`,
      { option: "dilation", got: axis.dilation },
    );
  }
}

export const maxSemantics: Semantics<MaxPool> = {
  linear: false,
  keepsConstants: true,
  support: "window",
  nonFinite:
    "A NaN anywhere in the window makes the output NaN; its index is that of the last NaN. Infinities are ordinary numbers.",
  tolerance: () => 0,
  gain: () => 1,
};

export const maxPoolOutput = ({ axes }: MaxPool) => ({
  axes: axes.map((axis) => ({ out: axis.out, grid: windowGrid(axis) })),
});

/**
 * The largest voxel of every window.
 *
 * Takes `x` [N, C, ...spatial], 1 to 3 spatial axes; gives [N, C, ...out] with
 * `out = floor((size + padding - extent) / stride) + 1` (`ceilMode` rounds up while a window starts inside).
 * Sample m sits at `dilation (kernelSize - 1) / 2 - padding + stride m` voxels. Ties: the first maximum.
 *
 * @throws `INVALID_SHAPE` where an axis yields no output, `INVALID_OPTION` for padding over half a window.
 * @see PyTorch MaxPool1d/2d/3d
 * @example
 * const y = maxPool(x, { kernelSize: 2 });
 */
export const maxPool = defineOperator({
  name: "maxPool",
  summary: "The largest voxel of every window.",
  source: "PyTorch MaxPool1d, MaxPool2d, MaxPool3d",
  operands: ["x"],
  outputs: ["y"],
  params: maxPoolParams,
  gradients: ["x"],
  semantics: maxSemantics,
  independent: { each: "plane", tensors: ["x"], blockRows: ({ axes }) => blockRows(axes[0]) },
  resolve: (options, shapes) => resolveMaxPool("maxPool", options, shapes),
  output: maxPoolOutput,
  lower({ planes, axes }, graph, { x }, { y }) {
    graph.step({ family: "maxpool", planes, axes, inputs: [x], outputs: [y] });
  },
  lowerVjp({ planes, axes }, graph, { x, gy }, gradients) {
    graph.step({ family: "maxpoolVjp", planes, axes, inputs: [x, gy], outputs: [gradients.x] });
  },
  reference,
  get cases() {
    return cases();
  },
});
