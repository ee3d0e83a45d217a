import { HalfbandError } from "@halfband/ops";

/** Every block starts on a cache line and has this many spare bytes behind it, so that SIMD tails may over-read. */
export const LINE = 64;
const PAGE = 65536;
/** Wasm addresses are 32-bit: 65536 pages of 64 KiB. */
const MAX_BYTES = 65536 * PAGE;

/**
 * Hands out the linear memory above the module's own data. First fit over a list of free blocks sorted by
 * address; neighbours merge when freed. Blocks belong to the caller until `free`.
 */
export class Arena {
  private readonly sizes = new Map<number, number>();
  private free_: { address: number; bytes: number }[] = [];
  private end: number;

  constructor(
    private readonly memory: WebAssembly.Memory,
    base: number,
  ) {
    this.end = Math.ceil(base / LINE) * LINE;
  }

  /** Bytes handed out and not yet freed. */
  get bytesInUse(): number {
    let bytes = 0;
    for (const size of this.sizes.values()) bytes += size;
    return bytes;
  }

  allocate(bytes: number): number {
    const size = (Math.ceil(bytes / LINE) + 1) * LINE;
    const hole = this.free_.findIndex((block) => block.bytes >= size);
    let address: number;
    if (hole >= 0) {
      const block = this.free_[hole];
      address = block.address;
      if (block.bytes === size) this.free_.splice(hole, 1);
      else this.free_[hole] = { address: address + size, bytes: block.bytes - size };
    } else {
      address = this.grow(size);
    }
    this.sizes.set(address, size);
    return address;
  }

  free(address: number): void {
    const bytes = this.sizes.get(address);
    if (bytes === undefined) return;
    this.sizes.delete(address);
    const at = this.free_.findIndex((block) => block.address > address);
    const index = at < 0 ? this.free_.length : at;
    this.free_.splice(index, 0, { address, bytes });
    this.mergeWithNext(index);
    this.mergeWithNext(index - 1);
  }

  /** Runs `body`; where it throws, everything it allocated is given back. */
  atomically<T>(body: () => T): T {
    const before = new Set(this.sizes.keys());
    try {
      return body();
    } catch (error) {
      for (const address of [...this.sizes.keys()]) if (!before.has(address)) this.free(address);
      throw error;
    }
  }

  private mergeWithNext(index: number): void {
    const block = this.free_[index];
    const next = this.free_[index + 1];
    if (block === undefined || next === undefined || block.address + block.bytes !== next.address) return;
    this.free_.splice(index, 2, { address: block.address, bytes: block.bytes + next.bytes });
  }

  /** Takes `size` bytes at the end, reusing a hole that touches it; the head moves only once the memory is there. */
  private grow(size: number): number {
    const last = this.free_.at(-1);
    const touching = last !== undefined && last.address + last.bytes === this.end ? last : undefined;
    const address = touching?.address ?? this.end;
    const end = address + size;
    const missing = Math.ceil(end / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (missing > 0) this.growMemory(missing, end, size);
    if (touching) this.free_.pop();
    this.end = end;
    return address;
  }

  private growMemory(missing: number, end: number, size: number): void {
    try {
      if (end > MAX_BYTES) throw new RangeError("over 4 GiB");
      // Growing by a sixteenth at least keeps a run of small allocations from growing page by page.
      const wanted = Math.min(
        Math.max(missing, this.memory.buffer.byteLength / PAGE / 16),
        (MAX_BYTES - this.memory.buffer.byteLength) / PAGE,
      );
      this.memory.grow(Math.ceil(wanted));
    } catch (cause) {
      throw new HalfbandError(
        "OUT_OF_MEMORY",
        `Out of memory: ${size} bytes were asked for, ${this.bytesInUse} are in use and WebAssembly memory ends at ${MAX_BYTES}; dispose tensors or use smaller ones.`,
        { got: size, expected: MAX_BYTES - this.bytesInUse, cause },
      );
    }
  }
}
