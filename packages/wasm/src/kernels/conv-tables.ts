import type { Core, SplitKernel, SplitOptions } from "../core.ts";

/** How many calls are short, and about how short. */
const SHORT_CALLS = 100;
const SHORT_NANOSECONDS = 100_000;

/** Blocks of a core's memory, and kernels with their scratch, that one launch owns; `dispose` gives all of it back. */
export class Tables {
  private readonly addresses: number[] = [];
  private readonly kernels: SplitKernel[] = [];

  constructor(private readonly core: Core) {}

  reserve(bytes: number): number {
    const address = this.core.arena.allocate(bytes);
    this.addresses.push(address);
    return address;
  }

  i32(words: ArrayLike<number>): number {
    const address = this.reserve(words.length * 4);
    this.core.i32(address, words.length).set(words);
    return address;
  }

  /**
   * A kernel of `core`. Its first calls are short: code not yet optimised is left only between calls, and a long one
   * would be many times slower to its end.
   */
  split(name: string, options: SplitOptions): SplitKernel {
    const kernel = this.core.split(name, options);
    this.kernels.push(kernel);
    const short = Math.max(1, Math.ceil(SHORT_NANOSECONDS / options.itemNanoseconds));
    let cold = SHORT_CALLS;
    return {
      run(out, input, params, begin, end) {
        let first = begin;
        for (; cold > 0 && first + short < end; cold--, first += short) {
          kernel.run(out, input, params, first, first + short);
        }
        kernel.run(out, input, params, first, end);
      },
      dispose: () => kernel.dispose(),
    };
  }

  dispose(): void {
    for (const kernel of this.kernels.splice(0)) kernel.dispose();
    for (const address of this.addresses.splice(0)) this.core.arena.free(address);
  }
}
