import { type PaddingMode, paddedIndex } from "@halfband/ops";
import { type BlurAxis, LANES, sourcesOf } from "./blur-row.ts";
import { floatBits, type ParamBlock } from "./window-params.ts";

/** What one output of an axis sees, or one voxel in the adjoint: elements and their weights. */
export type Links = readonly (readonly [element: number, weight: number])[];

/** Per output, the voxels under its taps, without those that are zero. */
export const forwardLinks = (axis: BlurAxis, mode: PaddingMode): Links[] =>
  Array.from({ length: axis.out }, (_, output) =>
    sourcesOf(axis, output, mode).flatMap((source, j): Links => (source < 0 ? [] : [[source, axis.taps[j]]])),
  );

/** Per voxel, the outputs that see it, each with the sum of the taps that do. */
export function adjointLinks(axis: BlurAxis, mode: PaddingMode): Links[] {
  const weights = Array.from({ length: axis.size }, () => new Map<number, number>());
  forwardLinks(axis, mode).forEach((links, output) => {
    for (const [source, tap] of links) weights[source].set(output, (weights[source].get(output) ?? 0) + tap);
  });
  return weights.map((map) => [...map]);
}

/** A table of {where the links are, how many}; returns its offset. */
export function linkTable(block: ParamBlock, links: readonly Links[]): number {
  const pair = ([element, weight]: Links[number]) => [element, floatBits([weight])[0]];
  let next = block.table(links.flatMap((list) => list.flatMap(pair)));
  return block.table(
    links.flatMap(({ length }) => {
      const at = next;
      next += 8 * length;
      return [at, length];
    }),
  );
}

/** Up to one link for each of four columns with the four gradients at one end of the row. */
interface EndLinks {
  readonly lanes: readonly (number | undefined)[];
  readonly weights: readonly number[];
}

/** How the adjoint along x at stride two makes vectors of columns from vectors of gradients. */
export interface Spread {
  /** Columns from `start` on, in vectors, the last ones at `last`; the gradient that `start` belongs to. */
  readonly start: number;
  readonly last: number;
  readonly gradient: number;
  /** The first and the last four columns: links with the gradients at their own end, and at the other one. */
  readonly borders: readonly { readonly own: readonly EndLinks[]; readonly other: readonly EndLinks[] }[];
}

/** Links are listed for every column before those at the ends are kept: a millisecond for a thousand columns. */
const LONGEST_SPREAD = 2 ** 16;

/** Undefined where there are other taps than 3 to 5 at stride two, too few or too many columns, or much padding. */
export function spreadOf(axis: BlurAxis, mode: PaddingMode): Spread | undefined {
  const { kernel, stride, dilation, padBefore, size, out } = axis;
  if (kernel < 3 || kernel > 5 || stride !== 2 || dilation !== 1 || size > LONGEST_SPREAD) return undefined;
  // Vectors take no gradient from beyond the row: one (5 taps: two) before theirs must be there.
  const gradient = Math.max(Math.ceil(padBefore / 2), kernel > 4 ? 2 : 1);
  const lastGradient = Math.min(Math.floor((size - 2 * LANES + padBefore) / 2), out - LANES);
  if (lastGradient < gradient) return undefined;
  const start = 2 * gradient - padBefore;
  const last = 2 * lastGradient - padBefore;
  const inVectors = (column: number) => column >= start && column < last + 2 * LANES;
  const padded = paddedColumns(axis, mode);
  for (let column = LANES; column < size - LANES; column++)
    if (padded.has(column) || !inVectors(column)) return undefined;

  const links = adjointLinks(axis, mode);
  const most = kernel > 4 ? 3 : 2;
  const ends = [0, out - LANES];
  const borders = [0, 1].map((end) => {
    const columns = Array.from({ length: LANES }, (_, i) => links[end === 0 ? i : size - LANES + i]);
    const [own, other] = [ends[end], ends[1 - end]];
    const isAt = (first: number, element: number) => element >= first && element < first + LANES;
    return {
      reached: columns.flat().every(([element]) => isAt(own, element) || isAt(other, element)),
      own: endLinks(columns, own, most, (element) => isAt(own, element)),
      other: endLinks(columns, other, most, (element) => !isAt(own, element)),
    };
  });
  const fits = borders.every(({ reached, own, other }) => reached && own && other);
  return fits ? { start, last, gradient, borders: borders as unknown as Spread["borders"] } : undefined;
}

/** Undefined where a column has more than `most` links of those that are meant. */
function endLinks(
  columns: readonly Links[],
  first: number,
  most: number,
  isMeant: (element: number) => boolean,
): EndLinks[] | undefined {
  const meant = columns.map((links) => links.filter(([element]) => isMeant(element)));
  if (meant.some(({ length }) => length > most)) return undefined;
  return Array.from({ length: most }, (_, i) => ({
    lanes: meant.map((links) => (links[i] === undefined ? undefined : links[i][0] - first)),
    weights: meant.map((links) => links[i]?.[1] ?? 0),
  }));
}

/** Columns that padding repeats. */
function paddedColumns({ size, stride, dilation, out, kernel, padBefore }: BlurAxis, mode: PaddingMode) {
  const columns = new Set<number>();
  const beyond = (out - 1) * stride + (kernel - 1) * dilation - padBefore;
  for (let column = -padBefore; column <= beyond; column++)
    if (column < 0 || column >= size) columns.add(paddedIndex(column, size, mode));
  return columns;
}
