import { type Backend, createReferenceBackend, HalfbandError } from "@halfband/ops";
import { createWasmBackend } from "@halfband/wasm";

/** Every backend and build that this engine runs, by the name that reports use. */
export async function availableBackends(): Promise<ReadonlyMap<string, Backend>> {
  const backends = new Map<string, Backend>();
  backends.set("reference", createReferenceBackend());
  backends.set("wasm", await createWasmBackend({ simd: "baseline" }));
  try {
    backends.set("wasm-relaxed", await createWasmBackend({ simd: "relaxed" }));
  } catch (error) {
    if (!(error instanceof HalfbandError) || error.code !== "UNSUPPORTED") throw error;
  }
  return backends;
}
