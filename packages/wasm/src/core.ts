import { instantiateSync } from "@assemblyscript/loader";
import { Arena } from "./arena.ts";

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

/** `highest` leaves out algorithms that round more than the sum as it is defined. */
export type Precision = "auto" | "highest";

/**
 * One instance of the Wasm module with the memory it works in. The host owns the memory: kernels allocate
 * nothing. Views are made anew at each call, since growth detaches them.
 */
export class Core {
  readonly memory: WebAssembly.Memory;
  readonly arena: Arena;
  private readonly exports: Readonly<Record<string, unknown>>;

  constructor(
    module: WebAssembly.Module,
    readonly build: Build,
    readonly precision: Precision = "auto",
  ) {
    this.memory = new WebAssembly.Memory({ initial: 2, maximum: 65536 });
    this.exports = instantiateSync(module, { env: { memory: this.memory } }).exports;
    this.arena = new Arena(this.memory, (this.exports.heapBase as () => number)());
  }

  kernel(name: string): Kernel {
    const wrapped = this.exports[name];
    if (typeof wrapped !== "function") throw new Error(`The Wasm module has no kernel "${name}".`);
    // The loader wraps every export to count arguments, at twice the price of a call; the raw one is its `original`.
    return ("original" in wrapped ? wrapped.original : wrapped) as Kernel;
  }

  /** The kernel, to be run over many items. Kernels give the same bits however their items are split. */
  split(name: string, { scratchBytes = 0, work }: SplitOptions): SplitKernel {
    const kernel = this.kernel(name);
    const scratch = work ?? (scratchBytes > 0 ? this.arena.allocate(scratchBytes) : 0);
    return {
      run: (out, input, params, begin, end) => kernel(out, input, params, scratch, begin, end),
      dispose: () => {
        if (work === undefined) this.arena.free(scratch);
      },
    };
  }

  f32(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  i32(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }
}
