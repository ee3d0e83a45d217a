import { type Grid, HalfbandError } from "@halfband/ops";

/** A 4 x 4 matrix in rows: voxel index (i, j, k, 1) to scanner coordinates (x, y, z, 1), +x right, +y front, +z up. */
export type Affine = readonly (readonly number[])[];

const LAST_ROW = [0, 0, 0, 1];

/**
 * The affine of what lies on `grid`: `A * [diag(spacing) | offset]`.
 *
 * `grid` is in tensor axis order (z, y, x), the columns of the affine are x, y, z: `columns[a]` is the column of the
 * grid's axis `a`, by default the last axis on column 0. Columns that no axis names (vanished singletons) stay.
 */
export function resampleAffine(
  affine: Affine,
  grid: Grid,
  columns: readonly number[] = grid.map((_, a) => grid.length - 1 - a),
): Affine {
  if (grid.length > 3 || columns.length !== grid.length) {
    throw new HalfbandError(
      "INVALID_OPTION",
      `The grid has ${grid.length} axes and names ${columns.length} columns; expected the same number, at most 3.`,
      { op: "resampleAffine", option: "grid", got: grid.length, expected: "1 to 3 axes" },
    );
  }
  return affine.map((row) => {
    const out = [...row];
    grid.forEach(({ offset, spacing }, a) => {
      const column = columns[a];
      out[column] = row[column] * spacing;
      out[3] += row[column] * offset;
    });
    return out;
  });
}

/** What is needed of a header to place its voxels in space. */
export interface Placement {
  readonly shape: readonly number[];
  readonly pixdim: readonly number[];
  readonly quaternion: readonly number[];
  readonly qoffset: readonly number[];
  readonly version: 1 | 2;
}

/**
 * The qform matrix, or null where an offset is not finite or the quaternion is longer than 1 by more than rounding:
 * nibabel's tolerance is three times the epsilon of the type that the header stores.
 */
export function qformMatrix({ quaternion, qoffset, pixdim, version }: Placement): Affine | null {
  const [b, c, d] = quaternion;
  const rest = 1 - (b * b + c * c + d * d);
  const epsilon = version === 1 ? 2 ** -23 : 2 ** -52;
  if (!(rest >= -3 * epsilon && qoffset.every(Number.isFinite))) return null;
  const a = Math.sqrt(Math.max(0, rest));
  // A zero a leaves a quaternion not quite of length 1: divide by what it is.
  const s = 2 / (a * a + b * b + c * c + d * d);
  const rotation = [
    [1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)],
    [s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)],
    [s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)],
  ];
  const qfac = pixdim[0] === -1 ? -1 : 1;
  const zooms = [pixdim[1], pixdim[2], pixdim[3] * qfac];
  return [...rotation.map((row, i) => [...row.map((r, j) => r * zooms[j]), qoffset[i]]), LAST_ROW];
}

/** Where neither form counts: voxel sizes alone, the origin at the volume's centre, x flipped. */
export function baseAffine({ shape, pixdim }: Pick<Placement, "shape" | "pixdim">): Affine {
  const rows = [0, 1, 2].map((axis) => {
    const inside = axis < shape.length;
    const zoom = (inside ? pixdim[axis + 1] : 1) * (axis === 0 ? -1 : 1);
    const row = [0, 0, 0, -(((inside ? shape[axis] : 1) - 1) / 2) * zoom];
    row[axis] = zoom;
    return row;
  });
  return [...rows, LAST_ROW];
}

const CODES = ["LR", "PA", "IS"];

/** The scanner direction nearest to each voxel axis, as in "RAS"; "?" for an axis of no extent. */
export function axisCodes(affine: Affine): string {
  const rotation = nearestRotation(affine.slice(0, 3).map((row) => row.slice(0, 3)));
  const taken = new Set<number>();
  const codes = ["?", "?", "?"];
  // The axes that point most clearly choose first.
  const strength = (column: number) => Math.max(...rotation.map((row) => Math.abs(row[column])));
  for (const column of [0, 1, 2].sort((p, q) => strength(q) - strength(p))) {
    let best = -1;
    for (let row = 0; row < 3; row++) {
      const size = Math.abs(rotation[row][column]);
      if (taken.has(row) || !(size > 1e-8)) continue;
      if (best < 0 || size > Math.abs(rotation[best][column])) best = row;
    }
    if (best < 0) continue;
    taken.add(best);
    codes[column] = CODES[best][rotation[best][column] > 0 ? 1 : 0];
  }
  return codes.join("");
}

/** The orthogonal polar factor of the matrix with unit columns; those columns themselves where it is singular. */
function nearestRotation(matrix: number[][]): number[][] {
  const lengths = [0, 1, 2].map((j) => Math.hypot(...matrix.map((row) => row[j])) || 1);
  const unit = matrix.map((row) => row.map((value, j) => value / lengths[j]));
  let current = unit;
  for (let step = 0; step < 40; step++) {
    const inverse = inverseTransposed(current);
    if (!inverse) return unit;
    const next = current.map((row, i) => row.map((value, j) => (value + inverse[i][j]) / 2));
    const change = Math.max(
      ...next.flatMap((row, i) => row.map((value, j) => Math.abs(value - current[i][j]))),
    );
    current = next;
    if (change < 1e-12) break;
  }
  return current;
}

function inverseTransposed([r0, r1, r2]: number[][]): number[][] | null {
  const cross = (p: number[], q: number[]) => [
    p[1] * q[2] - p[2] * q[1],
    p[2] * q[0] - p[0] * q[2],
    p[0] * q[1] - p[1] * q[0],
  ];
  const cofactors = [cross(r1, r2), cross(r2, r0), cross(r0, r1)];
  const determinant = r0[0] * cofactors[0][0] + r0[1] * cofactors[0][1] + r0[2] * cofactors[0][2];
  if (!(Math.abs(determinant) > 1e-12)) return null;
  return cofactors.map((row) => row.map((value) => value / determinant));
}
