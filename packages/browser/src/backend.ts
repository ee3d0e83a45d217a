import { Backend, createReferenceBackend, HalfbandError } from "@halfband/ops";
import { startWorker } from "./start-worker.ts";
import { WorkerDevice } from "./worker-device.ts";

export interface BackendOptions {
  /**
   * `auto` takes WebGPU where a graphics processor is behind it, else WebAssembly; `reference` is plain TypeScript
   * in double precision, slow and exact.
   */
  readonly device?: "auto" | "wasm" | "reference" | "webgpu";
  /**
   * Where WebAssembly computes: in a worker of its own, so that the page stays responsive, or in the calling thread.
   * A string or URL is the address of the worker script, for pages that serve a copy. Default: a worker on a page,
   * the calling thread elsewhere (in a worker, on a server).
   */
  readonly worker?: boolean | string | URL;
  /** Threads to compute with; this build has one. */
  readonly threads?: number | "auto";
  /** `baseline` gives the same bits on every processor, `relaxed` may fuse multiply and add. */
  readonly simd?: "auto" | "baseline" | "relaxed";
  /**
   * `auto` lets large 3x3 convolutions run by Winograd's algorithm, which rounds more (5e-5 of max|x| times the sum of
   * absolute weights at most); `highest` leaves it out.
   */
  readonly precision?: "auto" | "highest";
  /** Run every WebAssembly kernel once on a small image, so that the first real call is as fast as the next. */
  readonly warmup?: boolean;
}

/**
 * Makes the place where tensors live and operators run. `backend.info` says what was chosen, and why.
 *
 * @throws `UNSUPPORTED` for a device, worker or number of threads that is not to be had here, `INVALID_OPTION`.
 * @example
 * const backend = await createBackend();
 * const y = flcPool(backend.tensor(new Float32Array(64 * 64), [1, 1, 64, 64]));
 * console.log(backend.info.reason, await y.data());
 */
export async function createBackend(options: BackendOptions = {}): Promise<Backend> {
  const { device = "auto", threads = "auto" } = options;
  if (threads !== "auto" && threads !== 1) {
    throw refusal("UNSUPPORTED", "threads", threads, '1 or "auto"', "; this build runs on one thread");
  }
  switch (device) {
    case "auto":
      return createAuto(options);
    case "wasm":
      return createWasm(options, "WebAssembly was asked for");
    case "webgpu": {
      const { createWebGpuBackend } = await import("@halfband/webgpu");
      return createWebGpuBackend();
    }
    case "reference":
      return createReferenceBackend();
    default:
      throw refusal("INVALID_OPTION", "device", device, "auto, wasm, webgpu or reference");
  }
}

async function createAuto(options: BackendOptions): Promise<Backend> {
  const found = await findGraphicsProcessor();
  if (typeof found === "string") return createWasm(options, found);
  try {
    const { createWebGpuBackend } = await import("@halfband/webgpu");
    return await createWebGpuBackend({ adapter: found, reason: "A graphics processor is behind WebGPU." });
  } catch (error) {
    return createWasm(options, `WebGPU did not start (${(error as Error).message})`);
  }
}

/** The adapter, or why there is none worth having. */
async function findGraphicsProcessor(): Promise<GPUAdapter | string> {
  const { navigator, isSecureContext } = globalThis as Partial<typeof globalThis>;
  if (!navigator?.gpu) {
    return isSecureContext === false
      ? "Browsers offer WebGPU over https and on localhost only"
      : "There is no WebGPU here";
  }
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  if (adapter === null) return "WebGPU found no adapter";
  const { isFallback } = await import("@halfband/webgpu");
  return isFallback(adapter) ? "The WebGPU adapter is a software one" : adapter;
}

/** @param why without a full stop. */
async function createWasm(options: BackendOptions, why: string): Promise<Backend> {
  const { threads = "auto", simd = "auto", precision = "auto", warmup = false } = options;
  const worker = options.worker ?? (typeof document !== "undefined" && typeof Worker !== "undefined");
  const wasm = await import("@halfband/wasm");
  if (worker === false) {
    const reason = `${why}; it runs in the calling thread.`;
    return wasm.createWasmBackend({ threads, simd, precision, warmup, reason });
  }
  if (typeof Worker === "undefined") {
    throw refusal("UNSUPPORTED", "worker", worker, "false", "; there are no workers here");
  }
  const build = wasm.chooseBuild({ threads, simd, precision });
  const reason = `${why}; it runs in a worker.`;
  const device = new WorkerDevice(
    await startWorker(worker === true ? undefined : worker, build, precision),
    { device: "wasm", build, threads: 1, reason },
    (plan) => wasm.supportsPlan(plan, build, precision),
  );
  const backend = new Backend(device);
  if (warmup) {
    await wasm.warmUp(backend);
    // The kernels ran once an answer comes back.
    await backend.scope(() => backend.tensor(new Float32Array(1), [1]).data());
  }
  return backend;
}

function refusal(
  code: "UNSUPPORTED" | "INVALID_OPTION",
  option: string,
  got: unknown,
  expected: string,
  why = "",
) {
  return new HalfbandError(code, `createBackend: ${option} is ${String(got)}${why}, expected ${expected}.`, {
    op: "createBackend",
    option,
    got,
    expected,
  });
}
