import { HalfbandError } from "@halfband/ops";
import { COMPUTE_STAGE } from "./flags.ts";
import type { Binding, Limits, Shader } from "./kernel.ts";
import { Outcome } from "./outcome.ts";

/** A buffer that a tensor or a plan owns. */
export interface Memory {
  readonly buffer: GPUBuffer;
  /** Whether the driver had room for it. */
  readonly allocation: Outcome;
  /** Whether what is in it was computed well. */
  contents: Outcome;
}

const ACCESS: Readonly<Record<Binding, GPUBufferBindingType>> = {
  uniform: "uniform",
  read: "read-only-storage",
  write: "storage",
};

/** A WebGPU device with its memory, its cache of pipelines, and what went wrong on it. */
export class Gpu {
  private readonly memories = new Set<Memory>();
  private readonly modules = new Map<string, GPUShaderModule>();
  private readonly layouts = new Map<string, GPUPipelineLayout>();
  private readonly pipelines = new Map<string, GPUComputePipeline>();
  private readonly onFault = (event: GPUUncapturedErrorEvent): void => {
    event.preventDefault();
    this.fault ??= refusal(event.error);
  };
  /** Why nothing runs any more. */
  private ended: HalfbandError | undefined;
  /** Whoever waits for the GPU. */
  private readonly waiting = new Set<(error: HalfbandError) => void>();
  private fault: HalfbandError | undefined;

  /** @param owned whether the device goes with this object. */
  constructor(
    readonly device: GPUDevice,
    private readonly owned: boolean,
    readonly limits: Limits = {
      bufferBytes: device.limits.maxBufferSize,
      bindingBytes: device.limits.maxStorageBufferBindingSize,
    },
  ) {
    device.addEventListener("uncapturederror", this.onFault);
    void device.lost.then((info) => this.end(deviceLost(info)));
  }

  /** Buffers that are not destroyed yet: tests hold that nothing leaks. */
  get buffersInUse(): number {
    return this.memories.size;
  }

  /** @throws `DEVICE_LOST`, or `DISPOSED`, once nothing runs any more. */
  assertAlive(): void {
    if (this.ended) throw this.ended;
  }

  /** @throws `OUT_OF_MEMORY` where the size is beyond the device's limit; a full GPU shows in `allocation`. */
  allocate(bytes: number, usage: GPUBufferUsageFlags): Memory {
    this.assertAlive();
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    if (size > this.limits.bufferBytes) {
      throw outOfMemory(bytes, `this GPU allows ${this.limits.bufferBytes} bytes in one buffer`);
    }
    this.device.pushErrorScope("out-of-memory");
    const buffer = this.device.createBuffer({ size, usage });
    const allocation = new Outcome(
      this.device.popErrorScope().then(
        (error) => (error === null ? undefined : outOfMemory(bytes, "the GPU has no more room")),
        () => undefined, // the device is lost, which whoever reads is told
      ),
    );
    const memory = { buffer, allocation, contents: allocation };
    this.memories.add(memory);
    return memory;
  }

  /** @throws `OUT_OF_MEMORY` where kernels cannot see so much at a time. */
  assertBindable(bytes: number): void {
    if (bytes <= this.limits.bindingBytes) return;
    throw outOfMemory(bytes, `this GPU lets a kernel see ${this.limits.bindingBytes} bytes of a buffer`);
  }

  /** Work queued before still sees the contents. */
  free(memory: Memory): void {
    if (this.memories.delete(memory)) memory.buffer.destroy();
  }

  /** What `body` does on the device; whatever WebGPU refuses of it comes out as the outcome. */
  guarded(body: () => void): Outcome {
    this.device.pushErrorScope("validation");
    let pending: Promise<GPUError | null>;
    try {
      body();
    } finally {
      pending = this.device.popErrorScope();
    }
    return new Outcome(
      pending.then(
        (error) => (error === null ? undefined : refusal(error)),
        () => undefined,
      ),
    );
  }

  /** From the cache, which goes by shader and constants. */
  pipeline(shader: Shader, constants: Readonly<Record<string, number>>): GPUComputePipeline {
    const key = `${shader.name} ${JSON.stringify(constants)}`;
    return remembered(this.pipelines, key, () =>
      this.device.createComputePipeline({
        label: shader.name,
        layout: this.layout(shader),
        compute: { module: this.module(shader), entryPoint: "main", constants },
      }),
    );
  }

  /** The result of `work`, or the loss of the device, whichever comes first. */
  async settled<T>(work: Promise<T>): Promise<T> {
    this.assertAlive();
    let abandon: (error: HalfbandError) => void = () => {};
    const loss = new Promise<never>((_, reject) => {
      abandon = reject;
    });
    this.waiting.add(abandon);
    try {
      return await Promise.race([work, loss]);
    } catch (cause) {
      if (cause instanceof HalfbandError) throw cause;
      // A lost device rejects its work first and says so a moment later.
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.assertAlive();
      throw new HalfbandError("UNSUPPORTED", `The GPU did not give the data back: ${String(cause)}`, {
        cause,
      });
    } finally {
      this.waiting.delete(abandon);
    }
  }

  /** An error that no job claimed, once. */
  takeFault(): HalfbandError | undefined {
    const { fault } = this;
    this.fault = undefined;
    return fault;
  }

  /** Destroys every buffer, and the device where it is owned. Whoever waits is told. */
  dispose(): void {
    this.end(disposedBefore());
    this.device.removeEventListener("uncapturederror", this.onFault);
    for (const memory of this.memories) memory.buffer.destroy();
    this.memories.clear();
    this.pipelines.clear();
    if (this.owned) this.device.destroy();
  }

  private end(error: HalfbandError): void {
    this.ended ??= error;
    for (const abandon of this.waiting) abandon(this.ended);
    this.waiting.clear();
  }

  private module({ name, code }: Shader): GPUShaderModule {
    return remembered(this.modules, name, () => this.device.createShaderModule({ label: name, code }));
  }

  /** One per shader: wgpu checks buffer sizes against the wrong shader where two in a pass share a layout. */
  private layout({ name, bindings }: Shader): GPUPipelineLayout {
    return remembered(this.layouts, name, () => {
      const entries = bindings.map((binding, index) => ({
        binding: index,
        visibility: COMPUTE_STAGE,
        buffer: { type: ACCESS[binding] },
      }));
      const group = this.device.createBindGroupLayout({ entries });
      return this.device.createPipelineLayout({ bindGroupLayouts: [group] });
    });
  }
}

function remembered<T>(cache: Map<string, T>, key: string, make: () => T): T {
  let value = cache.get(key);
  if (value === undefined) {
    value = make();
    cache.set(key, value);
  }
  return value;
}

const outOfMemory = (bytes: number, why: string): HalfbandError =>
  new HalfbandError("OUT_OF_MEMORY", `Out of memory: ${bytes} bytes were asked for and ${why}.`, {
    got: bytes,
  });

const refusal = (error: GPUError): HalfbandError =>
  error.constructor.name === "GPUOutOfMemoryError"
    ? new HalfbandError("OUT_OF_MEMORY", `The GPU ran out of memory: ${error.message}`, { cause: error })
    : new HalfbandError("UNSUPPORTED", `The GPU refused a job: ${error.message}`, { cause: error });

const deviceLost = ({ reason, message }: GPUDeviceLostInfo): HalfbandError =>
  new HalfbandError(
    "DEVICE_LOST",
    `The GPU device was lost (${[reason, message].filter(Boolean).join(": ")}); create the backend again.`,
  );

const disposedBefore = (): HalfbandError =>
  new HalfbandError("DISPOSED", "This webgpu backend was disposed before the data could be read.");
