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

const VIEWS: readonly Axis[] = [2, 1, 0];

/** The axes whose slices are pictures; a 2-D image has one. */
export function viewsOf({ shape }: ScanInfo): readonly Axis[] {
  const views = VIEWS.filter((axis) => planeAxes(axis).every((a) => shape[a] > 1));
  return views.length > 0 ? views : VIEWS.slice(0, 1);
}

/** How many times longer than wide a picture may be. What is longer is drawn stretched, or there was nothing to see. */
const LONGEST = 8;
export const shownAspect = (aspect: number): number => Math.min(LONGEST, Math.max(1 / LONGEST, aspect));

/** Millimetres across and down a slice as displayed. */
function sliceSize(info: ScanInfo, axis: Axis): { width: number; height: number } {
  const [row, column] = planeAxes(axis);
  const [down, across] = orientationAcross(info, axis).transpose ? [column, row] : [row, column];
  return { width: info.shape[across] * info.zooms[across], height: info.shape[down] * info.zooms[down] };
}

/** Width over height of a slice as displayed. */
export function sliceAspect(info: ScanInfo, axis: Axis): number {
  const { width, height } = sliceSize(info, axis);
  return shownAspect(width / height);
}

export const isStretched = (info: ScanInfo): boolean =>
  viewsOf(info).some((axis) => {
    const { width, height } = sliceSize(info, axis);
    return shownAspect(width / height) !== width / height;
  });

/** How much longer one view may be than another at one scale; beyond, each view has its own. */
const UNEVEN = 3;

/** Width of every view, the tallest being 1 high: at one scale where all of them can be seen then. */
export function viewWidths(info: ScanInfo): ReadonlyMap<Axis, number> {
  const sizes = viewsOf(info).map((axis) => {
    const { width, height } = sliceSize(info, axis);
    const aspect = sliceAspect(info, axis);
    // Stretched across: the longer side stays what it is.
    const longer = Math.max(width, height);
    return aspect > 1
      ? { axis, longer, width: longer, height: longer / aspect }
      : { axis, longer, width: longer * aspect, height: longer };
  });
  const lengths = sizes.map(({ longer }) => longer);
  const even = Math.max(...lengths) <= UNEVEN * Math.min(...lengths);
  const scaled = sizes.map(({ axis, longer, width, height }) => {
    const scale = even ? 1 : 1 / longer;
    return { axis, width: width * scale, height: height * scale };
  });
  const tallest = Math.max(...scaled.map(({ height }) => height));
  return new Map(scaled.map(({ axis, width }) => [axis, width / tallest]));
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
