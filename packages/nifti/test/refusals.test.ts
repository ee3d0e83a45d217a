import { describe, expect, test } from "vitest";
import { readNifti } from "../src/index.ts";
import * as scans from "./scans.ts";

const refused = (got: unknown, expected: unknown, message: RegExp) => ({
  name: "HalfbandError",
  code: "INVALID_NIFTI",
  op: "readNifti",
  got,
  expected,
  message: expect.stringMatching(message),
});

const crop = (...changes: Parameters<typeof scans.patched>[1]) => scans.patched(scans.CROP, changes);

describe("readNifti refuses", () => {
  test.each([
    ["a pair without its image", { header: new Uint8Array(348) }],
    ["an object that is no file", { arrayBuffer: new ArrayBuffer(348) }],
  ])("%s", async (_, source) => {
    await expect(readNifti(source as never)).rejects.toMatchObject({
      code: "INVALID_NIFTI",
      expected: "bytes, a Blob or { header, image }",
    });
  });

  const cases: [string, () => Uint8Array, unknown, unknown, RegExp][] = [
    ["nothing", () => new Uint8Array(0), 0, "348 or 540 bytes", /empty.* 0 bytes/],
    ["another format", () => new Uint8Array(400).fill(65), 0x41414141, "348 or 540", /not NIfTI/],
    [
      "DICOM",
      () => new Uint8Array(400).fill(0).map((_, i) => "DICM".charCodeAt(i - 128) || 0),
      "DICOM",
      "NIfTI",
      /DICOM.*dcm2niix/,
    ],
    [
      "a cut header",
      () => scans.load(scans.CROP).slice(0, 300),
      300,
      348,
      /300 bytes are there, NIfTI-1 needs 348/,
    ],
    [
      "missing voxels",
      () => scans.load(scans.CROP).slice(0, 11871),
      11871,
      11872,
      /11871 bytes .* need 11872/,
    ],
    ["a bad magic", () => crop(["u8", scans.MAGIC, 120]), '"x+1\\u0000"', '"n+1" or "ni1"', /magic/],
    [
      "half a pair",
      () => scans.load("encodings/e_pair_le_i2.hdr"),
      "the header of a pair alone",
      expect.anything(),
      /pair/,
    ],
    ["no dimensions", () => crop(["i16", scans.DIM, 0]), 0, "1 to 7", /0 dimensions/],
    ["eight dimensions", () => crop(["i16", scans.DIM, 8]), 8, "1 to 7", /8 dimensions/],
    [
      "an empty axis",
      () => crop(["i16", scans.DIM + 4, 0]),
      [24, 0, 12],
      "sizes of at least 1",
      /24 x 0 x 12/,
    ],
    ["a negative axis", () => crop(["i16", scans.DIM + 6, -12]), [24, 20, -12], "sizes of at least 1", /-12/],
    ["voxels in the header", () => crop(["f32", scans.VOX_OFFSET, 0]), 0, "at least 352", /vox_offset/],
    [
      "a NaN offset",
      () => crop(["f32", scans.VOX_OFFSET, Number.NaN]),
      Number.NaN,
      "at least 352",
      /vox_offset/,
    ],
    [
      "a NaN intercept",
      () => crop(["f32", scans.SLOPE, 2], ["f32", scans.INTERCEPT, Number.NaN]),
      Number.NaN,
      "a finite number",
      /scl_inter/,
    ],
    [
      "complex64",
      () => crop(["i16", scans.DATATYPE, 32]),
      "32 (complex64)",
      expect.stringMatching(/uint8.*uint64/),
      /complex64/,
    ],
    ["RGB24", () => crop(["i16", scans.DATATYPE, 128]), "128 (RGB24)", expect.anything(), /RGB24/],
    ["float128", () => crop(["i16", scans.DATATYPE, 1536]), "1536 (float128)", expect.anything(), /float128/],
    [
      "an unheard-of type",
      () => crop(["i16", scans.DATATYPE, 77]),
      "77 (not a NIfTI data type)",
      expect.anything(),
      /77/,
    ],
  ];
  test.each(cases)("%s", async (_, bytes, got, expected, message) => {
    await expect(readNifti(bytes())).rejects.toMatchObject(refused(got, expected, message));
  });

  test("extensions that run into the voxels or backwards", async () => {
    for (const size of [4096, -16]) {
      const bytes = scans.patched("encodings/e_extension.nii", [["i32", 352, size]]);
      await expect(readNifti(bytes)).rejects.toMatchObject({ code: "INVALID_NIFTI", got: size });
    }
  });

  test("a NIfTI-2 header that was transferred as text", async () => {
    const bytes = scans.patched("encodings/e_n2_le_i2.nii", [["u8", 8, 10]]);
    await expect(readNifti(bytes)).rejects.toMatchObject({ code: "INVALID_NIFTI", got: "10 10 26 10" });
  });

  test("a single file given as a pair, a short image, and what is no source", async () => {
    const header = scans.load("encodings/e_pair_le_i2.hdr");
    const image = scans.load("encodings/e_pair_le_i2.img");
    const single = scans.load(scans.CROP);
    await expect(readNifti({ header: single, image })).rejects.toMatchObject({ code: "INVALID_NIFTI" });
    await expect(readNifti({ header, image: image.slice(0, -1) })).rejects.toMatchObject({
      got: 11519,
      expected: 11520,
    });
    await expect(readNifti("scan.nii" as never)).rejects.toMatchObject({
      code: "INVALID_NIFTI",
      got: "string",
    });
  });
});

test("slope 0, NaN and infinity mean no scaling, whatever the intercept", async () => {
  const plain = await readNifti(scans.load(scans.CROP));
  for (const slope of [0, Number.NaN, Infinity]) {
    const volume = await readNifti(crop(["f32", scans.SLOPE, slope], ["f32", scans.INTERCEPT, Number.NaN]));
    expect(volume.data).toEqual(plain.data);
    expect([volume.header.slope, volume.header.intercept]).toEqual([1, 0]);
  }
});

test("voxels beyond float32 are counted", async () => {
  const name = "encodings/e_n1_le_f8.nii";
  expect((await readNifti(scans.load(name))).header.warnings).toEqual([]);
  const bytes = scans.load(name);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of [1e39, -1e300, Infinity, 3.4e38].entries())
    view.setFloat64(352 + 8 * i, value, true);
  const warning = /^2 of \d+ voxels are beyond float32, which ends at 3\.4e38, and become infinite\.$/;
  const { header, data } = await readNifti(bytes);
  expect(header.warnings).toEqual([expect.stringMatching(warning)]);
  expect([...data.subarray(0, 4)]).toEqual([Infinity, -Infinity, Infinity, Math.fround(3.4e38)]);
  const scaled = await readNifti(crop(["f32", scans.SLOPE, 1e38], ["f32", scans.INTERCEPT, 0]));
  expect(scaled.header.warnings).toEqual([expect.stringMatching(/^\d+ of 5760 voxels are beyond float32/)]);
});

test("bytes at an odd address, an ArrayBuffer and a Blob read alike", async () => {
  const bytes = scans.load("encodings/e_n1_le_f8.nii");
  const shifted = new Uint8Array(bytes.length + 3).subarray(3);
  shifted.set(bytes);
  const want = (await readNifti(bytes)).data;
  for (const source of [shifted, bytes.buffer as ArrayBuffer, new Blob([bytes as Uint8Array<ArrayBuffer>])]) {
    expect((await readNifti(source)).data).toEqual(want);
  }
});
