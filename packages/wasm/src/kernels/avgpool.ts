import type { AvgPoolStep, WindowAxis } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
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
  windowTable,
} from "./window-params.ts";

/** The family's word: where in the workspace the padded line lies, or the factor of a window of two. */
const LINE = AXES_WORDS;
const SCALE = AXES_WORDS;

/** What runs: its items are rows of outputs, `rows` in all. */
function choose(step: AvgPoolStep) {
  const { planes, axes } = mergeIdentityAxes(step.planes, step.axes);
  const x = axes[axes.length - 1];
  const name = `avgpool${axes.length}d_f32`;
  const rows = planes * rowsOf(axes);
  if (fitPairs(axes)) {
    const kernel = `${name}_k2s2${step.adjoint ? "_adjoint" : ""}`;
    const itemNanoseconds = pairsNanoseconds(axes);
    return { kernel, axes: joinPlanes(planes, axes), rows, scratchBytes: 0, itemNanoseconds };
  }
  if (step.adjoint) {
    const { rows, itemNanoseconds } = voxelRows(axes);
    const { scratchBytes } = gatherLayout(axes);
    return { kernel: `${name}_adjoint`, axes, rows: planes * rows, scratchBytes, itemNanoseconds };
  }
  const few = fewRowsCase(axes);
  if (few && few !== "k2s1") {
    // A row of zeros.
    const scratchBytes = lineBytes(x);
    return { kernel: `${name}_${few}`, axes, rows, scratchBytes, itemNanoseconds: rowNanoseconds(axes) };
  }
  const scratchBytes = rowListBytes(axes) + lineBytes(x);
  return { kernel: `${name}_general`, axes, rows, scratchBytes, itemNanoseconds: rowNanoseconds(axes) };
}

/** Window lengths of one axis, cut at the declared padding or at the image. Their product divides a sum. */
function lengths(
  { size, out, kernel, stride, padBefore, padAfter }: WindowAxis,
  countIncludePad: boolean,
): Float64Array {
  return new Float64Array(out).map((_, m) => {
    const begin = m * stride - padBefore;
    const end = Math.min(begin + kernel, size + padAfter);
    return countIncludePad ? end - begin : Math.max(0, Math.min(end, size) - Math.max(begin, 0));
  });
}

/** What an axis contributes to the divisor. One given for the whole window is the last axis's alone. */
function divisors(step: AvgPoolStep, axis: WindowAxis, index: number): Float64Array {
  if (step.divisor === null) return lengths(axis, step.countIncludePad);
  return new Float64Array(axis.out).fill(index === 2 ? step.divisor : 1);
}

/** Windows of two need no tables, and gradients those of the windows over each voxel. */
function pack(step: AvgPoolStep, kernel: string, axes: readonly WindowAxis[]): ParamBlock {
  const block = new ParamBlock(AXES_WORDS + GATHER_WORDS);
  if (kernel.includes("_k2s2")) {
    setAxes(block, threeAxes(axes), () => ({ windows: 0, weights: 0 }));
    block.setFloat(SCALE, 1 / (step.divisor ?? 2 ** axes.length));
  } else if (step.adjoint) {
    setGather(block, axes, (axis, index) =>
      block.floatTable(divisors(step, axis, index).map((divisor) => 1 / divisor)),
    );
  } else {
    setAxes(block, threeAxes(axes), (axis, index) => ({
      windows: block.table(windowTable(axis)),
      weights: block.floatTable(divisors(step, axis, index)),
    }));
    block.set(LINE, rowListBytes(axes));
  }
  return block;
}

export const avgpool: KernelFamily<AvgPoolStep> = {
  family: "avgpool",
  select(step) {
    const { kernel, scratchBytes } = choose(step);
    return { kernel, workspaceBytes: scratchBytes };
  },
  prepare(step, core) {
    const { kernel, axes, rows, scratchBytes, itemNanoseconds } = choose(step);
    const split = core.split(kernel, { itemNanoseconds, scratchBytes });
    const params = pack(step, kernel, axes).write(core);
    return {
      run: (inputs, outputs) => split.run(outputs[0], inputs[0], params, 0, rows),
      dispose() {
        core.arena.free(params);
        split.dispose();
      },
    };
  },
};
