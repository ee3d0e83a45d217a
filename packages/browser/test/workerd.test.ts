// The packages in workerd, the runtime of Cloudflare Workers, which refuses to compile WebAssembly while it runs.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { must, run } from "../../../test/platform/packed.ts";
import type { WorkerdReport } from "./page/workerd.ts";
import { program } from "./readme.ts";

const WORKERD = "workerd@1.20261117.1";
const MINUTE = 60_000;
const folder = mkdtempSync(join(tmpdir(), "halfband-workerd-"));
// Inside the package, so that its name resolves.
const sources = mkdtempSync(fileURLToPath(new URL("./.workerd-", import.meta.url)));
afterAll(() => {
  for (const made of [folder, sources]) rmSync(made, { recursive: true, force: true });
});

/** Bundles as deployment tools do: .wasm files lie beside the bundle and stay imports. Gives their names. */
async function bundle(input: string, dir: string): Promise<ReadonlySet<string>> {
  const wasm = new Set<string>();
  const build = await rolldown({
    input,
    platform: "neutral",
    logLevel: "silent",
    resolve: { conditionNames: ["workerd", "worker", "browser", "import", "default"] },
    plugins: [
      {
        name: "wasm-beside",
        resolveId(id, importer) {
          if (!id.endsWith(".wasm") || importer === undefined) return null;
          wasm.add(basename(id));
          copyFileSync(join(dirname(importer), id), join(dir, basename(id)));
          return { id: `./${basename(id)}`, external: true };
        },
      },
    ],
  });
  await build.write({ file: join(dir, "program.js"), format: "esm", codeSplitting: false });
  return wasm;
}

const configuration = (wasm: Iterable<string>): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  compatibilityDate = "2025-05-05",
  modules = [
    (name = "program.js", esModule = embed "program.js"),
    ${[...wasm].map((file) => `(name = "${file}", wasm = embed "${file}")`).join(",\n    ")}
  ],
))]);
`;

/** What the program's handler `test` prints, a line of JSON. */
async function runInWorkerd<T>(input: string): Promise<T> {
  const dir = join(folder, basename(input));
  mkdirSync(dir);
  writeFileSync(join(dir, "config.capnp"), configuration(await bundle(input, dir)));
  const { output } = must(run("npx", ["-y", WORKERD, "test", "config.capnp"], dir), "workerd");
  const line = output.split("\n").find((text) => text.startsWith("{"));
  if (line === undefined) throw new Error(`workerd printed no result:\n${output}`);
  return JSON.parse(line) as T;
}

describe("createBackend() in workerd", () => {
  let report: WorkerdReport;
  beforeAll(async () => {
    report = await runInWorkerd(fileURLToPath(new URL("page/workerd.ts", import.meta.url)));
  }, 5 * MINUTE);

  it("computes on imported modules, in one thread", () => {
    expect(report.info).toMatchObject({ device: "wasm", threads: 1 });
    expect(report.info.reason).toContain("workerd has no threads");
  });

  it("passes every conformance case and gradient", () => {
    const wrong = Object.entries(report.verdicts).filter(([, verdict]) => verdict !== null);
    expect(wrong).toEqual([]);
    expect(Object.keys(report.verdicts).length).toBeGreaterThan(200);
  });

  it("refuses threads", () => expect(report.threadsRefused).toBe("UNSUPPORTED"));
});

const CALLER = `
  import worker from "./worker.js";

  export default {
    async test() {
      const body = new Float32Array(256 * 256).fill(3);
      for (let i = 0; i < 2; i++) {
        const response = await worker.fetch(new Request("http://halfband/", { method: "POST", body }));
        const y = new Float32Array(await response.arrayBuffer());
        const off = y.reduce((worst, voxel) => Math.max(worst, Math.abs(voxel - 3)), 0);
        if (i > 0) console.log(JSON.stringify({ shape: response.headers.get("x-shape"), off }));
      }
    },
  };
`;

it("the quick start answers requests", { timeout: 5 * MINUTE }, async () => {
  writeFileSync(join(sources, "worker.js"), program("On the edge", "js"));
  writeFileSync(join(sources, "caller.js"), CALLER);
  const { shape, off } = await runInWorkerd<{ shape: string; off: number }>(join(sources, "caller.js"));
  expect(shape).toBe("1,1,128,128");
  expect(off).toBeLessThanOrEqual(1e-5);
});
