import { type Backend, createReferenceBackend, HalfbandError } from "@halfband/ops";

export interface BackendOptions {
  /** `auto` takes the fastest that runs here; `reference` is plain TypeScript in double precision, slow and exact. */
  readonly device?: "auto" | "wasm" | "reference" | "webgpu";
  /** Threads to compute with; this build has one. */
  readonly threads?: number | "auto";
  /** `baseline` gives the same bits on every processor, `relaxed` may fuse multiply and add. */
  readonly simd?: "auto" | "baseline" | "relaxed";
  /** Run every kernel once on a small image, so that the first real call is as fast as the next. */
  readonly warmup?: boolean;
}

/**
 * Makes the place where tensors live and operators run. `backend.info` says what was chosen, and why.
 *
 * @throws `UNSUPPORTED` for a device or a number of threads that this build lacks, `INVALID_OPTION`.
 * @example
 * const backend = await createBackend();
 * const y = flcPool(backend.tensor(new Float32Array(64 * 64), [1, 1, 64, 64]));
 */
export async function createBackend(options: BackendOptions = {}): Promise<Backend> {
  const { device = "auto", threads = "auto", simd = "auto", warmup = false } = options;
  if (threads !== "auto" && threads !== 1) {
    throw new HalfbandError(
      "UNSUPPORTED",
      `threads is ${threads}; this build runs on one thread, expected 1 or "auto".`,
      {
        op: "createBackend",
        option: "threads",
        got: threads,
        expected: '1 or "auto"',
      },
    );
  }
  switch (device) {
    case "auto":
    case "wasm": {
      const { createWasmBackend } = await import("@halfband/wasm");
      const reason =
        device === "wasm"
          ? "WebAssembly was asked for."
          : "This build has no WebGPU package, so WebAssembly runs.";
      return createWasmBackend({ threads, simd, warmup, reason });
    }
    case "reference":
      return createReferenceBackend();
    case "webgpu":
      throw new HalfbandError(
        "UNSUPPORTED",
        "device is webgpu; the WebGPU package is not part of this build, expected auto, wasm or reference.",
        {
          op: "createBackend",
          option: "device",
          got: device,
          expected: ["auto", "wasm", "reference"],
        },
      );
    default:
      throw new HalfbandError(
        "INVALID_OPTION",
        `device is ${JSON.stringify(device)}; expected auto, wasm or reference.`,
        {
          op: "createBackend",
          option: "device",
          got: device,
          expected: ["auto", "wasm", "reference"],
        },
      );
  }
}
