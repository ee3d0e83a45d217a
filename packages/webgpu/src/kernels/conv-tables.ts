import { type PaddingMode, paddedIndex, type WindowAxis } from "@halfband/ops";

/** Windows of one axis that are computed together, because the same taps matter to all of them. */
export interface Phase {
  /** Voxel written for window 0, and the distance to that of the next. */
  readonly first: number;
  readonly stride: number;
  readonly count: number;
  /** Window w reads, for each tap, position `w * step + position` of the axis. */
  readonly step: number;
  readonly taps: readonly { readonly tap: number; readonly position: number }[];
}

/**
 * Where the voxels lie that the windows of an axis read: `offsets[position]`, in elements, or -1 where there is a
 * zero. In the gradient of a padded input a window has several positions in place of `w * step`: its list.
 */
export interface AxisTable {
  readonly kernel: number;
  readonly phases: readonly Phase[];
  readonly offsets: Int32Array;
  readonly lists: readonly (readonly number[])[] | null;
}

const span = (axis: WindowAxis): number => axis.dilation * (axis.kernel - 1);

/** Positions of the padded axis that windows reach. */
const padded = (axis: WindowAxis): number => (axis.out - 1) * axis.stride + span(axis) + 1;

/** From output windows to input voxels; `stride` is the distance of two voxels in elements. */
export function forwardTable(axis: WindowAxis, mode: PaddingMode, stride: number): AxisTable {
  const offsets = Int32Array.from({ length: padded(axis) }, (_, p) => {
    const source = paddedIndex(p - axis.padBefore, axis.size, mode);
    return source < 0 ? -1 : source * stride;
  });
  const taps = Array.from({ length: axis.kernel }, (_, tap) => ({ tap, position: tap * axis.dilation }));
  const phases = [{ first: 0, stride: 1, count: axis.out, step: axis.stride, taps }];
  return { kernel: axis.kernel, phases, offsets, lists: null };
}

/** Whether padding puts voxels of the axis in several positions. */
export const isRepeated = (axis: WindowAxis, mode: PaddingMode): boolean =>
  mode !== "zeros" && (axis.padBefore > 0 || padded(axis) - axis.padBefore > axis.size);

/**
 * From input voxels to the output voxels whose windows hold them. With a stride a voxel lies under every stride-th tap
 * only: `phased` computes the voxels with the same taps together. A voxel that padding repeats has several positions
 * in the padded input; such tables come in one phase.
 */
export function adjointTable(
  axis: WindowAxis,
  mode: PaddingMode,
  stride: number,
  phased: boolean,
): AxisTable {
  const { size, padBefore, kernel } = axis;
  const lists = isRepeated(axis, mode) ? positionLists(axis, mode) : null;
  // Position i: the window that starts at `i - span` of the padded input, or of the input itself where nothing repeats.
  const first = lists ? 0 : padBefore;
  const length = span(axis) + (lists ? padded(axis) : size);
  const offsets = Int32Array.from({ length }, (_, i) => {
    const start = i - span(axis) + first;
    const window = start / axis.stride;
    return start >= 0 && Number.isInteger(window) && window < axis.out ? window * stride : -1;
  });
  const taps = Array.from({ length: kernel }, (_, tap) => ({
    tap,
    position: span(axis) - tap * axis.dilation,
  }));
  if (!phased)
    return { kernel, phases: [{ first: 0, stride: 1, count: size, step: 1, taps }], offsets, lists };
  const phases = Array.from({ length: Math.min(axis.stride, size) }, (_, phase): Phase => {
    const shifted = taps.map(({ tap, position }) => ({ tap, position: position + phase }));
    return {
      first: phase,
      stride: axis.stride,
      count: Math.ceil((size - phase) / axis.stride),
      step: axis.stride,
      taps: shifted.filter(({ position }) => (position - span(axis) + padBefore) % axis.stride === 0),
    };
  });
  return { kernel, phases, offsets, lists };
}

/** Of every voxel its positions in the padded input. */
function positionLists(axis: WindowAxis, mode: PaddingMode): number[][] {
  const lists: number[][] = Array.from({ length: axis.size }, () => []);
  for (let p = 0; p < padded(axis); p++) lists[paddedIndex(p - axis.padBefore, axis.size, mode)].push(p);
  return lists;
}

/** A phase of every axis, and where its taps lie: rows of the tap's number and its position on each axis. */
export interface PackedPhase {
  readonly axes: readonly Phase[];
  readonly tapTable: number;
  readonly taps: number;
}

/** All axes in one buffer of words, and where in it everything begins. */
export interface ConvTables {
  readonly words: Int32Array;
  readonly offsets: readonly number[];
  /** Word `lists + window` tells where the positions of a window begin; they end where those of the next begin. */
  readonly lists: readonly number[] | null;
  readonly phases: readonly PackedPhase[];
}

/** Lays tables out in one buffer. With lists on one axis every axis gets them. */
export function packTables(tables: readonly AxisTable[]): ConvTables {
  const words: number[] = [];
  const append = (values: Iterable<number>): number => {
    const begin = words.length;
    for (const value of values) words.push(value);
    return begin;
  };
  const offsets = tables.map((table) => append(table.offsets));
  const folded = tables.some(({ lists }) => lists !== null);
  const lists = (folded ? tables : []).map(({ lists: entries, phases: [{ count, step }] }) => {
    const positions = entries ?? Array.from({ length: count }, (_, w) => [w * step]);
    let at = words.length + positions.length + 1;
    const begin = append([at, ...positions.map(({ length }) => (at += length))]);
    append(positions.flat());
    return begin;
  });
  const phases = combinations(tables.map((table) => table.phases)).map((axes): PackedPhase => {
    const rows = tapRows(
      axes,
      tables.map(({ kernel }) => kernel),
    );
    return { axes, tapTable: append(rows.flat()), taps: rows.length };
  });
  return { words: Int32Array.from(words), offsets, lists: folded ? lists : null, phases };
}

function combinations<T>(choices: readonly (readonly T[])[]): T[][] {
  let combined: T[][] = [[]];
  for (const axis of choices)
    combined = combined.flatMap((chosen) => axis.map((choice) => [...chosen, choice]));
  return combined;
}

const tapRows = (axes: readonly Phase[], kernels: readonly number[]): number[][] =>
  combinations(axes.map(({ taps }) => taps)).map((taps) => [
    taps.reduce((flat, { tap }, a) => flat * kernels[a] + tap, 0),
    ...taps.map(({ position }) => position),
  ]);
