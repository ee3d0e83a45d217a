import { instantiateSync } from "@assemblyscript/loader";
import { Arena, LINE } from "./arena.ts";
import { controlBytes, kernelNames } from "./threads/control.ts";
import type { StartThread } from "./threads/host.ts";
import { Pool, type SplitJob } from "./threads/pool.ts";

/** A kernel: `(out, in, params, work, begin, end)`, byte addresses and a range of work items. */
export type Kernel = (
  out: number,
  input: number,
  params: number,
  work: number,
  begin: number,
  end: number,
) => void;

/** A kernel that may run on several threads, with the scratch that each of them has for itself. It owns the scratch. */
export interface SplitKernel {
  /** Runs the items `begin` .. `end` - 1, in any order, and returns when all are done. */
  run(out: number, input: number, params: number, begin: number, end: number): void;
  dispose(): void;
}

export interface SplitOptions {
  /** About what one item takes on one thread, in nanoseconds: decides whether, and how finely, the items are split. */
  readonly itemNanoseconds: number;
  /** Bytes of scratch that every thread has for itself; the kernel gets their address as `work`. */
  readonly scratchBytes?: number;
  /** Instead of scratch: the address of memory that all threads share, for kernels that only read it or write apart. */
  readonly work?: number;
}

/** Instruction set of a build. */
export type Build = "simd" | "relaxed";

/** Output channels x columns of the tiles of direct convolutions. All widths give the same bits. */
export type Tile = "4x8" | "4x16";

/** `highest` leaves out algorithms that round more than the sum as it is defined. */
export type Precision = "auto" | "highest";

/** The threads of a core whose module takes shared memory. */
export interface CoreThreads {
  readonly count: number;
  readonly startThread: StartThread;
  /** Jobs that take less on one thread are not split, in nanoseconds. Default 10 000. */
  readonly splitFrom?: number;
}

/** Pages of 64 KiB that memory may grow to; some engines reserve shared memory at once and want less. */
const MOST_PAGES = [65536, 32768, 16384];

function newMemory(shared: boolean, pages: readonly number[] = MOST_PAGES): WebAssembly.Memory {
  const [maximum, ...fewer] = pages;
  try {
    return new WebAssembly.Memory({ initial: 2, maximum, shared });
  } catch (error) {
    if (fewer.length === 0) throw error;
    return newMemory(shared, fewer);
  }
}

/**
 * One instance of the Wasm module with the memory it works in. The host owns the memory: kernels allocate
 * nothing. Views are made anew at each call, since growth detaches them.
 */
export class Core {
  readonly memory: WebAssembly.Memory;
  readonly arena: Arena;
  /** Where the module is one for threads. */
  readonly pool: Pool | undefined;
  /** What convolutions prepared from now on use. */
  tile: Tile = "4x8";
  private readonly exports: Readonly<Record<string, unknown>>;
  /** All kernels' names, once threads are to run some. */
  private readonly names: () => readonly string[];

  constructor(
    module: WebAssembly.Module,
    readonly build: Build,
    readonly precision: Precision = "auto",
    threads?: CoreThreads,
  ) {
    this.memory = newMemory(threads !== undefined);
    this.exports = instantiateSync(module, { env: { memory: this.memory } }).exports;
    this.arena = new Arena(this.memory, (this.exports.heapBase as () => number)());
    let names: readonly string[] | undefined;
    this.names = () => {
      names ??= kernelNames(module);
      return names;
    };
    if (threads === undefined) return;
    const { count, startThread, splitFrom } = threads;
    const control = this.arena.allocate(controlBytes(count));
    const kernels = () => this.names().map((name) => this.kernel(name));
    this.pool = new Pool({ module, memory: this.memory, control }, kernels, count, startThread, splitFrom);
  }

  /** Threads that jobs may run on, the calling one among them. */
  get threads(): number {
    return this.pool?.size ?? 1;
  }

  kernel(name: string): Kernel {
    const wrapped = this.exports[name];
    if (typeof wrapped !== "function") throw new Error(`The Wasm module has no kernel "${name}".`);
    // The loader wraps every export to count arguments, at twice the price of a call; the raw one is its `original`.
    return ("original" in wrapped ? wrapped.original : wrapped) as Kernel;
  }

  /** The kernel, to be run over many items. Kernels give the same bits however their items are split. */
  split(name: string, { itemNanoseconds, scratchBytes = 0, work }: SplitOptions): SplitKernel {
    const { pool } = this;
    const kernel = this.kernel(name);
    const scratchStride = scratchBytes > 0 ? Math.ceil(scratchBytes / LINE + 1) * LINE : 0;
    const own = scratchBytes > 0 ? this.arena.allocate(scratchStride * this.threads) : 0;
    const scratch = work ?? own;
    let job: SplitJob | undefined;
    return {
      run: (out, input, params, begin, end) => {
        const nanoseconds = (end - begin) * itemNanoseconds;
        if (!pool?.takes(nanoseconds)) return kernel(out, input, params, scratch, begin, end);
        job ??= { kernel: this.names().indexOf(name), scratch, scratchStride };
        pool.run(job, nanoseconds, out, input, params, begin, end);
      },
      dispose: () => this.arena.free(own),
    };
  }

  f32(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  i32(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }
}
