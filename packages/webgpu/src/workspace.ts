import { DATA, Usage } from "./flags.ts";
import type { Gpu, Memory } from "./gpu.ts";
import type { Bound, DispatchOptions, Shader } from "./kernel.ts";
import { Outcome } from "./outcome.ts";
import { WORKGROUP } from "./wgsl.ts";

/** Records one dispatch; `buffers` in the order of the shader's bindings. */
export type Dispatch = (pass: GPUComputePassEncoder, buffers: readonly Bound[]) => void;

/** The bits of a number as a 32-bit float, for uniforms that mix whole numbers and floats. */
export const floatBits = (value: number): number => new Int32Array(Float32Array.of(value).buffer)[0];

/** What a prepared plan keeps on the GPU: parameters, tables, scratch. All of it goes with `dispose`. */
export class Workspace {
  private readonly memories: Memory[] = [];

  constructor(readonly gpu: Gpu) {}

  /** 32-bit words as a uniform; floats go through `floatBits`. */
  uniform(words: readonly number[]): GPUBuffer {
    return this.filled(Int32Array.from(words), Usage.UNIFORM);
  }

  /** Numbers that shaders read from a storage buffer. An empty table is one zero long. */
  table(values: Int32Array | Uint32Array | Float32Array): GPUBuffer {
    return this.filled(values, Usage.STORAGE);
  }

  /** A storage buffer with undefined contents. */
  scratch(bytes: number): GPUBuffer {
    this.gpu.assertBindable(bytes);
    return this.allocate(bytes, DATA);
  }

  /** The pipeline of a shader, ready to be recorded. The bind group is made anew only when a buffer changes. */
  dispatch(shader: Shader, { constants = {}, size }: DispatchOptions): Dispatch {
    const { device } = this.gpu;
    const pipeline = this.gpu.pipeline(shader, constants);
    const layout = pipeline.getBindGroupLayout(0);
    const [x, y, z] = typeof size === "number" ? linearGroups(size) : size;
    let last: readonly Bound[] = [];
    let group: GPUBindGroup | undefined;
    return (pass, buffers) => {
      if (group === undefined || !buffers.every((bound, i) => isSame(bound, last[i]))) {
        last = [...buffers];
        const entries = last.map((bound, binding) => ({
          binding,
          resource: "buffer" in bound ? bound : { buffer: bound },
        }));
        group = device.createBindGroup({ label: shader.name, layout, entries });
      }
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(x, y, z);
    };
  }

  /** Whether the driver had room for everything. */
  get allocation(): Outcome {
    return Outcome.first(this.memories.map((memory) => memory.allocation));
  }

  dispose(): void {
    for (const memory of this.memories.splice(0)) this.gpu.free(memory);
  }

  private allocate(bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const memory = this.gpu.allocate(bytes, usage);
    this.memories.push(memory);
    return memory.buffer;
  }

  private filled(values: Int32Array | Uint32Array | Float32Array, usage: GPUBufferUsageFlags): GPUBuffer {
    const buffer = this.allocate(values.byteLength, usage | Usage.COPY_DST);
    this.gpu.device.queue.writeBuffer(buffer, 0, values.buffer, values.byteOffset, values.byteLength);
    return buffer;
  }
}

function isSame(a: Bound, b: Bound | undefined): boolean {
  if (a === b) return true;
  if (b === undefined || !("buffer" in a) || !("buffer" in b)) return false;
  return a.buffer === b.buffer && a.offset === b.offset && a.size === b.size;
}

/** WebGPU's limit of workgroups per dimension, the same on every device. */
export const MOST_GROUPS = 65535;

/** Workgroups for a number of invocations, in rows where one row would be too long. */
export function linearGroups(invocations: number): [number, number, number] {
  const groups = Math.max(1, Math.ceil(invocations / WORKGROUP));
  const rows = Math.ceil(groups / MOST_GROUPS);
  return [Math.ceil(groups / rows), rows, 1];
}
