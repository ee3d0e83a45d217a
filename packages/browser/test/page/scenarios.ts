// Small stories of use. Each returns plain data that the test judges.
import {
  asapPool,
  avgPool,
  type Backend,
  type BackendOptions,
  blurPool,
  createBackend,
  detailPreservingPool,
  elementCount,
  flcPool,
  type HalfbandError,
  maxPool,
  readNifti,
  type ScanSource,
  spectralPool,
  type Tensor,
  writeNiftiFile,
} from "@halfband/browser";
import { noise } from "../../../../test/random.ts";
import { CountingWorker, counts } from "./counting-worker.ts";

export interface Refusal {
  readonly code: string;
  readonly option: string | undefined;
  readonly message: string;
}

const refusalOf = (error: unknown): Refusal => {
  const { code, option, message } = error as HalfbandError;
  return { code, option: option, message };
};

async function using<T>(options: BackendOptions, body: (backend: Backend) => Promise<T>): Promise<T> {
  const backend = await createBackend(options);
  try {
    return await body(backend);
  } finally {
    backend.dispose();
  }
}

/** What was chosen, or the refusal. */
export async function choose(options: BackendOptions = {}) {
  try {
    return await using(options, async ({ info }) => info);
  } catch (error) {
    return refusalOf(error);
  }
}

/** What `auto` takes where an adapter says that a graphics processor is behind it, and where that one fails. */
export async function chooseWithGraphicsProcessor() {
  const { info } = (await navigator.gpu.requestAdapter()) as GPUAdapter;
  const { vendor, device } = info;
  const claimed = { vendor, device, architecture: "fast", description: "", isFallbackAdapter: false };
  Object.defineProperty(GPUAdapter.prototype, "info", { get: () => claimed });
  const works = await choose();
  GPUAdapter.prototype.requestDevice = () => Promise.reject(new Error("the driver is broken"));
  return { works, fails: await choose() };
}

/** Messages with data in them, up and down, of a chain of four operators on one scan. */
export async function transfers() {
  globalThis.Worker = CountingWorker;
  counts.reset();
  await using({ device: "wasm" }, async (backend) => {
    const x = backend.tensor(noise(32 ** 3, 1), [1, 1, 32, 32, 32]);
    const y = maxPool(blurPool(flcPool(avgPool(x, { kernelSize: 1, stride: 1 }))), { kernelSize: 2 });
    await y.data();
  });
  return { uploads: counts.uploads, downloads: counts.downloads, terminated: counts.terminated };
}

/** Workers that the page starts and ends for a backend on three threads, and what it says where the last is refused. */
export async function threadWorkers() {
  globalThis.Worker = CountingWorker;
  const options = { device: "wasm", threads: 3 } as const;
  counts.reset();
  await choose(options);
  const { started, terminated } = counts;
  counts.reset(2);
  const refusal = await choose(options);
  return { started, terminated, refusal, left: counts.started - counts.terminated };
}

/** A backend that stays: the worker must be seen from outside. */
export const kept: Backend[] = [];
export async function keep() {
  kept.push(await createBackend({ device: "wasm" }));
}
export function disposeKept() {
  for (const backend of kept.splice(0)) backend.dispose();
}

/** Errors of both sides of the worker, and what still works after them. */
export async function failures() {
  return using({ device: "wasm" }, async (backend) => {
    const rejected = (tensor: Tensor) => tensor.data().then(() => undefined, refusalOf);
    const huge = backend.empty([1, 1, 40_000, 40_000]);
    const [memory, dependent] = await Promise.all([
      rejected(huge),
      rejected(maxPool(huge, { kernelSize: 8 })),
    ]);
    let invalid: Refusal | undefined;
    try {
      maxPool(backend.tensor(new Float32Array(4), [1, 1, 2, 2]), { kernelSize: 9 });
    } catch (error) {
      invalid = refusalOf(error);
    }
    const good = maxPool(backend.tensor(Float32Array.of(1, 3, 2, 0), [1, 1, 4]), { kernelSize: 2 });
    return { memory, dependent, invalid, after: [...(await good.data())] };
  });
}

const pools: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  maxPool: (x) => maxPool(x, { kernelSize: 2 }),
  avgPool: (x) => avgPool(x, { kernelSize: 2 }),
  blurPool: (x) => blurPool(x),
  flcPool: (x) => flcPool(x),
  asapPool: (x) => asapPool(x),
  spectralPool: (x) => spectralPool(x, { stride: 2 }),
  detailPreservingPool: (x) => detailPreservingPool(x),
};

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Longest task of the page's thread, in milliseconds, while a scan goes through every pool: 0 where none
 * reached the 50 ms from which browsers report one.
 */
export async function longestTask(
  options: BackendOptions,
  shape: readonly number[],
  names: readonly string[] = Object.keys(pools),
) {
  const scan = noise(elementCount(shape), 1);
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  return using({ device: "wasm", ...options }, async (backend) => {
    // Filling the scan is not part of it.
    await pause(200);
    observer.observe({ type: "longtask" });
    const start = performance.now();
    const x = backend.tensor(scan, shape);
    const sizes: Record<string, number> = {};
    for (const name of names) {
      const y = pools[name](x);
      sizes[name] = (await y.data()).length;
      y.dispose();
    }
    const took = performance.now() - start;
    await pause(200);
    observer.disconnect();
    return { longest, took, sizes };
  });
}

/** What a scan says about itself however it comes. */
export async function readScan(address: string, as: "address" | "URL" | "File" | "Response" | "bytes") {
  const absolute = new URL(address, location.href);
  const sources: Record<typeof as, () => Promise<ScanSource>> = {
    address: async () => address,
    URL: async () => absolute,
    Response: () => fetch(address),
    bytes: async () => new Uint8Array(await (await fetch(address)).arrayBuffer()),
    File: async () => new File([await (await fetch(address)).arrayBuffer()], "picked.nii.gz"),
  };
  try {
    const source = await sources[as]();
    const start = performance.now();
    const { shape, affine, data } = await readNifti(source);
    return { shape, affine, sum: data.reduce((sum, v) => sum + v, 0), took: performance.now() - start };
  } catch (error) {
    return refusalOf(error);
  }
}

/** Halves a scan and saves it, as a page would. */
export async function halve(address: string, name: string) {
  await using({ device: "wasm" }, async (backend) => {
    const scan = await readNifti(address);
    await writeNiftiFile(name, flcPool(scan.tensor(backend)), scan);
  });
}
