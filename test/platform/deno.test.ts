// The packages in Deno, which has WebGPU of its own: naga compiles the shaders there, Tint in Node and Chromium.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { unpackChromium } from "../chromium.ts";
import type { Report, Tally } from "./deno-program.ts";
import { root } from "./packed.ts";

const DENO = "deno@2.9.6";
const MINUTE = 60_000;
const everyCase: Tally = { passed: 826, notExpressible: 9, failed: [] };

/** What makes a process compute on SwiftShader; nothing where the environment names a driver. */
function vulkanSettings(): Readonly<Record<string, string>> {
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES, LD_LIBRARY_PATH } = process.env;
  const folder = VK_DRIVER_FILES || VK_ICD_FILENAMES ? undefined : unpackChromium();
  if (folder === undefined) return {};
  const driver = join(folder, "vk_swiftshader_icd.json");
  return {
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver, // the name that older loaders know
    LD_LIBRARY_PATH: LD_LIBRARY_PATH ? `${LD_LIBRARY_PATH}:${folder}` : folder, // libvulkan.so.1 is there
  };
}

let report: Report;
beforeAll(async () => {
  // The program sees the built packages, through the links in this folder's node_modules.
  const program = [
    "run",
    "--allow-all",
    "--no-lock",
    "--node-modules-dir=manual",
    "platform/deno-program.ts",
  ];
  const { stdout } = await promisify(execFile)("npx", ["-y", DENO, ...program], {
    cwd: `${root}test`,
    env: { ...process.env, ...vulkanSettings() },
    maxBuffer: 2 ** 26,
    timeout: 4 * MINUTE,
  });
  report = JSON.parse(stdout) as Report;
}, 5 * MINUTE);

it("every golden case passes in Deno on WebAssembly", () => expect(report.wasm).toEqual(everyCase));

it("every golden case passes in Deno on threads", () => expect(report.threads).toEqual(everyCase));

it("every golden case passes in Deno on WebGPU", (test) => {
  if (typeof report.webgpu === "string" && !process.env.CI) test.skip(`not run: ${report.webgpu}`);
  expect(report.webgpu).toEqual(everyCase);
});
