// The two ends of the worker's message channel, in one thread: a device whose jobs may fail, seen through messages.
import {
  Backend,
  blurPool,
  conv,
  type Device,
  elementCount,
  HalfbandError,
  maxPool,
  type Plan,
  type Shape,
} from "@halfband/ops";
import { createWasmDevice, supportsPlan } from "@halfband/wasm";
import { afterEach, describe, expect, it } from "vitest";
import { DeviceServer } from "../src/device-server.ts";
import type { Answer, Job } from "../src/protocol.ts";
import { WorkerDevice, type WorkerLike } from "../src/worker-device.ts";

const open: MessageChannel[] = [];
afterEach(() => {
  for (const { port1 } of open.splice(0)) port1.close();
});

interface Rig {
  readonly backend: Backend;
  readonly jobs: Job[];
  /** What a dying worker does. */
  crash(message: string): void;
}

/** A backend that reaches `device` by messages only, with every job as it crossed. */
function rig(device: Device): Rig {
  const channel = new MessageChannel();
  open.push(channel);
  const jobs: Job[] = [];
  const server = new DeviceServer(device, (answer, transfer) => channel.port2.postMessage(answer, transfer));
  channel.port2.addEventListener("message", ({ data }: MessageEvent<Job>) => {
    jobs.push(data);
    server.handle(data as Parameters<DeviceServer["handle"]>[0]);
  });
  channel.port2.start();
  const errors = new EventTarget();
  const worker: WorkerLike = {
    postMessage: (job, transfer = []) => channel.port1.postMessage(job, transfer),
    addEventListener(type: string, listener: (event: MessageEvent<Answer> & Event) => void) {
      const target: EventTarget = type === "message" ? channel.port1 : errors;
      target.addEventListener(type, listener as (event: Event) => void);
    },
  };
  const info = { device: "wasm", build: "simd", threads: 1, reason: "A test." } as const;
  const backend = new Backend(
    new WorkerDevice(
      worker,
      info,
      (plan) => supportsPlan(plan, "simd"),
      () => channel.port1.close(),
    ),
  );
  channel.port1.start();
  return {
    backend,
    jobs,
    crash: (message) => errors.dispatchEvent(Object.assign(new Event("error"), { message })),
  };
}

const wasmRig = async () => rig(await createWasmDevice({ simd: "baseline", threads: 1 }));
const ramp = (shape: Shape) => Float32Array.from({ length: elementCount(shape) }, (_, i) => i);
/** More than the 4 GiB that WebAssembly can address. */
const TOO_LARGE = [1, 1, 40_000, 40_000];
const OUT_OF_MEMORY = { code: "OUT_OF_MEMORY" };

describe("a device behind messages", () => {
  it("computes a chain with one upload and one download", async () => {
    const { backend, jobs } = await wasmRig();
    const x = backend.tensor(ramp([1, 2, 16, 16]), [1, 2, 16, 16]);
    const y = maxPool(blurPool(maxPool(x, { kernelSize: 2 })), { kernelSize: 2 });
    expect(y.shape).toEqual([1, 2, 2, 2]);
    const data = await y.data();

    const direct = new Backend(await createWasmDevice({ simd: "baseline", threads: 1 }));
    const same = maxPool(
      blurPool(maxPool(direct.tensor(ramp([1, 2, 16, 16]), [1, 2, 16, 16]), { kernelSize: 2 })),
      { kernelSize: 2 },
    );
    expect(data).toEqual(same.dataSync());
    expect(jobs.filter(({ kind }) => kind === "write")).toHaveLength(1);
    expect(jobs.filter(({ kind }) => kind === "read")).toHaveLength(1);
  });

  it("leaves the caller's array alone and copies the part that was given", async () => {
    const { backend } = await wasmRig();
    const whole = ramp([100]);
    const x = backend.tensor(whole.subarray(10, 14), [1, 1, 4]);
    whole.fill(-1);
    expect(await x.data()).toEqual(Float32Array.of(10, 11, 12, 13));
    expect(whole).toHaveLength(100);
  });

  it("reads what was queued before, not what comes after", async () => {
    const { backend } = await wasmRig();
    const x = backend.tensor(ramp([1, 1, 8]), [1, 1, 8]);
    const y = backend.empty([1, 1, 4]);
    const run = backend.prepare(maxPool.plan(x, { kernelSize: 2 }));
    run(x, y);
    const before = y.data();
    run(backend.tensor(new Float32Array(8), [1, 1, 8]), y);
    const after = y.data();
    y.dispose();
    expect(await before).toEqual(Float32Array.of(1, 3, 5, 7));
    expect(await after).toEqual(new Float32Array(4));
  });

  it("packs bound weights once", async () => {
    const { backend, jobs } = await wasmRig();
    const x = backend.tensor(ramp([1, 1, 4]), [1, 1, 4]);
    const weight = backend.tensor(Float32Array.of(2), [1, 1, 1]);
    const run = backend.prepare(conv.plan(x, weight), { weight });
    const y = backend.empty([1, 1, 4]);
    run(x, y);
    run(x, y);
    expect(await y.data()).toEqual(Float32Array.of(0, 2, 4, 6));
    expect(jobs.filter(({ kind }) => kind === "prepare")).toHaveLength(1);
  });

  it("goes from array to array and gives back what that took", async () => {
    const { backend, jobs } = await wasmRig();
    const shape = [2, 3, 16, 16];
    const plan = blurPool.plan({ shape });
    const y = new Float32Array(elementCount(plan.shape));
    const run = backend.prepare(plan);
    await run.arrays(ramp(shape), y);
    expect(y).toEqual(await blurPool(backend.tensor(ramp(shape), shape)).data());
    run.dispose();
    const count = (kind: Job["kind"]) => jobs.filter((job) => job.kind === kind).length;
    expect([count("allocate"), count("free")]).toEqual([4, 2]); // two tensors are left
  });

  it("has no data at once", async () => {
    const { backend } = await wasmRig();
    const x = backend.tensor(ramp([4]), [1, 1, 4]);
    expect(() => x.dataSync()).toThrow(expect.objectContaining({ code: "NOT_READY" }));
  });
});

describe("failures behind messages", () => {
  it("reject what depends on them, and nothing else", async () => {
    const { backend } = await wasmRig();
    const good = backend.tensor(ramp([1, 1, 8]), [1, 1, 8]);
    const huge = backend.empty(TOO_LARGE);
    const derived = maxPool(maxPool(huge, { kernelSize: 8 }), { kernelSize: 8 });
    await expect(derived.data()).rejects.toMatchObject(OUT_OF_MEMORY);
    await expect(huge.data()).rejects.toBeInstanceOf(HalfbandError);
    expect(await maxPool(good, { kernelSize: 2 }).data()).toEqual(Float32Array.of(1, 3, 5, 7));
  });

  it("reject jobs on arrays, and the next one works", async () => {
    const device = await createWasmDevice({ simd: "baseline", threads: 1 });
    const { backend } = rig(device);
    const run = backend.prepare(maxPool.plan({ shape: [1, 1, 8] }, { kernelSize: 2 }));
    const y = new Float32Array(4);
    const allocate = device.allocate.bind(device);
    device.allocate = () => {
      throw new HalfbandError("OUT_OF_MEMORY", "A test is full.");
    };
    await expect(run.arrays(ramp([8]), y)).rejects.toMatchObject(OUT_OF_MEMORY);
    device.allocate = allocate;
    await run.arrays(ramp([8]), y);
    expect(y).toEqual(Float32Array.of(1, 3, 5, 7));
  });

  it("end where the tensor is written anew", async () => {
    const { backend } = await wasmRig();
    const huge = backend.empty(TOO_LARGE);
    const out = backend.empty([1, 1, 5000, 5000]);
    const run = backend.prepare(maxPool.plan(huge, { kernelSize: 8 }));
    run(huge, out);
    await expect(out.data()).rejects.toMatchObject(OUT_OF_MEMORY);
    const small = backend.tensor(new Float32Array(25e6).fill(2), [1, 1, 5000, 5000]);
    backend.prepare(maxPool.plan(small, { kernelSize: 1 }))(small, out);
    expect((await out.data())[24_999_999]).toBe(2);
  });

  it("of a bound weight reject every run", async () => {
    const { backend } = await wasmRig();
    const x = backend.tensor(ramp([1, 1, 4]), [1, 1, 4]);
    const voxels = 2 ** 31 - 1;
    const weight = maxPool(backend.empty([1, 1, voxels]), { kernelSize: voxels });
    const y = backend.empty([1, 1, 4]);
    const run = backend.prepare(conv.plan(x, weight), { weight });
    run(x, y);
    await expect(y.data()).rejects.toMatchObject(OUT_OF_MEMORY);
  });

  it("of unknown kind arrive with their message", async () => {
    const device = await createWasmDevice({ simd: "baseline", threads: 1 });
    device.write = () => {
      throw new TypeError("a broken device");
    };
    const { backend } = rig(device);
    const x = backend.tensor(ramp([4]), [1, 1, 4]);
    await expect(x.data()).rejects.toThrow("The halfband worker failed: TypeError: a broken device");
  });

  it("make room by giving up prepared plans that can be made again", async () => {
    const device = await createWasmDevice({ simd: "baseline", threads: 1 });
    const prepared = new Set<Plan>();
    const prepare = device.prepare.bind(device);
    device.prepare = (plan, bound) => {
      const made = prepare(plan, bound);
      prepared.add(plan);
      return {
        run: (buffers) => made.run(buffers),
        dispose() {
          prepared.delete(plan);
          made.dispose();
        },
      };
    };
    const allocate = device.allocate.bind(device);
    device.allocate = (bytes) => {
      if (bytes === 4 * 999 && prepared.size > 0) throw new HalfbandError("OUT_OF_MEMORY", "Full.");
      return allocate(bytes);
    };
    const { backend } = rig(device);
    const x = backend.tensor(ramp([1, 1, 8]), [1, 1, 8]);
    const once = () => maxPool(x, { kernelSize: 2 }).data();
    await once();
    expect(prepared.size).toBe(1);
    const wanted = backend.tensor(new Float32Array(999), [999]);
    expect(await wanted.data()).toHaveLength(999);
    expect(prepared.size).toBe(0);
    expect(await once()).toEqual(Float32Array.of(1, 3, 5, 7));
  });

  it("end with the worker", async () => {
    const first = await wasmRig();
    const pending = first.backend.tensor(ramp([4]), [1, 1, 4]).data();
    first.backend.dispose();
    await expect(pending).rejects.toMatchObject({ code: "DISPOSED" });

    const second = await wasmRig();
    const x = second.backend.tensor(ramp([4]), [1, 1, 4]);
    const lost = x.data();
    second.crash("out of something");
    await expect(lost).rejects.toMatchObject({ code: "DEVICE_LOST" });
    await expect(x.data()).rejects.toMatchObject({ code: "DEVICE_LOST" });
  });
});
