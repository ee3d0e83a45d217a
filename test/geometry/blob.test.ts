// A Gaussian blob at a known place in the scanner, on oblique anisotropic affines of real scans, must still be there
// after every operator and after two in a row, as the new affine tells.
import { readFile } from "node:fs/promises";
import { type Affine, readNifti, resampleAffine } from "@halfband/nifti";
import type { Tensor } from "@halfband/ops";
import { afterAll, describe, expect, it } from "vitest";
import { availableBackends } from "../backends.ts";
import { chain, type Method, methods } from "./methods.ts";

const backends = await availableBackends();
afterAll(() => {
  for (const backend of backends.values()) backend.dispose();
});

type Point = readonly [number, number, number];

/** Tensor sizes z, y, x: sizes 0 and 2 mod 4, so that one halving leaves even and odd ones. */
const SHAPE = [32, 36, 40] as const;
/** Standard deviation in voxels. */
const SIGMA = 3;
const LINEAR_LIMIT = 0.05;
/** Maxima pick the rising side of the little ringing that an earlier operator left. */
const NON_LINEAR_LIMIT = 0.1;

const affines = await Promise.all(
  ["epi_4d_oblique_i16.nii.gz", "dwi_b0_oblique35_i16.nii.gz"].map(async (file) => {
    const volume = await readNifti(await readFile(new URL(`../data/nifti/${file}`, import.meta.url)));
    return [file, volume.affine] as const;
  }),
);

const apply = (affine: Affine, p: Point): Point =>
  affine.slice(0, 3).map((row) => row[0] * p[0] + row[1] * p[1] + row[2] * p[2] + row[3]) as unknown as Point;

const inverseTimes = (affine: Affine, v: Point): Point => {
  const [a, b, c] = [0, 1, 2].map((j) => affine.slice(0, 3).map((row) => row[j]));
  const cross = (p: number[], q: number[]) => [
    p[1] * q[2] - p[2] * q[1],
    p[2] * q[0] - p[0] * q[2],
    p[0] * q[1] - p[1] * q[0],
  ];
  const dot = (p: readonly number[], q: readonly number[]) => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  const volume = dot(a, cross(b, c));
  return [dot(cross(b, c), v) / volume, dot(cross(c, a), v) / volume, dot(cross(a, b), v) / volume];
};

function blob([cx, cy, cz]: Point, [sizeZ, sizeY, sizeX]: readonly number[]): Float32Array {
  const profile = (size: number, centre: number) =>
    Float64Array.from({ length: size }, (_, i) => Math.exp(-((i - centre) ** 2) / (2 * SIGMA ** 2)));
  const [x, y, z] = [profile(sizeX, cx), profile(sizeY, cy), profile(sizeZ, cz)];
  return Float32Array.from(
    { length: sizeX * sizeY * sizeZ },
    (_, i) => x[i % sizeX] * y[Math.floor(i / sizeX) % sizeY] * z[Math.floor(i / (sizeX * sizeY))],
  );
}

/** Centre of mass in scanner coordinates. */
async function centroid(tensor: Tensor, affine: Affine): Promise<Point> {
  const placed = resampleAffine(affine, tensor.grid);
  const [, , sizeZ, sizeY, sizeX] = tensor.shape;
  const data = await tensor.data();
  const sums = [0, 0, 0, 0];
  for (let z = 0, i = 0; z < sizeZ; z++) {
    for (let y = 0; y < sizeY; y++) {
      for (let x = 0; x < sizeX; x++, i++) {
        sums[0] += data[i] * x;
        sums[1] += data[i] * y;
        sums[2] += data[i] * z;
        sums[3] += data[i];
      }
    }
  }
  return apply(placed, [sums[0] / sums[3], sums[1] / sums[3], sums[2] / sums[3]]);
}

/**
 * Mean displacement in input voxels over the places that a blob can have relative to two output samples (`spacing`
 * voxels each; the ringing of a cut spectrum alternates from one to the next). The blob and the operators are
 * separable, so moving it along all axes at once gives the mean over all places.
 */
async function displacement(
  steps: readonly Method[],
  affine: Affine,
  shape: readonly number[],
  spacing: number,
): Promise<Point> {
  const backend = backends.get("wasm")!;
  const sum: [number, number, number] = [0, 0, 0];
  const phases = 2 * spacing;
  for (let phase = 0; phase < phases; phase++) {
    // Near the centre, off the grid.
    const [z, y, x] = shape.map((size, a) => (size - 1) / 2 + [0.4, 0.1, -0.2][a] + phase - (phases - 1) / 2);
    const tensor = chain(backend, blob([x, y, z], shape), [1, 1, ...shape], steps);
    const found = await centroid(tensor, affine);
    tensor.dispose();
    const truth = apply(affine, [x, y, z]);
    const away = inverseTimes(affine, [found[0] - truth[0], found[1] - truth[1], found[2] - truth[2]]);
    for (const a of [0, 1, 2]) sum[a] += away[a] / phases;
  }
  return sum;
}

/** The published bins shift the spectrum of sizes 2 mod 4 (SEMANTICS 7.1), so those have no image to find. */
const shapeFor = (second: Method): readonly number[] =>
  second.name === "asapPool published" ? [32, 40, 48] : SHAPE;

async function expectInPlace(steps: readonly Method[], affine: Affine): Promise<void> {
  const limit = steps.every(({ linear }) => linear) ? LINEAR_LIMIT : NON_LINEAR_LIMIT;
  const away = await displacement(steps, affine, shapeFor(steps[steps.length - 1]), 2 ** steps.length);
  expect(
    Math.hypot(...away),
    `displacement ${away.map((v) => v.toFixed(3)).join(", ")} voxels (x, y, z)`,
  ).toBeLessThanOrEqual(limit);
}

describe.each(affines)("blob in the place of %s", (_, affine) => {
  it.each(methods.map((method) => [method.name, method] as const))("%s", (_, method) =>
    expectInPlace([method], affine),
  );

  const pairs = methods.map((first, i) => [first, methods[(3 * i + 5) % methods.length]] as const);
  it.each(pairs.map(([first, second]) => [first.name, second.name, first, second] as const))(
    "%s, then %s",
    (_, __, first, second) => expectInPlace([first, second], affine),
  );
});
