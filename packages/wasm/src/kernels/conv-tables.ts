import type { Core, SplitKernel, SplitOptions } from "../core.ts";

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

  split(name: string, options: SplitOptions): SplitKernel {
    const kernel = this.core.split(name, options);
    this.kernels.push(kernel);
    return kernel;
  }

  dispose(): void {
    for (const kernel of this.kernels.splice(0)) kernel.dispose();
    for (const address of this.addresses.splice(0)) this.core.arena.free(address);
  }
}
