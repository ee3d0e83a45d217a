import { ArrayRunner } from "./arrays.ts";
import type { BackendInfo, Buffer, Device, PreparedPlan, Support } from "./device.ts";
import { HalfbandError } from "./errors.ts";
import { type Grid, identityGrid } from "./grid.ts";
import { type Plan, valuesOf } from "./plan.ts";
import {
  checkShape,
  type DType,
  type DTypeOf,
  elementCount,
  type Shape,
  Tensor,
  type TensorData,
} from "./tensor.ts";

/** A prepared plan: call it with the inputs that were not bound, then the outputs, in the plan's order. */
export interface Executable {
  (...tensors: readonly Tensor<DType>[]): void;
  /**
   * The same from arrays to arrays, in the same order: reads the inputs, overwrites the outputs, gives the same bits.
   * Without outputs it makes new ones, which takes less than to make them before. Resolves to the outputs.
   * Works through large arrays a part at a time where the operator allows it (planes, batch items, rows of disjoint
   * blocks), so that parts stay in the cache and need little memory on the backend. Arrays must not be touched, nor
   * the executable disposed, until the promise is settled.
   * @throws `INVALID_OPTION`, `INVALID_SHAPE` for arrays that do not fit, `OUT_OF_MEMORY`; outputs are undefined then.
   */
  arrays(...arrays: readonly TensorData[]): Promise<TensorData[]>;
  readonly plan: Plan;
  /** Gives tables, packed weights and scratch back. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What `backend.tensor` takes beside an array and a shape: onnxruntime tensors, our own data, and the like. */
export interface TensorLike<T extends TensorData = TensorData> {
  readonly data: T;
  readonly dims?: readonly number[];
  readonly shape?: readonly number[];
}

/** Executables kept for repeated everyday calls: at most this many, holding at most this much scratch. */
const CACHE_ENTRIES = 64;
const CACHE_BYTES = 64 * 2 ** 20;

/**
 * A place where tensors live and operators run. Made by `createBackend()`.
 *
 * @example
 * const backend = await createBackend();
 * const x = backend.tensor(new Float32Array(32 * 128 * 128), [1, 32, 128, 128]);
 * const y = flcPool(x);
 * console.log(backend.info, await y.data());
 * backend.dispose();
 */
export class Backend {
  private readonly cache = new Map<string, { run: PreparedPlan; bytes: number }>();
  private readonly scopes: Set<Tensor<DType>>[] = [];
  private readonly forgotten = new FinalizationRegistry<{ buffer: Buffer }>((held) =>
    this.freeForgotten(held.buffer),
  );
  private readonly tokens = new WeakMap<Tensor<DType>, object>();
  private disposed = false;

  constructor(private readonly device: Device) {}

  /** What was chosen, and why. */
  get info(): BackendInfo {
    return this.device.info;
  }

  /**
   * Copies numbers into a tensor of this backend.
   * @throws `INVALID_SHAPE` where shape and length differ, `OUT_OF_MEMORY`.
   */
  tensor<T extends TensorData>(source: TensorLike<T>): Tensor<DTypeOf<T>>;
  tensor<T extends TensorData>(data: T, shape: Shape, grid?: Grid): Tensor<DTypeOf<T>>;
  tensor(source: TensorData | TensorLike, shape?: Shape, grid?: Grid): Tensor<DType> {
    const data = source instanceof Float32Array || source instanceof Int32Array ? source : source.data;
    const sizes = shape ?? (source as TensorLike).shape ?? (source as TensorLike).dims;
    if (!(data instanceof Float32Array || data instanceof Int32Array) || sizes === undefined) {
      throw new HalfbandError(
        "INVALID_OPTION",
        "tensor: expected a Float32Array (or Int32Array) and a shape, or an object with data and shape or dims.",
        { op: "tensor", option: "data", got: source, expected: "Float32Array or Int32Array" },
      );
    }
    checkShape(sizes, "tensor");
    if (data.length !== elementCount(sizes)) {
      throw new HalfbandError(
        "INVALID_SHAPE",
        `tensor: ${data.length} numbers do not fill shape [${sizes.join(", ")}], which holds ${elementCount(sizes)}.`,
        { op: "tensor", got: data.length, expected: elementCount(sizes) },
      );
    }
    const tensor = this.empty(sizes, data instanceof Int32Array ? "int32" : "float32", grid);
    this.device.write(tensor.buffer, data);
    return tensor;
  }

  /** A tensor with undefined contents, to be written by an executable. */
  empty(shape: Shape, dtype?: "float32", grid?: Grid): Tensor;
  empty<D extends DType>(shape: Shape, dtype: D, grid?: Grid): Tensor<D>;
  empty(
    shape: Shape,
    dtype: DType = "float32",
    grid: Grid = identityGrid(Math.max(0, shape.length - 2)),
  ): Tensor<DType> {
    this.assertAlive();
    checkShape(shape, "empty");
    const buffer = this.allocate(elementCount(shape) * 4);
    const tensor = new Tensor(this, Object.freeze([...shape]), dtype, grid, buffer);
    const token = {};
    this.tokens.set(tensor, token);
    this.forgotten.register(tensor, { buffer }, token);
    this.scopes.at(-1)?.add(tensor);
    return tensor;
  }

  /** The kernels that would run this plan, or why none can. */
  supports(plan: Plan): Support {
    return this.device.supports(plan);
  }

  /**
   * Packs tables and weights once and returns a function for the hot loop: `run(x, y)`, or from array to array
   * `await run.arrays(xs, ys)`, `const [ys] = await run.arrays(xs)`.
   * @param constants inputs that stay the same, by name; they must outlive the executable.
   */
  prepare(plan: Plan, constants: Readonly<Record<string, Tensor<DType>>> = {}): Executable {
    this.assertAlive();
    const bound = new Map<number, Buffer>();
    for (const [name, tensor] of Object.entries(constants)) {
      const index = plan.values.findIndex((value) => value.role === "input" && value.name === name);
      if (index < 0) {
        const names = valuesOf(plan, "input").map((i) => plan.values[i].name);
        throw new HalfbandError(
          "INVALID_OPTION",
          `prepare: ${plan.op} has no input "${name}"; it has ${names.join(", ")}.`,
          {
            op: plan.op,
            option: name,
          },
        );
      }
      this.checkArgument(plan, index, tensor);
      bound.set(index, tensor.buffer);
    }
    const prepared = this.preparePlan(plan, bound);
    const slots = [
      ...valuesOf(plan, "input").filter((index) => !bound.has(index)),
      ...valuesOf(plan, "output"),
    ];
    const buffers: Buffer[] = plan.values.map((_, index) => bound.get(index));
    const fitting: Shape[] = [];
    const run = (...tensors: readonly Tensor<DType>[]) => {
      this.bind(plan, slots, tensors, buffers, fitting);
      prepared.run(buffers);
    };
    const host = {
      device: this.device,
      allocate: (bytes: number) => this.allocate(bytes),
      free: (buffer: Buffer) => this.freeForgotten(buffer),
      prepare: (part: Plan) => this.preparePlan(part, bound),
    };
    const runner = new ArrayRunner(host, plan, prepared, bound, slots);
    const arrays = async (...given: readonly TensorData[]) => {
      this.assertAlive();
      return runner.run(given);
    };
    const dispose = () => {
      runner.dispose();
      prepared.dispose();
    };
    return Object.assign(run, { arrays, plan, dispose, [Symbol.dispose]: dispose });
  }

  /** Runs a plan once; repeated calls reuse what was prepared. Tensors in the order inputs, outputs. */
  execute(plan: Plan, tensors: readonly Tensor<DType>[]): void {
    this.assertAlive();
    const slots = [...valuesOf(plan, "input"), ...valuesOf(plan, "output")];
    const buffers: Buffer[] = new Array(plan.values.length).fill(undefined);
    this.bind(plan, slots, tensors, buffers);
    let entry = this.cache.get(plan.key);
    this.cache.delete(plan.key);
    if (entry === undefined) {
      const run = this.preparePlan(plan, new Map());
      entry = { run, bytes: plan.workspaceBytes ?? 0 };
    }
    entry.run.run(buffers);
    this.cache.set(plan.key, entry);
    this.trimCache();
  }

  /**
   * Runs `body` and disposes every tensor made inside that it does not return (alone, in an array or in an object).
   */
  scope<T>(body: () => T): T {
    const made = new Set<Tensor<DType>>();
    this.scopes.push(made);
    let kept: Tensor<DType>[] = [];
    try {
      const result = body();
      kept = tensorsIn(result);
      return result;
    } finally {
      this.scopes.pop();
      for (const tensor of kept) {
        if (made.delete(tensor)) this.scopes.at(-1)?.add(tensor);
      }
      for (const tensor of made) tensor.dispose();
    }
  }

  /** Gives everything back. Tensors of this backend are gone with it. */
  dispose(): void {
    if (this.disposed) return;
    this.clearCache();
    this.disposed = true;
    this.device.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Called by tensors. */
  async read(tensor: Tensor<DType>): Promise<TensorData> {
    this.assertAlive();
    return this.device.read(tensor.buffer, tensor.dtype, tensor.size);
  }

  /** Called by tensors. */
  readSync(tensor: Tensor<DType>): TensorData {
    this.assertAlive();
    if (this.device.readSync === undefined) {
      throw new HalfbandError(
        "NOT_READY",
        `dataSync: the data is on ${this.info.device}, not here; await tensor.data() instead.`,
      );
    }
    return this.device.readSync(tensor.buffer, tensor.dtype, tensor.size);
  }

  /** Called by tensors, once. */
  release(tensor: Tensor<DType>, buffer: Buffer): void {
    const token = this.tokens.get(tensor);
    if (token) this.forgotten.unregister(token);
    for (const scope of this.scopes) scope.delete(tensor);
    this.freeForgotten(buffer);
  }

  private freeForgotten(buffer: Buffer): void {
    if (!this.disposed) this.device.free(buffer);
  }

  private assertAlive(): void {
    if (this.disposed)
      throw new HalfbandError("DISPOSED", `This ${this.info.device} backend was disposed before.`);
  }

  private preparePlan(plan: Plan, bound: ReadonlyMap<number, Buffer>): PreparedPlan {
    const support = this.device.supports(plan);
    if ("reason" in support) throw new HalfbandError("UNSUPPORTED", support.reason, { op: plan.op });
    return this.withRoom(() => this.device.prepare(plan, bound));
  }

  private allocate(bytes: number): Buffer {
    return this.withRoom(() => this.device.allocate(bytes));
  }

  /** Prepared plans are only a convenience: they make room before memory is called full. */
  private withRoom<T>(attempt: () => T): T {
    try {
      return attempt();
    } catch (error) {
      if (this.cache.size === 0 || !(error instanceof HalfbandError) || error.code !== "OUT_OF_MEMORY")
        throw error;
      this.clearCache();
      return attempt();
    }
  }

  private clearCache(): void {
    for (const { run } of this.cache.values()) run.dispose();
    this.cache.clear();
  }

  /** Least recently used first. */
  private trimCache(): void {
    let bytes = 0;
    for (const entry of this.cache.values()) bytes += entry.bytes;
    for (const [key, entry] of this.cache) {
      if (this.cache.size <= CACHE_ENTRIES && bytes <= CACHE_BYTES) return;
      entry.run.dispose();
      this.cache.delete(key);
      bytes -= entry.bytes;
    }
  }

  /**
   * Checks the tensors and takes their buffers. Every tensor has a shape of its own, so that one whose shape is in
   * `fitting`, from an earlier call, was checked before.
   */
  private bind(
    plan: Plan,
    slots: readonly number[],
    tensors: readonly Tensor<DType>[],
    buffers: Buffer[],
    fitting: Shape[] = [],
  ): void {
    if (tensors.length !== slots.length) {
      const names = slots.map((index) => plan.values[index].name).join(", ");
      throw new HalfbandError(
        "INVALID_OPTION",
        `${plan.op}: got ${tensors.length} tensors; expected ${slots.length} (${names}).`,
        {
          op: plan.op,
          got: tensors.length,
          expected: slots.length,
        },
      );
    }
    for (let i = 0; i < slots.length; i++) {
      const tensor = tensors[i];
      if (tensor.shape !== fitting[i]) {
        this.checkArgument(plan, slots[i], tensor);
        fitting[i] = tensor.shape;
      }
      buffers[slots[i]] = tensor.buffer;
    }
  }

  private checkArgument(plan: Plan, index: number, tensor: Tensor<DType>): void {
    const { name, shape, dtype } = plan.values[index];
    if (tensor.backend !== this) {
      throw new HalfbandError(
        "WRONG_BACKEND",
        `${plan.op}: ${name} lives on another backend (${tensor.backend.info.device}); move it with await ${name}.to(backend).`,
        { op: plan.op, option: name, got: tensor.backend.info.device, expected: this.info.device },
      );
    }
    if (tensor.dtype !== dtype || !isSameShape(tensor.shape, shape)) {
      throw new HalfbandError(
        "INVALID_SHAPE",
        `${plan.op}: ${name} is ${tensor.dtype} [${tensor.shape.join(", ")}]; the plan was made for ${dtype} [${shape.join(", ")}].`,
        { op: plan.op, option: name, got: tensor.shape, expected: shape },
      );
    }
  }
}

/** A loop: this is part of every call, and the methods of frozen arrays take a hundred nanoseconds. */
function isSameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function tensorsIn(result: unknown): Tensor<DType>[] {
  if (result instanceof Tensor) return [result];
  if (Array.isArray(result)) return result.flatMap(tensorsIn);
  if (typeof result === "object" && result !== null && Object.getPrototypeOf(result) === Object.prototype) {
    return Object.values(result).flatMap(tensorsIn);
  }
  return [];
}
