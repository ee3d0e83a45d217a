import {
  type BackendInfo,
  type Buffer,
  type Device,
  type DType,
  elementCount,
  type Plan,
  type PreparedPlan,
  type Support,
  type TensorData,
} from "@halfband/ops";
import { Chain } from "./chain.ts";
import { DATA, MAP_FOR_READING, Usage } from "./flags.ts";
import type { Gpu, Memory } from "./gpu.ts";
import { kernelOf } from "./kernels/index.ts";
import { Outcome } from "./outcome.ts";

/** Runs plans on a GPU: one submission per plan, in order; only `read` waits. Buffers are `Memory`. */
export class WebGpuDevice implements Device {
  /** @param release called once, when the device is given back. */
  constructor(
    private readonly gpu: Gpu,
    readonly info: BackendInfo,
    private readonly release: () => void = () => {},
  ) {}

  allocate(bytes: number): Buffer {
    return this.gpu.allocate(bytes, DATA);
  }

  free(buffer: Buffer): void {
    this.gpu.free(buffer as Memory);
  }

  write(buffer: Buffer, data: TensorData): void {
    this.gpu.assertAlive();
    const memory = buffer as Memory;
    const source = ownMemory(data);
    const upload = () =>
      this.gpu.device.queue.writeBuffer(
        memory.buffer,
        0,
        source.buffer,
        source.byteOffset,
        source.byteLength,
      );
    // A buffer that the driver had no room for refuses the data too; the allocation's failure says why.
    if (memory.allocation.isFine) upload();
    else this.gpu.guarded(upload);
    memory.contents = memory.allocation;
  }

  async read(buffer: Buffer, dtype: DType, length: number): Promise<TensorData> {
    const { gpu } = this;
    gpu.assertAlive();
    const { buffer: source, contents } = buffer as Memory;
    const bytes = length * 4;
    const staging = gpu.allocate(bytes, Usage.MAP_READ | Usage.COPY_DST);
    try {
      let mapped: Promise<undefined> | undefined;
      const copied = gpu.guarded(() => {
        const encoder = gpu.device.createCommandEncoder();
        encoder.copyBufferToBuffer(source, 0, staging.buffer, 0, bytes);
        gpu.device.queue.submit([encoder.finish()]);
        mapped = staging.buffer.mapAsync(MAP_FOR_READING, 0, bytes);
        mapped.catch(() => {});
      });
      const outcome = Outcome.first([contents, staging.allocation, copied]);
      const failure = await gpu.settled(outcome.failed());
      if (failure) throw failure;
      await gpu.settled(mapped!);
      const fault = gpu.takeFault();
      if (fault) throw fault;
      const data = staging.buffer.getMappedRange(0, bytes).slice(0);
      return dtype === "int32" ? new Int32Array(data) : new Float32Array(data);
    } finally {
      gpu.free(staging);
    }
  }

  supports(plan: Plan): Support {
    const { bindingBytes } = this.gpu.limits;
    const kernels: string[] = [];
    let workspaceBytes = 0;
    for (const step of plan.steps) {
      const selection = kernelOf(step).select(step, this.gpu.limits);
      if ("reason" in selection) return selection;
      const large = [...step.inputs, ...step.outputs].find(
        (value) => elementCount(plan.values[value].shape) * 4 > bindingBytes,
      );
      if (large !== undefined && !selection.slabs) {
        return { reason: tooLarge(plan.op, plan.values[large].shape, bindingBytes) };
      }
      kernels.push(`${selection.kernel}__wgsl`);
      workspaceBytes += selection.workspaceBytes;
    }
    for (const { role, shape } of plan.values) {
      if (role === "temporary" || role === "constant") workspaceBytes += elementCount(shape) * 4;
    }
    return { kernel: kernels.join(" -> "), workspaceBytes };
  }

  prepare(plan: Plan, bound: ReadonlyMap<number, Buffer>): PreparedPlan {
    this.gpu.assertAlive();
    return new Chain(this.gpu, plan, bound as ReadonlyMap<number, Memory>);
  }

  dispose(): void {
    this.gpu.dispose();
    this.release();
  }
}

/** Threads' shared memory as a copy: Dawn in Node takes no other. */
const ownMemory = (data: TensorData): TensorData =>
  typeof SharedArrayBuffer !== "undefined" && data.buffer instanceof SharedArrayBuffer ? data.slice() : data;

const tooLarge = (op: string, shape: readonly number[], bindingBytes: number): string =>
  `${op}: a tensor [${shape.join(", ")}] has ${elementCount(shape) * 4} bytes and this GPU lets a kernel see ${bindingBytes} at a time; use smaller tensors or the wasm backend.`;
