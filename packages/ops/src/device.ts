import type { Plan } from "./plan.ts";
import type { DType, TensorData } from "./tensor.ts";

/** A device's own handle on a block of memory: an address, a typed array, a GPU buffer. */
export type Buffer = unknown;

export interface BackendInfo {
  readonly device: "reference" | "wasm" | "webgpu";
  /** Instruction set or adapter. */
  readonly build: string;
  readonly threads: number;
  /** Output channels x columns of direct convolutions' tiles, where they are chosen by time. */
  readonly tile?: string;
  /** Why this device was chosen, in a sentence. */
  readonly reason: string;
}

/** The kernels that will run a plan, or why none can. */
export type Support = Supported | { readonly reason: string };

export interface Supported {
  /** Names of the kernels in order. */
  readonly kernel: string;
  /** All the memory it takes beside inputs and outputs. */
  readonly workspaceBytes: number;
}

/**
 * What a place to compute must provide; `Backend` makes the public API of it. Jobs run in the order they are
 * given; `read` sees everything queued before it.
 */
export interface Device {
  readonly info: BackendInfo;
  /** Throws `OUT_OF_MEMORY` and stays usable. Contents are undefined. */
  allocate(bytes: number): Buffer;
  free(buffer: Buffer): void;
  write(buffer: Buffer, data: TensorData): void;
  read(buffer: Buffer, dtype: DType, length: number): Promise<TensorData>;
  /** Only where data is at hand at once. */
  readSync?(buffer: Buffer, dtype: DType, length: number): TensorData;
  /** The same into an array that is there already, which says how much is read. */
  readInto?(buffer: Buffer, target: TensorData): void;
  /** The memory of a buffer from a byte on, for kernels to write to; where that costs nothing. */
  within?(buffer: Buffer, byte: number): Buffer;
  supports(plan: Plan): Support;
  /**
   * Bytes of inputs and outputs together of the parts that a job on arrays had better be cut into; undefined where it
   * had better run as one, or where a part would not give the same bits as the whole.
   */
  partBytes?(plan: Plan): number | undefined;
  /** `bound` are inputs (by value index) that stay the same for every run, such as weights. */
  prepare(plan: Plan, bound: ReadonlyMap<number, Buffer>): PreparedPlan;
  dispose(): void;
}

/** A plan with its tables, weights and scratch in place. `buffers` is indexed by plan value. */
export interface PreparedPlan {
  run(buffers: readonly Buffer[]): void;
  /** Where the only input need not be there as a whole. */
  readonly intake?: Intake | undefined;
  dispose(): void;
}

/** A run of a plan whose input comes in shares. Its buffer holds one share at a time. */
export interface Intake {
  /** How many elements a share has; the last one may have fewer. */
  readonly elements: number;
  /** Takes the share that begins at this element. Shares come in order. */
  take(buffers: readonly Buffer[], element: number): void;
  /** Makes the outputs of the shares. */
  finish(buffers: readonly Buffer[]): void;
}
