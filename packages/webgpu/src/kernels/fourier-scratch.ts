import type { Operand } from "./fourier-program.ts";

/** Hands out slots of scratch and takes them back; a slot is as large as its largest use. */
export class Scratch {
  readonly floats: number[] = [];
  private readonly free: number[] = [];

  take(floats: number): Operand {
    // The largest free slot: growing a small one would cost more.
    this.free.sort((a, b) => this.floats[a] - this.floats[b]);
    const index = this.free.pop() ?? this.floats.length;
    this.floats[index] = Math.max(this.floats[index] ?? 0, floats);
    return { place: "scratch", index };
  }

  /** Inputs and outputs are nobody's to give back. */
  release(operand: Operand | null): void {
    if (operand?.place === "scratch") this.free.push(operand.index);
  }
}
