// Where a scan lies after any operator and any chain of two: the affine of the result against A * [diag(spacing) | offset].
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Affine, readNifti, resampleAffine, type Volume, writeNifti } from "@halfband/nifti";
import { elementCount, type Grid } from "@halfband/ops";
import { afterAll, describe, expect, it } from "vitest";
import { availableBackends } from "../backends.ts";
import { type AxisPlace, after, chain, type Method, methods, placesOf } from "./methods.ts";

const backends = await availableBackends();
afterAll(() => {
  for (const backend of backends.values()) backend.dispose();
});

const root = fileURLToPath(new URL("../../", import.meta.url));
const bundled = join(root, "test/data/nifti");
const localOnly = join(root, "../shared/data/local-only");

interface Expectation {
  readonly file: string;
  readonly image_file?: string;
  readonly expect: "ok" | "error";
  readonly affine: Affine;
}

async function expectationsIn(dir: string): Promise<(readonly [name: string, path: string])[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter(({ name }) => name.endsWith(".json"))
    .map(({ parentPath, name }) => join(parentPath, name));
  const read = await Promise.all(
    paths
      .sort()
      .map(async (path) => [path, JSON.parse(await readFile(path, "utf8")) as Expectation] as const),
  );
  return read.filter(([, golden]) => golden.expect === "ok").map(([path, { file }]) => [file, path]);
}

async function load(path: string): Promise<{ volume: Volume; affine: Affine }> {
  const golden = JSON.parse(await readFile(path, "utf8")) as Expectation;
  const header = await readFile(join(dirname(path), golden.file));
  const source = golden.image_file
    ? { header, image: await readFile(join(dirname(path), golden.image_file)) }
    : header;
  return { volume: await readNifti(source), affine: golden.affine };
}

/** A * [diag(spacing) | offset], the tensor's axes put on the file's: the last axis is x unless axes of one voxel vanished. */
function moved(affine: Affine, places: readonly AxisPlace[], shape: readonly number[]): number[][] {
  const long = [2, 1, 0].filter((axis) => (shape[axis] ?? 1) > 1);
  const columns = long.length > 0 ? long : [0];
  const step = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => Number(i === j)));
  places.forEach(({ offset, spacing }, a) => {
    step[columns[a]][columns[a]] = spacing;
    step[columns[a]][3] = offset;
  });
  return affine.map((row) => [0, 1, 2, 3].map((j) => row.reduce((sum, v, k) => sum + v * step[k][j], 0)));
}

/** Within `tolerance` of the largest element of every column. */
function expectSameAffine(got: Affine | null, want: Affine, tolerance: number, what: string): void {
  for (const column of [0, 1, 2, 3]) {
    const size = Math.max(...want.map((row) => Math.abs(row[column])));
    for (const row of [0, 1, 2, 3]) {
      expect(
        Math.abs((got?.[row][column] ?? Number.NaN) - want[row][column]),
        `${what} [${row}][${column}]`,
      ).toBeLessThanOrEqual(tolerance * size);
    }
  }
}

const expectSameGrid = (grid: Grid, places: readonly AxisPlace[], what: string): void =>
  grid.forEach(({ offset, spacing }, a) => {
    expect(offset, `${what}, offset of axis ${a}`).toBeCloseTo(places[a].offset, 9);
    expect(spacing, `${what}, spacing of axis ${a}`).toBeCloseTo(places[a].spacing, 9);
  });

/** Enough pairs that every method comes first and second. */
const pairs = methods.map((first, i) => [first, methods[(3 * i + 5) % methods.length]] as const);

/** Plans of single methods and pairs: no voxel is touched, so scans of any size are cheap. */
function checkPlans(volume: Volume, affine: Affine): void {
  const shape = volume.tensorShape;
  const check = (steps: readonly Method[]) => {
    const what = steps.map(({ name }) => name).join(", then ");
    let plan = steps[0].plan({ shape });
    let places = placesOf(steps[0], shape.slice(2));
    for (const step of steps.slice(1)) {
      places = after(places, placesOf(step, plan.shape.slice(2)));
      plan = step.plan({ shape: plan.shape, grid: plan.grid });
    }
    expectSameGrid(plan.grid, places, what);
    // Goldens hold the affine as nibabel chose it, from float32 headers.
    expectSameAffine(
      resampleAffine(volume.affine, plan.grid, volume.spatialAxes),
      moved(affine, places, volume.shape),
      2e-6,
      what,
    );
  };
  for (const method of methods) check([method]);
  for (const pair of pairs) check(pair);
}

/** A few voxels only: written, read and compared. */
const SMALL = 20_000;

async function checkFile(volume: Volume, steps: readonly Method[]): Promise<void> {
  const what = steps.map(({ name }) => name).join(", then ");
  const tensor = chain(backends.get("wasm")!, volume.data, volume.tensorShape, steps);
  let spatial = volume.tensorShape.slice(2);
  let places: AxisPlace[] | undefined;
  for (const step of steps) {
    const own = placesOf(step, spatial);
    places = places ? after(places, own) : own;
    spatial = step.plan({ shape: [1, 1, ...spatial] }).shape.slice(2);
  }
  const again = await readNifti(await writeNifti(tensor, volume));
  expect(tensor.shape.slice(2), what).toEqual(spatial);
  tensor.dispose();
  const { header } = volume;
  const tolerance = 4e-6;
  expectSameAffine(again.affine, moved(volume.affine, places!, volume.shape), tolerance, `${what}: affine`);
  if (header.sformCode > 0) {
    expect(again.header.sformCode).toBe(header.sformCode);
    expectSameAffine(
      again.header.sform,
      moved(header.sform, places!, volume.shape),
      tolerance,
      `${what}: sform`,
    );
  }
  if (header.qformCode > 0 && header.qform) {
    expect(again.header.qformCode).toBe(header.qformCode);
    expectSameAffine(
      again.header.qform,
      moved(header.qform, places!, volume.shape),
      tolerance,
      `${what}: qform`,
    );
  }
  volume.spatialAxes.forEach((axis, a) => {
    const zoom = header.pixdim[axis + 1] * places![a].spacing;
    expect(
      Math.abs(again.header.pixdim[axis + 1] - zoom),
      `${what}: pixdim[${axis + 1}]`,
    ).toBeLessThanOrEqual(1e-6 * Math.abs(zoom));
  });
}

describe("bundled scans", async () => {
  it.each(await expectationsIn(bundled))("%s", async (_, path) => {
    const { volume, affine } = await load(path);
    checkPlans(volume, affine);
    if (elementCount(volume.shape) > SMALL) return;
    for (const method of methods) await checkFile(volume, [method]);
    for (const pair of pairs.slice(0, 6)) await checkFile(volume, pair);
  });
});

describe("local-only scans", async () => {
  if (!existsSync(localOnly)) {
    it.skip("not run: ../shared/data/local-only is not beside the project");
    return;
  }
  it.each(await expectationsIn(localOnly))("%s", async (_, path) => {
    const { volume, affine } = await load(path);
    checkPlans(volume, affine);
  });
});

describe.each([...backends])("%s: the grid of a real tensor is that of its plan", (_, backend) => {
  it.each(methods.map((method) => [method.name, method] as const))("%s", async (_, method) => {
    const { volume } = await load(join(bundled, "anatomical_be_i16.nii.json"));
    const x = volume.tensor(backend);
    const y = method.call(x);
    const plan = method.plan({ shape: volume.tensorShape });
    expect(y.grid).toEqual(plan.grid);
    expect(y.shape).toEqual(plan.shape);
    x.dispose();
    y.dispose();
  });
});
