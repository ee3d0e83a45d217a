export { isFallback } from "./adapter.ts";
export { createWebGpuBackend, type WebGpuOptions } from "./backend.ts";
