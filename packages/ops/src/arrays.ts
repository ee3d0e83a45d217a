import type { Buffer, Device, PreparedPlan } from "./device.ts";
import { HalfbandError } from "./errors.ts";
import { type Cutting, cut, type Part, partsOf, rangeOf, uncut } from "./parts.ts";
import type { Plan } from "./plan.ts";
import { elementCount, type TensorData } from "./tensor.ts";

/** What the backend does for a job. */
interface Host {
  readonly device: Device;
  allocate(bytes: number): Buffer;
  free(buffer: Buffer): void;
  prepare(plan: Plan): PreparedPlan;
}

/** Runs a prepared plan from arrays to arrays, a part at a time. It owns what it prepares for the parts. */
export class ArrayRunner {
  private cutting: Cutting | undefined;
  private readonly prepared = new Map<number, PreparedPlan>();
  private disposed = false;

  /**
   * @param whole the plan, prepared as it is; it stays the caller's.
   * @param bound by plan value.
   * @param slots the plan values that arrays are given for, in order.
   */
  constructor(
    private readonly host: Host,
    private readonly plan: Plan,
    private readonly whole: PreparedPlan,
    private readonly bound: ReadonlyMap<number, Buffer>,
    private readonly slots: readonly number[],
  ) {}

  async run(arrays: readonly TensorData[]): Promise<void> {
    this.check(arrays);
    this.cutting ??= this.cut();
    const buffers = new Map<number, Buffer[]>();
    const owned: Buffer[] = [];
    try {
      for (const part of partsOf(this.cutting)) {
        const prepared = this.prepare(part.units);
        const own = buffers.get(part.units) ?? this.allocate(part, owned);
        buffers.set(part.units, own);
        const slices = this.slots.map((slot, i) => {
          const { begin, end } = rangeOf(this.cutting!, part, slot);
          return arrays[i].subarray(begin, end);
        });
        this.write(own, slices);
        prepared.run(own);
        const answer = this.read(own, slices);
        if (answer !== undefined) await answer;
      }
    } finally {
      for (const buffer of owned) this.host.free(buffer);
    }
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

  /** Buffers by plan value for parts of this size. */
  private allocate(part: Part, owned: Buffer[]): Buffer[] {
    const buffers = this.plan.values.map((_, value) => this.bound.get(value));
    for (const slot of this.slots) {
      const { begin, end } = rangeOf(this.cutting!, part, slot);
      buffers[slot] = this.host.allocate((end - begin) * 4);
      owned.push(buffers[slot]);
    }
    return buffers;
  }

  private write(buffers: readonly Buffer[], slices: readonly TensorData[]): void {
    this.slots.forEach((slot, i) => {
      if (this.plan.values[slot].role === "input") this.host.device.write(buffers[slot], slices[i]);
    });
  }

  /** Results are there at once where the device has them at hand. */
  private read(buffers: readonly Buffer[], slices: readonly TensorData[]): Promise<unknown> | undefined {
    const { device } = this.host;
    const reads: Promise<void>[] = [];
    this.slots.forEach((slot, i) => {
      const { role, dtype } = this.plan.values[slot];
      if (role !== "output") return;
      const target = slices[i];
      if (device.readInto) device.readInto(buffers[slot], target);
      else reads.push(device.read(buffers[slot], dtype, target.length).then((data) => target.set(data)));
    });
    return reads.length === 0 ? undefined : Promise.all(reads);
  }

  private check(arrays: readonly TensorData[]): void {
    const { plan, slots } = this;
    const { op, values } = plan;
    if (arrays.length !== slots.length) {
      const names = slots.map((index) => values[index].name).join(", ");
      throw new HalfbandError(
        "INVALID_OPTION",
        `${op}: got ${arrays.length} arrays; expected ${slots.length} (${names}).`,
        { op, got: arrays.length, expected: slots.length },
      );
    }
    slots.forEach((index, i) => {
      const { name, role, shape, dtype } = values[index];
      const array = arrays[i];
      const type = dtype === "int32" ? Int32Array : Float32Array;
      if (!(array instanceof type)) {
        throw new HalfbandError("INVALID_OPTION", `${op}: ${name} is not a ${type.name}.`, {
          op,
          option: name,
          got: array,
          expected: type.name,
        });
      }
      const length = elementCount(shape);
      if (array.length !== length) {
        throw new HalfbandError(
          "INVALID_SHAPE",
          `${op}: ${name} has ${array.length} numbers; the plan was made for [${shape.join(", ")}], which holds ${length}.`,
          { op, option: name, got: array.length, expected: length },
        );
      }
      if (role === "output" && arrays.some((other, j) => j !== i && overlap(array, other))) {
        throw new HalfbandError(
          "INVALID_OPTION",
          `${op}: ${name} shares memory with another array; expected an array of its own.`,
          { op, option: name },
        );
      }
    });
  }
}

const overlap = (a: TensorData, b: TensorData): boolean =>
  a.buffer === b.buffer &&
  a.byteOffset < b.byteOffset + b.byteLength &&
  b.byteOffset < a.byteOffset + a.byteLength;
