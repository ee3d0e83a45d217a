import { type AxisName, extractSlice, type Orientation, orient, type Pair, type Plane } from "../halfband.ts";
import type { Axis, Sampling, SlicePlace } from "../protocol.ts";
import { scanOf } from "./scans.ts";

/** A slice in voxel order, cut to a size that the strides divide. */
export interface Scene {
  readonly plane: Plane;
  readonly cropped: boolean;
  /** Voxel axes of rows and columns. */
  readonly axes: readonly [Axis, Axis];
  readonly stride: Pair;
  /** Total factor per axis. */
  readonly factor: Pair;
  readonly orientation: Orientation;
  readonly zooms: Pair;
}

export const axisName = (axis: Axis): AxisName => (["x", "y", "z"] as const)[axis];

/** A pair in voxel order as it is displayed. */
export const turned = ([rows, columns]: Pair, { transpose }: Orientation): Pair =>
  transpose ? [columns, rows] : [rows, columns];

export async function sceneOf({ scan, axis, index, time }: SlicePlace, sampling: Sampling): Promise<Scene> {
  const { volume } = await scanOf(scan);
  const slice = extractSlice(volume, { axis: axisName(axis), index, time, multiple: 1 });
  const axes = slice.axes as readonly [Axis, Axis];
  const stride: Pair = [sampling.stride[axes[0]], sampling.stride[axes[1]]];
  const factor: Pair = [stride[0] ** sampling.times, stride[1] ** sampling.times];
  const plane = crop(slice.plane, factor);
  return {
    plane,
    cropped: plane.data.length !== slice.plane.data.length,
    axes,
    stride,
    factor,
    orientation: slice.orientation,
    zooms: slice.zooms,
  };
}

/** The centred part whose size is a multiple of twice the factor, as spectra need it. */
function crop({ data, shape }: Plane, factor: Pair): Plane {
  const [rows, columns] = shape.map((size, a) => {
    const multiple = factor[a] === 1 ? 1 : 2 * factor[a];
    const length = multiple * Math.floor(size / multiple);
    if (length === 0 || length < 2 * factor[a]) {
      throw new Error(
        `This slice has ${shape[1]} x ${shape[0]} voxels: too few to make it ${Math.max(...factor)} times smaller. Choose a smaller stride or another view.`,
      );
    }
    return { start: Math.floor((size - length) / 2), length };
  });
  const out = new Float32Array(rows.length * columns.length);
  for (let i = 0; i < rows.length; i++) {
    const from = (rows.start + i) * shape[1] + columns.start;
    out.set(data.subarray(from, from + columns.length), i * columns.length);
  }
  return { data: out, shape: [rows.length, columns.length] };
}

export const shown = (plane: Plane, { orientation }: Scene): Plane => orient(plane, orientation);
