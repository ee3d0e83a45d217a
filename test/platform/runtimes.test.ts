// The packages in Deno and Bun. Deno has WebGPU of its own: naga compiles the shaders there, Tint in Node and Chromium.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { unpackChromium } from "../chromium.ts";
import type { Report, Tally } from "./golden-program.ts";
import { root } from "./packed.ts";

const PROGRAM = "platform/golden-program.ts";
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

/** Runs the program in another runtime, which sees the built packages through the links in this folder's node_modules. */
async function reportOf(runtime: string, args: readonly string[]): Promise<Report> {
  const { stdout } = await promisify(execFile)("npx", ["-y", runtime, ...args, PROGRAM], {
    cwd: `${root}test`,
    env: { ...process.env, ...vulkanSettings() },
    maxBuffer: 2 ** 26,
    timeout: 4 * MINUTE,
  });
  return JSON.parse(stdout) as Report;
}

describe.each([
  {
    name: "Deno",
    runtime: "deno@2.9.6",
    args: ["run", "--allow-all", "--no-lock", "--node-modules-dir=manual"],
    hasWebGpu: true,
  },
  { name: "Bun", runtime: "bun@1.4.5", args: [], hasWebGpu: false },
])("every golden case passes in $name", ({ runtime, args, hasWebGpu }) => {
  let report: Report;
  beforeAll(async () => {
    report = await reportOf(runtime, args);
  }, 5 * MINUTE);

  it("on WebAssembly", () => expect(report.wasm).toEqual(everyCase));

  it("on threads", () => expect(report.threads).toEqual(everyCase));

  if (!hasWebGpu) return;
  it("on WebGPU", (test) => {
    if (typeof report.webgpu === "string" && !process.env.CI) test.skip(`not run: ${report.webgpu}`);
    expect(report.webgpu).toEqual(everyCase);
  });
});
