import { checkKind } from "./check-kind.ts";
import type { BackendInfo, Buffer, Device, PreparedPlan, Support, Supported } from "./device.ts";
import { HalfbandError, isHalfbandError } from "./errors.ts";
import { type Executable, type ExecutableHost, makeExecutable } from "./executable.ts";
import { type Grid, identityGrid } from "./grid.ts";
import { checkOptions, show } from "./params.ts";
import { type Plan, valuesOf } from "./plan.ts";
import { fail } from "./refuse.ts";
import {
  checkShape,
  type DType,
  type DTypeOf,
  elementCount,
  type Shape,
  Tensor,
  type TensorData,
} from "./tensor.ts";

/** What `backend.tensor` takes beside an array and a shape: onnxruntime tensors, our own data, and the like. */
export interface TensorLike<T extends TensorData = TensorData> {
  readonly data: T;
  readonly dims?: readonly number[];
  readonly shape?: readonly number[];
}

/** A plan made ready, and what was known of it before. */
interface Prepared {
  readonly run: PreparedPlan;
  readonly support: Supported;
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
  private readonly cache = new Map<string, Prepared>();
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

  /** What `JSON.stringify` writes. */
  toJSON(): BackendInfo {
    return this.info;
  }

  /**
   * Copies numbers into a tensor of this backend.
   * @throws `INVALID_SHAPE` where shape and length differ, `OUT_OF_MEMORY`.
   */
  tensor<T extends TensorData>(source: TensorLike<T>): Tensor<DTypeOf<T>>;
  tensor<T extends TensorData>(data: T, shape: Shape, grid?: Grid): Tensor<DTypeOf<T>>;
  tensor(source: TensorData | TensorLike, shape?: Shape, grid?: Grid): Tensor<DType> {
    const like = source as Partial<TensorLike> | null | undefined;
    const data = isTensorData(source) ? source : like?.data;
    const sizes = shape ?? like?.shape ?? like?.dims;
    if (!isTensorData(data) || sizes === undefined) {
      const got = isTensorData(data) ? "no shape" : show(data === undefined ? source : data);
      fail(
        "INVALID_OPTION",
        "tensor",
        `got ${got}; expected a Float32Array (or Int32Array) and a shape, or an object with data and shape or dims.`,
        { option: "data", got: source, expected: "Float32Array or Int32Array" },
      );
    }
    checkShape(sizes, "tensor");
    if (data.length !== elementCount(sizes)) {
      fail(
        "INVALID_SHAPE",
        "tensor",
        `${data.length} numbers do not fill shape [${sizes.join(", ")}], which holds ${elementCount(sizes)}.`,
        { got: data.length, expected: elementCount(sizes) },
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
    checkKind(dtype, grid, shape);
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
    checkPlan(plan, "supports");
    return this.cache.get(plan.key)?.support ?? tabled(plan, () => this.device.supports(plan));
  }

  /**
   * Packs tables and weights once and returns a function for the hot loop: `run(x, y)`, or from array to array
   * `await run.arrays(xs, ys)`, `const [ys] = await run.arrays(xs)`.
   * @param constants inputs that stay the same, by name; they must outlive the executable.
   */
  prepare<P extends Plan>(
    plan: P,
    constants: Readonly<Record<string, Tensor<DType>>> = {},
  ): Executable<P["outputs"]> {
    this.assertAlive();
    checkPlan(plan, "prepare");
    checkOptions(constants, Object.keys(constants ?? {}), "prepare", "constants.");
    const bound = new Map<number, Tensor<DType>>();
    for (const [name, tensor] of Object.entries(constants)) {
      const index = plan.values.findIndex((value) => value.role === "input" && value.name === name);
      if (index < 0) {
        const names = valuesOf(plan, "input").map((i) => plan.values[i].name);
        throw new HalfbandError(
          "INVALID_OPTION",
          `prepare: ${plan.op} has no input "${name}"; it has ${names.join(", ")}.`,
          { op: plan.op, option: name },
        );
      }
      this.checkArgument(plan, index, tensor);
      bound.set(index, tensor);
    }
    const buffers = new Map([...bound].map(([index, { buffer }]) => [index, buffer] as const));
    const host: ExecutableHost = {
      device: this.device,
      allocate: (bytes) => this.allocate(bytes),
      free: (buffer) => this.freeForgotten(buffer),
      prepare: (part) => this.preparePlan(part, buffers).run,
      assertAlive: () => this.assertAlive(),
      bind: (...args) => this.bind(...args),
    };
    return makeExecutable(host, plan, this.preparePlan(plan, buffers).run, bound);
  }

  /** Runs a plan once; repeated calls reuse what was prepared. Tensors in the order inputs, outputs. */
  execute(plan: Plan, tensors: readonly Tensor<DType>[]): void {
    this.assertAlive();
    checkPlan(plan, "execute");
    const slots = [...valuesOf(plan, "input"), ...valuesOf(plan, "output")];
    const buffers: Buffer[] = new Array(plan.values.length).fill(undefined);
    this.bind(plan, slots, tensors, buffers);
    const entry = this.cache.get(plan.key) ?? this.preparePlan(plan, new Map());
    this.cache.delete(plan.key);
    this.cache.set(plan.key, entry); // the last one now
    entry.run.run(buffers);
    this.trimCache();
  }

  /**
   * Runs `body` and disposes every tensor made inside that it does not return (alone, in an array or in an object).
   * The scope ends when `body` returns: a promise may read what was made (`scope(() => blurPool(x).data())`), but
   * tensors that it gives later are disposed by then. For the same reason `body` cannot be an async function.
   *
   * @throws `INVALID_OPTION` for an async function.
   */
  scope<T>(body: () => T): T {
    checkBody(body);
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

  private preparePlan(plan: Plan, bound: ReadonlyMap<number, Buffer>): Prepared {
    const support = this.supports(plan);
    if ("reason" in support) throw new HalfbandError("UNSUPPORTED", support.reason, { op: plan.op });
    return this.withRoom(() => ({ run: tabled(plan, () => this.device.prepare(plan, bound)), support }));
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
    for (const { support } of this.cache.values()) bytes += support.workspaceBytes;
    for (const [key, { run, support }] of this.cache) {
      if (this.cache.size <= CACHE_ENTRIES && bytes <= CACHE_BYTES) return;
      run.dispose();
      this.cache.delete(key);
      bytes -= support.workspaceBytes;
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
    if (tensors?.length !== slots.length) {
      const names = slots.map((index) => plan.values[index].name).join(", ");
      fail(
        "INVALID_OPTION",
        plan.op,
        `got ${tensors?.length ?? show(tensors)} tensors; expected ${slots.length} (${names}).`,
        {
          got: tensors?.length,
          expected: slots.length,
        },
      );
    }
    for (let i = 0; i < slots.length; i++) {
      const tensor = tensors[i];
      if (!tensor || tensor.shape !== fitting[i]) {
        this.checkArgument(plan, slots[i], tensor);
        fitting[i] = tensor.shape;
      }
      buffers[slots[i]] = tensor.buffer;
    }
    for (let i = slots.length - 1; i >= 0 && plan.values[slots[i]].role === "output"; i--) {
      const slot = slots[i];
      for (let other = 0; other < slot; other++)
        if (buffers[other] === buffers[slot]) refuseAlias(plan, slot, other);
    }
  }

  private checkArgument(plan: Plan, index: number, tensor: Tensor<DType>): void {
    const { name, shape, dtype } = plan.values[index];
    if (!(tensor instanceof Tensor)) {
      fail(
        "INVALID_OPTION",
        plan.op,
        `${name} is ${show(tensor)}; expected a tensor, as backend.tensor(data, shape) makes one.`,
        { option: name, got: tensor, expected: "Tensor" },
      );
    }
    if (tensor.backend !== this) {
      fail(
        "WRONG_BACKEND",
        plan.op,
        `${name} lives on another backend (${tensor.backend.info.device}); move it with await ${name}.to(backend).`,
        { option: name, got: tensor.backend.info.device, expected: this.info.device },
      );
    }
    if (tensor.dtype !== dtype || !isSameShape(tensor.shape, shape)) {
      fail(
        "INVALID_SHAPE",
        plan.op,
        `${name} is ${tensor.dtype} [${tensor.shape.join(", ")}]; the plan was made for ${dtype} [${shape.join(", ")}].`,
        { option: name, got: tensor.shape, expected: shape },
      );
    }
  }
}

/** Kernels read inputs while they write outputs. */
function refuseAlias({ op, values }: Plan, output: number, other: number): never {
  const { name } = values[output];
  fail(
    "INVALID_OPTION",
    op,
    `${values[other].name} and ${name} are the same tensor; an output needs a tensor of its own.`,
    { option: name },
  );
}

/** Names whose tables they are that do not fit: an engine says so of an array, a kernel of a table. */
function tabled<T>({ op, values }: Plan, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const isTable = isHalfbandError(error, "OUT_OF_MEMORY") && error.op === undefined;
    if (!(error instanceof RangeError || isTable)) throw error;
    throw new HalfbandError(
      "OUT_OF_MEMORY",
      `${op}: the tables for [${values[0].shape.join(", ")}] do not fit into memory (${error.message}); use smaller images.`,
      { op, got: values[0].shape, cause: error },
    );
  }
}

const isTensorData = (value: unknown): value is TensorData =>
  value instanceof Float32Array || value instanceof Int32Array;

function checkPlan(plan: Plan, owner: string): void {
  if (Array.isArray((plan as Plan | undefined)?.values)) return;
  fail(
    "INVALID_OPTION",
    owner,
    `got ${show(plan)}; expected a plan, as maxPool.plan(x, options) makes one.`,
    { option: "plan", got: plan, expected: "Plan" },
  );
}

function checkBody(body: object): void {
  const isAsync = (body as { [Symbol.toStringTag]?: string })?.[Symbol.toStringTag] === "AsyncFunction";
  if (typeof body === "function" && !isAsync) return;
  fail(
    "INVALID_OPTION",
    "scope",
    `got ${isAsync ? "an async function, which runs on after the scope has ended" : show(body)}; expected a plain function.`,
    { option: "body", got: body, expected: "a plain function" },
  );
}

/** A loop: this is part of every call, and the methods of frozen arrays take a hundred nanoseconds. */
function isSameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function tensorsIn(result: unknown, seen = new Set<unknown>()): Tensor<DType>[] {
  if (result instanceof Tensor) return [result];
  if (typeof result !== "object" || result === null || seen.has(result)) return [];
  seen.add(result); // an object may hold itself
  const isPlain = Array.isArray(result) || Object.getPrototypeOf(result) === Object.prototype;
  return isPlain ? Object.values(result).flatMap((value) => tensorsIn(value, seen)) : [];
}
