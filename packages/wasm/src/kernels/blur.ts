import { type BlurStep, type PaddingMode, paddedIndex } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import {
  AXES_WORDS,
  isIdentity,
  lineBytes,
  lineEnds,
  mergeIdentityAxes,
  ParamBlock,
  setAxes,
  singleAxis,
  threeAxes,
  wholeWindows,
} from "./window-params.ts";

type BlurAxis = BlurStep["axes"][number];

const Word = {
  line: AXES_WORDS,
  slice: AXES_WORDS + 1,
  zeroRow: AXES_WORDS + 2,
  edges: AXES_WORDS + 3,
  filtersZ: AXES_WORDS + 4,
  first: AXES_WORDS + 5,
  whole: AXES_WORDS + 6,
  borders: AXES_WORDS + 7,
  borderCount: AXES_WORDS + 8,
  second: AXES_WORDS + 9,
  third: AXES_WORDS + 10,
  scale: AXES_WORDS + 11,
  end: AXES_WORDS + 12,
} as const;

/** Columns at either border whose sums over y are kept for outputs that see padding. */
const EDGE = 4;
const EDGE_BYTES = 64;
/** Bytes that vectors may read behind a row in the workspace. */
const SPARE_BYTES = 64;

const isUntouched = (axis: BlurAxis): boolean => isIdentity(axis) && axis.taps[0] === 1;
const untouchedAxis: BlurAxis = { ...singleAxis, taps: [1] };

/** Source voxel of every tap of one output; -1 where it is zero. */
const sourcesOf = (axis: BlurAxis, output: number, mode: PaddingMode): number[] =>
  axis.taps.map((_, j) =>
    paddedIndex(output * axis.stride + j * axis.dilation - axis.padBefore, axis.size, mode),
  );

const allSources = (axis: BlurAxis, mode: PaddingMode): number[] =>
  Array.from({ length: axis.out }, (_, output) => sourcesOf(axis, output, mode)).flat();

/** Sources of the padded positions in front of the row, then of those behind it. */
function lineSources(axis: BlurAxis, mode: PaddingMode): number[] {
  const { lead, trail } = lineEnds(axis);
  const before = Array.from({ length: lead }, (_, i) => paddedIndex(i - lead, axis.size, mode));
  return before.concat(Array.from({ length: trail }, (_, i) => paddedIndex(axis.size + i, axis.size, mode)));
}

const isSymmetric = (taps: readonly number[]): boolean =>
  taps[0] !== 0 && taps.every((tap, i) => tap === taps[taps.length - 1 - i]);

/** Where the sums over y at the borders hold a column, in bytes; undefined where they do not. */
function edgeOffset(column: number, size: number): number | undefined {
  if (column < 0) return 2 * EDGE * 4;
  if (column < EDGE) return column * 4;
  return column >= size - EDGE ? (EDGE + column - (size - EDGE)) * 4 : undefined;
}

/** Each output that sees padding along x: its index, then where its taps find their values. */
function borderTable(axis: BlurAxis, mode: PaddingMode): (number | undefined)[] {
  const { first, end } = wholeWindows(axis);
  const table: (number | undefined)[] = [];
  for (let output = 0; output < axis.out; output++) {
    if (output >= first && output < end) continue;
    table.push(output, ...sourcesOf(axis, output, mode).map((column) => edgeOffset(column, axis.size)));
  }
  return table;
}

/** Whether the kernels for 3 to 5 taps at stride two serve this y and x (y untouched: x alone). */
function fitsRegisters(y: BlurAxis, x: BlurAxis, mode: PaddingMode): boolean {
  const atTwo = (axis: BlurAxis) => axis.stride === 2 && axis.dilation === 1 && isSymmetric(axis.taps);
  const { first, end } = wholeWindows(x);
  if (x.kernel < 3 || x.kernel > 5 || !atTwo(x) || x.size < EDGE || first === end) return false;
  const alike = y.kernel === x.kernel && atTwo(y) && y.taps.every((tap, i) => tap === x.taps[i]);
  return (alike || y === untouchedAxis) && borderTable(x, mode).every((entry) => entry !== undefined);
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
  const block = new ParamBlock(Word.end);
  const outer = fast ? y.taps[0] : 1;
  const axes = [z, y, x];
  setAxes(block, axes, (_, index) => ({
    windows: block.table(index === 2 ? lineSources(x, step.mode) : allSources(axes[index], step.mode)),
    weights: block.floatTable(index === 2 ? x.taps.map((tap) => tap * outer) : axes[index].taps),
  }));
  for (const [name, offset] of Object.entries(layout)) block.set(Word[name as keyof typeof layout], offset);
  block.set(Word.filtersZ, filtersZ ? 1 : 0);
  if (!fast) return block;
  const { first, end } = wholeWindows(x);
  const borders = borderTable(x, step.mode).map((entry) => entry ?? 0);
  block.set(Word.first, first);
  block.set(Word.whole, end - first);
  block.set(Word.borders, block.table(borders));
  block.set(Word.borderCount, borders.length / (1 + x.kernel));
  block.setFloat(Word.second, x.taps[1] / x.taps[0]);
  block.setFloat(Word.third, x.taps[2] / x.taps[0]);
  block.setFloat(Word.scale, outer * x.taps[0]);
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
