export { createWasmBackend, createWasmDevice, type WasmOptions, warmUp } from "./backend.ts";
export type { Build, Precision, Tile } from "./core.ts";
export { supportsPlan } from "./device.ts";
export type { LoadModule } from "./module.ts";
export type { StartThread, Thread, ThreadHost } from "./threads/host.ts";
export { serve, type ThreadStart } from "./threads/serve.ts";
