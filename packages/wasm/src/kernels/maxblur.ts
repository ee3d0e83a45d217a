import type { BlurStep, MaxPoolStep, PaddingMode, WindowAxis } from "@halfband/ops";
import type { FusedKernel } from "../fusion.ts";
import type { Selection } from "../kernel.ts";
import {
  type BlurAxis,
  BlurWord,
  fitsRegisters,
  LANES,
  SPARE_BYTES,
  setRow,
  sourcesOf,
  untouchedAxis,
} from "./blur-row.ts";
import { isIdentity, mergeIdentityAxes, ParamBlock, setAxes, threeAxes } from "./window-params.ts";

/** Order of the 32-bit words of `MaxBlur` in assembly/maxblur.ts. */
const Word = {
  kernel: BlurWord.end,
  planeBytes: BlurWord.end + 1,
  rowBytes: BlurWord.end + 2,
  lead: BlurWord.end + 3,
  trail: BlurWord.end + 4,
  ring: BlurWord.end + 5,
  workBytes: BlurWord.end + 6,
  blocks: BlurWord.end + 7,
  blockTable: BlurWord.end + 8,
  edge: BlurWord.end + 9,
  end: BlurWord.end + 10,
} as const;

interface Pair<A> {
  readonly y: A;
  readonly x: A;
}

interface Axes {
  readonly max: Pair<WindowAxis>;
  readonly blur: Pair<BlurAxis>;
  /** Where in a row the kernel looks for NaN in four columns. */
  readonly edge: number;
}

/** The last two axes, where the leading ones are planes for both steps. */
function lastTwo<A extends WindowAxis>(
  axes: readonly A[],
  untouched: (axis: A) => boolean,
): Pair<A> | undefined {
  const merged = mergeIdentityAxes(1, axes, untouched).axes;
  if (axes.length < 2 || merged.length > 2) return undefined;
  return { y: axes[axes.length - 2], x: axes[axes.length - 1] };
}

/** Windows at stride 1 that reach at most one voxel beyond either border. */
const reachesOne = ({ kernel, stride, dilation, padBefore, padAfter, size }: WindowAxis): boolean =>
  stride === 1 &&
  dilation === 1 &&
  size >= kernel &&
  [padBefore, padAfter].every((pad) => pad === 0 || pad === 1);

/** The axes of both steps, if the kernel serves them. */
function axesOf(max: MaxPoolStep, blur: BlurStep): Axes | undefined {
  if (max.outputs.length > 1 || blur.adjoint) return undefined;
  const windows = lastTwo(max.axes, isIdentity);
  const taps = lastTwo(blur.axes, (axis) => isIdentity(axis) && axis.taps[0] === 1);
  if (windows === undefined || taps === undefined) return undefined;
  const { y, x } = windows;
  const square = y.kernel === x.kernel && (x.kernel === 2 || x.kernel === 3);
  if (!square || !reachesOne(y) || !reachesOne(x)) return undefined;
  if (!fitsRegisters(taps.y, taps.x, blur.mode)) return undefined;
  const edge = edgeOf(windows.x, taps.x, blur.mode);
  return edge === undefined ? undefined : { max: windows, blur: taps, edge };
}

/**
 * A maximum keeps the NaN of its window's first column alone. Where four columns are that hold all those that the blur
 * sees, but in no window that they begin; undefined if they lie further apart.
 */
function edgeOf(max: WindowAxis, blur: BlurAxis, mode: PaddingMode): number | undefined {
  const sources = Array.from({ length: blur.out }, (_, i) => sourcesOf(blur, i, mode)).flat();
  const first = new Set(sources.map((source) => source - max.padBefore));
  const inside = [...first].filter((column) => column >= 0 && column + max.kernel <= max.size);
  const lost = inside
    .flatMap((column) => Array.from({ length: max.kernel - 1 }, (_, i) => column + 1 + i))
    .filter((column) => !inside.includes(column));
  const edge = Math.max(0, Math.min(max.size - LANES, ...lost));
  return lost.every((column) => column < edge + LANES) ? edge : undefined;
}

const planesOf = ({ planes, axes }: MaxPoolStep): number =>
  axes.slice(0, -2).reduce((product, { size }) => product * size, planes);

interface OutputRow {
  /** Rows of maxima to compute first: their place in the ring and the image rows under their windows. */
  readonly fresh: { readonly place: number; readonly rows: readonly number[] }[];
  /** Place of each tap's row in the ring; -1 where it is zero. */
  readonly places: readonly number[];
}

/** Output rows that a work item computes. */
interface Rows {
  readonly first: number;
  readonly end: number;
}

/** Rows of maxima that only the next output row needs. */
const AHEAD = 2;

/**
 * Computes every row of maxima for the output row before the first one that needs it, in the place of one that neither
 * needs: what has just been stored takes long to load.
 */
function schedule(max: WindowAxis, blur: BlurAxis, mode: PaddingMode, { first, end }: Rows): OutputRow[] {
  const ring: (number | undefined)[] = Array.from({ length: blur.kernel + AHEAD }, () => undefined);
  // Image rows beyond the border repeat the last one: that changes no maximum.
  const rowsUnder = (row: number) =>
    Array.from({ length: max.kernel }, (_, j) =>
      Math.min(Math.max(row + j - max.padBefore, 0), max.size - 1),
    );
  return Array.from({ length: end - first }, (_, i) => {
    const sources = sourcesOf(blur, first + i, mode);
    const needed = new Set(
      first + i + 1 < end ? [...sources, ...sourcesOf(blur, first + i + 1, mode)] : sources,
    );
    const fresh: OutputRow["fresh"] = [];
    for (const source of needed) {
      if (source < 0 || ring.includes(source)) continue;
      const place = ring.findIndex((row) => row === undefined || !needed.has(row));
      ring[place] = source;
      fresh.push({ place, rows: rowsUnder(source) });
    }
    return { fresh, places: sources.map((source) => (source < 0 ? -1 : ring.indexOf(source))) };
  });
}

/** A maximum keeps the NaN of its window's first row alone: rows that are never first are looked at by themselves. */
function neverFirst(outputs: readonly OutputRow[]): number[] {
  const windows = outputs.flatMap(({ fresh }) => fresh.map(({ rows }) => rows));
  const first = new Set(windows.map(([row]) => row));
  return [...new Set(windows.flat())].filter((row) => !first.has(row));
}

/** Two neighbouring rows of maxima at a time; one without a neighbour is computed with one that is dropped. */
function pairsOf(fresh: OutputRow["fresh"], dropped: number): { into: number[]; rows: number[] }[] {
  const pairs: { into: number[]; rows: number[] }[] = [];
  for (let i = 0; i < fresh.length; i++) {
    const { place, rows } = fresh[i];
    const next = fresh[i + 1];
    const last = rows[rows.length - 1];
    if (next?.rows.slice(0, -1).every((row, j) => row === rows[j + 1])) {
      pairs.push({ into: [place, next.place], rows: [rows[0], ...next.rows] });
      i++;
    } else {
      pairs.push({ into: [place, dropped], rows: [...rows, last] });
    }
  }
  return pairs;
}

/** Bytes from one row to the next, of the image and of the ring. */
interface RowBytes {
  readonly image: number;
  readonly ring: number;
}

/** The program of assembly/maxblur.ts for some output rows. */
function programOf(
  max: WindowAxis,
  blur: BlurAxis,
  mode: PaddingMode,
  rows: Rows,
  bytes: RowBytes,
): number[] {
  const outputs = schedule(max, blur, mode, rows);
  const lookedAt = neverFirst(outputs);
  // Behind the places for the taps lie a row of zeros and one that is never read.
  const zero = blur.kernel + AHEAD;
  const dropped = zero + 1;
  const steps = outputs.flatMap(({ fresh, places }) => {
    const pairs = pairsOf(fresh, dropped);
    return [
      pairs.length,
      ...pairs.flatMap(({ into, rows }) => [
        ...into.map((place) => place * bytes.ring),
        ...rows.map((row) => row * bytes.image),
      ]),
      ...places.map((place) => (place < 0 ? zero : place) * bytes.ring),
    ];
  });
  return [lookedAt.length, ...lookedAt.map((row) => row * bytes.image), ...steps];
}

/** For threads, few planes are cut in blocks, to have this many items. */
const ITEMS = 32;
/** Least rows of a block: its first ones compute up to three rows of maxima again. */
const BLOCK_ROWS = 32;

function blocksOf(rows: number, planes: number, threads: number): Rows[] {
  const wanted = threads > 1 ? Math.ceil(ITEMS / planes) : 1;
  const blocks = Math.max(1, Math.min(wanted, Math.floor(rows / BLOCK_ROWS)));
  const starts = Array.from({ length: blocks + 1 }, (_, i) => Math.floor((i * rows) / blocks));
  return Array.from({ length: blocks }, (_, i) => ({ first: starts[i], end: starts[i + 1] }));
}

/** The workspace: the ring, a row of zeros, one that is never read. */
function layoutOf(blur: Pair<BlurAxis>) {
  // Behind a row, the kernel writes up to 7 columns too many.
  const pitch = Math.ceil((blur.x.size * 4 + SPARE_BYTES) / 64) * 64;
  return { ring: 0, pitch, bytes: (blur.y.kernel + AHEAD + 2) * pitch };
}

function pack({ max, blur, edge }: Axes, mode: PaddingMode, blocks: readonly Rows[]): ParamBlock {
  const { ring, pitch, bytes } = layoutOf(blur);
  const block = new ParamBlock(Word.end);
  const outer = blur.y.taps[0];
  setAxes(block, threeAxes([blur.y, blur.x], untouchedAxis), (axis) => ({
    windows: 0,
    weights: axis === blur.x ? block.floatTable(blur.x.taps.map((tap) => tap * outer)) : 0,
  }));
  setRow(block, blur.y, blur.x, mode);
  const rowBytes = max.x.size * 4;
  block.set(Word.kernel, max.x.kernel);
  block.set(Word.planeBytes, max.y.size * rowBytes);
  block.set(Word.rowBytes, rowBytes);
  block.set(Word.lead, max.x.padBefore);
  block.set(Word.trail, max.x.padAfter);
  block.set(Word.ring, ring);
  block.set(Word.workBytes, bytes);
  const table = blocks.flatMap((rows) => {
    const program = block.table(programOf(max.y, blur.y, mode, rows, { image: rowBytes, ring: pitch }));
    return [rows.first, rows.end - rows.first, program];
  });
  block.set(Word.edge, edge * 4);
  block.set(Word.blocks, blocks.length);
  block.set(Word.blockTable, block.table(table));
  return block;
}

/** About what a voxel of the image takes. */
const VOXEL_NANOSECONDS = 0.3;

/** Maximum at stride 1, then the blur at stride two, some rows at a time; the map between is never stored. */
export const maxblur: FusedKernel<MaxPoolStep, BlurStep> = {
  families: ["maxpool", "blur"],
  select(max, blur) {
    const axes = axesOf(max, blur);
    return (
      axes && {
        kernel: `maxblur2d_f32_k${axes.max.x.kernel}k${axes.blur.x.kernel}s2`,
        workspaceBytes: layoutOf(axes.blur).bytes,
      }
    );
  },
  prepare(max, blur, core) {
    const axes = axesOf(max, blur) as Axes;
    const { kernel, workspaceBytes } = this.select(max, blur) as Selection;
    const planes = planesOf(max);
    const blocks = blocksOf(axes.blur.y.out, planes, core.threads);
    const itemNanoseconds = (VOXEL_NANOSECONDS * axes.max.y.size * axes.max.x.size) / blocks.length;
    const split = core.split(kernel, { itemNanoseconds, scratchBytes: workspaceBytes });
    const params = pack(axes, blur.mode, blocks).write(core);
    return {
      run: (inputs, outputs) => split.run(outputs[0], inputs[0], params, 0, planes * blocks.length),
      dispose() {
        core.arena.free(params);
        split.dispose();
      },
    };
  },
};
