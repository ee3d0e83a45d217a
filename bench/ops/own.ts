import { isHalfbandError } from "@halfband/ops";
import { createWasmBackend } from "@halfband/wasm";
import type { Own } from "./jobs.ts";

/** Every way in which halfband runs here: both builds on one thread, and the baseline on two where it can. */
export async function ownBackends(): Promise<Own[]> {
  const own: Own[] = [];
  for (const [build, threads] of [
    ["baseline", 1],
    ["relaxed", 1],
    ["baseline", 2],
  ] as const) {
    try {
      const backend = await createWasmBackend({ simd: build, threads, warmup: true });
      if (backend.info.threads === threads) own.push({ build, threads, backend });
    } catch (error) {
      // Older engines lack relaxed SIMD; pages that are not isolated lack threads.
      if (!isHalfbandError(error, "UNSUPPORTED")) throw error;
    }
  }
  return own;
}
