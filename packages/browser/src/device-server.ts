import {
  type Buffer,
  type Device,
  HalfbandError,
  isHalfbandError,
  type Plan,
  type PreparedPlan,
  valuesOf,
} from "@halfband/ops";
import { type Answer, failureOf, type Job } from "./protocol.ts";

/** A buffer of the page. `failure` says why it does not hold what was asked for; without memory it never will. */
interface Slot {
  readonly memory: Buffer | undefined;
  failure: unknown;
}

/** A prepared plan of the page. */
interface Program {
  readonly plan: Plan;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Packed from other buffers' contents, so it can be prepared only once. */
  readonly bound: boolean;
  prepared: PreparedPlan | undefined;
  /** Why a bound program cannot run. */
  failure: unknown;
}

type DeviceJob = Exclude<Job, { kind: "start" }>;

/**
 * Does a page's jobs on a device. A job that fails marks what it should have written; jobs that depend on that fail
 * with the same error, and reading it tells the page.
 */
export class DeviceServer {
  private readonly slots = new Map<number, Slot>();
  private readonly programs = new Map<number, Program>();

  constructor(
    private readonly device: Device,
    private readonly answer: (answer: Answer, transfer: Transferable[]) => void,
  ) {}

  /** Never throws. */
  handle(job: DeviceJob): void {
    switch (job.kind) {
      case "allocate":
        this.allocate(job);
        break;
      case "free":
        this.free(job);
        break;
      case "write":
        this.write(job);
        break;
      case "read":
        void this.read(job);
        break;
      case "prepare":
        this.prepare(job);
        break;
      case "run":
        this.run(job);
        break;
      case "discard":
        this.programs.get(job.program)?.prepared?.dispose();
        this.programs.delete(job.program);
    }
  }

  private allocate({ buffer, bytes }: Extract<Job, { kind: "allocate" }>): void {
    try {
      const memory = this.withRoom(() => this.device.allocate(bytes));
      this.slots.set(buffer, { memory, failure: undefined });
    } catch (failure) {
      this.slots.set(buffer, { memory: undefined, failure });
    }
  }

  private free({ buffer }: Extract<Job, { kind: "free" }>): void {
    const slot = this.slots.get(buffer);
    this.slots.delete(buffer);
    if (slot?.memory !== undefined) this.device.free(slot.memory);
  }

  private write({ buffer, data }: Extract<Job, { kind: "write" }>): void {
    const slot = this.slots.get(buffer);
    if (slot?.memory === undefined) return;
    this.filling([slot], () => this.device.write(slot.memory, data));
  }

  private async read({ ticket, buffer, dtype, length }: Extract<Job, { kind: "read" }>): Promise<void> {
    try {
      const slot = this.sound(buffer);
      const data = await this.device.read(slot.memory, dtype, length);
      this.answer({ kind: "data", ticket, data }, [data.buffer as ArrayBuffer]);
    } catch (error) {
      this.answer({ kind: "failed", ticket, failure: failureOf(asHalfbandError(error, length * 4)) }, []);
    }
  }

  private prepare({ program, plan, bound }: Extract<Job, { kind: "prepare" }>): void {
    const entry: Program = {
      plan,
      inputs: valuesOf(plan, "input"),
      outputs: valuesOf(plan, "output"),
      bound: bound.size > 0,
      prepared: undefined,
      failure: undefined,
    };
    this.programs.set(program, entry);
    try {
      const memory = new Map([...bound].map(([value, buffer]) => [value, this.sound(buffer).memory]));
      entry.prepared = this.withRoom(() => this.device.prepare(plan, memory));
    } catch (failure) {
      // What is not bound is tried again by every run: there may be more room then.
      if (entry.bound) entry.failure = failure;
    }
  }

  private run({ program, buffers }: Extract<Job, { kind: "run" }>): void {
    const entry = this.programs.get(program);
    if (entry === undefined) return;
    const { plan, inputs, outputs } = entry;
    const results = outputs.flatMap((value) => this.slots.get(buffers[value] as number) ?? []);
    this.filling(results, () => {
      if (entry.failure !== undefined) throw entry.failure;
      for (const value of inputs) this.sound(buffers[value]);
      for (const { memory, failure } of results) if (memory === undefined) throw failure;
      entry.prepared ??= this.withRoom(() => this.device.prepare(plan, new Map()));
      entry.prepared.run(buffers.map((buffer) => buffer && this.slots.get(buffer)?.memory));
    });
  }

  /** Runs `body`, which writes these slots; they hold its result or its failure. */
  private filling(results: readonly Slot[], body: () => void): void {
    try {
      body();
      for (const slot of results) slot.failure = undefined;
    } catch (failure) {
      for (const slot of results) if (slot.memory !== undefined) slot.failure = failure;
    }
  }

  /** The slot where it holds what was asked for. */
  private sound(buffer: number | undefined): Slot {
    const slot = this.slots.get(buffer as number);
    if (slot === undefined) throw new HalfbandError("DISPOSED", "This tensor was disposed before.");
    if (slot.failure !== undefined) throw slot.failure;
    return slot;
  }

  /** The page keeps prepared plans for convenience; those that can be prepared again make room before memory is full. */
  private withRoom<T>(attempt: () => T): T {
    try {
      return attempt();
    } catch (error) {
      const spare = [...this.programs.values()].filter(({ bound, prepared }) => !bound && prepared);
      if (spare.length === 0 || !isHalfbandError(error, "OUT_OF_MEMORY")) throw error;
      for (const program of spare) {
        program.prepared?.dispose();
        program.prepared = undefined;
      }
      return attempt();
    }
  }
}

/** Engines throw a RangeError where there is no room for an array. */
export function asHalfbandError(error: unknown, bytes: number): unknown {
  if (!(error instanceof RangeError)) return error;
  return new HalfbandError(
    "OUT_OF_MEMORY",
    `Out of memory: there is no room for a copy of ${bytes} bytes; dispose tensors or use smaller ones.`,
    { got: bytes, cause: error },
  );
}
