import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Grid, identityGrid } from "@halfband/ops";
import type { TensorLike, Volume } from "../src/index.ts";

export const DATA = fileURLToPath(new URL("../../../test/data/nifti/", import.meta.url));

/** A bundled file; a fresh copy, so that a test may change it. */
export const load = (name: string): Uint8Array => Uint8Array.from(readFileSync(DATA + name));

/** A 24 x 20 x 12 int16 crop, NIfTI-1 little-endian, oblique, qform and sform alike. */
export const CROP = "encodings/e_n1_le_i2.nii";

/** The bytes of a bundled file with some header numbers changed; `at` is the byte offset. */
export function patched(
  name: string,
  changes: readonly (readonly ["i16" | "f32" | "u8" | "i32", number, number])[],
) {
  const bytes = load(name);
  const view = new DataView(bytes.buffer);
  for (const [kind, at, x] of changes) {
    if (kind === "i16") view.setInt16(at, x, true);
    else if (kind === "i32") view.setInt32(at, x, true);
    else if (kind === "f32") view.setFloat32(at, x, true);
    else view.setUint8(at, x);
  }
  return bytes;
}

export const DIM = 40;
export const DATATYPE = 70;
export const PIXDIM = 76;
export const VOX_OFFSET = 108;
export const SLOPE = 112;
export const INTERCEPT = 116;
export const QFORM_CODE = 252;
export const SFORM_CODE = 254;
export const QUATERNION = 256;
export const SFORM = 280;
export const MAGIC = 344;

/** A tensor that holds `data`. */
export const tensorOf = (
  data: Float32Array,
  shape: readonly number[],
  grid: Grid = identityGrid(shape.length - 2),
): TensorLike => ({ shape, grid, data: async () => data });

/** The volume as the tensor that no operator has touched. */
export const untouched = (volume: Volume): TensorLike =>
  volume.tensor({ tensor: (data, shape) => tensorOf(data, shape) });

/** A tensor of the given spatial sizes and grid, filled with 0, 1, 2, ... */
export function resampled(volume: Volume, spatial: readonly number[], grid: Grid): TensorLike {
  const shape = [...volume.tensorShape.slice(0, 2), ...spatial];
  const count = shape.reduce((product, size) => product * size, 1);
  return tensorOf(
    Float32Array.from({ length: count }, (_, i) => i),
    shape,
    grid,
  );
}

export const apply = (affine: readonly (readonly number[])[], point: readonly number[]): number[] =>
  affine.slice(0, 3).map((row) => row[0] * point[0] + row[1] * point[1] + row[2] * point[2] + row[3]);

/** Largest absolute difference of two matrices or vectors. */
export function distance(a: unknown, b: unknown): number {
  const [p, q] = [[a].flat(3) as number[], [b].flat(3) as number[]];
  if (p.length !== q.length) return Infinity;
  return Math.max(...p.map((x, i) => Math.abs(x - q[i])));
}
