import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "fast-png";
import { beforeAll, describe, expect, it } from "vitest";
import { expectRefusal, halfband, halfbandIn, type Outcome, scan, scratch } from "./run.ts";

const at = scratch();
const SCAN = scan("anatomical_be_i16.nii");
const METHODS = "maxpool,flc,dpp";

describe("compare", () => {
  let said: Outcome;
  beforeAll(() => {
    said = halfband("compare", SCAN, "--methods", METHODS, "--out", at("report"));
  });
  const file = (name: string) => readFileSync(at(`report/${name}`));

  it("writes everything and shows a table", () => {
    expect(said.code).toBe(0);
    expect(readdirSync(at("report")).sort()).toEqual([
      "figure-2.png",
      "figure-5.png",
      "metrics.json",
      "more-methods.png",
      "report.html",
      "zone-plate.png",
    ]);
    expect(said.out).toMatch(/MaxPool 2 +maxpool +\S+ +– /);
    expect(said.out).toMatch(/^- .*contrast energy is finer than the smaller grid/m);
    expect(said.out).toMatch(/Report: .*report\.html\n$/);
  });

  it("draws pictures with panels in them", () => {
    for (const name of ["figure-2.png", "figure-5.png", "zone-plate.png"]) {
      const { width, height, data, channels } = decode(file(name));
      expect(width).toBeGreaterThan(1000);
      expect(height).toBeGreaterThan(300);
      const shades = new Set<number>();
      for (let i = 0; i < data.length; i += channels) shades.add(data[i]);
      expect(shades.size).toBeGreaterThan(100);
    }
  });

  it("writes a page that needs nothing else", () => {
    const page = file("report.html").toString();
    expect(page).not.toMatch(/\b(?:src|href)\s*=\s*["']?(?:https?:)?\/\//i);
    expect(page).not.toMatch(/url\(\s*["']?(?!data:)|@import|\bfetch\(|XMLHttpRequest/i);
    expect(page).toContain("default-src 'none'");
    for (const id of ["pictures", "metrics", "responses", "zone-plate", "geometry", "method"])
      expect(page).toContain(`id="${id}"`);
    for (const [, source] of page.matchAll(/<img src="([^"]*)"/g))
      expect(source).toMatch(/^data:image\/png;base64,/);
    expect(page).toContain("Alias-to-signal ratio");
  });

  it("writes metrics that parse", () => {
    const metrics = JSON.parse(file("metrics.json").toString());
    expect(metrics).toMatchObject({
      generator: "halfband",
      methods: [{ id: "maxpool" }, { id: "flc" }, { id: "dpp" }],
    });
    expect(metrics.panels).toHaveLength(6);
    expect(metrics.panels[0].report.values.ksrRaw).toBeGreaterThan(metrics.panels[2].report.values.ksrRaw);
  });

  it("replaces an earlier report of its own, and prints JSON alone", () => {
    const { code, out, err } = halfband(
      "compare",
      SCAN,
      "--methods",
      "flc",
      "--axis",
      "x",
      "--out",
      at("report"),
      "--json",
    );
    expect(err).not.toContain("halfband:");
    expect(code).toBe(0);
    const said = JSON.parse(out);
    expect(said.slice.axis).toBe("x");
    expect(readdirSync(at("report")).sort()).toEqual([...said.files].sort());
    expect(said.files).toEqual(["figure-5.png", "zone-plate.png", "report.html", "metrics.json"]);
  });

  it("downsamples the volume as a whole on request", () => {
    const { code, out } = halfband(
      "compare",
      SCAN,
      "--methods",
      "avgpool",
      "--volume",
      "--out",
      at("volume"),
      "--json",
    );
    expect(code).toBe(0);
    expect(JSON.parse(out).panels[0].volume.shape).toHaveLength(3);
  });
});

it("keeps what lies beside an earlier report", () => {
  const folder = at("kept");
  const compare = (...args: readonly string[]) => halfband("compare", SCAN, "--out", folder, ...args).code;
  expect(compare("--methods", "maxpool,flc")).toBe(0);
  writeFileSync(join(folder, "thesis.txt"), "every word");
  mkdirSync(join(folder, "scans"));
  expect(compare("--methods", "maxpool")).toBe(0);
  expect(readFileSync(join(folder, "thesis.txt"), "utf8")).toBe("every word");
  // No figure of methods that were left out, and no draft.
  expect(readdirSync(folder).sort()).toEqual([
    "figure-2.png",
    "metrics.json",
    "report.html",
    "scans",
    "thesis.txt",
    "zone-plate.png",
  ]);
});

it("writes to the folder it is called in, which stays the same", () => {
  const folder = at("here");
  mkdirSync(folder);
  const before = statSync(folder).ino;
  expect(halfbandIn(folder, "compare", SCAN, "--methods", "flc", "--out", ".").code).toBe(0);
  expect(readdirSync(folder)).toContain("report.html");
  expect(statSync(folder).ino).toBe(before);
});

it("refuses a folder without a name, and leaves the one it is called in alone", () => {
  for (const out of ["", " "]) {
    const { code, err } = halfbandIn(at("none"), "compare", SCAN, "--methods", "flc", "--out", out);
    expect(err).toMatch(/^halfband: INVALID_OPTION: --out is empty/);
    expect(code).toBe(1);
    expect(readdirSync(at("none"))).toEqual(["mine"]);
  }
});

describe("refusals leave nothing behind", () => {
  mkdirSync(at("none"));
  mkdirSync(at("none/mine"));
  writeFileSync(at("none/mine/thesis.txt"), "");
  const out = at("none/report");
  it.each([
    [
      "an unknown method",
      "INVALID_OPTION",
      /"magic"/,
      ["compare", SCAN, "--methods", "flc,magic", "--out", out],
    ],
    ["no method", "INVALID_OPTION", /--methods is empty/, ["compare", SCAN, "--methods", ",", "--out", out]],
    [
      "a slice beyond the scan",
      "INVALID_OPTION",
      /whole number from 0 to/,
      ["compare", SCAN, "--slice", "999", "--out", out],
    ],
    ["a time beyond the scan", "INVALID_OPTION", /time/, ["compare", SCAN, "--time", "3", "--out", out]],
    [
      "a scan too small",
      "INVALID_SHAPE",
      /needs at least/,
      ["compare", scan("dwi_hardi_roi_i16.nii"), "--out", out],
    ],
    [
      "a folder with something else in it",
      "IO",
      /choose another with --out/,
      ["compare", SCAN, "--out", at("none/mine")],
    ],
    ["a missing scan", "IO", /no such file/, ["compare", "missing.nii", "--out", out]],
  ])("%s", (_, code, words, args) => {
    expectRefusal(at("none"), code, words, args);
    expect(readdirSync(at("none/mine"))).toEqual(["thesis.txt"]);
  });
});
