// The packages in workerd, the runtime of Cloudflare Workers, which refuses to compile WebAssembly while it runs.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, it } from "vitest";
import { must, root, run } from "../../../test/platform/packed.ts";
import type { WorkerdReport } from "./page/workerd.ts";

const WORKERD = "workerd@1.20261117.1";
const folder = mkdtempSync(join(tmpdir(), "halfband-workerd-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bundles the program as deployment tools do: .wasm files lie beside the bundle and stay imports. Gives their names. */
async function bundle(): Promise<ReadonlySet<string>> {
  const wasm = new Set<string>();
  const build = await rolldown({
    input: join(root, "packages/browser/test/page/workerd.ts"),
    platform: "neutral",
    logLevel: "silent",
    resolve: { conditionNames: ["workerd", "worker", "browser", "import", "default"] },
    plugins: [
      {
        name: "wasm-beside",
        resolveId(id, importer) {
          if (!id.endsWith(".wasm") || importer === undefined) return null;
          wasm.add(basename(id));
          copyFileSync(join(dirname(importer), id), join(folder, basename(id)));
          return { id: `./${basename(id)}`, external: true };
        },
      },
    ],
  });
  await build.write({ file: join(folder, "program.js"), format: "esm", codeSplitting: false });
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

let report: WorkerdReport;
beforeAll(async () => {
  writeFileSync(join(folder, "config.capnp"), configuration(await bundle()));
  const { output } = must(run("npx", ["-y", WORKERD, "test", "config.capnp"], folder), "workerd");
  const line = output.split("\n").find((text) => text.startsWith("{"));
  expect(line, output).toBeDefined();
  report = JSON.parse(line!) as WorkerdReport;
}, 300_000);

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
