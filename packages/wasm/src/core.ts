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

  f32(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  i32(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }
}
