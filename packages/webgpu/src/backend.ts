import { Backend, checkOptions, HalfbandError, show } from "@halfband/ops";
import { describe, type Entry, findGpu, isFallback } from "./adapter.ts";
import { WebGpuDevice } from "./device.ts";
import { Gpu } from "./gpu.ts";

export interface WebGpuOptions {
  /** Where adapters come from; the platform's `navigator.gpu`, or the package `webgpu` in Node, unless given. */
  readonly gpu?: GPU;
  /** An adapter that was chosen before. */
  readonly adapter?: GPUAdapter;
  /** A device to share. It stays the caller's: disposing the backend does not destroy it. */
  readonly device?: GPUDevice;
  readonly powerPreference?: GPUPowerPreference;
  /** False refuses adapters that compute on the CPU, where WebAssembly is faster. */
  readonly allowSoftware?: boolean;
  /** Why this backend was chosen, for `backend.info`. */
  readonly reason?: string;
}

const OPTIONS = [
  "gpu",
  "adapter",
  "device",
  "powerPreference",
  "allowSoftware",
  "reason",
] as const satisfies readonly (keyof WebGpuOptions)[];

/**
 * A backend on WebGPU. Calls queue work and return; `await tensor.data()` waits for it.
 *
 * @throws `UNSUPPORTED` where there is no WebGPU, no adapter, only one that was not allowed, or no device to be had
 * from it; `INVALID_OPTION`.
 * @example
 * const backend = await createWebGpuBackend();
 * const y = maxPool(backend.tensor(new Float32Array(64 * 64), [1, 1, 64, 64]), { kernelSize: 2 });
 * console.log(await y.data());
 */
export async function createWebGpuBackend(options: WebGpuOptions = {}): Promise<Backend> {
  check(options);
  const { reason = "WebGPU was asked for." } = options;
  const entry = options.device || options.adapter ? undefined : await entryOf(options);
  try {
    const adapter = options.device ? undefined : (options.adapter ?? (await requestAdapter(entry!, options)));
    if (adapter && options.allowSoftware === false) refuseSoftware(adapter);
    const device = options.device ?? (await requestDevice(adapter!));
    const build = adapter ? describe(adapter) : describeDevice(device);
    const gpu = new Gpu(device, options.device === undefined);
    return new Backend(
      new WebGpuDevice(gpu, { device: "webgpu", build, threads: 1, reason }, () => entry?.release()),
    );
  } catch (error) {
    entry?.release();
    throw error;
  }
}

/** The method that tells an option's object from others. */
const METHODS = { gpu: "requestAdapter", adapter: "requestDevice", device: "createBuffer" } as const;
const CLASSES = { gpu: "GPU", adapter: "GPUAdapter", device: "GPUDevice" } as const;
const PREFERENCES: readonly unknown[] = ["low-power", "high-performance"];

function check(options: WebGpuOptions): void {
  checkOptions(options, OPTIONS, "createWebGpuBackend");
  for (const name of ["gpu", "adapter", "device"] as const) {
    const given = options[name] as Readonly<Record<string, unknown>> | null | undefined;
    if (given !== undefined && typeof given?.[METHODS[name]] !== "function")
      refuse(name, given, `a ${CLASSES[name]}`);
  }
  const { powerPreference } = options;
  if (powerPreference !== undefined && !PREFERENCES.includes(powerPreference))
    refuse("powerPreference", powerPreference, '"low-power" or "high-performance"');
}

function refuse(option: string, got: unknown, expected: string): never {
  throw new HalfbandError(
    "INVALID_OPTION",
    `createWebGpuBackend: ${option} is ${show(got)}; expected ${expected}.`,
    { op: "createWebGpuBackend", option, got, expected },
  );
}

const entryOf = async ({ gpu }: WebGpuOptions): Promise<Entry> => (gpu ? { gpu, release() {} } : findGpu());

async function requestAdapter({ gpu }: Entry, { powerPreference }: WebGpuOptions): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter(powerPreference ? { powerPreference } : {});
  if (adapter) return adapter;
  throw new HalfbandError(
    "UNSUPPORTED",
    "createBackend: WebGPU is here but found no adapter: no GPU that it can use, or no driver for one.",
    { op: "createBackend", option: "device" },
  );
}

function refuseSoftware(adapter: GPUAdapter): void {
  if (!isFallback(adapter)) return;
  throw new HalfbandError(
    "UNSUPPORTED",
    `createBackend: the only WebGPU adapter, ${describe(adapter)}, computes on the CPU; the wasm backend is faster there.`,
    { op: "createBackend", option: "device" },
  );
}

/** Limits that volumes and tiles need; a device without them has the small ones that every adapter grants. */
const WANTED = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
] as const;

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(WANTED.map((name) => [name, adapter.limits[name]]));
  try {
    return await adapter.requestDevice({ label: "halfband", requiredLimits });
  } catch (cause) {
    const [why] = String((cause as Error | undefined)?.message ?? cause).split("\n"); // then come the engine's files
    throw new HalfbandError(
      "UNSUPPORTED",
      `createBackend: the adapter ${describe(adapter)} gave no device (${why}).`,
      { op: "createBackend", option: "adapter", cause },
    );
  }
}

function describeDevice(device: GPUDevice): string {
  const info = device.adapterInfo as GPUAdapterInfo | undefined;
  return [info?.vendor, info?.architecture].filter(Boolean).join(" ") || "given device";
}
