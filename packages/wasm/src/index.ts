export { chooseBuild, createWasmBackend, createWasmDevice, type WasmOptions, warmUp } from "./backend.ts";
export type { Build, Precision } from "./core.ts";
export { supportsPlan } from "./device.ts";
export type { LoadModule } from "./module.ts";
