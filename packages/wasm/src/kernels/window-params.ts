import { HalfbandError, type WindowAxis, windowExtent } from "@halfband/ops";
import type { Core } from "../core.ts";

const AXIS_WORDS = 10;
/** Words of the three axes that a params block begins with; the family's own words follow. */
export const AXES_WORDS = 3 * AXIS_WORDS;

/** A params block: words, then tables. Tables are byte offsets from the block, so that nothing is relocated. */
export class ParamBlock {
  private readonly header: Int32Array;
  private readonly tables: ArrayLike<number>[] = [];
  private length: number;

  constructor(headerWords: number) {
    this.header = new Int32Array(headerWords);
    this.length = headerWords;
  }

  set(word: number, value: number): void {
    this.header[word] = value;
  }

  setFloat(word: number, value: number): void {
    this.header[word] = floatBits([value])[0];
  }

  /** Appends a table; returns its offset. */
  table(values: ArrayLike<number>): number {
    const offset = this.length * 4;
    this.tables.push(values);
    this.length += values.length;
    return offset;
  }

  floatTable(values: ArrayLike<number>): number {
    return this.table(floatBits(values));
  }

  /** Copies the block into the arena; the caller owns it there. */
  write(core: Core): number {
    const address = core.arena.allocate(this.length * 4);
    const words = core.i32(address, this.length);
    let at = 0;
    for (const part of [this.header, ...this.tables]) {
      words.set(part, at);
      at += part.length;
    }
    return address;
  }
}

export const floatBits = (values: ArrayLike<number>): Int32Array =>
  new Int32Array(new Float32Array(values).buffer);

export const isIdentity = (axis: WindowAxis): boolean =>
  axis.kernel === 1 &&
  axis.stride === 1 &&
  axis.padBefore === 0 &&
  axis.padAfter === 0 &&
  axis.out === axis.size;

/** Leading axes that a window leaves alone are planes of their own. At least one axis stays. */
export function mergeIdentityAxes<A extends WindowAxis>(
  planes: number,
  axes: readonly A[],
  untouched: (axis: A) => boolean = isIdentity,
): { planes: number; axes: readonly A[] } {
  let first = 0;
  while (first < axes.length - 1 && untouched(axes[first])) planes *= axes[first++].size;
  return { planes, axes: axes.slice(first) };
}

export const singleAxis: WindowAxis = {
  size: 1,
  out: 1,
  kernel: 1,
  stride: 1,
  dilation: 1,
  padBefore: 0,
  padAfter: 0,
};

/** z, y and x: missing leading axes have size 1. */
export function threeAxes(axes: readonly WindowAxis[]): readonly WindowAxis[];
export function threeAxes<A extends WindowAxis>(axes: readonly A[], missing: A): readonly A[];
export function threeAxes(axes: readonly WindowAxis[], missing = singleAxis): readonly WindowAxis[] {
  return [...new Array<WindowAxis>(3 - axes.length).fill(missing), ...axes];
}

/** Positions of the padded line before and behind the row that windows reach. */
export function lineEnds(axis: WindowAxis): { lead: number; trail: number } {
  const { size, out, kernel, stride, dilation, padBefore } = axis;
  const reach = (out - 1) * stride + windowExtent(kernel, dilation) - padBefore;
  return { lead: Math.max(0, padBefore), trail: Math.max(0, reach - size) };
}

/** Bytes of a padded line, with room for two vectors of windows that begin on its last element. */
export function lineBytes(axis: WindowAxis): number {
  const { lead, trail } = lineEnds(axis);
  return (lead + axis.size + trail + 8 * axis.stride + 8) * 4;
}

/** Numbers in a table of an axis: half a gigabyte. */
const MOST_NUMBERS = 2 ** 27;

/** A table of pairs of numbers. @throws `OUT_OF_MEMORY` for one that is too large. */
export function pairTable(pairs: number): Int32Array {
  const numbers = 2 * pairs;
  if (numbers <= MOST_NUMBERS) return new Int32Array(numbers);
  throw new HalfbandError(
    "OUT_OF_MEMORY",
    `a table of ${numbers} numbers, expected at most ${MOST_NUMBERS}`,
    { got: numbers, expected: MOST_NUMBERS },
  );
}

/** Per output: first voxel and number of taps inside the image. Taps outside are skipped, a multiple of the dilation. */
export function windowTable(axis: WindowAxis): Int32Array {
  const { size, out, kernel, stride, dilation, padBefore } = axis;
  const table = pairTable(out);
  for (let m = 0; m < out; m++) {
    const begin = m * stride - padBefore;
    const skipped = begin < 0 ? Math.ceil(-begin / dilation) : 0;
    const first = begin + skipped * dilation;
    const inside = first < size ? Math.ceil((size - first) / dilation) : 0;
    table[2 * m] = first;
    table[2 * m + 1] = Math.max(0, Math.min(kernel - skipped, inside));
  }
  return table;
}

/** Outputs first .. end - 1 have all their taps inside the axis. */
export function wholeWindows({ size, out, kernel, stride, dilation, padBefore }: WindowAxis) {
  const first = Math.min(out, Math.max(0, Math.ceil(padBefore / stride)));
  const fitting = Math.floor((size - windowExtent(kernel, dilation) + padBefore) / stride) + 1;
  return { first, end: Math.max(first, Math.min(out, fitting)) };
}

/** Writes the axes; `tables` gives the offsets of the family's tables of each axis. */
export function setAxes(
  block: ParamBlock,
  axes: readonly WindowAxis[],
  tables: (axis: WindowAxis, index: number) => { windows: number; weights: number },
): void {
  axes.forEach((axis, index) => {
    const { lead, trail } = lineEnds(axis);
    const { windows, weights } = tables(axis, index);
    const words = [
      axis.size,
      axis.out,
      axis.kernel,
      axis.stride,
      axis.dilation,
      lead,
      trail,
      lead - axis.padBefore,
      windows,
      weights,
    ];
    for (const [i, word] of words.entries()) block.set(index * AXIS_WORDS + i, word);
  });
}

/** Two voxels at stride two, whole windows only. */
const isPairs = (axis: WindowAxis): boolean =>
  axis.kernel === 2 &&
  axis.stride === 2 &&
  axis.dilation === 1 &&
  axis.padBefore === 0 &&
  2 * axis.out <= axis.size;

/** Windows of two along every axis, and enough of them in a row for the kernels in registers. */
export const fitPairs = (axes: readonly WindowAxis[]): boolean =>
  axes.every(isPairs) && axes[axes.length - 1].out >= 4;

/** Windows of the kernels for few rows: 2 or 3 at stride one, 3 at stride two, hardly any padding. */
function isFewRows(axis: WindowAxis): boolean {
  const { kernel, stride, dilation, padBefore, size, out } = axis;
  if (dilation !== 1 || padBefore < 0 || padBefore > 1) return false;
  // At stride two the middle of every window is in the image.
  if (stride === 2) return kernel === 3 && 2 * (out - 1) + 1 - padBefore < size;
  const { trail } = lineEnds(axis);
  const whole = size - kernel + 1;
  return stride === 1 && (kernel === 2 || kernel === 3) && trail <= 1 && out === whole + padBefore + trail;
}

/** Their case in a kernel's name, if they serve these windows: a vector of whole ones lies in a row. */
export function fewRowsCase(axes: readonly WindowAxis[]): "k2s1" | "k3s1" | "k3s2" | undefined {
  if (axes.length !== 2 || !axes.every(isFewRows)) return undefined;
  const [y, { kernel, stride, padBefore, size, out }] = axes;
  if (y.kernel !== kernel || y.stride !== stride) return undefined;
  const whole = stride === 1 ? size - kernel + 1 : Math.min(out, (size - 1 + padBefore) >> 1);
  return whole < 4 ? undefined : stride === 2 ? "k3s2" : kernel === 2 ? "k2s1" : "k3s1";
}

/** Windows of two that leave nothing over along the leading axis: the planes are one long plane. */
export function joinPlanes(planes: number, axes: readonly WindowAxis[]): readonly WindowAxis[] {
  const [first, ...rest] = axes;
  if (rest.length === 0 || first.size !== 2 * first.out) return axes;
  return [{ ...first, size: first.size * planes, out: first.out * planes }, ...rest];
}

/** Rows of outputs in a plane, the work items of the pools. */
export const rowsOf = (axes: readonly WindowAxis[]): number =>
  axes.slice(0, -1).reduce((rows, axis) => rows * axis.out, 1);

/** About the nanoseconds that one row of windows takes in a general kernel. */
export function rowNanoseconds(axes: readonly WindowAxis[]): number {
  const x = axes[axes.length - 1];
  const rows = axes.slice(0, -1).reduce((product, { kernel }) => product * kernel, 1);
  return 50 + rows * x.size * 0.1 + x.out * x.kernel * 0.2;
}

/** The same for windows of two in registers. */
export const pairsNanoseconds = (axes: readonly WindowAxis[]): number =>
  4 + axes[axes.length - 1].size * 2 ** (axes.length - 1) * 0.06;

/** Bytes of the list of row addresses of one window, in front of the padded line in the workspace. */
export function rowListBytes(axes: readonly WindowAxis[]): number {
  const [z, y] = threeAxes(axes);
  return Math.ceil((z.kernel * y.kernel * 4) / 16) * 16;
}
