// A program for Node that was bundled with halfband inside, far from the files beside the packages' modules.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OutputOptions, rolldown } from "rolldown";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root, run } from "./packed.ts";

const folder = mkdtempSync(join(tmpdir(), "halfband-bundled-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = `
  import { createBackend, maxPool } from "halfband";
  createBackend({ device: "wasm" }).then(async (backend) => {
    const y = maxPool(backend.tensor(Float32Array.of(1, 3, 2, 0), [1, 1, 4]), { kernelSize: 2 });
    console.log((await y.data()).join());
    backend.dispose();
  });
`;
const entry = join(root, "test", `bundled-${process.pid}.mjs`);
beforeAll(() => writeFileSync(entry, PROGRAM));
afterAll(() => rmSync(entry, { force: true }));

it.each<NonNullable<OutputOptions["format"]>>(["esm", "cjs"])("computes as %s", async (format) => {
  const bundle = await rolldown({ input: entry, platform: "node", logLevel: "silent" });
  const dir = join(folder, format);
  const entryFileNames = format === "esm" ? "main.mjs" : "main.cjs";
  await bundle.write({
    dir,
    format,
    entryFileNames,
    chunkFileNames: `[name]-[hash].${entryFileNames.slice(-3)}`,
  });
  expect(readdirSync(dir).filter((file) => file.endsWith(".wasm"))).toEqual([]);
  const { status, output } = run(process.execPath, [join(dir, entryFileNames)], folder);
  expect(output.trim()).toBe("3,2");
  expect(status).toBe(0);
});
