import type { Pair, Plane } from "@halfband/measure";
import { gather, range } from "./gather.ts";

/** Name of a slice by the direction it cuts across. */
export type View = "axial" | "coronal" | "sagittal";

/** How a plane in voxel order is turned for display, and what lies where on the screen. */
export interface Orientation {
  readonly view: View;
  /** Rows and columns of the voxel order are exchanged, after that reversed. */
  readonly transpose: boolean;
  readonly flipRows: boolean;
  readonly flipColumns: boolean;
  /** Directions at the edges of the display: L, R, A, P, S or I; "?" where the affine does not say. */
  readonly labels: {
    readonly top: string;
    readonly bottom: string;
    readonly left: string;
    readonly right: string;
  };
  /** Radiological: the patient's right is on the left of the screen. Null in a sagittal slice, which shows one side. */
  readonly convention: "radiological" | null;
}

const OPPOSITE: Readonly<Record<string, string>> = {
  L: "R",
  R: "L",
  A: "P",
  P: "A",
  S: "I",
  I: "S",
  "?": "?",
};
/** What goes to the top, and to the left, of the screen: up before front; patient's right, or front, to the left. */
const TOP = ["S", "A"];
const LEFT = ["R", "A"];

const viewAcross = (code: string): View =>
  code === "L" || code === "R" ? "sagittal" : code === "A" || code === "P" ? "coronal" : "axial";

/**
 * The display of a slice: superior (else anterior) up, the patient's right (else anterior) left.
 *
 * @param codes direction that voxel axes x, y, z grow towards, as in "RAS"
 * @param across voxel axis the slice cuts across
 * @param axes voxel axes of rows and columns
 */
export function orientationOf(codes: string, across: number, axes: Pair): Orientation {
  const towards = (axis: number): string => codes[axis] ?? "?";
  const vertical = (code: string): number =>
    code === "S" || code === "I" ? 2 : code === "A" || code === "P" ? 1 : 0;
  const transpose = vertical(towards(axes[1])) > vertical(towards(axes[0]));
  const [row, column] = transpose
    ? [towards(axes[1]), towards(axes[0])]
    : [towards(axes[0]), towards(axes[1])];
  // Rows grow downwards and columns to the right: what they grow towards must be the bottom and the right.
  const flipRows = TOP.includes(row);
  const flipColumns = LEFT.includes(column);
  const bottom = flipRows ? OPPOSITE[row] : row;
  const right = flipColumns ? OPPOSITE[column] : column;
  return {
    view: viewAcross(towards(across)),
    transpose,
    flipRows,
    flipColumns,
    labels: { top: OPPOSITE[bottom], bottom, left: OPPOSITE[right], right },
    convention: right === "L" ? "radiological" : null,
  };
}

/** A plane in voxel order, turned for display. */
export function orient(plane: Plane, { transpose, flipRows, flipColumns }: Orientation): Plane {
  const turned = transpose ? transposed(plane) : plane;
  if (!flipRows && !flipColumns) return turned;
  const [rows, columns] = turned.shape.map((size, a) => {
    const forward = range(0, size);
    return (a === 0 ? flipRows : flipColumns) ? forward.reverse() : forward;
  });
  return { data: gather(turned.data, turned.shape, [rows, columns]), shape: turned.shape };
}

function transposed({ data, shape }: Plane): Plane {
  const out = data.slice();
  for (let i = 0, at = 0; i < shape[0]; i++) {
    for (let j = 0; j < shape[1]; j++) out[j * shape[0] + i] = data[at++];
  }
  return { data: out, shape: [shape[1], shape[0]] };
}

/** Rows and columns as they are displayed. */
export const orientPair = ([rows, columns]: Pair, { transpose }: Orientation): Pair =>
  transpose ? [columns, rows] : [rows, columns];
