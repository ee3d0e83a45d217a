import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { methods } from "@halfband/compare";
import { describe, expect, it } from "vitest";
import { expectRefusal, halfband, json, scan, scratch } from "./run.ts";

const at = scratch();
const EPI = scan("epi_4d_oblique_i16.nii.gz");
const SMALL = scan("encodings/e_n1_le_i2.nii");

describe("help and usage", () => {
  it.each([[], ["compare"], ["downsample"], ["measure"], ["info"], ["operators"], ["bench"]])(
    "%s --help exits 0",
    (...command) => {
      const { code, out, err } = halfband(...command, "--help");
      expect(code).toBe(0);
      expect(out).toContain("Usage: halfband");
      if (command.length > 0) expect(out).toMatch(/Examples:\n {2}\$ halfband /);
      expect(err).toBe("");
    },
  );

  it.each([
    ["an unknown command", ["bogus"]],
    ["an unknown option", ["info", SMALL, "--wat"]],
    ["a missing argument", ["info"]],
    ["no output", ["downsample", SMALL, "--method", "flc"]],
    ["neither method nor spacing", ["downsample", SMALL, "-o", "x.nii"]],
    ["factor and spacing", ["downsample", SMALL, "-o", "x.nii", "--factor", "2", "--spacing", "2mm"]],
    ["an unknown device", ["compare", SMALL, "--device", "abacus"]],
    ["a shape that is none", ["bench", "--shape", "large"]],
    ["no time to measure", ["bench", "--seconds", "0"]],
    ["no number of threads", ["bench", "--threads", "many"]],
    ["a slice that is no number", ["measure", SMALL, "--method", "flc", "--slice", "middle"]],
  ])("%s exits 2 with one sentence", (_, args) => {
    const { code, out, err } = halfband(...args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(/^halfband: USAGE: .+; --help shows how\.\n$/);
  });

  it("says that no time to measure is not enough", () => {
    expect(halfband("bench", "--seconds", "0").err).toContain("Expected a number above 0, up to 3600");
  });

  it("names every method where one is asked for, and what exit codes mean", () => {
    const { out } = halfband("compare", "--help");
    const said = out.replace(/\s+/g, " ");
    expect(said).toContain(`of ${methods.map(({ id }) => id).join(", ")} (default: all but blurpool3`);
    expect(halfband("measure", "--help").out.replace(/\s+/g, " ")).toContain(
      `one of ${methods.map(({ id }) => id).join(", ")}`,
    );
    expect(halfband("--help").out).toMatch(/\.hdr and \.img pair.*\nExit codes: 0 done; 1 .*; 2 /);
  });

  it("tells its version", () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(halfband("--version").out.trim()).toBe(version);
  });
});

describe("info", () => {
  it("shows the header as text and as JSON", () => {
    const { code, out } = halfband("info", EPI);
    expect(code).toBe(0);
    expect(out).toMatch(/size +128 x 96 x 24 x 2/);
    expect(out).toMatch(/axes +LAS/);
    const about = json<{ shape: number[]; tensorShape: number[]; axisCodes: string }>("info", EPI);
    expect(about.shape).toEqual([128, 96, 24, 2]);
    expect(about.tensorShape).toEqual([2, 1, 24, 96, 128]);
  });

  it("says where no value is finite", () => {
    const bytes = readFileSync(scan("encodings/e_nan_inf_f4.nii"));
    for (let at = 352; at < bytes.length; at += 4) bytes.writeFloatLE(Number.NaN, at);
    writeFileSync(at("nan.nii"), bytes);
    expect(halfband("info", at("nan.nii")).out).toMatch(/values +none finite, 5760 NaN\n/);
  });

  it("finds the image beside the header of a pair", () => {
    expect(json("info", scan("encodings/e_pair_le_i2.hdr")).shape).toEqual([24, 20, 12]);
  });
});

describe("operators", () => {
  it("lists them, and the options of one", () => {
    const list = json<{ name: string }[]>("operators");
    expect(list.map(({ name }) => name)).toContain("flcPool");
    const blur = json<{
      options: { name: string; default: unknown; doc: string; choices: string[] | null }[];
    }>("operators", "blurPool");
    expect(blur.options.find(({ name }) => name === "variant")).toMatchObject({
      default: "adobe",
      choices: ["adobe", "kornia", "timm"],
    });
    const { out } = halfband("operators", "maxBlurPool");
    expect(out).toMatch(/blur\.stride +whole number, or one per axis +2 +Downsampling factor\./);
  });
});

describe("measure", () => {
  it("measures one method", () => {
    const { report, axis } = json<{
      axis: string;
      report: { values: Record<string, number>; stride: number[] };
    }>("measure", scan("anatomical_be_i16.nii"), "--method", "avgpool");
    expect(axis).toBe("z");
    expect(report.stride).toEqual([2, 2]);
    expect(report.values.noiseGain).toBeCloseTo(0.25, 6);
    expect(report.values.asr).toBeGreaterThan(0);
    const { out, code } = halfband("measure", scan("anatomical_be_i16.nii"), "--method", "maxpool");
    expect(code).toBe(0);
    expect(out).toMatch(/Not given \(defined for linear operators only\): .*Alias-to-signal ratio/);
  });
});

it("voxels that are no number are told of where they count as 0", () => {
  const bytes = readFileSync(scan("encodings/e_nan_inf_f4.nii"));
  const middle = 24 * 20 * 6 + 24 * 10;
  for (let i = middle; i < middle + 10; i++) bytes.writeFloatLE(Number.NaN, 352 + 4 * i);
  writeFileSync(at("holes.nii"), bytes);
  const warning =
    /^Warning: \d+ of 384 voxels of the slice of .*holes\.nii are NaN or infinite and count as 0\.$/m;
  expect(halfband("measure", at("holes.nii"), "--method", "flc").err).toMatch(warning);
  const compared = halfband("compare", at("holes.nii"), "--methods", "flc", "--out", at("holes"));
  expect(compared.err).toMatch(warning);
  expect(compared.code).toBe(0);
});

it("what of a scan's file is not as it is meant to be is told of", () => {
  const bytes = readFileSync(scan("encodings/e_n1_le_f8.nii"));
  bytes.writeDoubleLE(1e300, 352);
  bytes.writeFloatLE(Number.NaN, 280);
  writeFileSync(at("odd.nii"), bytes);
  for (const command of [["info"], ["measure", "--method", "flc"], ["downsample", "--method", "flc", "-o"]]) {
    const [name, ...rest] = command;
    const options = name === "downsample" ? [...rest, at("odd-half.nii")] : rest;
    const { err, code } = halfband(name, at("odd.nii"), ...options);
    expect(err).toMatch(/^Warning: .*odd\.nii: The affine \(sform\) holds numbers that are not finite; /m);
    expect(err).toMatch(/^Warning: .*odd\.nii: 1 of \d+ voxels are beyond float32, /m);
    expect(code).toBe(0);
  }
});

describe("bad input", () => {
  mkdirSync(at("in"));
  const text = at("in/text.nii");
  writeFileSync(text, "This is no scan, however long one looks at it.");
  copyFileSync(scan("encodings/e_pair_le_i2.hdr"), at("in/alone.hdr"));

  it.each([
    ["a missing file", "IO", /no such file/, ["info", "missing.nii"]],
    ["a folder", "IO", /it is a folder/, ["info", scan("encodings")]],
    ["text", "INVALID_NIFTI", /text\.nii: The file is not NIfTI/, ["info", text]],
    ["a truncated file", "INVALID_NIFTI", /truncated/, ["info", scan("encodings/e_err_truncated.nii")]],
    [
      "a truncated gzip",
      "INVALID_NIFTI",
      /e_err_truncated_gz/,
      ["info", scan("encodings/e_err_truncated_gz.nii.gz")],
    ],
    ["half a pair", "IO", /expected alone\.img or alone\.img\.gz/, ["info", at("in/alone.hdr")]],
    ["an unknown operator", "INVALID_OPTION", /maxPool/, ["operators", "bestPool"]],
    ["an unknown method", "INVALID_OPTION", /expected one of .*flc/, ["measure", SMALL, "--method", "magic"]],
    [
      "an image that no memory holds",
      "OUT_OF_MEMORY",
      /40000000000 bytes|40000000064 bytes/,
      ["bench", "--operator", "flcPool", "--shape", "100x100x1000x1000"],
    ],
    [
      "a slice beyond the scan",
      "INVALID_OPTION",
      /0 to 11/,
      ["measure", SMALL, "--method", "flc", "--slice", "12"],
    ],
  ])("%s", (_, code, words, args) => expectRefusal(at("in"), code, words, args));
});
