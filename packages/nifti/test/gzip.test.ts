import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readNifti } from "../src/index.ts";
import * as scans from "./scans.ts";

const plain = scans.load(scans.CROP);

const members = (size: number): Uint8Array => {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < plain.length; at += size) parts.push(gzipSync(plain.subarray(at, at + size)));
  return Buffer.concat(parts);
};

const damaged = {
  code: "INVALID_NIFTI",
  message: expect.stringMatching(/gzip data is truncated or damaged/),
};

describe("gzip", () => {
  test.each([12000, 5000, 353, 17])("members of %i bytes each", async (size) => {
    const volume = await readNifti(members(size));
    expect(volume.data).toEqual((await readNifti(plain)).data);
  });

  test("an empty member, as block gzip ends with", async () => {
    const bytes = Buffer.concat([members(4000), gzipSync(new Uint8Array(0))]);
    expect((await readNifti(bytes)).data).toEqual((await readNifti(plain)).data);
  });

  test.each([1, 3, 4, 8, 512, 300_000])("%i zeros behind the last member", async (zeros) => {
    const want = (await readNifti(plain)).data;
    for (const bytes of [members(12000), members(353)]) {
      expect((await readNifti(Buffer.concat([bytes, new Uint8Array(zeros)]))).data).toEqual(want);
      const other = Buffer.concat([bytes, new Uint8Array(zeros), Uint8Array.of(7)]);
      await expect(readNifti(other)).rejects.toMatchObject({ code: "INVALID_NIFTI" });
      const cut = Buffer.concat([bytes.subarray(0, -20), new Uint8Array(zeros)]);
      await expect(readNifti(cut)).rejects.toMatchObject({ code: "INVALID_NIFTI" });
    }
  });

  test("members and headers that straddle the chunks that are inflated at a time", async () => {
    // Incompressible voxels, about 1.2 MB, in members whose borders fall anywhere.
    const noise = new Uint8Array(352 + 1_200_000);
    noise.set(scans.patched(scans.CROP, [["i16", scans.DATATYPE, 2]]).subarray(0, 352));
    const view = new DataView(noise.buffer);
    [3, 1000, 1200, 1].forEach((size, i) => {
      view.setInt16(scans.DIM + 2 * i, size, true);
    });
    let state = 1;
    for (let i = 352; i < noise.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      noise[i] = state >>> 24;
    }
    const want = (await readNifti(noise)).data;
    for (const size of [65280, 262100, 262144]) {
      const parts: Uint8Array[] = [];
      for (let at = 0; at < noise.length; at += size) parts.push(gzipSync(noise.subarray(at, at + size)));
      const { data } = await readNifti(Buffer.concat(parts));
      expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(want.buffer))).toBe(0);
    }
  });

  test("cut at every place", async () => {
    const bytes = members(5000);
    for (let length = 3; length < bytes.length; length += length < bytes.length - 40 ? 97 : 1) {
      await expect(readNifti(bytes.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: "INVALID_NIFTI",
      });
    }
    await expect(readNifti(bytes.subarray(0, -1))).rejects.toMatchObject(damaged);
  });

  test("a changed bit, and bytes behind the last member", async () => {
    const bytes = Uint8Array.from(members(20000));
    const flipped = bytes.slice();
    flipped[bytes.length - 8] ^= 1;
    await expect(readNifti(flipped)).rejects.toMatchObject(damaged);
    await expect(readNifti(Buffer.concat([bytes, Buffer.from("more bytes")]))).rejects.toMatchObject(damaged);
  });
});
