import type { Core } from "../core.ts";

/** Blocks of a core's memory that one launch owns; `dispose` gives all of them back. */
export class Tables {
  private readonly addresses: number[] = [];

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

  dispose(): void {
    for (const address of this.addresses.splice(0)) this.core.arena.free(address);
  }
}
