import { type PaddingMode, paddedIndex } from "@halfband/ops";
import { type BlurAxis, sourcesOf } from "./blur-row.ts";
import type { ParamBlock } from "./window-params.ts";

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
  const elements = block.table(links.flatMap((list) => list.flatMap(([element]) => [element, 0])));
  links.flat().forEach(([, weight], i) => {
    block.setFloat(elements / 4 + 2 * i + 1, weight);
  });
  let next = elements;
  return block.table(
    links.flatMap(({ length }) => {
      const at = next;
      next += 8 * length;
      return [at, length];
    }),
  );
}

/** How the adjoint along x at stride two makes vectors of columns from vectors of gradients. */
export interface Spread {
  /** Columns from `start` on, in vectors, the last ones at `last`; the gradient that `start` belongs to. */
  readonly start: number;
  readonly last: number;
  readonly gradient: number;
  /** The other columns, and those that padding adds to: with the gradients among the first and last four, and taps. */
  readonly borders: readonly { readonly column: number; readonly links: Links }[];
}

const LANES = 4;

/** Undefined where there are other taps than 3 to 5 at stride two, or too few columns. */
export function spreadOf(axis: BlurAxis, mode: PaddingMode): Spread | undefined {
  const { kernel, stride, dilation, padBefore, size, out } = axis;
  if (kernel < 3 || kernel > 5 || stride !== 2 || dilation !== 1) return undefined;
  // Vectors take no gradient from beyond the row: one (5 taps: two) before theirs must be there.
  const gradient = Math.max(Math.ceil(padBefore / 2), kernel > 4 ? 2 : 1);
  const lastGradient = Math.min(Math.floor((size - 2 * LANES + padBefore) / 2), out - LANES);
  if (lastGradient < gradient) return undefined;
  const start = 2 * gradient - padBefore;
  const last = 2 * lastGradient - padBefore;
  const links = adjointLinks(axis, mode);
  const inEdges = (element: number) =>
    element < LANES ? element : element >= out - LANES ? LANES + element - (out - LANES) : undefined;
  const borders = [...bordersOf(axis, mode, start, last + 2 * LANES)].map((column) => ({
    column,
    links: links[column].map(([element, weight]) => [inEdges(element), weight] as const),
  }));
  const reached = borders.every((border) => border.links.every(([element]) => element !== undefined));
  return reached ? { start, last, gradient, borders: borders as Spread["borders"] } : undefined;
}

/** Columns outside of `start` .. `end` - 1, and those that padding adds to. */
function bordersOf(axis: BlurAxis, mode: PaddingMode, start: number, end: number): Set<number> {
  const { size, stride, dilation, out, kernel, padBefore } = axis;
  const columns = new Set<number>();
  for (let column = 0; column < size; column++) if (column < start || column >= end) columns.add(column);
  const beyond = (out - 1) * stride + (kernel - 1) * dilation - padBefore;
  for (let column = -padBefore; column <= beyond; column++)
    if (column < 0 || column >= size) columns.add(paddedIndex(column, size, mode));
  columns.delete(-1);
  return columns;
}
