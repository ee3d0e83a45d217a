import type { Table } from "./fourier-tables.ts";

/** The order is that of the constants in assembly/fourier.ts, or of those in fourier-halfband.ts for orders. */
export const KINDS = [
  "dense",
  "halfband",
  "contract",
  "subtractOuter",
  "region",
  "rankOne",
  "transform",
] as const;
export const PLACES = ["none", "work", "input", "inputIm", "output", "outputIm", "shared"] as const;
export const ORDERS = ["plain", "far", "turned"] as const;

/** Where an operand lies; `bytes` is an offset within the scratch, or within the memory that all items share. */
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
  /** Of a half-band pass, which is real: what is added and subtracted in turn, and the alternating sums. */
  readonly sourceIm: Operand;
  readonly target: Operand;
  readonly targetIm: Operand;
  readonly table: Table;
  /** Of two half-band passes with blocks of eight columns between them: bytes from one to the next. */
  readonly blockBytes?: number;
  /**
   * Of a half-band pass (assembly/fourier-halfband.ts): far, along columns that are not in the core's own cache
   * and first read in order; or turned, along rows before columns.
   */
  readonly order?: (typeof ORDERS)[number];
}

export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

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
export function passScratch({ kind, rows, size, inner, sourceIm, table }: Pass): number {
  if (kind === "halfband" || kind === "transform") {
    return padded((2 * table.length! + 16 + rows + size) * 32);
  }
  if (kind !== "dense") return 0;
  const depth = sourceIm.place === "none" ? size : 2 * size;
  return padded(128 + depth * (inner === 1 ? 128 : 32) + 64);
}

/** Groups of lines that a pass over so many planes falls into, as `itemsOf` in assembly/fourier.ts counts them. */
export function passItems({ kind, outer, rows, inner }: Pass, planes: number): number {
  const count = planes * outer;
  if (kind === "contract") return count * Math.ceil(inner / 16);
  if (kind === "subtractOuter" || kind === "region") return count * rows;
  if (kind === "rankOne") return count;
  return inner === 1 ? Math.ceil(count / 8) : count * Math.ceil(inner / 8);
}

/** Half-band filters take two lines of a group as one complex line, and groups may reach from one plane into the next. */
export const joinsPlanes = ({ kind, outer, inner }: Pass): boolean =>
  kind === "halfband" && inner === 1 && outer % 8 !== 0;

/** What eight lines take with a matrix of so many entries. */
export const denseNanoseconds = (entries: number): number => 0.4 * entries + 100;

/** About what such a group takes on one thread. */
export function itemNanoseconds({ kind, size, rows, inner, sourceIm, targetIm, table }: Pass): number {
  switch (kind) {
    case "halfband":
      return table.nanoseconds ?? 1.5 * table.length! * Math.log2(table.length!);
    case "transform":
      return 2 * table.nanoseconds!;
    case "dense": {
      const products = (sourceIm.place === "none" ? 1 : 2) * (targetIm.place === "none" ? 1 : 2);
      return denseNanoseconds(products * size * rows);
    }
    case "contract":
      return size + 20;
    case "rankOne":
      return 0.1 * (size + rows) + 20;
    default:
      return 0.2 * inner + 20;
  }
}

/** Lays out intermediate tensors in units of one plane, either in each item's scratch or in memory that all share. */
export class Layout {
  private top: number;

  constructor(
    private readonly place: "work" | "shared",
    start: number,
    private readonly block: number,
  ) {
    this.top = start;
  }

  get bytes(): number {
    return this.top;
  }

  take(floats: number): Operand {
    const operand: Operand = { place: this.place, bytes: this.top };
    this.top += padded(4 * floats * this.block);
    return operand;
  }
}
