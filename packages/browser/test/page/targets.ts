import type { BackendOptions } from "@halfband/browser";

/** The backends that every suite runs on, by the name that reports use. */
export const targets = {
  "wasm in a worker": { device: "wasm", threads: 1 },
  "wasm in a worker, baseline": { device: "wasm", simd: "baseline", threads: 1 },
  "wasm on three threads": { device: "wasm", threads: 3, splitFrom: 0 },
  "wasm on two threads, baseline": { device: "wasm", simd: "baseline", threads: 2, splitFrom: 0 },
  "wasm on the page": { device: "wasm", worker: false },
  webgpu: { device: "webgpu" },
} satisfies Record<string, BackendOptions>;

export type Target = keyof typeof targets;
