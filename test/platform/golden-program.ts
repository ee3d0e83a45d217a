// Run by Deno and Bun: the golden cases on WebAssembly and on the engine's own WebGPU. Prints one line of JSON, a `Report`.
import { fileURLToPath } from "node:url";
import { type Backend, HalfbandError } from "@halfband/ops";
import { createWasmBackend } from "@halfband/wasm";
import { createWebGpuBackend, type WebGpuOptions } from "@halfband/webgpu";
import { SPLIT } from "../backends.ts";
import { checkCase } from "../golden/check.ts";
import { Goldens } from "../golden/manifest.ts";

/** What the golden cases gave on one backend. */
export interface Tally {
  readonly passed: number;
  readonly notExpressible: number;
  /** Names with reasons. */
  readonly failed: readonly string[];
}

export interface Report {
  readonly wasm: Tally;
  /** On three threads. */
  readonly threads: Tally;
  /** The tally, or a sentence on what WebGPU lacks here. */
  readonly webgpu: Tally | string;
}

const goldens = new Goldens(fileURLToPath(new URL("../golden", import.meta.url)));

async function tally(backend: Backend): Promise<Tally> {
  const failed: string[] = [];
  let passed = 0;
  let notExpressible = 0;
  for (const golden of goldens.manifest.cases) {
    const outcome = await checkCase(goldens, golden, backend);
    if (outcome.status === "passed") passed++;
    else if (outcome.status === "failed") failed.push(`${outcome.name}: ${outcome.reason}`);
    else notExpressible++;
  }
  backend.dispose();
  return { passed, notExpressible, failed };
}

async function webGpuBackend(): Promise<Backend | string> {
  const { navigator } = globalThis as { navigator?: Pick<WebGpuOptions, "gpu"> };
  // Given, since the package `webgpu` (Dawn, thus Tint) would load in Deno too.
  if (!navigator?.gpu) return "there is no navigator.gpu.";
  try {
    return await createWebGpuBackend({ gpu: navigator.gpu });
  } catch (error) {
    if (!(error instanceof HalfbandError) || error.code !== "UNSUPPORTED") throw error;
    return error.message;
  }
}

const wasm = await tally(await createWasmBackend({ threads: 1 }));
const threads = await tally(await createWasmBackend(SPLIT));
const backend = await webGpuBackend();
const webgpu = typeof backend === "string" ? backend : await tally(backend);
console.log(JSON.stringify({ wasm, threads, webgpu } satisfies Report));
