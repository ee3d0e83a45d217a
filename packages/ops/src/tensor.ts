import type { Backend } from "./backend.ts";
import { checkBackend } from "./check-kind.ts";
import type { Buffer } from "./device.ts";
import { HalfbandError } from "./errors.ts";
import type { Grid } from "./grid.ts";
import { show } from "./params.ts";
import { atMost, fail } from "./refuse.ts";

export type DType = "float32" | "int32";
/** The array that holds a type's numbers. */
export type DataOf<D extends DType> = D extends "int32" ? Int32Array : Float32Array;
export type TensorData = DataOf<DType>;
/**
 * The array of a result, which has memory of its own: it may be transferred, or put into a `Response`. By way of `of`,
 * since TypeScript before 5.7 has no name for that.
 */
export type ResultOf<D extends DType> = D extends "int32"
  ? ReturnType<typeof Int32Array.of>
  : ReturnType<typeof Float32Array.of>;
/** The type of an array's numbers. */
export type DTypeOf<T extends TensorData> = T extends Int32Array ? "int32" : "float32";

/** Sizes, row-major, last axis fastest: [N, C, ...spatial] with 1 to 3 spatial axes for an image. */
export type Shape = readonly number[];

/** What a plan needs to know of a tensor; a tensor is one. Without a grid the samples sit on the voxels. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly grid?: Grid;
  readonly dtype?: DType;
  readonly backend?: Backend;
}

export const elementCount = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** Spatial sizes of [N, C, ...spatial]. */
export const spatialOf = (shape: Shape): number[] => shape.slice(2);

/** Bytes that are exact as numbers. Memory ends earlier; but arrays that it has no room for are worked on in parts. */
const MOST_BYTES = 2 ** 53;

export function checkShape(shape: Shape, owner: string): void {
  if (!Array.isArray(shape)) {
    fail(
      "INVALID_SHAPE",
      owner,
      `the shape is ${show(shape)}; expected an array of sizes, such as [1, 1, 256, 256].`,
      { got: shape, expected: "an array of sizes" },
    );
  }
  let bytes = shape.length < 1 || shape.length > 5 ? Number.NaN : 4;
  // A loop: this is part of every call, and the methods of frozen arrays take long.
  for (let i = 0; i < shape.length; i++)
    bytes *= Number.isInteger(shape[i]) && shape[i] > 0 ? shape[i] : Number.NaN;
  if (bytes <= MOST_BYTES) return;
  if (bytes > 0)
    atMost("OUT_OF_MEMORY", owner, `a tensor [${shape.join(", ")}]`, bytes, MOST_BYTES, undefined, " bytes");
  fail(
    "INVALID_SHAPE",
    owner,
    `shape [${Array.from(shape, show).join(", ")}] cannot be held; expected 1 to 5 whole sizes of at least 1.`,
    { got: shape, expected: "1 to 5 whole sizes of at least 1" },
  );
}

/**
 * A block of numbers that lives on one backend. It belongs to whoever made it, until `dispose()`; a tensor that
 * was forgotten is given back when JavaScript collects it.
 *
 * @example
 * const x = backend.tensor(new Float32Array(16), [1, 1, 4, 4]);
 * const y = blurPool(x);
 * console.log(y.shape, y.grid, await y.data());
 * y.dispose();
 */
export class Tensor<D extends DType = "float32"> implements TensorSpec {
  private buffer_: Buffer | undefined;

  /** Made by `backend.tensor(...)` and by the operators. */
  constructor(
    readonly backend: Backend,
    readonly shape: Shape,
    readonly dtype: D,
    /** Where the samples of each spatial axis sit, in voxels of the image the chain of operators began with. */
    readonly grid: Grid,
    buffer: Buffer,
  ) {
    this.buffer_ = buffer;
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.shape);
  }

  get disposed(): boolean {
    return this.buffer_ === undefined;
  }

  /** The backend's own handle. Throws `DISPOSED` once given back. */
  get buffer(): Buffer {
    if (this.buffer_ === undefined) {
      throw new HalfbandError(
        "DISPOSED",
        `This tensor [${this.shape.join(", ")}] was disposed before, by dispose() or with its scope.`,
      );
    }
    return this.buffer_;
  }

  /** A copy of the numbers, once everything queued before is done. Rejects if a job it depends on failed. */
  async data(): Promise<ResultOf<D>> {
    return this.backend.read(this) as Promise<ResultOf<D>>;
  }

  /** A copy of the numbers where they are here and done. Throws `NOT_READY` on backends that run elsewhere. */
  dataSync(): ResultOf<D> {
    return this.backend.readSync(this) as ResultOf<D>;
  }

  /** A copy of this tensor on another backend: the only way to move one. */
  async to(backend: Backend): Promise<Tensor<D>> {
    checkBackend(backend, "to");
    return backend.tensor(await this.data(), this.shape, this.grid) as Tensor<D>;
  }

  /** What `console.log` shows in Node, Deno and Bun, in place of the whole backend. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const place = this.disposed ? "disposed" : this.backend.info.device;
    return `Tensor(${this.dtype} [${this.shape.join(", ")}], ${place})`;
  }

  /** What `JSON.stringify` writes: everything but the numbers, which `data()` gives. */
  toJSON(): { dtype: D; shape: Shape; grid: Grid } {
    const { dtype, shape, grid } = this;
    return { dtype, shape, grid };
  }

  /** Gives the memory back. Doing it twice is fine. */
  dispose(): void {
    const buffer = this.buffer_;
    this.buffer_ = undefined;
    if (buffer !== undefined) this.backend.release(this, buffer);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
