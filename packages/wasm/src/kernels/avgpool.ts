import type { AvgPoolStep, WindowAxis } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import {
  AXES_WORDS,
  isPairs,
  lineBytes,
  mergeIdentityAxes,
  ParamBlock,
  rowListBytes,
  setAxes,
  threeAxes,
  windowTable,
} from "./window-params.ts";

/** The family's word: where in the workspace the padded line lies, or the factor of a window of two. */
const LINE = AXES_WORDS;
const SCALE = AXES_WORDS;

function choose(step: AvgPoolStep) {
  const { planes, axes } = mergeIdentityAxes(step.planes, step.axes);
  const x = axes[axes.length - 1];
  const name = `avgpool${axes.length}d_f32`;
  if (step.adjoint) return { kernel: `${name}_adjoint`, planes, axes, workspaceBytes: x.size * 4 };
  if (axes.every(isPairs)) return { kernel: `${name}_k2s2`, planes, axes, workspaceBytes: 0 };
  return { kernel: `${name}_general`, planes, axes, workspaceBytes: rowListBytes(axes) + lineBytes(x) };
}

/** Window lengths of one axis, cut at the declared padding or at the image. Their product divides a sum. */
function lengths(
  { size, out, kernel, stride, padBefore, padAfter }: WindowAxis,
  countIncludePad: boolean,
): number[] {
  return Array.from({ length: out }, (_, m) => {
    const begin = m * stride - padBefore;
    const end = Math.min(begin + kernel, size + padAfter);
    return countIncludePad ? end - begin : Math.max(0, Math.min(end, size) - Math.max(begin, 0));
  });
}

/** What an axis contributes to the divisor. One given for the whole window is the last axis's alone. */
function divisors(step: AvgPoolStep, axis: WindowAxis, index: number): number[] {
  if (step.divisor === null) return lengths(axis, step.countIncludePad);
  return new Array<number>(axis.out).fill(index === 2 ? step.divisor : 1);
}

export const avgpool: KernelFamily<AvgPoolStep> = {
  family: "avgpool",
  select(step) {
    const { kernel, workspaceBytes } = choose(step);
    return { kernel, workspaceBytes };
  },
  prepare(step, core) {
    const { kernel, planes, axes, workspaceBytes } = choose(step);
    const run = core.kernel(kernel);
    const block = new ParamBlock(AXES_WORDS + 1);
    setAxes(block, threeAxes(axes), (axis, index) => ({
      windows: block.table(windowTable(axis)),
      weights: block.floatTable(divisors(step, axis, index)),
    }));
    if (kernel.endsWith("_k2s2")) block.setFloat(SCALE, 1 / (step.divisor ?? 2 ** axes.length));
    else block.set(LINE, rowListBytes(axes));
    const params = block.write(core);
    const work = workspaceBytes > 0 ? core.arena.allocate(workspaceBytes) : 0;
    return {
      run: (inputs, outputs) => run(outputs[0], inputs[0], params, work, 0, planes),
      dispose() {
        core.arena.free(params);
        core.arena.free(work);
      },
    };
  },
};
