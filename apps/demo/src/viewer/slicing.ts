import { type Orientation, orient, orientationOf, type Pair, type Plane } from "../engine/halfband.ts";
import type { Axis, PerVoxelAxis, ScanInfo } from "../engine/protocol.ts";

/** Voxel axes of rows and columns of a slice across an axis. */
export const planeAxes = (axis: Axis): readonly [Axis, Axis] =>
  axis === 2 ? [1, 0] : axis === 1 ? [2, 0] : [2, 1];

export const orientationAcross = ({ axisCodes }: ScanInfo, axis: Axis): Orientation =>
  orientationOf(axisCodes, axis, planeAxes(axis) as Pair);

/** A slice of one time point, turned for display. */
export function sliceOf(voxels: Float32Array, info: ScanInfo, axis: Axis, index: number): Plane {
  const [nx, ny] = info.shape;
  const steps = [1, nx, nx * ny];
  const [rowAxis, columnAxis] = planeAxes(axis);
  const [rows, columns] = [info.shape[rowAxis], info.shape[columnAxis]];
  const data = new Float32Array(rows * columns);
  for (let i = 0, to = 0; i < rows; i++) {
    let from = index * steps[axis] + i * steps[rowAxis];
    for (let j = 0; j < columns; j++, from += steps[columnAxis]) data[to++] = voxels[from];
  }
  return orient({ data, shape: [rows, columns] }, orientationAcross(info, axis));
}

/** Width over height in millimetres of a slice as displayed. */
export function sliceAspect({ shape, zooms, ...info }: ScanInfo, axis: Axis): number {
  const [row, column] = planeAxes(axis);
  const [height, width] = [shape[row] * zooms[row], shape[column] * zooms[column]];
  return orientationAcross({ shape, zooms, ...info }, axis).transpose ? height / width : width / height;
}

/** Millimetres across a slice as displayed, so that the three planes can share one scale. */
export function sliceWidth(info: ScanInfo, axis: Axis): number {
  const across = planeAxes(axis)[orientationAcross(info, axis).transpose ? 0 : 1];
  return info.shape[across] * info.zooms[across];
}

/** Voxel indices of rows and columns at a place of the display, 0 to 1 from its top left corner. */
export function voxelAt(info: ScanInfo, axis: Axis, across: number, down: number): PerVoxelAxis {
  const { transpose, flipRows, flipColumns } = orientationAcross(info, axis);
  const [u, v] = [flipColumns ? 1 - across : across, flipRows ? 1 - down : down];
  const [row, column] = planeAxes(axis);
  const at = [0, 0, 0];
  const clamp = (value: number, size: number) => Math.min(size - 1, Math.max(0, Math.floor(value * size)));
  at[row] = clamp(transpose ? u : v, info.shape[row]);
  at[column] = clamp(transpose ? v : u, info.shape[column]);
  return at as unknown as PerVoxelAxis;
}

/** Where a voxel lies on the display of a slice, 0 to 1 from the top left corner. */
export function placeOf(info: ScanInfo, axis: Axis, voxel: PerVoxelAxis): { across: number; down: number } {
  const { transpose, flipRows, flipColumns } = orientationAcross(info, axis);
  const [row, column] = planeAxes(axis);
  const share = (a: Axis) => (voxel[a] + 0.5) / info.shape[a];
  const [u, v] = transpose ? [share(row), share(column)] : [share(column), share(row)];
  return { across: flipColumns ? 1 - u : u, down: flipRows ? 1 - v : v };
}

const VIEW_NAMES = { axial: "Axial", coronal: "Coronal", sagittal: "Sagittal" } as const;

export const viewName = (info: ScanInfo, axis: Axis): string =>
  VIEW_NAMES[orientationAcross(info, axis).view];
