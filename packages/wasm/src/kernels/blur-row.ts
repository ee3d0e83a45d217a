import { type BlurStep, type PaddingMode, paddedIndex } from "@halfband/ops";
import { AXES_WORDS, type ParamBlock, singleAxis, wholeWindows } from "./window-params.ts";

export type BlurAxis = BlurStep["axes"][number];

/** Order of the 32-bit words of `Blur` in assembly/inline/blur-row.ts. */
export const BlurWord = {
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
/** Bytes of those sums and a zero in the workspace. */
export const EDGE_BYTES = 64;

export const untouchedAxis: BlurAxis = { ...singleAxis, taps: [1] };

/** Source voxel of every tap of one output; -1 where it is zero. */
export const sourcesOf = (axis: BlurAxis, output: number, mode: PaddingMode): number[] =>
  axis.taps.map((_, j) =>
    paddedIndex(output * axis.stride + j * axis.dilation - axis.padBefore, axis.size, mode),
  );

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

/** Whether the rows for 3 to 5 taps at stride two serve this y and x (y untouched: x alone). */
export function fitsRegisters(y: BlurAxis, x: BlurAxis, mode: PaddingMode): boolean {
  const atTwo = (axis: BlurAxis) => axis.stride === 2 && axis.dilation === 1 && isSymmetric(axis.taps);
  const { first, end } = wholeWindows(x);
  if (x.kernel < 3 || x.kernel > 5 || !atTwo(x) || x.size < EDGE || first === end) return false;
  const alike = y.kernel === x.kernel && atTwo(y) && y.taps.every((tap, i) => tap === x.taps[i]);
  return (alike || y === untouchedAxis) && borderTable(x, mode).every((entry) => entry !== undefined);
}

/** Writes what the rows need, after the axes: which outputs see padding, and the taps. */
export function setRow(block: ParamBlock, y: BlurAxis, x: BlurAxis, mode: PaddingMode): void {
  const { first, end } = wholeWindows(x);
  const borders = borderTable(x, mode).map((entry) => entry ?? 0);
  block.set(BlurWord.first, first);
  block.set(BlurWord.whole, end - first);
  block.set(BlurWord.borders, block.table(borders));
  block.set(BlurWord.borderCount, borders.length / (1 + x.kernel));
  block.setFloat(BlurWord.second, x.taps[1] / x.taps[0]);
  block.setFloat(BlurWord.third, x.taps[2] / x.taps[0]);
  block.setFloat(BlurWord.scale, y.taps[0] * x.taps[0]);
}
