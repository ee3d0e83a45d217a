import type { Matrix } from "./fourier-axis.ts";

/**
 * A table for the kernels. `key` names its content, so that equal axes share it. The words of `build` listed in
 * `pointers` are byte offsets into the table itself, to which its address is added.
 */
export interface Table {
  readonly key: string;
  /** Points of a spectrum of a half-band plan, or of the longest one of another plan for its kernels. */
  readonly length?: number;
  /** Of the latter: about what four complex lines, or eight real ones, take; and what the kernel is called. */
  readonly nanoseconds?: number;
  readonly form?: "transform" | "folded";
  build(): { words: Int32Array; pointers: readonly number[] };
}

const words = (values: Float32Array): { words: Int32Array; pointers: readonly number[] } => ({
  words: new Int32Array(values.buffer, values.byteOffset, values.length),
  pointers: [],
});

/**
 * A matrix in tiles of `width` rows, [ceil(rows / width)][depth][width], padded with zeros. The depth is the columns,
 * twice for a complex operand: [re | -im] for the real part of the product and, behind it, [im | re] for the imaginary.
 */
export function tiledMatrix(
  matrix: Matrix,
  width: 4 | 8,
  complexIn: boolean,
  complexOut: boolean,
): Float32Array {
  const { rows, columns, re, im } = matrix;
  const depth = complexIn ? 2 * columns : columns;
  const tiles = Math.ceil(rows / width);
  const parts = complexOut ? 2 : 1;
  const table = new Float32Array(parts * tiles * depth * width);
  const write = (part: number, segment: number, values: Float64Array | null, sign: number) => {
    if (values === null) return;
    for (let r = 0; r < rows; r++) {
      let at = ((part * tiles + Math.floor(r / width)) * depth + segment * columns) * width + (r % width);
      for (let c = 0; c < columns; c++, at += width) table[at] = sign * values[r * columns + c];
    }
  };
  write(0, 0, re, 1);
  if (complexIn) write(0, 1, im, -1);
  if (complexOut) write(1, 0, im, 1);
  if (complexIn && complexOut) write(1, 1, re, 1);
  return table;
}

export const matrixTable = (
  key: string,
  matrix: () => Matrix,
  width: 4 | 8,
  complexIn: boolean,
  complexOut: boolean,
): Table => ({
  key: `${key} w${width}${complexIn ? " in" : ""}${complexOut ? " out" : ""}`,
  build: () => words(tiledMatrix(matrix(), width, complexIn, complexOut)),
});

export const vectorTable = (key: string, values: () => Float64Array): Table => ({
  key,
  build: () => words(Float32Array.from(values())),
});

/** The nonzero entries of a vector as pairs (index, value) behind their number. */
export const termsTable = (key: string, values: () => Float64Array): Table => ({
  key: `${key} terms`,
  build: () => {
    const terms = [...values()].flatMap((value, index) =>
      Math.abs(value) > 1e-14 ? [{ index, value }] : [],
    );
    const table = new Int32Array(2 + 2 * terms.length);
    const reals = new Float32Array(table.buffer);
    table[0] = terms.length;
    terms.forEach(({ index, value }, i) => {
      table[2 + 2 * i] = index;
      reals[3 + 2 * i] = value;
    });
    return { words: table, pointers: [] };
  },
});

export const boxTable = (
  size: readonly number[],
  out: readonly number[],
  start: readonly number[],
): Table => ({
  key: `box ${size} ${out} ${start}`,
  build: () => ({ words: Int32Array.from([...size, ...out, ...start]), pointers: [] }),
});
