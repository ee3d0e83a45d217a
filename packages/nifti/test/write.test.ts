import { composeGrids, type Grid, identityGrid } from "@halfband/ops";
import { describe, expect, test } from "vitest";
import {
  type DataType,
  readNifti,
  resampleAffine,
  type Volume,
  type WriteOptions,
  writeNifti,
} from "../src/index.ts";
import * as scans from "./scans.ts";

const TYPES: DataType[] = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "uint64",
  "int64",
  "float32",
  "float64",
];

const crop = (...changes: Parameters<typeof scans.patched>[1]) =>
  readNifti(scans.patched(scans.CROP, changes));

const rewritten = async (volume: Volume, data: Float32Array, options: WriteOptions) =>
  readNifti(await writeNifti(scans.tensorOf(data, volume.tensorShape), volume, options));

/** Values of the crop's size: `pattern` over and over. */
const filled = (volume: Volume, pattern: readonly number[]) =>
  Float32Array.from(volume.data, (_, i) => pattern[i % pattern.length]);

describe("round trip", () => {
  const names = [
    "e_n1_be_i2.nii",
    "e_n2_le_i2.nii",
    "e_i2_slope_small.nii",
    "e_pair_be_f4_gz.hdr.gz",
    "e_2d.nii",
  ];
  const forms = [1, 2].flatMap((version) => [true, false].map((gzip) => ({ version, gzip }) as WriteOptions));

  test.each(names)("%s, both versions, plain and gzipped", async (name) => {
    const file = scans.load(`encodings/${name}`);
    const pair = name.includes(".hdr");
    const source = pair ? { header: file, image: scans.load("encodings/e_pair_be_f4_gz.img.gz") } : file;
    const volume = await readNifti(source);
    for (const form of forms) {
      for (const dataType of ["float32", volume.header.dataType] as const) {
        const bytes = await writeNifti(scans.untouched(volume), volume, { ...form, dataType });
        expect([bytes[0], bytes[1]].join() === "31,139").toBe(form.gzip);
        const again = await readNifti(bytes);
        expect(again.header).toMatchObject({
          version: form.version,
          dataType,
          littleEndian: true,
          pair: false,
        });
        expect(again.data).toEqual(volume.data);
        expect(scans.distance(again.affine, volume.affine)).toBeLessThan(1e-5);
        expect(again.shape).toEqual(volume.shape);
      }
    }
  });

  test("the header's own fields and extensions survive both versions, from big-endian too", async () => {
    const files = [
      "epi_4d_oblique_i16.nii.gz",
      "nifti2_i16.nii.gz",
      "anatomical_be_i16.nii",
      "encodings/e_extension.nii",
    ];
    for (const name of files) {
      const volume = await readNifti(scans.load(name));
      for (const version of [1, 2] as const) {
        const again = await readNifti(await writeNifti(scans.untouched(volume), volume, { version }));
        const { voxOffset: _, littleEndian: __, ...rest } = volume.header;
        const changed = { version, slope: 1, intercept: 0, dataType: "float32", datatypeCode: 16 };
        expect({ ...again.header, qform: null }).toMatchObject({ ...rest, ...changed, qform: null });
        expect(again.header.voxOffset % 16).toBe(0);
      }
    }
  });
});

test("extensions in the other byte order than the file are read and put right", async () => {
  const want = (await readNifti(scans.load("encodings/e_extension.nii"))).header.extensions;
  expect(want.map(({ code, data }) => [code, data.length])).toEqual([[6, 72]]);
  const bytes = scans.load("encodings/e_extension.nii");
  const view = new DataView(bytes.buffer);
  for (const at of [352, 356]) view.setInt32(at, view.getInt32(at, true), false);
  const volume = await readNifti(bytes);
  expect(volume.header.extensions).toEqual(want);
  const again = await readNifti(await writeNifti(scans.untouched(volume), volume));
  expect(again.header.extensions).toEqual(want);
});

describe("dimensions", () => {
  test("five dimensions: channels and times change places, and back", async () => {
    const volume = await readNifti(
      scans.patched("encodings/e_4d.nii", [
        ["i16", scans.DIM, 6],
        ["i16", scans.DIM + 6, 1],
        ["i16", scans.DIM + 8, 2],
        ["i16", scans.DIM + 10, 3],
        ["i16", scans.DIM + 12, 2],
      ]),
    );
    expect(volume.shape).toEqual([24, 20, 1, 2, 3, 2]);
    expect(volume.tensorShape).toEqual([2, 6, 20, 24]);
    const tensor = scans.untouched(volume);
    const [data, area] = [await tensor.data(), 24 * 20];
    for (const [t, c] of [
      [0, 0],
      [1, 0],
      [0, 5],
      [1, 4],
    ]) {
      expect(data[(t * 6 + c) * area + 77]).toBe(volume.data[(c * 2 + t) * area + 77]);
    }
    const again = await readNifti(await writeNifti(tensor, volume));
    expect(again.shape).toEqual(volume.shape);
    expect(again.data).toEqual(volume.data);
    // An operator that changed the channels leaves them in the fifth dimension.
    const narrow = scans.tensorOf(new Float32Array(2 * 4 * area), [2, 4, 20, 24]);
    expect((await readNifti(await writeNifti(narrow, volume))).shape).toEqual([24, 20, 1, 2, 4]);
  });

  test("up to four dimensions the tensor is the data itself", async () => {
    const volume = await readNifti(scans.load("encodings/e_4d.nii"));
    expect(volume.tensorShape).toEqual([2, 1, 6, 20, 24]);
    volume.tensor({ tensor: (data) => expect(data).toBe(volume.data) });
  });

  test("singleton axes vanish, and the file gets them back", async () => {
    const flat = (await crop(["i16", scans.DIM + 4, 1], ["i16", scans.DIM + 6, 240])) as Volume;
    expect(flat.shape).toEqual([24, 1, 240]);
    expect(flat.tensorShape).toEqual([1, 1, 240, 24]);
    const grid = [
      { offset: 0.5, spacing: 2 },
      { offset: 1, spacing: 3 },
    ];
    const again = await readNifti(await writeNifti(scans.resampled(flat, [120, 8], grid), flat));
    expect(again.shape).toEqual([8, 1, 120]);
    expect(scans.distance(again.affine, resampleAffine(flat.affine, grid, [2, 0]))).toBeLessThan(1e-5);
    const point = await crop(["i16", scans.DIM + 2, 1], ["i16", scans.DIM + 4, 1], ["i16", scans.DIM + 6, 1]);
    expect(point.tensorShape).toEqual([1, 1, 1]);
  });
});

describe("place in space", () => {
  const grid: Grid = [
    { offset: 0, spacing: 1 },
    { offset: 0.5, spacing: 2 },
    { offset: 1.25, spacing: 2.5 },
  ];

  test.each([1, 2] as const)(
    "qform and sform both move, each from its own matrix (version %i)",
    async (version) => {
      const volume = await readNifti(scans.load("encodings/e_q_and_s_differ.nii"));
      const { qform, sform, pixdim, quaternion } = volume.header;
      const again = await readNifti(
        await writeNifti(scans.resampled(volume, [12, 10, 9], grid), volume, { version }),
      );
      expect(scans.distance(qform, sform)).toBeGreaterThan(1);
      expect(scans.distance(again.header.sform, resampleAffine(sform, grid))).toBeLessThan(1e-4);
      expect(scans.distance(again.header.qform, resampleAffine(qform!, grid))).toBeLessThan(1e-4);
      expect(again.header.quaternion).toEqual(quaternion);
      expect(
        scans.distance(again.header.pixdim.slice(0, 4), [
          pixdim[0],
          pixdim[1] * 2.5,
          pixdim[2] * 2,
          pixdim[3],
        ]),
      ).toBeLessThan(1e-6);
      expect([again.header.qformCode, again.header.sformCode]).toEqual([1, 4]);
    },
  );

  test("qform alone, a left-handed one", async () => {
    const volume = await readNifti(scans.load("encodings/e_qform_only_qfacneg.nii"));
    const again = await readNifti(await writeNifti(scans.resampled(volume, [12, 10, 9], grid), volume));
    expect(again.header.pixdim[0]).toBe(-1);
    expect([again.header.qformCode, again.header.sformCode]).toEqual([1, 0]);
    for (const m of [
      [0, 0, 0],
      [8, 9, 11],
    ]) {
      const source = m.map((index, i) => grid[2 - i].offset + grid[2 - i].spacing * index);
      expect(scans.distance(scans.apply(again.affine, m), scans.apply(volume.affine, source))).toBeLessThan(
        1e-4,
      );
    }
  });

  test("neither form: an sform appears only where the centre would be wrong", async () => {
    const volume = await readNifti(scans.load("encodings/e_no_forms.nii"));
    const same = await readNifti(await writeNifti(scans.untouched(volume), volume));
    expect([same.header.qformCode, same.header.sformCode]).toEqual([0, 0]);
    const again = await readNifti(await writeNifti(scans.resampled(volume, [12, 10, 9], grid), volume));
    expect(again.header.sformCode).toBe(2);
    expect(scans.distance(again.affine, resampleAffine(volume.affine, grid))).toBeLessThan(1e-5);
  });

  test("written twice along the way or once at the end, a chain ends in the same place", async () => {
    const volume = await readNifti(scans.load("dwi_b0_oblique35_i16.nii.gz"));
    const then: Grid = [
      { offset: 0.5, spacing: 2 },
      { offset: 0, spacing: 2 },
      { offset: 0.5, spacing: 2 },
    ];
    const middle = await readNifti(await writeNifti(scans.resampled(volume, [24, 29, 23], grid), volume));
    const twice = await readNifti(await writeNifti(scans.resampled(middle, [12, 15, 11], then), middle));
    const once = await readNifti(
      await writeNifti(scans.resampled(volume, [12, 15, 11], composeGrids(grid, then)), volume),
    );
    expect(scans.distance(twice.affine, once.affine)).toBeLessThan(1e-4);
    expect(scans.distance(twice.header.qform, once.header.qform)).toBeLessThan(1e-4);
    expect(once.zooms).toEqual(twice.zooms);
  });

  test("time keeps its step; slice timing goes where the slices were resampled", async () => {
    const name = "encodings/e_4d.nii";
    const volume = await readNifti(
      scans.patched(name, [
        ["u8", 39, 3 << 4],
        ["u8", 122, 1],
        ["i16", 120, 5],
      ]),
    );
    const [still, moved] = [grid, identityGrid(3).map((axis) => ({ ...axis, spacing: 2 }))];
    const kept = await readNifti(await writeNifti(scans.resampled(volume, [6, 10, 9], still), volume));
    expect(kept.zooms[3]).toBe(volume.zooms[3]);
    expect(kept.header).toMatchObject({ sliceCode: 1, sliceEnd: 5, dimInfo: 48 });
    const gone = await readNifti(await writeNifti(scans.resampled(volume, [3, 10, 12], moved), volume));
    expect(gone.header).toMatchObject({ sliceCode: 0, sliceEnd: 0, dimInfo: 48 });
  });
});

describe("data types", () => {
  test.each(TYPES)("%s holds fractions within half a step, clipping nothing", async (dataType) => {
    const volume = await crop();
    const ranges = [[-17.25, 0.1, 930.7], [1e8, 1e8 + 64], [-3e38, 3e38], [1e-42, 3e-42], [0.25]];
    for (const pattern of ranges) {
      const data = filled(volume, pattern);
      for (const version of [1, 2] as const) {
        const again = await rewritten(volume, data, { dataType, version });
        const step = dataType.startsWith("float") ? 0 : again.header.slope;
        pattern.forEach((value, i) => {
          const wanted = Math.fround(value);
          // Half a step, and the rounding of the result to float32.
          const slack = step * 0.5000001 + Math.abs(wanted) * 2 ** -23 + 2 ** -149;
          expect(Math.abs(again.data[i] - wanted)).toBeLessThanOrEqual(step === 0 ? 0 : slack);
        });
      }
    }
  });

  test.each(TYPES)("%s stores labels that fit as they are", async (dataType) => {
    const volume = await readNifti(scans.load("encodings/e_n1_le_f4.nii"));
    const data = filled(volume, [0, 1, 2, 117]);
    const again = await rewritten(volume, data, { dataType });
    expect(again.data).toEqual(data);
    expect([again.header.slope, again.header.intercept]).toEqual([1, 0]);
  });

  test("an integer scan keeps its own scaling while the values fit it", async () => {
    const volume = await readNifti(scans.load("functional_slope_i16.nii"));
    const { slope, intercept } = volume.header;
    const kept = await rewritten(volume, volume.data, { dataType: "int16" });
    expect([kept.header.slope, kept.header.intercept]).toEqual([slope, intercept]);
    const far = await rewritten(
      volume,
      volume.data.map((value) => value * 10),
      { dataType: "int16" },
    );
    expect(far.header.slope).not.toBe(slope);
  });

  test("fractions of a float scan are spread over the whole range", async () => {
    const volume = await readNifti(scans.load("encodings/e_n1_le_f4.nii"));
    const data = filled(volume, [0, 0.125, 0.9]);
    const again = await rewritten(volume, data, { dataType: "int16" });
    expect(again.header.slope).toBeLessThan(0.9 / 65000);
    expect(scans.distance(Array.from(again.data.slice(0, 3)), [0, 0.125, 0.9])).toBeLessThan(1e-5);
  });

  test("halves go to the even number; NaN becomes 0; infinities take the ends", async () => {
    const volume = await crop();
    const data = filled(volume, [0.5, 1.5, 2.5, -0.5, Number.NaN, Infinity, -Infinity, 7]);
    const again = await rewritten(volume, data, { dataType: "int16" });
    expect([...again.data.slice(0, 8)]).toEqual([0, 2, 2, 0, 0, 32767, -32768, 7]);
    const float = await rewritten(volume, data, {});
    expect(float.data).toEqual(data);
    const lifted = await rewritten(volume, filled(volume, [1000.5, 1001.25, Number.NaN]), {
      dataType: "uint8",
    });
    expect(Math.abs(lifted.data[2])).toBeLessThan(lifted.header.slope);
  });

  test("64-bit integers keep every bit that float32 has", async () => {
    const volume = await crop();
    const data = filled(volume, [2 ** 62, 2 ** 40 + 2 ** 20, 3, 2 ** 32]);
    for (const dataType of ["int64", "uint64"] as const) {
      expect((await rewritten(volume, data, { dataType })).data).toEqual(data);
    }
    const negative = filled(volume, [-(2 ** 63), -1, -(2 ** 33)]);
    expect((await rewritten(volume, negative, { dataType: "int64" })).data).toEqual(negative);
  });
});

describe("writeNifti refuses", () => {
  test("what cannot be met, and says what would do", async () => {
    const volume = await crop();
    const tensor = scans.untouched(volume);
    const write = (options: unknown) => writeNifti(tensor, volume, options as WriteOptions);
    await expect(write({ dataType: "complex64" })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "dataType",
      got: "complex64",
    });
    await expect(write({ version: 3 })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "version",
      got: 3,
    });
    const planar = scans.tensorOf(new Float32Array(4), [1, 1, 2, 2]);
    await expect(writeNifti(planar, volume)).rejects.toMatchObject({
      code: "INVALID_SHAPE",
      got: [1, 1, 2, 2],
    });
    const still = scans.resampled(
      volume,
      [2, 2, 2],
      identityGrid(3).map(() => ({ offset: 0, spacing: 0 })),
    );
    await expect(writeNifti(still, volume)).rejects.toMatchObject({ code: "INVALID_OPTION", option: "grid" });
  });

  test("sizes that NIfTI-1 cannot hold; NIfTI-2 can", async () => {
    const volume = await readNifti(scans.load("encodings/e_2d.nii"));
    const long = scans.tensorOf(new Float32Array(40000), [1, 1, 1, 40000]);
    await expect(writeNifti(long, volume)).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "version",
      expected: 2,
    });
    expect((await readNifti(await writeNifti(long, volume, { version: 2 }))).shape).toEqual([40000, 1]);
  });
});

describe("arguments", () => {
  test("an option of another name is refused", async () => {
    const volume = await crop();
    const options = { datatype: "int16" } as WriteOptions;
    await expect(writeNifti(scans.untouched(volume), volume, options)).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "datatype",
      message: 'writeNifti: datatype is "int16"; expected one of the options dataType, gzip, version.',
    });
  });

  test("a forgotten or swapped tensor, scan or backend is named", async () => {
    const volume = await crop();
    const tensor = scans.untouched(volume);
    const named = (option: string, got: RegExp) => ({
      code: "INVALID_OPTION",
      option,
      message: expect.stringMatching(got),
    });
    const tensorMissing = named("tensor", /is undefined; expected a tensor/);
    await expect(writeNifti(undefined as never, volume)).rejects.toMatchObject(tensorMissing);
    const swapped = writeNifti(volume as never, tensor as never);
    await expect(swapped).rejects.toMatchObject(named("tensor", /is a Volume;/));
    const scanMissing = named("volume", /is undefined; expected the scan/);
    await expect(writeNifti(tensor, undefined as never)).rejects.toMatchObject(scanMissing);
    for (const got of [undefined, Promise.resolve()]) {
      expect(() => volume.tensor(got as never)).toThrow(
        expect.objectContaining(named("backend", /expected what await createBackend\(\) gives/)),
      );
    }
  });
});
