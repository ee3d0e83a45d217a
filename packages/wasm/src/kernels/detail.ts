import type { BlockAxis, DetailStep, DetailVjpStep } from "@halfband/ops";
import type { Core } from "../core.ts";
import type { KernelFamily, Launch } from "../kernel.ts";

type AnyDetail = DetailStep | DetailVjpStep;

/** Words of `DetailParams` (assembly/inline/block.ts) that hold operand addresses. */
const OPERANDS = 19;
/** The word after the operands: the address of the sums of rows, and three sizes. */
const SUMS = 26;
const PARAMS_BYTES = 30 * 4;
const PARAMETRISATIONS = ["exp-half", "exp", "direct"] as const;
const NORMALISATIONS = ["mean", "sum", "none"] as const;

/** One- and two-dimensional planes lead with axes of one voxel. */
function threeAxes(axes: readonly BlockAxis[]): readonly BlockAxis[] {
  const single: BlockAxis = { size: 1, out: 1, stride: 1 };
  return [...Array<BlockAxis>(3 - axes.length).fill(single), ...axes];
}

const blockVoxels = (step: AnyDetail): number =>
  step.axes.reduce((product, axis) => product * axis.stride, 1);

/** Rows of outputs of all planes: the work items. */
const rowsOf = ({ batch, channels, axes }: AnyDetail): number =>
  axes.slice(0, -1).reduce((rows, axis) => rows * axis.out, batch * channels);

/** Bytes per voxel of a block: four gathered blocks and, for the gradient, two doubles of two blocks. */
const scratchBytes = (step: AnyDetail): number => blockVoxels(step) * (step.family === "detail" ? 16 : 48);

/** The gradients of the two parameters that each row contributes, in double precision. */
const sumsBytes = (step: AnyDetail): number => (step.family === "detail" ? 0 : rowsOf(step) * 16);

/** Byte offset of every voxel of a block from its first one. */
function voxelOffsets(depth: BlockAxis, height: BlockAxis, width: BlockAxis): number[] {
  const offsets: number[] = [];
  for (let z = 0; z < depth.stride; z++) {
    for (let y = 0; y < height.stride; y++) {
      for (let x = 0; x < width.stride; x++) offsets.push(((z * height.size + y) * width.size + x) * 4);
    }
  }
  return offsets;
}

/** Packs `DetailParams` without the operands; returns its address. The table of offsets follows it. */
function packParams(step: AnyDetail, core: Core, sums: number): number {
  const [depth, height, width] = threeAxes(step.axes);
  const offsets = voxelOffsets(depth, height, width);
  const params = core.arena.allocate(PARAMS_BYTES + offsets.length * 4);
  const rowBytes = width.size * 4;
  const sliceBytes = height.size * rowBytes;
  new Float64Array(core.memory.buffer, params, 2).set([
    step.epsilon,
    step.alphaMax ?? Number.POSITIVE_INFINITY,
  ]);
  core
    .i32(params, OPERANDS)
    .set(
      [
        step.batch,
        step.channels,
        PARAMETRISATIONS.indexOf(step.parametrisation),
        NORMALISATIONS.indexOf(step.normalisation),
        Number(step.asymmetric),
        offsets.length,
        params + PARAMS_BYTES,
        depth.out,
        height.out,
        width.out,
        depth.stride * sliceBytes,
        height.stride * rowBytes,
        width.stride * 4,
        depth.size * sliceBytes,
        Number(step.axes.some(({ size, out, stride }) => size !== out * stride)),
      ],
      4,
    );
  core.i32(params + SUMS * 4, 4).set([sums, depth.size, depth.stride, sliceBytes]);
  core.i32(params + PARAMS_BYTES, offsets.length).set(offsets);
  return params;
}

/** Launches over rows of outputs; `operands` are the addresses besides x and the first output. */
function launch(
  step: AnyDetail,
  core: Core,
  operands: (inputs: readonly number[], outputs: readonly number[]) => readonly number[],
): Launch {
  const rows = rowsOf(step);
  const { out } = step.axes[step.axes.length - 1];
  const itemNanoseconds = out * blockVoxels(step) * (step.family === "detail" ? 4 : 20);
  const split = core.split(kernelName(step), { itemNanoseconds, scratchBytes: scratchBytes(step) });
  const total = step.family === "detail" ? undefined : core.kernel("detailVjp_f32_sums");
  const sums = total ? core.arena.allocate(sumsBytes(step)) : 0;
  const params = packParams(step, core, sums);
  return {
    run(inputs, outputs) {
      const addresses = operands(inputs, outputs);
      core.i32(params + OPERANDS * 4, addresses.length).set(addresses);
      split.run(outputs[0], inputs[0], params, 0, rows);
      total?.(0, 0, params, 0, 0, step.channels);
    },
    dispose() {
      core.arena.free(params);
      core.arena.free(sums);
      split.dispose();
    },
  };
}

const kernelName = (step: AnyDetail): string => `${step.family}_f32`;

const select = (step: AnyDetail) => ({
  kernel: kernelName(step),
  workspaceBytes: scratchBytes(step) + sumsBytes(step),
});

export const detail: KernelFamily<DetailStep> = {
  family: "detail",
  select,
  prepare: (step, core) =>
    launch(step, core, ([, lambda, alpha, prediction = 0]) => [lambda, alpha, prediction]),
};

export const detailVjp: KernelFamily<DetailVjpStep> = {
  family: "detailVjp",
  select,
  prepare: (step, core) =>
    launch(step, core, (inputs, outputs) => {
      const [, lambda, alpha, gy, prediction = 0] = inputs;
      const [, glambda, galpha, gprediction = 0] = outputs;
      return [lambda, alpha, prediction, gy, glambda, galpha, gprediction];
    }),
};
