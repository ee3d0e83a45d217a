import type { MaxPoolStep, MaxPoolVjpStep, WindowAxis } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import {
  AXES_WORDS,
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
const HEADER_WORDS = AXES_WORDS + 3;

const isThreeAtTwo = (axis: WindowAxis): boolean =>
  axis.kernel === 3 &&
  axis.stride === 2 &&
  axis.dilation === 1 &&
  axis.padBefore === 1 &&
  axis.out === Math.floor((axis.size - 1) / 2) + 1;

/**
 * What runs: its items are rows of outputs, `rows` in all. Indices are flat in the whole plane, so only without them
 * are untouched leading axes planes.
 */
function choose(step: MaxPoolStep) {
  if (step.outputs.length > 1) {
    const kernel = `maxpool${step.axes.length}d_f32_indices`;
    const rows = step.planes * rowsOf(step.axes);
    return { kernel, axes: step.axes, rows, scratchBytes: 0, itemNanoseconds: 2 * rowNanoseconds(step.axes) };
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
  if (axes.length === 2 && axes.every(isThreeAtTwo)) {
    return { kernel: `${name}_k3s2p1`, axes, rows, scratchBytes: 0, itemNanoseconds };
  }
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

export const maxpool: KernelFamily<MaxPoolStep> = {
  family: "maxpool",
  select(step) {
    const { kernel, scratchBytes } = choose(step);
    return { kernel, workspaceBytes: scratchBytes };
  },
  prepare(step, core) {
    const { kernel, axes, rows, scratchBytes, itemNanoseconds } = choose(step);
    const split = core.split(kernel, { itemNanoseconds, scratchBytes });
    const block = windowParams(axes);
    const withIndices = step.outputs.length > 1;
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

function chooseVjp({ planes, axes }: MaxPoolVjpStep) {
  const name = `maxpoolVjp${axes.length}d_f32`;
  if (fitPairs(axes)) {
    const rows = planes * rowsOf(axes);
    const itemNanoseconds = 2 * pairsNanoseconds(axes);
    return { kernel: `${name}_k2s2`, axes: joinPlanes(planes, axes), rows, scratchBytes: 0, itemNanoseconds };
  }
  const scratchBytes = axes[axes.length - 1].out * 4;
  return { kernel: `${name}_general`, axes, rows: planes, scratchBytes, itemNanoseconds: 1000 };
}

export const maxpoolVjp: KernelFamily<MaxPoolVjpStep> = {
  family: "maxpoolVjp",
  select(step) {
    const { kernel, scratchBytes } = chooseVjp(step);
    return { kernel, workspaceBytes: scratchBytes };
  },
  prepare(step, core) {
    const { kernel, axes, rows, scratchBytes, itemNanoseconds } = chooseVjp(step);
    const split = core.split(kernel, { itemNanoseconds, scratchBytes });
    const params = windowParams(axes).write(core);
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
  },
};
