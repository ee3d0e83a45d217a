import {
  type BackendInfo,
  type Buffer,
  type Device,
  type DType,
  elementCount,
  type Plan,
  type PreparedPlan,
  type Step,
  type Support,
  type TensorData,
} from "@halfband/ops";
import type { Build, Core } from "./core.ts";
import type { Launch } from "./kernel.ts";
import { kernelOf } from "./kernels/index.ts";

/** The kernels of a build that run a plan; told without the build's module. */
export function supportsPlan(plan: Plan, build: Build): Support {
  const selections = plan.steps.map((step) => kernelOf(step).select(step));
  return {
    kernel: selections.map(({ kernel }) => `${kernel}__${build}`).join(" -> "),
    workspaceBytes: selections.reduce((bytes, { workspaceBytes }) => bytes + workspaceBytes, 0),
  };
}

/** Runs plans on one Wasm core, step by step, in the caller's thread. Buffers are byte addresses. */
export class WasmDevice implements Device {
  constructor(
    private readonly core: Core,
    readonly info: BackendInfo,
  ) {}

  allocate(bytes: number): Buffer {
    return this.core.arena.allocate(bytes);
  }

  free(buffer: Buffer): void {
    this.core.arena.free(buffer as number);
  }

  write(buffer: Buffer, data: TensorData): void {
    const address = buffer as number;
    if (data instanceof Int32Array) this.core.i32(address, data.length).set(data);
    else this.core.f32(address, data.length).set(data);
  }

  async read(buffer: Buffer, dtype: DType, length: number): Promise<TensorData> {
    return this.readSync(buffer, dtype, length);
  }

  readSync(buffer: Buffer, dtype: DType, length: number): TensorData {
    const address = buffer as number;
    return dtype === "int32"
      ? this.core.i32(address, length).slice()
      : this.core.f32(address, length).slice();
  }

  supports(plan: Plan): Support {
    return supportsPlan(plan, this.core.build);
  }

  prepare(plan: Plan, bound: ReadonlyMap<number, Buffer>): PreparedPlan {
    return this.core.arena.atomically(() => new Chain(this.core, plan, bound as ReadonlyMap<number, number>));
  }

  dispose(): void {
    // The memory goes with the instance, once JavaScript lets go of it.
  }
}

interface Link {
  readonly step: Step;
  readonly launch: Launch;
  /** Filled for each run, so that the hot loop allocates nothing. */
  readonly inputs: number[];
  readonly outputs: number[];
}

/** A plan's steps with the constants and temporaries between them, which it owns. */
class Chain implements PreparedPlan {
  private readonly addresses: number[];
  private readonly own: number[] = [];
  private readonly links: readonly Link[];

  constructor(
    private readonly core: Core,
    plan: Plan,
    bound: ReadonlyMap<number, number>,
  ) {
    const known = new Map(bound);
    this.addresses = plan.values.map(({ role, shape, data }, index) => {
      if (role === "input" || role === "output") return known.get(index) ?? 0;
      const address = core.arena.allocate(elementCount(shape) * 4);
      this.own.push(address);
      if (data !== undefined) {
        core.f32(address, data.length).set(data);
        known.set(index, address);
      }
      return address;
    });
    this.links = plan.steps.map((step) => {
      const fixed = new Map<number, number>();
      step.inputs.forEach((value, position) => {
        const address = known.get(value);
        if (address !== undefined) fixed.set(position, address);
      });
      const launch = kernelOf(step).prepare(step, core, fixed);
      return { step, launch, inputs: step.inputs.map(() => 0), outputs: step.outputs.map(() => 0) };
    });
  }

  run(buffers: readonly Buffer[]): void {
    const { addresses } = this;
    for (let i = 0; i < buffers.length; i++) {
      if (buffers[i] !== undefined) addresses[i] = buffers[i] as number;
    }
    for (const { step, launch, inputs, outputs } of this.links) {
      for (let i = 0; i < inputs.length; i++) inputs[i] = addresses[step.inputs[i]];
      for (let i = 0; i < outputs.length; i++) outputs[i] = addresses[step.outputs[i]];
      launch.run(inputs, outputs);
    }
  }

  dispose(): void {
    for (const { launch } of this.links) launch.dispose();
    for (const address of this.own.splice(0)) this.core.arena.free(address);
  }
}
