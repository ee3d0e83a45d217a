import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { composeGrids, type Grid } from "@halfband/ops";
import { describe, expect, test } from "vitest";
import { axisCodes, readNifti, resampleAffine, writeNifti } from "../src/index.ts";
import * as scans from "./scans.ts";

interface AffineCase {
  readonly name: string;
  readonly affine: readonly number[];
  readonly geometry: { readonly offset: readonly number[]; readonly spacing: readonly number[] };
  readonly expectedAffine: readonly number[];
}

const manifest = fileURLToPath(new URL("../../../test/golden/manifest.json", import.meta.url));
const { affines } = JSON.parse(readFileSync(manifest, "utf8")) as { affines: AffineCase[] };

const rows = (flat: readonly number[]) => [0, 4, 8, 12].map((at) => flat.slice(at, at + 4));

const OBLIQUE = rows([
  -0.84, -0.37, 0.94, 71.5, -0.33, 1.15, -0.56, -83.25, 0.2, 0.32, 3.11, -40.1, 0, 0, 0, 1,
]);

describe("resampleAffine", () => {
  test.each(affines)("$name", ({ affine, geometry, expectedAffine }) => {
    // The manifest speaks in the affine's columns, a grid in tensor axes.
    const grid = geometry.offset.map((offset, i) => ({ offset, spacing: geometry.spacing[i] })).reverse();
    expect(scans.distance(resampleAffine(rows(affine), grid), rows(expectedAffine))).toBeLessThan(1e-12);
  });

  const first: Grid = [
    { offset: 0.5, spacing: 2 },
    { offset: 1, spacing: 3 },
    { offset: -0.25, spacing: 1.5 },
  ];
  const then: Grid = [
    { offset: 0, spacing: 1 },
    { offset: 0.5, spacing: 2 },
    { offset: 1.5, spacing: 4 },
  ];

  test("maps sample m to where offset + spacing * m lay", () => {
    const [m, moved] = [[3, 5, 7], resampleAffine(OBLIQUE, first)];
    const source = m.map((index, i) => first[2 - i].offset + first[2 - i].spacing * index);
    expect(scans.distance(scans.apply(moved, m), scans.apply(OBLIQUE, source))).toBeLessThan(1e-12);
    expect(moved[3]).toEqual([0, 0, 0, 1]);
  });

  test("a chain of grids is one composed grid", () => {
    const chained = resampleAffine(resampleAffine(OBLIQUE, first), then);
    const composed = resampleAffine(OBLIQUE, composeGrids(first, then));
    expect(scans.distance(chained, composed)).toBeLessThan(1e-12);
  });

  test("a two-axis grid is y, x; named columns place vanished axes", () => {
    const plane = [first[0], first[1]];
    const full = (z: Grid[number], y: Grid[number], x: Grid[number]) => resampleAffine(OBLIQUE, [z, y, x]);
    const still = { offset: 0, spacing: 1 };
    expect(resampleAffine(OBLIQUE, plane)).toEqual(full(still, plane[0], plane[1]));
    expect(resampleAffine(OBLIQUE, plane, [2, 0])).toEqual(full(plane[0], still, plane[1]));
    expect(() => resampleAffine(OBLIQUE, plane, [0])).toThrow(/names 1 columns/);
  });
});

describe("the affine that is chosen", () => {
  const read = (changes: Parameters<typeof scans.patched>[1]) =>
    readNifti(scans.patched(scans.CROP, changes));

  test("codes outside the standard do not count; without a form the centre is the origin", async () => {
    const volume = await read([
      ["i16", scans.QFORM_CODE, 9],
      ["i16", scans.SFORM_CODE, -1],
    ]);
    const [x, y, z] = volume.zooms;
    const centre = volume.shape.map((size) => (size - 1) / 2);
    expect(scans.apply(volume.affine, centre)).toEqual([0, 0, 0]);
    expect([0, 1, 2].map((i) => volume.affine[i][i])).toEqual([-x, y, z]);
  });

  test("voxel sizes 0 and below are mended as nibabel does", async () => {
    const volume = await read([
      ["f32", scans.PIXDIM + 4, 0],
      ["f32", scans.PIXDIM + 8, -2.5],
      ["i16", scans.SFORM_CODE, 0],
    ]);
    expect(volume.zooms.slice(0, 2)).toEqual([1, 2.5]);
  });

  test("an sform that places no voxels gives way to the qform, else to the voxel sizes, and says so", async () => {
    const whole = await read([]);
    expect(whole.header.warnings).toEqual([]);
    const columns = [0, 16, 32].map((row) => ["f32", scans.SFORM + row + 4, 0] as const);
    const faults: [Parameters<typeof read>[0], string][] = [
      [[["f32", scans.SFORM + 12, Number.NaN]], "holds numbers that are not finite"],
      [[["f32", scans.SFORM + 20, Infinity]], "holds numbers that are not finite"],
      [columns, "has no extent along y"],
    ];
    for (const [changes, fault] of faults) {
      const byQform = await read([...changes, ["i16", scans.QFORM_CODE, 1]]);
      expect(byQform.affine).toEqual(byQform.header.qform);
      expect(byQform.header.sformCode).toBe(0);
      expect(byQform.header.warnings).toEqual([`The affine (sform) ${fault}; the qform stands in for it.`]);
      const bySize = await read([...changes, ["i16", scans.QFORM_CODE, 0]]);
      expect(bySize.affine.flat().every(Number.isFinite)).toBe(true);
      expect([0, 1, 2].map((i) => Math.abs(bySize.affine[i][i]))).toEqual(bySize.zooms.slice(0, 3));
      expect(bySize.header.warnings).toEqual([
        `The affine (sform) ${fault}; the voxel sizes alone stand in for it.`,
      ]);
      // What is written has a place again.
      const again = await readNifti(await writeNifti(scans.untouched(bySize), bySize));
      expect(again.header.warnings).toEqual([]);
      expect(scans.distance(again.affine, bySize.affine)).toBeLessThan(1e-5);
    }
  });

  test("voxel sizes and offsets that are no numbers", async () => {
    const volume = await read([["f32", scans.PIXDIM + 8, Number.NaN]]);
    expect(volume.zooms[1]).toBe(1);
    expect(volume.header.warnings).toEqual(["The voxel size along y (pixdim) is NaN; 1 stands in for it."]);
    const offset = [["f32", scans.QUATERNION + 12, Number.NaN] as const];
    await expect(
      read([...offset, ["i16", scans.SFORM_CODE, 0], ["i16", scans.QFORM_CODE, 1]]),
    ).rejects.toMatchObject({ code: "INVALID_NIFTI", expected: "finite numbers" });
  });

  test("a quaternion longer than 1 is refused only where it is needed", async () => {
    const long = ["f32", scans.QUATERNION, 1.5] as const;
    expect((await read([long])).header.qform).toBeNull();
    await expect(read([long, ["i16", scans.SFORM_CODE, 0]])).rejects.toMatchObject({ code: "INVALID_NIFTI" });
  });

  test("a quaternion longer than 1 by rounding alone counts as a half turn", async () => {
    const volume = await read([
      ["f32", scans.QUATERNION, 1 + 2 ** -23],
      ["f32", scans.QUATERNION + 4, 0],
      ["f32", scans.QUATERNION + 8, 0],
      ["i16", scans.SFORM_CODE, 0],
    ]);
    const [x, y, z] = volume.zooms;
    expect(
      scans.distance(
        [0, 1, 2].map((i) => volume.affine[i][i]),
        [x, -y, z],
      ),
    ).toBeLessThan(1e-6);
  });
});

test("axis codes follow the nearest orthogonal axes; a flat axis has none", () => {
  expect(axisCodes(OBLIQUE)).toBe("LAS");
  expect(axisCodes(rows([0, 0, 2, 0, -1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 1]))).toBe("PSR");
  expect(axisCodes(rows([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]))).toBe("RA?");
});
