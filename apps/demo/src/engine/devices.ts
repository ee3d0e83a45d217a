/** What the page can compute with, in the order in which it is offered. */
export const deviceNames = ["wasm", "threads", "webgpu"] as const;

export type DeviceName = (typeof deviceNames)[number];

export const deviceTitles: Readonly<Record<DeviceName, string>> = {
  wasm: "WebAssembly",
  threads: "WebAssembly on threads",
  webgpu: "WebGPU",
};
