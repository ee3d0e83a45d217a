import {
  type BackendInfo,
  type Buffer,
  type Device,
  type DType,
  elementCount,
  type Intake,
  type Plan,
  type PreparedPlan,
  type Support,
  type TensorData,
} from "@halfband/ops";
import type { Build, Core, Precision, Tile } from "./core.ts";
import { type Stage, stagesOf } from "./fusion.ts";
import type { Launch } from "./kernel.ts";

/**
 * The kernels of a build that run a plan, and the memory they take: scratch, and the constants and temporaries that
 * fused kernels do not do without. Told without the build's module.
 */
export function supportsPlan(plan: Plan, build: Build, precision: Precision = "auto", tile?: Tile): Support {
  const stages = stagesOf(plan, precision, build, tile);
  const used = valuesUsed(stages);
  const kernels = stages.map(({ selection }) => `${selection.kernel}__${build}`);
  let bytes = stages.reduce((sum, { selection }) => sum + selection.workspaceBytes, 0);
  for (const [index, { role, shape }] of plan.values.entries()) {
    const between = role === "temporary" || role === "constant";
    if (between && used.has(index)) bytes += elementCount(shape) * 4;
  }
  return { kernel: kernels.join(" -> "), workspaceBytes: bytes };
}

const valuesUsed = (stages: readonly Stage[]): ReadonlySet<number> =>
  new Set(stages.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));

/** What a thread's part of a job leaves room for in the second cache of its core. */
const THREAD_BYTES = 384 * 1024;

/** Runs plans on one Wasm core, step by step, in the caller's thread and those of the core. Buffers are byte addresses. */
export class WasmDevice implements Device {
  constructor(
    private readonly core: Core,
    private readonly reason: string,
  ) {}

  get info(): BackendInfo {
    const { build, pool, tile } = this.core;
    const failure = pool?.failure === undefined ? "" : ` One thread: ${pool.failure}.`;
    return { device: "wasm", build, threads: pool?.size ?? 1, tile, reason: this.reason + failure };
  }

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
    // Not `slice()`, which clears the new array before it fills it: that takes as long again.
    return dtype === "int32"
      ? new Int32Array(this.core.i32(address, length))
      : new Float32Array(this.core.f32(address, length));
  }

  readInto(buffer: Buffer, target: TensorData): void {
    const address = buffer as number;
    if (target instanceof Int32Array) target.set(this.core.i32(address, target.length));
    else target.set(this.core.f32(address, target.length));
  }

  within(buffer: Buffer, byte: number): Buffer {
    return (buffer as number) + byte;
  }

  supports(plan: Plan): Support {
    return supportsPlan(plan, this.core.build, this.core.precision, this.core.tile);
  }

  partBytes(plan: Plan): number | undefined {
    const { core } = this;
    const stages = stagesOf(plan, core.precision, core.build);
    return stages.some(({ selection }) => selection.joinsPlanes) ? undefined : THREAD_BYTES * core.threads;
  }

  prepare(plan: Plan, bound: ReadonlyMap<number, Buffer>): PreparedPlan {
    return this.core.arena.atomically(() => new Chain(this.core, plan, bound as ReadonlyMap<number, number>));
  }

  dispose(): void {
    // The memory goes with the instances, once JavaScript lets go of it.
    this.core.pool?.stop();
  }
}

interface Link {
  readonly stage: Stage;
  readonly launch: Launch;
  /** Filled for each run, so that the hot loop allocates nothing. */
  readonly inputs: number[];
  readonly outputs: number[];
}

/** A plan's stages with the constants and temporaries between them, which it owns. */
class Chain implements PreparedPlan {
  private readonly addresses: number[];
  private readonly own: number[] = [];
  private readonly links: readonly Link[];
  readonly intake: Intake | undefined;

  constructor(
    private readonly core: Core,
    plan: Plan,
    bound: ReadonlyMap<number, number>,
  ) {
    const stages = stagesOf(plan, core.precision, core.build, core.tile);
    const used = valuesUsed(stages);
    const known = new Map(bound);
    this.addresses = plan.values.map(({ role, shape, data }, index) => {
      if (role === "input" || role === "output") return known.get(index) ?? 0;
      if (!used.has(index)) return 0;
      const address = core.arena.allocate(elementCount(shape) * 4);
      this.own.push(address);
      if (data !== undefined) {
        core.f32(address, data.length).set(data);
        known.set(index, address);
      }
      return address;
    });
    this.links = stages.map((stage) => {
      const fixed = new Map<number, number>();
      stage.inputs.forEach((value, position) => {
        const address = known.get(value);
        if (address !== undefined) fixed.set(position, address);
      });
      const launch = stage.prepare(core, fixed);
      return { stage, launch, inputs: stage.inputs.map(() => 0), outputs: stage.outputs.map(() => 0) };
    });
    this.intake = this.intakeOf(this.links);
  }

  run(buffers: readonly Buffer[]): void {
    this.place(buffers);
    for (const { launch, inputs, outputs } of this.links) launch.run(inputs, outputs);
  }

  private place(buffers: readonly Buffer[]): void {
    const { addresses } = this;
    for (let i = 0; i < buffers.length; i++) {
      if (buffers[i] !== undefined) addresses[i] = buffers[i] as number;
    }
    for (const { stage, inputs, outputs } of this.links) {
      for (let i = 0; i < inputs.length; i++) inputs[i] = addresses[stage.inputs[i]];
      for (let i = 0; i < outputs.length; i++) outputs[i] = addresses[stage.outputs[i]];
    }
  }

  /** That of the only stage. */
  private intakeOf([{ launch, inputs, outputs }, ...others]: readonly Link[]): Intake | undefined {
    const { intake } = launch;
    if (intake === undefined || others.length > 0) return undefined;
    return {
      elements: intake.elements,
      take: (buffers, element) => {
        this.place(buffers);
        intake.take(inputs, outputs, element);
      },
      finish: (buffers) => {
        this.place(buffers);
        intake.finish(inputs, outputs);
      },
    };
  }

  dispose(): void {
    for (const { launch } of this.links) launch.dispose();
    for (const address of this.own.splice(0)) this.core.arena.free(address);
  }
}
