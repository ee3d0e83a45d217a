// The backend as a whole: creation, memory, lost devices, wrong use.
import { avgPool, Backend, blurPool, HalfbandError, maxBlurPool, maxPool, type Tensor } from "@halfband/ops";
import { afterAll, describe, expect, it, vi } from "vitest";
import { findGpu, isFallback } from "../src/adapter.ts";
import { WebGpuDevice } from "../src/device.ts";
import { Usage } from "../src/flags.ts";
import { Gpu } from "../src/gpu.ts";
import { createWebGpuBackend } from "../src/index.ts";
import { noise } from "./step-tester.ts";

const entry = await findGpu();
const adapter = async (): Promise<GPUAdapter> => (await entry.gpu.requestAdapter())!;
const newDevice = async (): Promise<GPUDevice> => (await adapter()).requestDevice();
afterAll(() => entry.release());

const code = (expected: string) => expect.objectContaining({ name: "HalfbandError", code: expected });
const image = (backend: Backend, size = 8): Tensor => backend.tensor(noise(size * size), [1, 1, size, size]);

/** Counts buffers made and destroyed on a device. */
function counted(device: GPUDevice) {
  const live = new Set<GPUBuffer>();
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    live.add(buffer);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      live.delete(buffer);
      return destroy();
    };
    return buffer;
  };
  return live;
}

/** What a driver without room does at the next buffer of so many bytes: it makes one that nothing can be done with. */
function fullAt(device: GPUDevice, bytes: number): void {
  const { createBuffer, popErrorScope } = device;
  device.createBuffer = (descriptor) => {
    if (descriptor.size !== bytes) return createBuffer.call(device, descriptor);
    device.createBuffer = createBuffer;
    device.popErrorScope = async () => {
      device.popErrorScope = popErrorScope;
      await popErrorScope.call(device);
      return { message: "no room" } as GPUError;
    };
    device.pushErrorScope("validation");
    const invalid = createBuffer.call(device, { ...descriptor, usage: 0xffff });
    void popErrorScope.call(device);
    return invalid;
  };
}

describe("creation", () => {
  it("says what it runs on and why", async () => {
    const backend = await createWebGpuBackend({ reason: "A test asked." });
    expect(backend.info).toMatchObject({ device: "webgpu", threads: 1, reason: "A test asked." });
    expect(backend.info.build).not.toBe("");
    backend.dispose();
  });

  it("refuses in a sentence where there is no adapter", async () => {
    const gpu = { requestAdapter: async () => null } as unknown as GPU;
    await expect(createWebGpuBackend({ gpu })).rejects.toThrow(code("UNSUPPORTED"));
    await expect(createWebGpuBackend({ gpu })).rejects.toThrow(/found no adapter/);
  });

  it("tells software adapters apart and refuses them where asked to", async () => {
    const soft = await adapter();
    const hard = {
      info: { vendor: "nvidia", architecture: "hopper", isFallbackAdapter: false },
    } as GPUAdapter;
    expect(isFallback(hard)).toBe(false);
    if (!isFallback(soft)) return; // these tests may run on a real GPU
    await expect(createWebGpuBackend({ adapter: soft, allowSoftware: false })).rejects.toThrow(
      /computes on the CPU/,
    );
  });

  it.each([
    [null, "options is null"],
    [{ devices: 1 }, "devices is 1"],
    [{ gpu: null }, "gpu is null; expected a GPU"],
    [{ adapter: {} }, "adapter is {}; expected a GPUAdapter"],
    [{ device: 3 }, "device is 3; expected a GPUDevice"],
    [{ powerPreference: "fast" }, 'powerPreference is "fast"; expected "low-power"'],
  ])("refuses options %j in a sentence", async (options, sentence) => {
    const made = createWebGpuBackend(options as never);
    await expect(made).rejects.toThrow(code("INVALID_OPTION"));
    await expect(made).rejects.toThrow(sentence);
  });

  it("says so where an adapter gave its device before", async () => {
    const given = await adapter();
    (await createWebGpuBackend({ adapter: given })).dispose();
    const again = createWebGpuBackend({ adapter: given });
    await expect(again).rejects.toThrow(code("UNSUPPORTED"));
    await expect(again).rejects.toThrow(/gave no device \(.*\)\.$/);
  });

  it("asks for the adapter's limits", async () => {
    const given = await adapter();
    const requestDevice = vi.spyOn(given, "requestDevice");
    const backend = await createWebGpuBackend({ adapter: given });
    const { maxStorageBufferBindingSize, maxBufferSize } = given.limits;
    expect(requestDevice.mock.calls[0][0]!.requiredLimits).toMatchObject({
      maxStorageBufferBindingSize,
      maxBufferSize,
    });
    backend.dispose();
  });
});

describe("jobs", () => {
  it("run in order; a chain needs no reading in between", async () => {
    const backend = await createWebGpuBackend();
    const x = image(backend, 32);
    const y = backend.scope(() => avgPool(maxPool(blurPool(x), { kernelSize: 2 }), { kernelSize: 2 }));
    expect(y.shape).toEqual([1, 1, 4, 4]);
    const read = y.data();
    x.dispose();
    y.dispose();
    expect((await read).every(Number.isFinite)).toBe(true);
    backend.dispose();
  });

  it("reach more outputs than one row of workgroups has", async () => {
    const backend = await createWebGpuBackend();
    const length = 65535 * 64 + 1000;
    const data = new Float32Array(length).fill(1);
    data[length - 1] = 3;
    const y = maxPool(backend.tensor(data, [1, 1, length]), { kernelSize: 2, stride: 1 });
    const got = await y.data();
    expect([got[0], got[length - 3], got[length - 2]]).toEqual([1, 1, 3]);
    backend.dispose();
  });

  it("cannot be read at once", async () => {
    const backend = await createWebGpuBackend();
    expect(() => image(backend).dataSync()).toThrow(code("NOT_READY"));
    backend.dispose();
  });

  it("refuse an output that is an input, and a tensor of another backend", async () => {
    const [backend, other] = [await createWebGpuBackend(), await createWebGpuBackend()];
    const x = image(backend);
    const plan = maxPool.plan(x, { kernelSize: 3, stride: 1, padding: 1 });
    const run = backend.prepare(plan);
    expect(() => run(x, x)).toThrow(code("INVALID_OPTION"));
    expect(() => run(x, x)).toThrow(/x and y are the same tensor/);
    expect(() => run(x, image(other))).toThrow(code("WRONG_BACKEND"));
    const y = backend.empty(plan.shape);
    run(x, y); // the refusal left it usable
    expect((await y.data()).length).toBe(64);
    backend.dispose();
    other.dispose();
  });

  it("that WebGPU refuses come out as an outcome; what no job claims, the next read reports", async () => {
    const device = await newDevice();
    const gpu = new Gpu(device, true);
    const refused = gpu.guarded(() => device.createBuffer({ size: 4, usage: 0xffff }));
    expect(await refused.failed()).toEqual(code("UNSUPPORTED"));
    expect(await gpu.guarded(() => {}).failed()).toBeUndefined();
    const backend = new Backend(
      new WebGpuDevice(gpu, { device: "webgpu", build: "", threads: 1, reason: "" }),
    );
    const x = image(backend);
    device.createBuffer({ size: 4, usage: 0xffff });
    await device.queue.onSubmittedWorkDone();
    await expect(x.data()).rejects.toThrow(code("UNSUPPORTED"));
    expect(await x.data()).toEqual(noise(64));
    backend.dispose();
  });
});

describe("memory", () => {
  it("of threads is taken as any other", async () => {
    const backend = await createWebGpuBackend();
    const shared = new Float32Array(new SharedArrayBuffer(64 * 4));
    shared.set(noise(64));
    expect(await backend.tensor(shared, [1, 1, 8, 8]).data()).toEqual(noise(64));
    backend.dispose();
  });

  it("is refused beyond the limit, in a sentence with the sizes; the backend stays usable", async () => {
    const device = await newDevice();
    const backend = await createWebGpuBackend({ device });
    const { maxBufferSize } = device.limits;
    const elements = maxBufferSize / 4 + 1;
    expect(() => backend.empty([1, 1, elements])).toThrow(code("OUT_OF_MEMORY"));
    expect(() => backend.empty([1, 1, elements])).toThrow(
      new RegExp(`${elements * 4} bytes.*${maxBufferSize} bytes`),
    );
    expect(await image(backend).data()).toEqual(noise(64));
    backend.dispose();
    device.destroy();
  });

  it("that the driver did not have fails the reads of what depends on it, and nothing else", async () => {
    const device = await newDevice();
    const backend = await createWebGpuBackend({ device });
    const popErrorScope = device.popErrorScope.bind(device);
    device.popErrorScope = async () => {
      device.popErrorScope = popErrorScope;
      await popErrorScope();
      return { message: "no room" } as GPUError;
    };
    const x = image(backend); // its allocation "fails"
    const good = image(backend);
    const y = maxPool(maxPool(x, { kernelSize: 2 }), { kernelSize: 2 });
    await expect(y.data()).rejects.toThrow(code("OUT_OF_MEMORY"));
    await expect(x.data()).rejects.toThrow(code("OUT_OF_MEMORY"));
    expect((await maxPool(good, { kernelSize: 2 }).data()).length).toBe(16);
    await expect(y.data()).rejects.toThrow(code("OUT_OF_MEMORY")); // also once it is known
    backend.dispose();
    device.destroy();
  });

  it("that a read did not get fails this read and no other", async () => {
    const device = await newDevice();
    const backend = await createWebGpuBackend({ device });
    const x = image(backend);
    fullAt(device, 64 * 4);
    await expect(x.data()).rejects.toThrow(code("OUT_OF_MEMORY"));
    expect(await image(backend).data()).toEqual(noise(64));
    expect(await x.data()).toEqual(noise(64));
    backend.dispose();
    device.destroy();
  });

  it("that a plan did not get is asked for again by its next run", async () => {
    const device = await newDevice();
    const live = counted(device);
    const backend = await createWebGpuBackend({ device });
    const x = image(backend, 20);
    const options = { max: { kernelSize: 3 } }; // an image of 18 x 18 between the steps
    const y = maxBlurPool(x, options);
    const want = await y.data();
    backend.dispose();

    const again = await createWebGpuBackend({ device });
    const input = image(again, 20);
    fullAt(device, 18 * 18 * 4);
    await expect(maxBlurPool(input, options).data()).rejects.toThrow(code("OUT_OF_MEMORY"));
    expect(await maxBlurPool(input, options).data()).toEqual(want);
    again.dispose();
    expect(live.size).toBe(0);
    device.destroy();
  });

  it("that an output did not get fails every run into it, and nothing else", async () => {
    const device = await newDevice();
    const backend = await createWebGpuBackend({ device });
    const x = image(backend);
    const run = backend.prepare(maxPool.plan(x, { kernelSize: 2 }));
    fullAt(device, 16 * 4);
    const y = backend.empty([1, 1, 4, 4]);
    run(x, y);
    run(x, y);
    await expect(y.data()).rejects.toThrow(code("OUT_OF_MEMORY"));
    run(x, y);
    expect(await x.data()).toEqual(noise(64));
    await expect(y.data()).rejects.toThrow(code("OUT_OF_MEMORY"));
    const good = backend.empty([1, 1, 4, 4]);
    run(x, good);
    expect((await good.data()).length).toBe(16);
    backend.dispose();
    device.destroy();
  });

  it("does not leak: runs make no buffers, dispose gives all back and leaves a shared device alone", async () => {
    const device = await newDevice();
    const live = counted(device);
    const backend = await createWebGpuBackend({ device });
    const x = image(backend, 16);
    const y = maxPool(x, { kernelSize: 2 });
    await y.data();
    const before = live.size;
    const plan = blurPool.plan(x);
    const out = backend.empty(plan.shape);
    const run = backend.prepare(plan);
    const prepared = live.size;
    for (let i = 0; i < 20; i++) run(x, out);
    expect(live.size).toBe(prepared);
    run.dispose();
    out.dispose();
    expect(live.size).toBe(before);
    for (let i = 0; i < 20; i++) backend.scope(() => void maxPool(x, { kernelSize: 2 }));
    expect(live.size).toBe(before);
    backend.dispose();
    expect(live.size).toBe(0);
    expect(await device.popErrorScope().catch(() => "no scope left open")).toBe("no scope left open");
    expect(device.createBuffer({ size: 16, usage: Usage.STORAGE }).size).toBe(16);
    device.destroy();
  });
});

describe("slabs", () => {
  async function limited(bindingBytes: number): Promise<Backend> {
    const gpu = new Gpu(await newDevice(), true, { bufferBytes: 2 ** 28, bindingBytes });
    return new Backend(new WebGpuDevice(gpu, { device: "webgpu", build: "", threads: 1, reason: "" }));
  }

  it.each([1, 3, 8])("give the same numbers as one piece, %i planes of them", async (planes) => {
    const [whole, cut] = [await limited(2 ** 28), await limited(40_000)];
    const shape = [1, planes * 7, 24, 20];
    const data = noise(planes * 7 * 480);
    const outputs = async (backend: Backend) => {
      const x = backend.tensor(data, shape);
      const gy = maxPool(x, { kernelSize: 2 });
      const wide = { kernelSize: 9, stride: 2, padding: 4 };
      const { x: gx } = maxPool.vjp(x, gy, { kernelSize: 2 });
      const tensors = [gy, gx, blurPool(x), avgPool(x, wide), avgPool.vjp(x, avgPool(x, wide), wide).x];
      return Promise.all(tensors.map((tensor) => tensor.data()));
    };
    expect(await outputs(cut)).toEqual(await outputs(whole));
    whole.dispose();
    cut.dispose();
  });

  it("are refused in a sentence where one plane is too large", async () => {
    const backend = await limited(4096);
    const x = image(backend, 64);
    expect(() => maxPool(x, { kernelSize: 2 })).toThrow(code("UNSUPPORTED"));
    expect(() => maxPool(x, { kernelSize: 2 })).toThrow(/\[1, 1, 64, 64\] has 16384 bytes.*4096 at a time/);
    backend.dispose();
  });
});

describe("loss", () => {
  it("rejects pending reads, makes later calls throw, and a new backend works", async () => {
    const device = await newDevice();
    const backend = await createWebGpuBackend({ device });
    const x = image(backend);
    const y = maxPool(x, { kernelSize: 2 });
    await y.data();
    const pending = y.data();
    device.destroy();
    await expect(pending).rejects.toThrow(code("DEVICE_LOST"));
    await expect(x.data()).rejects.toThrow(code("DEVICE_LOST"));
    expect(() => image(backend)).toThrow(code("DEVICE_LOST"));
    expect(() => maxPool(x, { kernelSize: 2 })).toThrow(code("DEVICE_LOST"));
    expect(() => image(backend)).toThrow(/create the backend again/);
    backend.dispose();
    const again = await createWebGpuBackend();
    expect(await image(again).data()).toEqual(noise(64));
    again.dispose();
  });

  it("is told from disposal, which rejects what is pending with DISPOSED", async () => {
    const backend = await createWebGpuBackend();
    const x = image(backend);
    const pending = x.data();
    backend.dispose();
    backend.dispose();
    await expect(pending).rejects.toThrow(code("DISPOSED"));
    await expect(x.data()).rejects.toThrow(HalfbandError);
    expect(() => image(backend)).toThrow(code("DISPOSED"));
  });
});
