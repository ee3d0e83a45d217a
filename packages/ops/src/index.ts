/// <reference lib="esnext.disposable" preserve="true" />
export * from "./backend.ts";
export * from "./define.ts";
export * from "./device.ts";
export * from "./errors.ts";
export type { Executable, OutputArrays } from "./executable.ts";
export { type Fft, fft } from "./fft.ts";
export * from "./fourier.ts";
export * from "./grid.ts";
export * from "./image-matrix.ts";
export * from "./modules.ts";
export * from "./operators/index.ts";
export * from "./params.ts";
export type { Independence } from "./parts.ts";
export * from "./plan.ts";
export { createReferenceBackend, evaluate } from "./reference/device.ts";
export * from "./step.ts";
export * from "./tensor.ts";
export * from "./window.ts";
