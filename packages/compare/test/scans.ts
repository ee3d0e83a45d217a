import { readFileSync } from "node:fs";
import type { Plane } from "@halfband/measure";
import { type Affine, readNifti, Volume } from "@halfband/nifti";

/** The bundled T1 of a head, 181 x 217 x 181 voxels of 1 mm, axes R, A, S. */
export const colin = await readNifti(
  readFileSync(new URL("../../../test/data/nifti/colin27_t1_u8.nii.gz", import.meta.url)),
);

/** A scan with its own values and place in space. */
export function scan(shape: readonly number[], value: (i: number) => number, affine: Affine): Volume {
  const length = shape.reduce((product, size) => product * size, 1);
  const pixdim = [1, 1, 1, 1, 1, 1, 1, 1];
  const header = { ...colin.header, shape, pixdim, sform: affine, sformCode: 1 };
  return new Volume(
    header,
    Float32Array.from({ length }, (_, i) => value(i)),
  );
}

export const identity: Affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

/** A block of the head, so that the slow reference backend keeps up. */
export function block(start: readonly number[], shape: readonly number[]): Volume {
  const [x, y] = colin.shape;
  const at = (i: number): number => {
    const [a, b, c] = [
      i % shape[0],
      Math.floor(i / shape[0]) % shape[1],
      Math.floor(i / shape[0] / shape[1]),
    ];
    return start[0] + a + x * (start[1] + b + y * (start[2] + c));
  };
  return scan(shape, (i) => colin.data[at(i)], identity);
}

/** Largest magnitude of a plane. */
export function largest({ data }: Plane): number {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i]));
  return most;
}
