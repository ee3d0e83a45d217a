import type { Buffer, Device, Intake, PreparedPlan } from "./device.ts";
import { HalfbandError } from "./errors.ts";
import { type Cutting, cut, type Part, partsOf, rangeOf, uncut } from "./parts.ts";
import type { Plan, PlanValue } from "./plan.ts";
import { fail } from "./refuse.ts";
import { elementCount, type TensorData } from "./tensor.ts";

/** What the backend does for a job. */
export interface Host {
  readonly device: Device;
  allocate(bytes: number): Buffer;
  free(buffer: Buffer): void;
  prepare(plan: Plan): PreparedPlan;
}

/** New results up to this size are better not cleared before they are filled. Larger ones are pages the system cleared. */
const UNCLEARED_BYTES = 16 * 2 ** 20;

/** Node.js has memory that is not cleared. */
const engine = globalThis as { Buffer?: { allocUnsafeSlow?(bytes: number): { buffer: ArrayBuffer } } };

/** Runs a prepared plan from arrays to arrays, a part at a time. It owns what it prepares for the parts. */
export class ArrayRunner {
  private cutting: Cutting | undefined;
  private readonly prepared = new Map<number, PreparedPlan>();
  private disposed = false;
  private readonly inputs: readonly number[];
  private readonly outputs: readonly number[];

  /**
   * @param whole the plan, prepared as it is; it stays the caller's.
   * @param bound by plan value.
   * @param slots the plan values that arrays are given for, in order: inputs, then outputs.
   */
  constructor(
    private readonly host: Host,
    private readonly plan: Plan,
    private readonly whole: PreparedPlan,
    private readonly bound: ReadonlyMap<number, Buffer>,
    private readonly slots: readonly number[],
  ) {
    this.inputs = slots.filter((slot) => plan.values[slot].role === "input");
    this.outputs = slots.filter((slot) => plan.values[slot].role === "output");
  }

  /** Resolves to the outputs: those behind the inputs, or new ones. */
  async run(arrays: readonly TensorData[]): Promise<TensorData[]> {
    this.check(arrays);
    this.cutting ??= this.cut();
    if (arrays.length < this.slots.length) {
      if (this.canGather(this.cutting)) return this.gather(this.cutting, arrays);
      arrays = [...arrays, ...this.outputs.map((slot) => newArray(this.plan.values[slot]))];
    }
    await this.scatter(this.cutting, arrays);
    return arrays.slice(this.inputs.length);
  }

  dispose(): void {
    this.disposed = true;
    for (const prepared of this.prepared.values()) prepared.dispose();
    this.prepared.clear();
  }

  /** Parts are run by the kernels that run the whole, which give the same bits for them; or there are none. */
  private cut(): Cutting {
    const { plan, host } = this;
    const { device } = host;
    const bytes = device.partBytes?.(plan);
    const cutting = bytes === undefined ? undefined : cut(plan, this.bound, bytes);
    if (cutting === undefined) return uncut(plan);
    const kernel = (one: Plan) => {
      const support = device.supports(one);
      return "kernel" in support ? support.kernel : undefined;
    };
    const sizes = [cutting.size, cutting.inner % cutting.size].filter((units) => units > 0);
    return sizes.every((units) => kernel(cutting.plan(units)) === kernel(plan)) ? cutting : uncut(plan);
  }

  private prepare(units: number): PreparedPlan {
    if (this.disposed)
      throw new HalfbandError("DISPOSED", `This executable of ${this.plan.op} was disposed before.`);
    const known = this.prepared.get(units);
    if (known) return known;
    const plan = this.cutting!.plan(units);
    if (plan === this.plan) return this.whole;
    const prepared = this.host.prepare(plan);
    this.prepared.set(units, prepared);
    return prepared;
  }

  /** Every part's results go to the arrays at once, while they are in the cache. */
  private async scatter(cutting: Cutting, arrays: readonly TensorData[]): Promise<void> {
    const owned: Buffer[] = [];
    try {
      const buffers = this.allocate(cutting, this.slots, owned);
      for (const part of partsOf(cutting)) {
        this.runPart(cutting, part, arrays, buffers);
        const answer = this.read(cutting, part, arrays, buffers);
        if (answer !== undefined) await answer;
      }
    } finally {
      for (const buffer of owned) this.host.free(buffer);
    }
  }

  /** Whether new results had better be copies of what lies on the device, which need not be cleared either. */
  private canGather(cutting: Cutting): boolean {
    const { plan, outputs, host } = this;
    if (cutting.outer * cutting.inner === 1) return true;
    if (engine.Buffer?.allocUnsafeSlow !== undefined) return false;
    const bytes = outputs.reduce((sum, slot) => sum + 4 * elementCount(plan.values[slot].shape), 0);
    return host.device.within !== undefined && bytes <= UNCLEARED_BYTES;
  }

  /** All parts' results lie one behind the other on the device, to be read as new arrays. */
  private async gather(cutting: Cutting, arrays: readonly TensorData[]): Promise<TensorData[]> {
    const { device } = this.host;
    const owned: Buffer[] = [];
    try {
      const buffers = this.allocate(cutting, this.inputs, owned);
      const results = this.outputs.map((slot) => {
        const { shape, dtype } = this.plan.values[slot];
        const buffer = this.host.allocate(elementCount(shape) * 4);
        owned.push(buffer);
        return { slot, dtype, buffer, length: elementCount(shape) };
      });
      for (const part of partsOf(cutting)) {
        for (const { slot, buffer } of results) {
          const { begin } = rangeOf(cutting, part, slot);
          buffers[slot] = begin === 0 ? buffer : device.within!(buffer, begin * 4);
        }
        this.runPart(cutting, part, arrays, buffers);
      }
      if (device.readSync)
        return results.map(({ buffer, dtype, length }) => device.readSync!(buffer, dtype, length));
      return await Promise.all(
        results.map(({ buffer, dtype, length }) => device.read(buffer, dtype, length)),
      );
    } finally {
      for (const buffer of owned) this.host.free(buffer);
    }
  }

  /** How all parts take their input in shares. */
  private intakeOf(cutting: Cutting): Intake | undefined {
    return cutting.inner % cutting.size === 0 ? this.prepare(cutting.size).intake : undefined;
  }

  /** Buffers by plan value: those bound, and new ones for parts of the largest size. */
  private allocate(cutting: Cutting, slots: readonly number[], owned: Buffer[]): Buffer[] {
    const buffers = this.plan.values.map((_, value) => this.bound.get(value));
    const intake = this.intakeOf(cutting);
    for (const slot of slots) {
      const isShare = intake !== undefined && slot === this.inputs[0];
      const elements = isShare ? intake.elements : cutting.size * cutting.innerElements[slot];
      buffers[slot] = this.host.allocate(elements * 4);
      owned.push(buffers[slot]);
    }
    return buffers;
  }

  private runPart(
    cutting: Cutting,
    part: Part,
    arrays: readonly TensorData[],
    buffers: readonly Buffer[],
  ): void {
    const { device } = this.host;
    const intake = this.intakeOf(cutting);
    if (intake !== undefined) {
      const [slot] = this.inputs;
      const { begin, end } = rangeOf(cutting, part, slot);
      for (let at = begin; at < end; at += intake.elements) {
        device.write(buffers[slot], arrays[0].subarray(at, Math.min(at + intake.elements, end)));
        intake.take(buffers, at - begin);
      }
      intake.finish(buffers);
      return;
    }
    this.inputs.forEach((slot, i) => {
      const { begin, end } = rangeOf(cutting, part, slot);
      device.write(buffers[slot], arrays[i].subarray(begin, end));
    });
    this.prepare(part.units).run(buffers);
  }

  /** Results are there at once where the device has them at hand. */
  private read(
    cutting: Cutting,
    part: Part,
    arrays: readonly TensorData[],
    buffers: readonly Buffer[],
  ): Promise<unknown> | undefined {
    const { device } = this.host;
    const reads: Promise<void>[] = [];
    this.outputs.forEach((slot, i) => {
      const { begin, end } = rangeOf(cutting, part, slot);
      const target = arrays[this.inputs.length + i].subarray(begin, end);
      const { dtype } = this.plan.values[slot];
      if (device.readInto) device.readInto(buffers[slot], target);
      else reads.push(device.read(buffers[slot], dtype, target.length).then((data) => target.set(data)));
    });
    return reads.length === 0 ? undefined : Promise.all(reads);
  }

  private check(arrays: readonly TensorData[]): void {
    const { plan, slots, inputs } = this;
    const { op, values } = plan;
    if (arrays.length !== slots.length && arrays.length !== inputs.length) {
      const names = slots.map((index) => values[index].name).join(", ");
      fail(
        "INVALID_OPTION",
        op,
        `got ${arrays.length} arrays; expected ${slots.length} (${names}), or ${inputs.length} without the outputs.`,
        { got: arrays.length, expected: slots.length },
      );
    }
    slots.slice(0, arrays.length).forEach((index, i) => {
      const { name, role, shape, dtype } = values[index];
      const array = arrays[i];
      const type = dtype === "int32" ? Int32Array : Float32Array;
      if (!(array instanceof type)) {
        fail("INVALID_OPTION", op, `${name} is not a ${type.name}.`, {
          option: name,
          got: array,
          expected: type.name,
        });
      }
      const length = elementCount(shape);
      if (array.length !== length) {
        fail(
          "INVALID_SHAPE",
          op,
          `${name} has ${array.length} numbers; the plan was made for [${shape.join(", ")}], which holds ${length}.`,
          { option: name, got: array.length, expected: length },
        );
      }
      if (role === "output" && arrays.some((other, j) => j !== i && overlap(array, other))) {
        fail(
          "INVALID_OPTION",
          op,
          `${name} shares memory with another array; expected an array of its own.`,
          { option: name },
        );
      }
    });
  }
}

/** For results, of which every element is written. */
function newArray({ shape, dtype }: PlanValue): TensorData {
  const bytes = 4 * elementCount(shape);
  const uncleared = bytes <= UNCLEARED_BYTES ? engine.Buffer?.allocUnsafeSlow?.(bytes).buffer : undefined;
  const memory = uncleared ?? new ArrayBuffer(bytes);
  return dtype === "int32" ? new Int32Array(memory) : new Float32Array(memory);
}

const overlap = (a: TensorData, b: TensorData): boolean =>
  a.buffer === b.buffer &&
  a.byteOffset < b.byteOffset + b.byteLength &&
  b.byteOffset < a.byteOffset + a.byteLength;
