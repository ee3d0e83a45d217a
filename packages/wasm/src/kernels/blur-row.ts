import { type BlurStep, type PaddingMode, paddedIndex } from "@halfband/ops";
import { AXES_WORDS, type ParamBlock, singleAxis } from "./window-params.ts";

export type BlurAxis = BlurStep["axes"][number];

const words = [
  "line",
  "spread",
  "slab",
  "zeroRow",
  "filtersZ",
  "slicesIn",
  "rowsIn",
  "columnsIn",
  "slicesOut",
  "rowsApart",
  "columnsOut",
  "blocks",
  "blockTable",
  "borders",
  "bothEnds",
  "start",
  "wholeBytes",
  "lastCount",
  "second",
  "third",
  "scale",
  "firstFrom",
  "fetchBytes",
  "end",
] as const;

/** Places of the 32-bit words of `Blur` in assembly/inline/blur-row.ts. */
export const BlurWord = Object.fromEntries(words.map((word, i) => [word, AXES_WORDS + i])) as Record<
  (typeof words)[number],
  number
>;

/** Columns of a vector. */
export const LANES = 4;
/** Bytes that vectors may read behind a row in the workspace. */
export const SPARE_BYTES = 64;
/** Index that a swizzle turns into a zero. */
const NO_BYTE = 0x80;

export const untouchedAxis: BlurAxis = { ...singleAxis, taps: [1] };

/** Source voxel of every tap of one output; -1 where it is zero. */
export const sourcesOf = (axis: BlurAxis, output: number, mode: PaddingMode): number[] =>
  axis.taps.map((_, j) =>
    paddedIndex(output * axis.stride + j * axis.dilation - axis.padBefore, axis.size, mode),
  );

const isSymmetric = (taps: readonly number[]): boolean =>
  taps[0] !== 0 && taps.every((tap, i) => tap === taps[taps.length - 1 - i]);

/** Four columns of which some see padding: lanes of the four columns at `near`, and of those at `far`. */
interface Border {
  readonly near: number;
  readonly far: number;
  readonly nearLanes: readonly (number | undefined)[];
  readonly farLanes: readonly (number | undefined)[];
}

/** The sources of `columns` found in two vectors; undefined where they lie elsewhere. */
function borderOf(axis: BlurAxis, mode: PaddingMode, columns: readonly (number | undefined)[]) {
  const last = axis.size - LANES;
  const first = columns.findIndex((column) => column !== undefined);
  const start = first < 0 ? 0 : (columns[first] as number) - first;
  const near = Math.min(Math.max(start, 0), last);
  const far = near > 0 || start >= 0 ? 0 : last;
  const sources = columns.map((column) => (column === undefined ? -1 : paddedIndex(column, axis.size, mode)));
  const within = (base: number) => (source: number) =>
    source >= base && source < base + LANES ? source - base : undefined;
  const nearLanes = sources.map(within(near));
  const farLanes = sources.map((source, i) => (nearLanes[i] === undefined ? within(far)(source) : undefined));
  const found = sources.every((source, i) => source < 0 || (nearLanes[i] ?? farLanes[i]) !== undefined);
  return found ? { near, far, nearLanes, farLanes } : undefined;
}

/**
 * The columns of a row in vectors: the one before the first outputs' last columns, whole ones, and the last two.
 * Undefined where padding reaches further.
 */
function columnsOf(axis: BlurAxis, mode: PaddingMode) {
  const { kernel, padBefore, out, size } = axis;
  const start = kernel - 2 - padBefore;
  const inside = out % LANES === 0 && start + 2 * out <= size;
  const steps = inside ? out / LANES : Math.ceil(out / LANES) - 1;
  const behind = start + 2 * LANES * steps;
  if (size < LANES || start < 0 || (steps > 0 && behind > size)) return undefined;
  const end = 2 * (out - 1) - padBefore + kernel;
  const vector = (from: number) =>
    Array.from({ length: LANES }, (_, lane) => {
      const column = from + lane;
      return column >= -padBefore && column < end ? column : undefined;
    });
  const borders = [start - LANES, behind, behind + LANES].map((from) => borderOf(axis, mode, vector(from)));
  if (borders.includes(undefined)) return undefined;
  return { start, steps, borders: borders as Border[] };
}

/** Whether the rows for 3 to 5 taps at stride two serve this y and x (y untouched: x alone). */
export function fitsRegisters(y: BlurAxis, x: BlurAxis, mode: PaddingMode): boolean {
  const atTwo = (axis: BlurAxis) => axis.stride === 2 && axis.dilation === 1 && isSymmetric(axis.taps);
  if (x.kernel < 3 || x.kernel > 5 || !atTwo(x)) return false;
  const alike = y.kernel === x.kernel && atTwo(y) && y.taps.every((tap, i) => tap === x.taps[i]);
  return (alike || y === untouchedAxis) && columnsOf(x, mode) !== undefined;
}

/** Indices for a swizzle, in words. */
export const swizzleWords = (lanes: readonly (number | undefined)[]): number[] =>
  lanes.map((lane) => {
    const bytes = [0, 1, 2, 3].map((byte) => (lane === undefined ? NO_BYTE : 4 * lane + byte));
    return bytes.reduce((word, byte, i) => word | (byte << (8 * i)), 0);
  });

/** Writes what the rows need, after the axes: which columns see padding, and the taps. */
export function setRow(block: ParamBlock, y: BlurAxis, x: BlurAxis, mode: PaddingMode): void {
  const { start, steps, borders } = columnsOf(x, mode) as NonNullable<ReturnType<typeof columnsOf>>;
  const table = borders.flatMap(({ near, far, nearLanes, farLanes }) => [
    near * 4,
    far * 4,
    ...swizzleWords(nearLanes),
    ...swizzleWords(farLanes),
  ]);
  const usesFar = borders.some(({ farLanes }) => farLanes.some((lane) => lane !== undefined));
  block.set(BlurWord.borders, block.table(table));
  block.set(BlurWord.bothEnds, usesFar ? 1 : 0);
  block.set(BlurWord.start, start * 4);
  block.set(BlurWord.wholeBytes, steps * LANES * 4);
  block.set(BlurWord.lastCount, x.out - steps * LANES);
  block.setFloat(BlurWord.second, x.taps[1] / x.taps[0]);
  block.setFloat(BlurWord.third, x.taps[2] / x.taps[0]);
  block.setFloat(BlurWord.scale, y.taps[0] * x.taps[0]);
}
