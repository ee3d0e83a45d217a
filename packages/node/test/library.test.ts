import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { describe, expect, it, vi } from "vitest";
import * as halfband from "../src/index.ts";
import {
  createBackend,
  flcPool,
  isHalfbandError,
  operators,
  readNifti,
  writeNiftiFile,
} from "../src/index.ts";
import { scan, scratch } from "./run.ts";

const at = scratch();
const PLAIN = scan("encodings/e_n1_le_i2.nii");

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isHalfbandError(error)) throw new Error(`expected a HalfbandError, got ${String(error)}`);
  return error.code;
}

it("exports every operator, as a function and as a class", () => {
  const exported: Record<string, unknown> = halfband;
  for (const { definition } of operators) {
    expect(exported[definition.name]).toBeTypeOf("function");
    expect(exported[definition.name.charAt(0).toUpperCase() + definition.name.slice(1)]).toBeTypeOf(
      "function",
    );
  }
});

describe("createBackend", () => {
  it("runs WebAssembly unless told, and says why", async () => {
    using backend = await createBackend();
    expect(backend.info).toMatchObject({ device: "wasm" });
    expect(backend.info.reason).toMatch(/WebGPU/);
  });

  it("has a reference that agrees with it", async () => {
    using wasm = await createBackend({ device: "wasm" });
    using reference = await createBackend({ device: "reference" });
    const numbers = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * i));
    const [y, z] = await Promise.all(
      [wasm, reference].map((backend) => flcPool(backend.tensor(numbers, [1, 1, 8, 8])).data()),
    );
    for (const [i, value] of y.entries()) expect(value).toBeCloseTo(z[i], 5);
  });

  it("takes WebGPU where there is some, or says what is missing", async () => {
    const outcome = await createBackend({ device: "webgpu" }).catch((error: unknown) => error);
    if (outcome instanceof halfband.Backend) expect(outcome.info.device).toBe("webgpu");
    else expect(outcome).toMatchObject({ code: "UNSUPPORTED", message: expect.stringContaining("WebGPU") });
  });

  it("computes on as many threads as asked", async () => {
    for (const threads of [1, 2]) {
      using backend = await createBackend({ device: "wasm", threads });
      expect(backend.info.threads).toBe(threads);
    }
  });

  it("refuses what there is not", async () => {
    expect(await codeOf(createBackend({ threads: 0 }))).toBe("INVALID_OPTION");
    // @ts-expect-error: no such device
    expect(await codeOf(createBackend({ device: "abacus" }))).toBe("INVALID_OPTION");
    // @ts-expect-error: no such option
    await expect(createBackend({ devise: "wasm" })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "devise",
      message: expect.stringContaining("expected one of the options device, threads,"),
    });
  });
});

describe("readNifti", () => {
  it("takes a path, a URL, bytes, a Blob and both files of a pair", async () => {
    const want = (await readNifti(PLAIN)).data;
    const bytes = new Uint8Array(readFileSync(PLAIN));
    for (const source of [pathToFileURL(PLAIN), pathToFileURL(PLAIN).href, bytes, new Blob([bytes])]) {
      expect((await readNifti(source)).data).toEqual(want);
    }
    const [header, image] = ["hdr", "img"].map(
      (part) => new Uint8Array(readFileSync(scan(`encodings/e_pair_le_i2.${part}`))),
    );
    const pair = (await readNifti({ header, image })).data;
    expect((await readNifti(scan("encodings/e_pair_le_i2.hdr"))).data).toEqual(pair);
    expect((await readNifti(scan("encodings/e_pair_le_i2.img"))).data).toEqual(pair);
  });

  it("finds gzipped partners, from either side", async () => {
    const [fromHeader, fromImage] = await Promise.all(
      ["hdr", "img"].map((part) => readNifti(scan(`encodings/e_pair_be_f4_gz.${part}.gz`))),
    );
    expect(fromHeader.data).toEqual(fromImage.data);
    mkdirSync(at("mixed"));
    copyFileSync(scan("encodings/e_pair_le_i2.hdr"), at("mixed/a.hdr"));
    copyFileSync(scan("encodings/e_pair_be_f4_gz.img.gz"), at("mixed/b.img.gz"));
    expect(await codeOf(readNifti(at("mixed/a.hdr")))).toBe("IO");
  });

  it("names the path of what it cannot read", async () => {
    await expect(readNifti("missing.nii")).rejects.toThrow("missing.nii");
    expect(await codeOf(readNifti("missing.nii"))).toBe("IO");
    await expect(readNifti(scan("encodings/e_err_magic.nii"))).rejects.toThrow("e_err_magic.nii");
  });

  it("tells how to read from an address", async () => {
    const address = "https://example.org/scan.nii.gz";
    for (const source of [address, new URL(address)]) {
      await expect(readNifti(source)).rejects.toMatchObject({
        code: "IO",
        message: expect.stringContaining(`readNifti(await fetch("${address}"))`),
      });
    }
    const response = new Response(readFileSync(PLAIN));
    expect((await readNifti(response)).data).toEqual((await readNifti(PLAIN)).data);
  });
});

describe("writeNiftiFile", () => {
  it("writes what can be read again, gzipped by name", async () => {
    using backend = await createBackend();
    const volume = await readNifti(PLAIN);
    const y = flcPool(volume.tensor(backend));
    mkdirSync(at("out"));
    for (const name of ["a.nii", "a.nii.gz"]) {
      await writeNiftiFile(at(`out/${name}`), y, volume);
      const again = await readNifti(at(`out/${name}`));
      expect(again.data).toEqual(await y.data());
      expect(again.zooms).toEqual(volume.zooms.map((zoom, axis) => (axis < 3 ? 2 * zoom : zoom)));
    }
    expect(readFileSync(at("out/a.nii.gz"))[0]).toBe(0x1f);
    expect(readdirSync(at("out")).sort()).toEqual(["a.nii", "a.nii.gz"]);
  });

  it("leaves nothing where it cannot write", async () => {
    using backend = await createBackend();
    const volume = await readNifti(PLAIN);
    const x = volume.tensor(backend);
    mkdirSync(at("folder.nii"));
    expect(await codeOf(writeNiftiFile(at("folder.nii"), x, volume))).toBe("IO");
    expect(await codeOf(writeNiftiFile(at("nowhere/a.nii"), x, volume))).toBe("IO");
    expect(await codeOf(writeNiftiFile(at("a.png"), x, volume))).toBe("INVALID_OPTION");
    expect(existsSync(at("a.png"))).toBe(false);
    expect(readdirSync(at(".")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("leaves nothing where %s interrupts it", async (signal) => {
    const folder = at(signal);
    mkdirSync(folder);
    const program = `
      // The draft is written, and never moved.
      process.getBuiltinModule("node:fs/promises").rename = () => new Promise(() => setInterval(() => {}, 1000));
      const { readNifti, writeNiftiFile } = await import(${JSON.stringify(new URL("../dist/index.js", import.meta.url))});
      const volume = await readNifti(${JSON.stringify(PLAIN)});
      const tensor = { shape: volume.tensorShape, data: async () => volume.data };
      const grid = volume.spatialAxes.map(() => ({ offset: 0, spacing: 1 }));
      writeNiftiFile("out.nii", { ...tensor, grid }, volume);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const end = once(child, "exit");
    await vi.waitUntil(() => readdirSync(folder).some((name) => name.startsWith(".out.nii.")), {
      timeout: 20_000,
    });
    child.kill(signal);
    expect(await end).toEqual([null, signal]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
