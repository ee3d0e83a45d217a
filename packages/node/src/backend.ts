import { type Backend, checkOptions, createReferenceBackend, HalfbandError } from "@halfband/ops";
import { createWasmBackend, type WasmOptions } from "@halfband/wasm";

export interface BackendOptions
  extends Pick<WasmOptions, "threads" | "splitFrom" | "simd" | "precision" | "warmup"> {
  /**
   * `auto` takes WebGPU where a graphics processor is behind it, else WebAssembly; `reference` is plain TypeScript
   * in double precision, slow and exact. In Node, WebGPU comes with the optional package `webgpu`.
   */
  readonly device?: "auto" | "wasm" | "reference" | "webgpu";
}

const OPTIONS = [
  "device",
  "threads",
  "splitFrom",
  "simd",
  "precision",
  "warmup",
] as const satisfies readonly (keyof BackendOptions)[];

/**
 * Makes the place where tensors live and operators run. `backend.info` says what was chosen, and why.
 *
 * @throws `UNSUPPORTED` for a device or a number of threads that is not to be had here, `INVALID_OPTION`.
 * @example
 * const backend = await createBackend();
 * const y = flcPool(backend.tensor(new Float32Array(64 * 64), [1, 1, 64, 64]));
 */
export async function createBackend(options: BackendOptions = {}): Promise<Backend> {
  checkOptions(options, OPTIONS, "createBackend");
  const { device = "auto" } = options;
  switch (device) {
    case "auto":
      return createAuto(options);
    case "wasm":
      return createWasm(options, "WebAssembly was asked for.");
    case "webgpu": {
      const { createWebGpuBackend } = await import("@halfband/webgpu");
      return createWebGpuBackend();
    }
    case "reference":
      return createReferenceBackend();
    default:
      throw refusal("INVALID_OPTION", "device", device, "auto, wasm, webgpu or reference");
  }
}

async function createAuto(options: BackendOptions): Promise<Backend> {
  if (!mayHaveWebGpu())
    return createWasm(options, "There is no WebGPU here: the optional package webgpu is not installed.");
  try {
    const { createWebGpuBackend } = await import("@halfband/webgpu");
    return await createWebGpuBackend({
      allowSoftware: false,
      reason: "A graphics processor is behind WebGPU.",
    });
  } catch (error) {
    return createWasm(options, `WebGPU was not taken: ${(error as Error).message}`);
  }
}

/** Without loading anything: Deno has `navigator.gpu`, Node needs the package. */
function mayHaveWebGpu(): boolean {
  const { navigator } = globalThis as { navigator?: { gpu?: unknown } };
  if (navigator?.gpu) return true;
  try {
    const { createRequire } = process.getBuiltinModule("node:module");
    createRequire(import.meta.url).resolve("webgpu/package.json");
    return true;
  } catch {
    return false;
  }
}

const createWasm = ({ device: _, ...options }: BackendOptions, reason: string): Promise<Backend> =>
  createWasmBackend({ ...options, reason });

function refusal(
  code: "UNSUPPORTED" | "INVALID_OPTION",
  option: string,
  got: unknown,
  expected: string,
  because = "",
): HalfbandError {
  const message = `createBackend: ${option} is ${JSON.stringify(got)}; expected ${expected}${because}.`;
  return new HalfbandError(code, message, { op: "createBackend", option, got, expected });
}
