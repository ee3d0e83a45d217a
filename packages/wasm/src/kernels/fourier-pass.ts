import type { Table } from "./fourier-tables.ts";

/** The order is that of the constants in assembly/fourier.ts, for kinds and for places. */
export const KINDS = ["dense", "halfband", "contract", "subtractOuter", "region"] as const;
export const PLACES = ["none", "work", "input", "inputIm", "output", "outputIm"] as const;

/** Where an operand lies; `bytes` is an offset within the scratch. */
export interface Operand {
  readonly place: (typeof PLACES)[number];
  readonly bytes: number;
}

/** The shape that a pass sees within one plane: [outer, size, inner] -> [outer, rows, inner]. */
export interface PassShape {
  readonly outer: number;
  readonly size: number;
  readonly rows: number;
  readonly inner: number;
}

export interface Pass extends PassShape {
  readonly kind: (typeof KINDS)[number];
  readonly source: Operand;
  readonly sourceIm: Operand;
  readonly target: Operand;
  readonly targetIm: Operand;
  readonly table: Table;
}

/** A pass from one real tensor to another. */
export const realPass = (
  kind: Pass["kind"],
  source: Operand,
  target: Operand,
  shape: PassShape,
  table: Table,
): Pass => ({ kind, source, sourceIm: NOWHERE, target, targetIm: NOWHERE, ...shape, table });

export const NOWHERE: Operand = { place: "none", bytes: 0 };
export const at = (place: Operand["place"]): Operand => ({ place, bytes: 0 });

const padded = (bytes: number): number => Math.ceil(bytes / 64) * 64 + 64;

/** Scratch of one pass, for whichever layout the kernels give it. */
export function passScratch({ kind, rows, size, inner, sourceIm }: Pass): number {
  if (kind === "halfband") return padded((5 * Math.min(rows, size) + 16) * 32);
  if (kind !== "dense") return 0;
  const depth = sourceIm.place === "none" ? size : 2 * size;
  return padded(128 + depth * (inner === 1 ? 128 : 32) + 64);
}

/** Lays out the scratch in units of one plane; offsets are final once the number of planes in a block is known. */
export class Scratch {
  private top: number;

  constructor(
    kernelBytes: number,
    private readonly block: number,
  ) {
    this.top = kernelBytes;
  }

  get bytes(): number {
    return this.top;
  }

  take(floats: number): Operand {
    const operand: Operand = { place: "work", bytes: this.top };
    this.top += padded(4 * floats * this.block);
    return operand;
  }
}
