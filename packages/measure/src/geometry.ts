import { HalfbandError } from "@halfband/ops";
import type { Pair } from "./plane.ts";

/** Row-major 4 x 4 matrix, voxel indices to world millimetres. */
export type Affine = readonly (readonly number[])[];

/**
 * Affine of a downsampled plane: A * [diag(spacing), offset; 0 1] on the two voxel axes `axes` of the volume
 * (0..2) that the plane's rows and columns are; the third keeps its step. METRICS.md section 0, geometry rule.
 *
 * @example
 * const affine = [[1, 0, 0, -90], [0, 1, 0, -126], [0, 0, 1, -72], [0, 0, 0, 1]];
 * downsampledAffine(affine, [0, 1], [2, 2], [0.5, 0.5])[0]; // [2, 0, 0, -89.5]
 */
export function downsampledAffine(affine: Affine, axes: Pair, spacing: Pair, offset: Pair): number[][] {
  if (affine.length !== 4 || affine.some((row) => row.length !== 4)) {
    throw new HalfbandError("INVALID_OPTION", "An affine is a 4 x 4 matrix.", {
      option: "affine",
      got: affine,
      expected: "4 x 4",
    });
  }
  return affine.map((row) => {
    const out = [...row];
    axes.forEach((axis, a) => {
      out[axis] = row[axis] * spacing[a];
      out[3] += row[axis] * offset[a];
    });
    return out;
  });
}
