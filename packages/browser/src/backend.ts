import { Backend, checkOptions, createReferenceBackend, HalfbandError } from "@halfband/ops";
import type { Build, Tile, WasmOptions } from "@halfband/wasm";
import { newWorker, startWorker } from "./start-worker.ts";
import { WorkerDevice } from "./worker-device.ts";
import { workerThreads } from "./worker-threads.ts";

export interface BackendOptions
  extends Pick<WasmOptions, "threads" | "splitFrom" | "simd" | "precision" | "warmup" | "load"> {
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
}

const OPTIONS = [
  "device",
  "worker",
  "threads",
  "splitFrom",
  "simd",
  "precision",
  "warmup",
  "load",
] as const satisfies readonly (keyof BackendOptions)[];

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
  checkOptions(options, OPTIONS, "createBackend");
  const { device = "auto" } = options;
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
  const { device: _, worker: asked, warmup = false, ...settings } = options;
  const worker = asked ?? (typeof document !== "undefined" && typeof Worker !== "undefined");
  if (options.load !== undefined && worker !== false)
    throw refusal(
      "INVALID_OPTION",
      "worker",
      worker,
      "false",
      "; a worker cannot be given a function to load its module",
    );
  const wasm = await import("@halfband/wasm");
  if (worker === false) {
    const reason = `${why}; it runs in the calling thread.`;
    return wasm.createWasmBackend({ ...settings, warmup, reason, ...threadsHere() });
  }
  if (typeof Worker === "undefined") {
    throw refusal("UNSUPPORTED", "worker", worker, "false", "; there are no workers here");
  }
  const reason = `${why}; it runs in a worker.`;
  const started = await startWorker(worker === true ? undefined : worker, { ...settings, warmup, reason });
  const backend = new Backend(
    new WorkerDevice(
      started.worker,
      started.info,
      (plan) =>
        wasm.supportsPlan(
          plan,
          started.info.build as Build,
          settings.precision,
          started.info.tile as Tile | undefined,
        ),
      started.end,
    ),
  );
  if (warmup) {
    await wasm.warmUp(backend);
    // The kernels ran once an answer comes back.
    await backend.scope(() => backend.tensor(new Float32Array(1), [1]).data());
  }
  return backend;
}

/** Who starts threads for a calling thread that may wait for them: a worker of the program's own does, a page must not. */
function threadsHere(): Pick<WasmOptions, "threadHost"> {
  if (typeof document !== "undefined")
    return { threadHost: () => "a page cannot wait for threads, its worker can" };
  return typeof Worker === "undefined" ? {} : { threadHost: () => workerThreads(newWorker) };
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
