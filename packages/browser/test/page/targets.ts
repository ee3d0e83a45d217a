import type { BackendOptions } from "@halfband/browser";

/** The backends that every suite runs on, by the name that reports use. */
export const targets = {
  "wasm in a worker": { device: "wasm" },
  "wasm in a worker, baseline": { device: "wasm", simd: "baseline" },
  "wasm on the page": { device: "wasm", worker: false },
  webgpu: { device: "webgpu" },
} satisfies Record<string, BackendOptions>;

export type Target = keyof typeof targets;
