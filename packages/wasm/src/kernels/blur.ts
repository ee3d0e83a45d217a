import { type BlurStep, type PaddingMode, paddedIndex } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import {
  type BlurAxis,
  BlurWord,
  EDGE_BYTES,
  fitsRegisters,
  setRow,
  sourcesOf,
  untouchedAxis,
} from "./blur-row.ts";
import {
  isIdentity,
  lineBytes,
  lineEnds,
  mergeIdentityAxes,
  ParamBlock,
  setAxes,
  threeAxes,
} from "./window-params.ts";

/** Bytes that vectors may read behind a row in the workspace. */
const SPARE_BYTES = 64;

const isUntouched = (axis: BlurAxis): boolean => isIdentity(axis) && axis.taps[0] === 1;

const allSources = (axis: BlurAxis, mode: PaddingMode): number[] =>
  Array.from({ length: axis.out }, (_, output) => sourcesOf(axis, output, mode)).flat();

/** Sources of the padded positions in front of the row, then of those behind it. */
function lineSources(axis: BlurAxis, mode: PaddingMode): number[] {
  const { lead, trail } = lineEnds(axis);
  const before = Array.from({ length: lead }, (_, i) => paddedIndex(i - lead, axis.size, mode));
  return before.concat(Array.from({ length: trail }, (_, i) => paddedIndex(axis.size + i, axis.size, mode)));
}

/** What runs, and where its workspace holds what. */
function choose(step: BlurStep) {
  const { planes, axes } = mergeIdentityAxes(step.planes, step.axes, isUntouched);
  const [z, y, x] = threeAxes(axes, untouchedAxis);
  const fast = !step.adjoint && fitsRegisters(y, x, step.mode);
  const name = step.adjoint ? "adjoint" : fast ? `k${x.kernel}s2` : "general";
  const filtersZ = axes.length === 3;
  const list = 64 * Math.ceil((Math.max(z.kernel, y.kernel) * 8) / 64);
  const slice = list + (fast ? x.size * 4 + SPARE_BYTES + EDGE_BYTES : lineBytes(x));
  const workspaceBytes = slice + (filtersZ ? y.size * x.size * 4 : 0) + SPARE_BYTES;
  const layout = { line: list, edges: list, zeroRow: list + EDGE_BYTES, slice };
  return {
    kernel: `blur${axes.length}d_f32_${name}`,
    planes,
    z,
    y,
    x,
    fast,
    filtersZ,
    layout,
    workspaceBytes,
  };
}

function pack(step: BlurStep): ParamBlock {
  const { z, y, x, fast, filtersZ, layout } = choose(step);
  const block = new ParamBlock(BlurWord.end);
  const outer = fast ? y.taps[0] : 1;
  const axes = [z, y, x];
  setAxes(block, axes, (_, index) => ({
    windows: block.table(index === 2 ? lineSources(x, step.mode) : allSources(axes[index], step.mode)),
    weights: block.floatTable(index === 2 ? x.taps.map((tap) => tap * outer) : axes[index].taps),
  }));
  for (const [name, offset] of Object.entries(layout))
    block.set(BlurWord[name as keyof typeof layout], offset);
  block.set(BlurWord.filtersZ, filtersZ ? 1 : 0);
  if (fast) setRow(block, y, x, step.mode);
  return block;
}

export const blur: KernelFamily<BlurStep> = {
  family: "blur",
  select(step) {
    const { kernel, workspaceBytes } = choose(step);
    return { kernel, workspaceBytes };
  },
  prepare(step, core) {
    const { kernel, planes, workspaceBytes } = choose(step);
    const run = core.kernel(kernel);
    const params = pack(step).write(core);
    const work = core.arena.allocate(workspaceBytes);
    return {
      run: (inputs, outputs) => run(outputs[0], inputs[0], params, work, 0, planes),
      dispose() {
        core.arena.free(params);
        core.arena.free(work);
      },
    };
  },
};
