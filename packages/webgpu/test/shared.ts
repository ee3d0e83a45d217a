// One GPU and one backend for all files: compiling pipelines for SwiftShader is what these tests spend their time on.
import { Backend } from "@halfband/ops";
import { describe, findGpu } from "../src/adapter.ts";
import { WebGpuDevice } from "../src/device.ts";
import { Gpu } from "../src/gpu.ts";

const { gpu: entry } = await findGpu();
const found = await entry.requestAdapter();

/** What these tests cannot run for; undefined where they can. */
export const lacking =
  found === null
    ? "no WebGPU adapter: no GPU with a driver, and SwiftShader comes from npm for Linux x64 only"
    : undefined;

const adapter = found ?? (await nullAdapter());
const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = adapter.limits;

/** A device with large buffers, but no more of them per kernel than Chromium has. */
export const gpu = new Gpu(
  await adapter.requestDevice({
    requiredLimits: {
      maxBufferSize,
      maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: Math.min(10, maxStorageBuffersPerShaderStage),
    },
  }),
  true,
);

export const backend = new Backend(
  new WebGpuDevice(gpu, {
    device: "webgpu",
    build: describe(adapter),
    threads: 1,
    reason: "Tests run on it.",
  }),
);

/** Dawn's adapter that computes nothing: enough to load the files and say of every test what it lacks. */
async function nullAdapter(): Promise<GPUAdapter> {
  const { create } = await import("webgpu");
  const held = globalThis as { nullGpu?: GPU };
  held.nullGpu = create(["backend=null"]); // Dawn's entry object must stay reachable
  return (await held.nullGpu.requestAdapter())!;
}
