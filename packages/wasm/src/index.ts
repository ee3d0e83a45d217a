import type { Backend, Device } from "@halfband/ops";
import { createBackend, createDevice, loadedBy, type WasmOptions } from "./backend.ts";
import { compileEmbedded } from "./module.ts";

export { type WasmOptions, warmUp } from "./backend.ts";
export type { Build, Precision, Tile } from "./core.ts";
export { supportsPlan } from "./device.ts";
export type { LoadModule } from "./module.ts";
export type { StartThread, Thread, ThreadHost } from "./threads/host.ts";
export { serve, type ThreadStart } from "./threads/serve.ts";

/**
 * A backend on WebAssembly SIMD, in the caller's thread and in threads of its own. Results do not depend on how many.
 *
 * @throws `UNSUPPORTED` where the engine lacks SIMD (or relaxed SIMD or threads, if asked for), `INVALID_OPTION`.
 * @example
 * const backend = await createWasmBackend();
 * const y = flcPool(backend.tensor(new Float32Array(64 * 64), [1, 1, 64, 64]));
 */
export const createWasmBackend = async (options: WasmOptions = {}): Promise<Backend> =>
  createBackend(loadedBy(compileEmbedded, options));

/**
 * What a backend runs plans on: for a worker that serves another thread's backend, which runs the kernels for `warmup`
 * by `warmUp`.
 */
export const createWasmDevice = async (options: WasmOptions = {}): Promise<Device> =>
  createDevice(loadedBy(compileEmbedded, options));
