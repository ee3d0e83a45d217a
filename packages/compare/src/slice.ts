import type { Affine, Pair, Plane } from "@halfband/measure";
import { resampleAffine, type Volume } from "@halfband/nifti";
import { type AxisGrid, HalfbandError } from "@halfband/ops";
import { gather, range } from "./gather.ts";
import { type Orientation, orientationOf } from "./orientation.ts";

/** A voxel axis of the file, whatever direction it has in the scanner. */
export type AxisName = "x" | "y" | "z";

export interface SliceOptions {
  /** Axis the slice cuts across; default z, or the one axis of size 1 of a flat image. */
  readonly axis?: AxisName;
  /** Voxel index along that axis, from 0; default the middle. */
  readonly index?: number;
  /** Time point, from 0; default 0. */
  readonly time?: number;
  /** Rows and columns are cropped to multiples of this, centred; default 8, for two halvings. */
  readonly multiple?: number;
}

/** A slice in voxel order, with its place in the scan. */
export interface Slice {
  readonly plane: Plane;
  readonly axis: AxisName;
  readonly index: number;
  readonly time: number;
  /** Voxel axes (0 is x) of rows and columns: the higher one runs down. */
  readonly axes: Pair;
  /** Voxel sizes of rows and columns. */
  readonly zooms: Pair;
  /** Size before cropping, first row and column kept, and whether anything was cut off. */
  readonly fullShape: Pair;
  readonly start: Pair;
  readonly cropped: boolean;
  /** Voxels that were NaN or infinite and count as 0. */
  readonly nonFinite: number;
  /** Affine of the cropped slice: its voxel (0, 0) sits at the translation. */
  readonly affine: Affine;
  /** How to turn the plane for display: `orient(slice.plane, slice.orientation)`. */
  readonly orientation: Orientation;
}

const AXES: readonly AxisName[] = ["x", "y", "z"];

/** First voxel and length of the centred crop to a multiple. */
export function centredCrop(size: number, multiple: number): { start: number; length: number } {
  const length = multiple * Math.floor(size / multiple);
  return { start: Math.floor((size - length) / 2), length };
}

/** x, y, z sizes, singletons included. */
export const spatialShape = ({ shape }: Volume): readonly number[] =>
  [0, 1, 2].map((axis) => shape[axis] ?? 1);

/** Values of one time point (and the first of any further channels), x fastest. */
export function timePoint(volume: Volume, time: number): Float32Array {
  const length = spatialShape(volume).reduce((product, size) => product * size, 1);
  return volume.data.subarray(time * length, (time + 1) * length);
}

/**
 * Cuts a slice out of a scan, cropped to a multiple of the total stride as the metrics need it.
 *
 * @throws `INVALID_OPTION` where axis, index or time are not in the scan, `INVALID_SHAPE` where the slice is too small.
 * @example
 * const slice = extractSlice(volume, { axis: "y", index: 100 });
 * slice.orientation.labels.left; // "R": the patient's right is on the left
 */
export function extractSlice(volume: Volume, options: SliceOptions = {}): Slice {
  const { multiple = 8 } = options;
  const { axis, index, time } = resolvePlace(volume, options);
  const shape = spatialShape(volume);
  const axes: Pair = axis === "z" ? [1, 0] : axis === "y" ? [2, 0] : [2, 1];
  const fullShape: Pair = [shape[axes[0]], shape[axes[1]]];
  const crops = fullShape.map((size) => centredCrop(size, multiple));
  const short = crops.findIndex(({ length }) => length < 2 * multiple);
  if (short >= 0) {
    const sizes = fullShape.join(" x ");
    throw new HalfbandError(
      "INVALID_SHAPE",
      `The slice across ${axis} has ${sizes} voxels; comparing needs at least ${2 * multiple} on each axis.`,
      {
        op: "compare",
        option: "axis",
        got: fullShape,
        expected: `at least ${2 * multiple} x ${2 * multiple}`,
      },
    );
  }
  const across = AXES.indexOf(axis);
  const kept = (a: number) => {
    const at = axes.indexOf(a);
    return at < 0 ? [index] : range(crops[at].start, crops[at].length);
  };
  const data = gather(timePoint(volume, time), [shape[2], shape[1], shape[0]], [kept(2), kept(1), kept(0)]);
  const grids: readonly AxisGrid[] = [index, crops[0].start, crops[1].start].map((offset) => ({
    offset,
    spacing: 1,
  }));
  return {
    plane: { data, shape: [crops[0].length, crops[1].length] },
    axis,
    index,
    time,
    axes,
    zooms: zoomsOf(volume, axes),
    fullShape,
    start: [crops[0].start, crops[1].start],
    cropped: crops.some(({ length }, a) => length !== fullShape[a]),
    nonFinite: replaceNonFinite(data),
    affine: resampleAffine(volume.affine, grids, [across, ...axes]),
    orientation: orientationOf(volume.axisCodes, across, axes),
  };
}

const zoomsOf = ({ zooms }: Volume, axes: Pair): Pair => [zooms[axes[0]] ?? 1, zooms[axes[1]] ?? 1];

/** Writes 0 for NaN and infinity, which would spread over every spectrum; returns how many. */
export function replaceNonFinite(data: Float32Array | Float64Array): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    data[i] = 0;
    count++;
  }
  return count;
}

function resolvePlace(volume: Volume, options: SliceOptions) {
  const shape = spatialShape(volume);
  const flat = [2, 1, 0].find((axis) => shape[axis] === 1);
  const axis = options.axis ?? AXES[flat ?? 2];
  if (!AXES.includes(axis)) refuse("axis", axis, "x, y or z");
  const size = shape[AXES.indexOf(axis)];
  const { index = Math.floor(size / 2), time = 0 } = options;
  const times = volume.shape[3] ?? 1;
  if (!isIndex(index, size)) refuse("index", index, `a whole number from 0 to ${size - 1} along ${axis}`);
  if (!isIndex(time, times)) refuse("time", time, `a whole number from 0 to ${times - 1}`);
  return { axis, index, time };
}

const isIndex = (value: number, size: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < size;

function refuse(option: string, got: unknown, expected: string): never {
  throw new HalfbandError("INVALID_OPTION", `The ${option} is ${String(got)}; expected ${expected}.`, {
    op: "compare",
    option,
    got,
    expected,
  });
}
