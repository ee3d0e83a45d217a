import { type BlurStep, type PaddingMode, paddedIndex } from "@halfband/ops";
import type { Core } from "../core.ts";
import type { KernelFamily, Launch } from "../kernel.ts";
import { adjointLinks, forwardLinks, type Links, linkTable, type Spread, spreadOf } from "./blur-links.ts";
import {
  type BlurAxis,
  BlurWord,
  fitsRegisters,
  SPARE_BYTES,
  setRow,
  sourcesOf,
  swizzleWords,
  untouchedAxis,
} from "./blur-row.ts";
import {
  floatBits,
  isIdentity,
  lineBytes,
  lineEnds,
  mergeIdentityAxes,
  ParamBlock,
  setAxes,
  threeAxes,
} from "./window-params.ts";

/** Least rows of a work item: a block of a slice whose rows are read as they are, or of one that is filtered along z. */
const BLOCK_ROWS = 8;
const SLAB_ROWS = 16;

const isUntouched = (axis: BlurAxis): boolean => isIdentity(axis) && axis.taps[0] === 1;

const aligned = (bytes: number): number => 64 * Math.ceil(bytes / 64);

/** Sources of the padded positions in front of the row, then of those behind it. */
function lineSources(axis: BlurAxis, mode: PaddingMode): number[] {
  const { lead, trail } = lineEnds(axis);
  const before = Array.from({ length: lead }, (_, i) => paddedIndex(i - lead, axis.size, mode));
  return before.concat(Array.from({ length: trail }, (_, i) => paddedIndex(axis.size + i, axis.size, mode)));
}

/** Rows that are written, from the first one up to another, and the first one that they need, and how many. */
interface Block {
  readonly first: number;
  readonly end: number;
  readonly firstRead: number;
  readonly rowsRead: number;
}

/** The rows that are written in `count` blocks. */
const blocksIn = (rows: readonly Links[], count: number): Block[] =>
  Array.from({ length: count }, (_, i) => {
    const [first, end] = [i, i + 1].map((block) => Math.floor((block * rows.length) / count));
    const read = rows.slice(first, end).flatMap((links) => links.map(([row]) => row));
    const firstRead = read.length > 0 ? Math.min(...read) : 0;
    return {
      first,
      end,
      firstRead,
      rowsRead: Math.max(firstRead, ...read.map((row) => row + 1)) - firstRead,
    };
  });

/** The greatest number of any item: engines take no more than some 100 000 arguments. */
const greatest = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((most, item) => Math.max(most, of(item)), 0);

/** Small blocks, unless wrapping makes one of them read most of the slice. */
function blocksOf(rows: readonly Links[], filtersZ: boolean): Block[] {
  const least = filtersZ ? SLAB_ROWS : BLOCK_ROWS;
  const blocks = blocksIn(rows, Math.max(1, Math.floor(rows.length / least)));
  const read = ({ rowsRead }: Block) => rowsRead;
  const wraps = filtersZ && 2 * greatest(blocks, read) > blocks.reduce((sum, block) => sum + read(block), 0);
  return wraps ? blocksIn(rows, 1) : blocks;
}

function caseOf(x: BlurAxis, inRegisters: boolean, adjoint: boolean): string {
  if (!inRegisters) return adjoint ? "adjoint" : "general";
  return `k${x.kernel}s2${adjoint ? "_adjoint" : ""}`;
}

/** What runs, on which items, and where its workspace holds what. */
function choose(step: BlurStep) {
  const { planes, axes } = mergeIdentityAxes(step.planes, step.axes, isUntouched);
  const [z, y, x] = threeAxes(axes, untouchedAxis);
  const { mode, adjoint } = step;
  const fast = !adjoint && fitsRegisters(y, x, mode);
  const spread = adjoint ? spreadOf(x, mode) : undefined;
  const filtersZ = axes.length === 3;
  const links = [z, y].map((axis) => (adjoint ? adjointLinks : forwardLinks)(axis, mode));
  const blocks = blocksOf(links[1], filtersZ);
  const columnsIn = adjoint ? x.out : x.size;
  const most = greatest(links.flat(), ({ length }) => length);
  const line = aligned(Math.max(1, most) * 8);
  const row = line + aligned(adjoint ? x.out * 4 + SPARE_BYTES : fast ? 0 : lineBytes(x));
  const slab = row + aligned(fast ? x.size * 4 + SPARE_BYTES : adjoint ? lineBytes(x) : 0);
  const slabBytes = filtersZ ? greatest(blocks, ({ rowsRead }) => rowsRead) * columnsIn * 4 : 0;
  return {
    kernel: `blur${axes.length}d_f32_${caseOf(x, fast || spread !== undefined, adjoint)}`,
    planes,
    axes: [z, y, x],
    fast,
    spread,
    filtersZ,
    links,
    blocks,
    items: planes * (adjoint ? z.size : z.out) * blocks.length,
    layout: { line, zeroRow: row, spread: row, slab },
    workspaceBytes: slab + slabBytes + SPARE_BYTES,
  };
}

/** Where in a slice the rows under every tap of every output row begin, in bytes; -1 where they are zero. */
const rowOffsets = (y: BlurAxis, x: BlurAxis, mode: PaddingMode): number[] =>
  Array.from({ length: y.out }, (_, row) => sourcesOf(y, row, mode))
    .flat()
    .map((source) => (source < 0 ? -1 : source * x.size * 4));

/** Least bytes of an input, and of its rows, that are worth fetching ahead: smaller ones stay in the second cache. */
const FETCH_FROM = 1 << 20;
const LONG_ROW = 1024;

/** Where in the input the last row begins behind which lies as much as the kernel fetches; 0 for none. */
function fetchBytes({ planes, axes, filtersZ }: Choice): number {
  const [z, y, x] = axes;
  const row = x.size * 4;
  const bytes = planes * z.size * y.size * row;
  return row < LONG_ROW || bytes < FETCH_FROM || filtersZ ? 0 : Math.max(0, bytes - 3 * row - 128);
}

type Choice = ReturnType<typeof choose>;

function pack(step: BlurStep, choice: Choice, rowsApart?: number): ParamBlock {
  const { axes, fast, filtersZ, layout, links, blocks } = choice;
  const [, y, x] = axes;
  const block = new ParamBlock(BlurWord.end);
  const offsets = fast ? rowOffsets(y, x, step.mode) : [];
  setAxes(block, axes, (_, index) => ({
    windows:
      index === 2
        ? block.table(lineSources(x, step.mode))
        : index === 1 && fast
          ? block.table(offsets)
          : linkTable(block, links[index]),
    weights: block.floatTable(axes[index].taps),
  }));
  const sizes = axes.map((axis) => axis.size);
  const outs = axes.map((axis) => axis.out);
  const [[slicesIn, rowsIn, columnsIn], [slicesOut, rowsOut, columnsOut]] = step.adjoint
    ? [outs, sizes]
    : [sizes, outs];
  const values = {
    ...layout,
    filtersZ: filtersZ ? 1 : 0,
    fetchBytes: fast && offsets.every((offset) => offset >= 0) ? fetchBytes(choice) : 0,
    slicesIn,
    rowsIn,
    columnsIn,
    slicesOut,
    rowsApart: rowsApart ?? rowsOut,
    columnsOut,
    blocks: blocks.length,
    blockTable: block.table(
      blocks.flatMap(({ first, end, firstRead, rowsRead }) => [first, end, firstRead, rowsRead]),
    ),
  };
  for (const [name, value] of Object.entries(values)) block.set(BlurWord[name as keyof typeof values], value);
  if (fast) setRow(block, y, x, step.mode);
  if (choice.spread) setSpread(block, choice.spread);
  return block;
}

/** What the adjoint along x needs to make vectors of columns. */
function setSpread(block: ParamBlock, { start, last, gradient, borders }: Spread): void {
  const links = borders.flatMap(({ own, other }) => [...own, ...other]);
  const words = links.flatMap(({ lanes, weights }) => [...swizzleWords(lanes), ...floatBits(weights)]);
  const isLinked = ({ lanes }: Spread["borders"][number]["own"][number]) =>
    lanes.some((lane) => lane !== undefined);
  block.set(BlurWord.borders, block.table(words));
  block.set(BlurWord.bothEnds, borders.some(({ other }) => other.some(isLinked)) ? 1 : 0);
  block.set(BlurWord.start, start * 4);
  block.set(BlurWord.wholeBytes, last * 4);
  block.set(BlurWord.firstFrom, gradient * 4);
}

/** About what a tap of one output along one axis takes, where rows are long. */
const TAP_NANOSECONDS = 0.05;

function itemNanoseconds({ axes, blocks }: Choice, { adjoint }: BlurStep): number {
  const [z, y, x] = axes;
  const row = Math.max(x.out, adjoint ? x.size : x.out) * (z.kernel + y.kernel + x.kernel);
  const rows = (adjoint ? y.size : y.out) / blocks.length;
  return TAP_NANOSECONDS * rows * row;
}

/**
 * As `blur.prepare`. Planes of the output lie `rowsApart` rows apart, one behind the other unless given; where they do
 * not, y must be filtered.
 */
export function prepareBlur(step: BlurStep, core: Core, rowsApart?: number): Launch {
  const choice = choose(step);
  const kernel = core.split(choice.kernel, {
    itemNanoseconds: itemNanoseconds(choice, step),
    scratchBytes: choice.workspaceBytes,
  });
  const params = pack(step, choice, rowsApart).write(core);
  return {
    run: (inputs, outputs) => kernel.run(outputs[0], inputs[0], params, 0, choice.items),
    dispose() {
      core.arena.free(params);
      kernel.dispose();
    },
  };
}

export const blur: KernelFamily<BlurStep> = {
  family: "blur",
  select(step) {
    const { kernel, workspaceBytes } = choose(step);
    return { kernel, workspaceBytes };
  },
  prepare: (step, core) => prepareBlur(step, core),
};
