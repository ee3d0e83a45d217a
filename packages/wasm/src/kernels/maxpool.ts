import { type MaxPoolStep, type MaxPoolVjpStep, type WindowAxis, windowExtent } from "@halfband/ops";
import type { Core } from "../core.ts";
import type { KernelFamily, Launch } from "../kernel.ts";
import { GATHER_WORDS, gatherLayout, setGather, voxelRows } from "./gather-params.ts";
import {
  AXES_WORDS,
  fewRowsCase,
  fitPairs,
  joinPlanes,
  lineBytes,
  mergeIdentityAxes,
  ParamBlock,
  pairsNanoseconds,
  rowListBytes,
  rowNanoseconds,
  rowsOf,
  setAxes,
  threeAxes,
  wholeWindows,
  windowTable,
} from "./window-params.ts";

/** First word of the family: where in the workspace the padded line lies, or the second operand's address. */
const LINE = AXES_WORDS;
const OPERAND = AXES_WORDS;
/** Kernels that find winners: outputs FIRST .. END - 1 see the whole row of their window. */
const FIRST = AXES_WORDS + 1;
const END = AXES_WORDS + 2;
/** Gradients of any window: the padded lines. */
const LEAD = AXES_WORDS + 3;
const LINE_BYTES = AXES_WORDS + 4;
const HEADER_WORDS = AXES_WORDS + 5;

/**
 * What runs: its items are rows of outputs, `rows` in all. Indices are flat in the whole plane, so only without them
 * are untouched leading axes planes.
 */
function choose(step: MaxPoolStep) {
  if (step.outputs.length > 1) {
    const kernel = `maxpool${step.axes.length}d_f32_indices`;
    const rows = step.planes * rowsOf(step.axes);
    const itemNanoseconds = 2 * rowNanoseconds(step.axes);
    return { kernel, axes: step.axes, rows, scratchBytes: rowListBytes(step.axes), itemNanoseconds };
  }
  const { planes, axes } = mergeIdentityAxes(step.planes, step.axes);
  const name = `maxpool${axes.length}d_f32`;
  const rows = planes * rowsOf(axes);
  if (fitPairs(axes)) {
    const kernel = `${name}_k2s2`;
    const itemNanoseconds = pairsNanoseconds(axes);
    return { kernel, axes: joinPlanes(planes, axes), rows, scratchBytes: 0, itemNanoseconds };
  }
  const itemNanoseconds = rowNanoseconds(axes);
  const few = fewRowsCase(axes);
  if (few) return { kernel: `${name}_${few}`, axes, rows, scratchBytes: 0, itemNanoseconds };
  const scratchBytes = rowListBytes(axes) + lineBytes(axes[axes.length - 1]);
  return { kernel: `${name}_general`, axes, rows, scratchBytes, itemNanoseconds };
}

/** Axes with their tables of windows, and the words of the family but the first. */
function windowParams(axes: readonly WindowAxis[]): ParamBlock {
  const block = new ParamBlock(HEADER_WORDS);
  const { first, end } = wholeWindows(axes[axes.length - 1]);
  block.set(FIRST, first);
  block.set(END, end);
  setAxes(block, threeAxes(axes), (axis) => ({ windows: block.table(windowTable(axis)), weights: 0 }));
  return block;
}

/** Windows of two need no tables. */
function pairsParams(axes: readonly WindowAxis[]): ParamBlock {
  const block = new ParamBlock(HEADER_WORDS);
  setAxes(block, threeAxes(axes), () => ({ windows: 0, weights: 0 }));
  return block;
}

export const maxpool: KernelFamily<MaxPoolStep> = {
  family: "maxpool",
  select(step) {
    const { kernel, scratchBytes } = choose(step);
    return { kernel, workspaceBytes: scratchBytes };
  },
  prepare(step, core) {
    const { kernel, axes, rows, scratchBytes, itemNanoseconds } = choose(step);
    const split = core.split(kernel, { itemNanoseconds, scratchBytes });
    const withIndices = step.outputs.length > 1;
    const block = kernel.endsWith("_k2s2") ? pairsParams(axes) : windowParams(axes);
    if (!withIndices) block.set(LINE, rowListBytes(axes));
    const params = block.write(core);
    return {
      run(inputs, outputs) {
        if (withIndices) core.i32(params, HEADER_WORDS)[OPERAND] = outputs[1];
        split.run(outputs[0], inputs[0], params, 0, rows);
      },
      dispose() {
        core.arena.free(params);
        split.dispose();
      },
    };
  },
};

/** Planes are worked on in batches, whose winners take about so many bytes. */
const BATCH_BYTES = 1 << 20;

/** Where voxels gather from windows: what one batch of planes needs. */
function layoutVjp({ planes, axes }: MaxPoolVjpStep) {
  const { lead, lineBytes, scratchBytes } = gatherLayout(axes);
  const planeBytes = 2 * lineBytes * rowsOf(axes);
  const batch = Math.max(1, Math.min(planes, Math.floor(BATCH_BYTES / planeBytes)));
  return { lead, lineBytes, batch, winnersBytes: batch * planeBytes, scratchBytes };
}

const APART = "maxpoolVjp_f32_apart";

const isPairsVjp = ({ axes }: MaxPoolVjpStep): boolean => fitPairs(axes);

/** Windows of two in registers. */
function preparePairsVjp(step: MaxPoolVjpStep, core: Core): Launch {
  const { planes, axes } = step;
  const rows = planes * rowsOf(axes);
  const split = core.split(maxpoolVjp.select(step).kernel, { itemNanoseconds: 2 * pairsNanoseconds(axes) });
  const params = pairsParams(joinPlanes(planes, axes)).write(core);
  return {
    run(inputs, outputs) {
      core.i32(params, HEADER_WORDS)[OPERAND] = inputs[1];
      split.run(outputs[0], inputs[0], params, 0, rows);
    },
    dispose() {
      core.arena.free(params);
      split.dispose();
    },
  };
}

/** Windows that overlap along x alone. */
const areApart = ({ axes }: MaxPoolVjpStep): boolean =>
  axes.slice(0, -1).every(({ kernel, stride, dilation }) => stride >= windowExtent(kernel, dilation));

const apartBytes = ({ axes }: MaxPoolVjpStep): number =>
  rowListBytes(axes) + (axes[axes.length - 1].out + 4) * 4;

/** Such windows: every row of them clears the rows of voxels that it reaches, and stores there what it wins. */
function prepareApartVjp(step: MaxPoolVjpStep, core: Core): Launch {
  const { planes, axes } = step;
  const rows = planes * rowsOf(axes);
  const split = core.split(APART, {
    itemNanoseconds: 2 * rowNanoseconds(axes),
    scratchBytes: apartBytes(step),
  });
  const block = windowParams(axes);
  block.set(LEAD, rowListBytes(axes));
  const params = block.write(core);
  return {
    run(inputs, outputs) {
      core.i32(params, HEADER_WORDS)[OPERAND] = inputs[1];
      split.run(outputs[0], inputs[0], params, 0, rows);
    },
    dispose() {
      core.arena.free(params);
      split.dispose();
    },
  };
}

/** Any window: winners first, then every voxel gathers from the windows that it won. */
function prepareGeneralVjp(step: MaxPoolVjpStep, core: Core): Launch {
  const { planes, axes } = step;
  const { lead, lineBytes, batch, winnersBytes, scratchBytes } = layoutVjp(step);
  const windowRows = rowsOf(axes);
  const voxels = voxelRows(axes);
  const first = core.split("maxpoolVjp_f32_winners", {
    itemNanoseconds: 2 * rowNanoseconds(axes),
    scratchBytes: rowListBytes(axes),
  });
  const second = core.split("maxpoolVjp_f32_gather", {
    itemNanoseconds: voxels.itemNanoseconds,
    scratchBytes,
  });
  const firstBlock = windowParams(axes);
  firstBlock.set(LEAD, lead);
  firstBlock.set(LINE_BYTES, lineBytes);
  const firstParams = firstBlock.write(core);
  const secondBlock = new ParamBlock(AXES_WORDS + GATHER_WORDS);
  setGather(secondBlock, axes, () => 0);
  const secondParams = secondBlock.write(core);
  const winners = core.arena.allocate(winnersBytes);
  core.i32(winners, winnersBytes / 4).fill(-1);
  const x = axes[axes.length - 1];
  const planeBytes = voxels.rows * x.size * 4;
  const pooledBytes = windowRows * x.out * 4;
  return {
    run(inputs, outputs) {
      for (let plane = 0; plane < planes; plane += batch) {
        const count = Math.min(batch, planes - plane);
        core.i32(firstParams, HEADER_WORDS)[OPERAND] = inputs[1] + plane * pooledBytes;
        first.run(winners, inputs[0] + plane * planeBytes, firstParams, 0, count * windowRows);
        second.run(outputs[0] + plane * planeBytes, winners, secondParams, 0, count * voxels.rows);
      }
    },
    dispose() {
      for (const address of [firstParams, secondParams, winners]) core.arena.free(address);
      first.dispose();
      second.dispose();
    },
  };
}

export const maxpoolVjp: KernelFamily<MaxPoolVjpStep> = {
  family: "maxpoolVjp",
  select(step) {
    if (isPairsVjp(step)) return { kernel: `maxpoolVjp${step.axes.length}d_f32_k2s2`, workspaceBytes: 0 };
    if (areApart(step)) return { kernel: APART, workspaceBytes: apartBytes(step) };
    const { winnersBytes, scratchBytes } = layoutVjp(step);
    const workspaceBytes = winnersBytes + rowListBytes(step.axes) + scratchBytes;
    return { kernel: "maxpoolVjp_f32_winners -> maxpoolVjp_f32_gather", workspaceBytes };
  },
  prepare(step, core) {
    if (isPairsVjp(step)) return preparePairsVjp(step, core);
    return areApart(step) ? prepareApartVjp(step, core) : prepareGeneralVjp(step, core);
  },
};
