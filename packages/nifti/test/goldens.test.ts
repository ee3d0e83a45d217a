import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { readNifti } from "../src/index.ts";
import { DATA, distance, load } from "./scans.ts";

const names = readdirSync(DATA, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".json"),
);

test("the bundled folder holds all its goldens", () => {
  expect(names.length).toBe(49);
});

test.each(names)("%s", async (name) => {
  const golden = JSON.parse(readFileSync(DATA + name, "utf8"));
  const file = load(name.replace(/\.json$/, ""));
  const source = golden.image_file
    ? { header: file, image: load(`${dirname(name)}/${golden.image_file}`) }
    : file;
  if (golden.expect === "error") {
    await expect(readNifti(source)).rejects.toMatchObject({ code: "INVALID_NIFTI", name: "HalfbandError" });
    return;
  }
  const volume = await readNifti(source);
  expect(volume.shape).toEqual(golden.shape);
  const bytes = new Uint8Array(volume.data.buffer, volume.data.byteOffset, volume.data.byteLength);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(golden.sha256_f32_file_order);
  expect(distance(volume.affine, golden.affine)).toBeLessThan(1e-10);
  if (golden.qform) expect(distance(volume.header.qform, golden.qform)).toBeLessThan(1e-10);
  expect(volume.zooms).toEqual(golden.zooms);
  expect(volume.axisCodes).toBe(golden.axis_codes);
  expect(volume.header.description).toBe(golden.descrip);
  expect(volume.header.extensions.length).toBe(golden.n_extensions);
});
