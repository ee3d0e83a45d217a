import { type Backend, createReferenceBackend, HalfbandError } from "@halfband/ops";
import { createWasmBackend } from "@halfband/wasm";
import { provideVulkan } from "./vulkan.ts";

/** Every job is split, however small; three threads divide nothing evenly. */
export const SPLIT = { threads: 3, splitFrom: 0 } as const;

/** Every backend and build that this engine runs, by the name that reports use. */
export async function availableBackends(): Promise<ReadonlyMap<string, Backend>> {
  const backends = new Map<string, Backend>();
  backends.set("reference", createReferenceBackend());
  backends.set("wasm", await createWasmBackend({ simd: "baseline", threads: 1 }));
  backends.set(
    "wasm-highest",
    await createWasmBackend({ simd: "baseline", threads: 1, precision: "highest" }),
  );
  backends.set("wasm-threads", await createWasmBackend({ simd: "baseline", ...SPLIT }));
  try {
    backends.set("wasm-relaxed", await createWasmBackend({ simd: "relaxed", threads: 1 }));
    backends.set("wasm-relaxed-threads", await createWasmBackend({ simd: "relaxed", ...SPLIT }));
  } catch (error) {
    if (!(error instanceof HalfbandError) || error.code !== "UNSUPPORTED") throw error;
  }
  return backends;
}

/** WebGPU through Dawn, on a GPU or on SwiftShader; or what is missing for it. */
export async function webGpuBackend(): Promise<Backend | string> {
  provideVulkan();
  try {
    const { createWebGpuBackend } = await import("@halfband/webgpu");
    return await createWebGpuBackend({ reason: "Tests run on it." });
  } catch (error) {
    if (!(error instanceof HalfbandError) || error.code !== "UNSUPPORTED") throw error;
    return error.message;
  }
}
