// The entry in workerd (Cloudflare Workers), which compiles nothing while it runs: modules come by import, compiled.
import type { Backend, Device } from "@halfband/ops";
import { createBackend, createDevice, loadedBy, type WasmOptions } from "./backend.ts";
import relaxed from "./core.relaxed.wasm";
import simd from "./core.simd.wasm";
import type { LoadModule } from "./module.ts";

export * from "./index.ts";

const imported: LoadModule = async (build) => (build === "simd" ? simd : relaxed);

const here = (options: WasmOptions): WasmOptions => ({
  ...options,
  threadHost: () => "workerd has no threads",
});

export const createWasmBackend = async (options: WasmOptions = {}): Promise<Backend> =>
  createBackend(loadedBy(imported, here(options)));

export const createWasmDevice = async (options: WasmOptions = {}): Promise<Device> =>
  createDevice(loadedBy(imported, here(options)));
