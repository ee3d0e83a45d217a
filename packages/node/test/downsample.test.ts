import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBackend, flcPool, readNifti, resampleAffine, type Volume } from "../src/index.ts";
import { expectRefusal, halfband, json, scan, scratch } from "./run.ts";

const at = scratch();
const EPI = scan("epi_4d_oblique_i16.nii.gz");
const SMALL = scan("encodings/e_n1_le_i2.nii");

function expectAffine(got: Volume, want: readonly (readonly number[])[]): void {
  const size = Math.max(...want.flat().map(Math.abs));
  got.affine.forEach((row, i) => {
    for (const [j, value] of row.entries()) expect(Math.abs(value - want[i][j])).toBeLessThan(1e-5 * size);
  });
}

describe("downsample", () => {
  it("writes a 4-D series volume by volume, with the affine of the method", async () => {
    const out = at("epi.nii.gz");
    const said = json<{ shape: number[]; offset: number[]; kernel: string }>(
      "downsample",
      EPI,
      "-o",
      out,
      "--method",
      "avgpool",
      "--factor",
      "2,2,1",
    );
    expect(said).toMatchObject({ shape: [64, 48, 24, 2], offset: [0.5, 0.5, 0] });
    expect(said.kernel).toMatch(/^avgpool/);
    const [before, after] = await Promise.all([readNifti(EPI), readNifti(out)]);
    expect(after.shape).toEqual([64, 48, 24, 2]);
    const grid = [
      { offset: 0, spacing: 1 },
      { offset: 0.5, spacing: 2 },
      { offset: 0.5, spacing: 2 },
    ];
    expectAffine(after, resampleAffine(before.affine, grid));
    const [x, y, z, t] = [10, 20, 5, 1];
    const value = (volume: Volume, i: number, j: number) =>
      volume.data[((t * volume.shape[2] + z) * volume.shape[1] + j) * volume.shape[0] + i];
    const block = [
      value(before, 2 * x, 2 * y),
      value(before, 2 * x + 1, 2 * y),
      value(before, 2 * x, 2 * y + 1),
      value(before, 2 * x + 1, 2 * y + 1),
    ];
    expect(value(after, x, y)).toBeCloseTo(block.reduce((a, b) => a + b) / 4, 3);
  });

  it("gives what the library gives", async () => {
    const out = at("flc.nii");
    json("downsample", SMALL, "-o", out, "--method", "flc");
    using backend = await createBackend();
    const want = await flcPool((await readNifti(SMALL)).tensor(backend)).data();
    expect((await readNifti(out)).data).toEqual(want);
  });

  it("warns where a NaN of the scan spreads", () => {
    const holes = scan("encodings/e_nan_inf_f4.nii");
    const said = halfband("downsample", holes, "-o", at("holes.nii"), "--method", "flc", "--json");
    expect(said.err).toMatch(
      /^Warning: 3 of 5760 voxels of .* are NaN or infinite, and 720 of 720 of .*holes\.nii/,
    );
    expect(JSON.parse(said.out)).toMatchObject({ nonFinite: 720, shape: [12, 10, 6] });
    const taps = halfband("downsample", holes, "-o", at("taps.nii"), "--method", "stride");
    expect(taps.err).toMatch(/^Warning: 3 of 5760 voxels/);
    expect(halfband("downsample", holes, "-o", at("picked.nii"), "--method", "nearest").err).toBe("");
    expect(json("downsample", SMALL, "-o", at("none.nii"), "--method", "flc")).toMatchObject({
      nonFinite: 0,
    });
  });

  it("tells the size of a small file too", () => {
    const { out } = halfband("downsample", SMALL, "-o", at("small.nii"), "--method", "flc");
    expect(out).toMatch(/written .*, float32, \d+\.\d KB$/m);
  });

  it("brings the finest axes near the coarsest", async () => {
    const { shape, zooms } = json<{ shape: number[]; zooms: number[] }>(
      "downsample",
      scan("functional_slope_i16.nii"),
      "-o",
      at("auto.nii.gz"),
      "--method",
      "avgpool",
      "--factor",
      "auto",
    );
    const before = await readNifti(scan("functional_slope_i16.nii"));
    expect(before.zooms.slice(0, 3)).toEqual([4, 4, 8]);
    expect(zooms.slice(0, 3)).toEqual([8, 8, 8]);
    expect(shape).toEqual([
      Math.floor(before.shape[0] / 2),
      Math.floor(before.shape[1] / 2),
      before.shape[2],
      before.shape[3],
    ]);
  });

  it("comes near a spacing and never upsamples", async () => {
    const out = at("spacing.nii.gz");
    const said = json<{ shape: number[]; zooms: number[]; operator: string }>(
      "downsample",
      EPI,
      "-o",
      out,
      "--spacing",
      "4,1,4.4mm",
    );
    expect(said).toMatchObject({
      operator: "spectralPool",
      shape: [64, 96, 12, 2],
      askedSpacing: "4,1,4.4mm",
    });
    const after = await readNifti(out);
    expect(after.zooms[0]).toBeCloseTo(4, 5);
    expect(after.zooms[1]).toBeCloseTo(2, 5);
    expect(after.zooms[2]).toBeCloseTo(4.4, 4);
  });

  it("reads pairs and flat images", async () => {
    expect(
      json("downsample", scan("encodings/e_pair_le_i2.img"), "-o", at("pair.nii"), "--method", "blurpool")
        .shape,
    ).toEqual([12, 10, 6]);
    expect(
      json("downsample", scan("encodings/e_2d.nii"), "-o", at("flat.nii"), "--method", "asap").shape,
    ).toEqual([12, 10]);
  });

  it("takes an operator with its options", () => {
    const said = json<{ options: unknown; shape: number[] }>(
      "downsample",
      SMALL,
      "-o",
      at("set.nii"),
      "--method",
      "blurPool",
      "--set",
      "kernelSize=5",
      "--set",
      "paddingMode=circular",
      "--factor",
      "2,2,1",
    );
    expect(said.options).toEqual({ kernelSize: 5, paddingMode: "circular", stride: [1, 2, 2] });
  });

  it("takes the size that an operator is told", () => {
    const set = (...args: readonly string[]) =>
      halfband("downsample", SMALL, "-o", at("sized.nii"), "--method", "spectralPool", "--json", ...args);
    const { out } = set("--set", "outputSize=10");
    expect(JSON.parse(out)).toMatchObject({
      shape: expect.arrayContaining([10, 10]),
      options: { outputSize: 10 },
    });
    expect(set("--set", "outputSize=10", "--factor", "2").err).toMatch(
      /INVALID_OPTION: --factor 2 and --set/,
    );
  });

  it("warns of labels, and keeps them with nearest", async () => {
    const labels = scan("labels_harvard_oxford_u8.nii.gz");
    const blurred = halfband("downsample", labels, "-o", at("mixed.nii.gz"), "--method", "avgpool");
    expect(blurred.code).toBe(0);
    expect(blurred.err).toMatch(/looks like a label map .* Use --method nearest\./);
    const out = at("labels.nii.gz");
    const { out: text, err } = halfband("downsample", labels, "-o", out, "--method", "nearest");
    expect(err).toBe("");
    expect(text).toContain("uint8");
    const [before, after] = await Promise.all([readNifti(labels), readNifti(out)]);
    const seen = new Set(before.data);
    expect([...new Set(after.data)].every((value) => seen.has(value))).toBe(true);
    expect(after.header.dataType).toBe("uint8");
  });

  it("writes the voxel type asked for", async () => {
    json("downsample", SMALL, "-o", at("typed.nii"), "--method", "flc", "--data-type", "int16");
    expect((await readNifti(at("typed.nii"))).header.dataType).toBe("int16");
  });
});

describe("refusals leave nothing behind", () => {
  mkdirSync(at("none"));
  const out = at("none/out.nii");
  const own = at("none/own.nii");
  copyFileSync(SMALL, own);
  writeFileSync(at("none/file"), "");
  const ask = (...rest: string[]) => ["downsample", SMALL, "-o", out, ...rest];
  it.each([
    ["no whole factor", "INVALID_OPTION", /factor is "1.5"/, ask("--method", "flc", "--factor", "1.5")],
    ["factor 0", "INVALID_OPTION", /factor is "0"/, ask("--method", "flc", "--factor", "0")],
    ["too many factors", "INVALID_OPTION", /24 x 20 x 12/, ask("--method", "flc", "--factor", "2,2")],
    [
      "a factor larger than the scan",
      "INVALID_OPTION",
      /along z .* 12 voxels/,
      ask("--method", "flc", "--factor", "13"),
    ],
    [
      "a kernel larger than the scan",
      "INVALID_SHAPE",
      /axis 0 is z/,
      ask("--method", "avgPool", "--set", "kernelSize=13", "--set", "padding=0"),
    ],
    ["an unknown method", "INVALID_OPTION", /expected one of .*nearest/, ask("--method", "magic")],
    [
      "an unknown option of an operator",
      "INVALID_OPTION",
      /kernelSize/,
      ask("--method", "blurPool", "--set", "size=3"),
    ],
    [
      "a factor and a stride",
      "INVALID_OPTION",
      /--factor 2 and --set stride=3/,
      ask("--method", "blurPool", "--factor", "2", "--set", "stride=3"),
    ],
    ["a spacing without a number", "INVALID_OPTION", /2mm/, ask("--spacing", "fine")],
    [
      "a name that is no NIfTI file",
      "INVALID_OPTION",
      /\.nii or \.nii\.gz/,
      ["downsample", SMALL, "-o", at("none/out.png"), "--method", "flc"],
    ],
    [
      "the scan itself",
      "INVALID_OPTION",
      /the scan itself/,
      ["downsample", own, "-o", own, "--method", "flc"],
    ],
    [
      "a folder that is not there",
      "IO",
      /no such file or folder/,
      ["downsample", SMALL, "-o", at("none/missing/out.nii"), "--method", "flc"],
    ],
    [
      "a folder that is not there, before the scan is read",
      "IO",
      /Cannot write/,
      ["downsample", "missing.nii", "-o", at("none/missing/out.nii"), "--method", "flc"],
    ],
    [
      "a truncated scan",
      "INVALID_NIFTI",
      /truncated/,
      ["downsample", scan("encodings/e_err_truncated.nii"), "-o", out, "--method", "flc"],
    ],
  ])("%s", (_, code, words, args) => expectRefusal(at("none"), code, words, args));
});

it("says what takes a while: reading and writing of large scans", () => {
  const shape = [256, 256, 40];
  const large = new Uint8Array(352 + 4 * shape[0] * shape[1] * shape[2]);
  const header = new DataView(large.buffer);
  header.setInt32(0, 348, true);
  for (const [i, size] of [3, ...shape].entries()) header.setInt16(40 + 2 * i, size, true);
  header.setInt16(70, 16, true);
  header.setFloat32(108, 352, true);
  large.set(Buffer.from("n+1"), 344);
  writeFileSync(at("large.nii"), large);
  const { code, err } = halfband(
    "downsample",
    at("large.nii"),
    "-o",
    at("same.nii"),
    ...["--method", "flc", "--factor", "1"],
  );
  expect(code).toBe(0);
  expect(err).toMatch(/^Reading .*large\.nii, 10 MB\.\n/);
  expect(err).toMatch(/\nWriting .*same\.nii\.\n/);
});
