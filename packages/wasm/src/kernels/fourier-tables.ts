import { axisGain, type FourierAxis } from "@halfband/ops";
import { type Matrix, rootsOfUnity } from "./fourier-axis.ts";

/**
 * A table for the kernels. `key` names its content, so that equal axes share it. The words of `build` listed in
 * `pointers` are byte offsets into the table itself, to which its address is added.
 */
export interface Table {
  readonly key: string;
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

const PRIMES = [13, 11, 7, 5, 3];

/**
 * Radices of the stages, forward order: large primes first, so that the last stage, which is fused with the product of
 * the spectrum, is 4 or 8.
 */
export function radices(length: number): number[] | null {
  let rest = length;
  const odd: number[] = [];
  for (const prime of PRIMES) {
    while (rest % prime === 0) {
      odd.push(prime);
      rest /= prime;
    }
  }
  let twos = 0;
  for (; rest % 2 === 0; rest /= 2) twos++;
  if (rest !== 1) return null;
  if (length === 8) return [2, 4];
  // As many eights as leave fours rather than a two.
  const fours = [0, 2, 1][twos % 3];
  if (twos === 1) return [...odd, 2];
  return [...odd, ...Array<number>((twos - 2 * fours) / 3).fill(8), ...Array<number>(fours).fill(4)];
}

/** Whether the half-band kernel applies to an even axis: factor 2 and a length of at least two small radices. */
export const isHalfband = ({ size, out }: FourierAxis): boolean =>
  size === 2 * out && out >= 8 && (radices(out)?.length ?? 0) >= 2;

/** Frequencies of the points of a butterfly; that of 8 works in halves of 4. */
const pointOrder = (radix: number): number[] =>
  radix === 8 ? [0, 2, 4, 6, 1, 3, 5, 7] : Array.from({ length: radix }, (_, q) => q);

/** Frequency held by each position after the forward stages. */
function digitReversed(stages: readonly number[]): number[] {
  const [radix, ...rest] = stages;
  if (radix === undefined) return [0];
  const inner = digitReversed(rest);
  return pointOrder(radix).flatMap((q) => inner.map((k) => q + radix * k));
}

const HEADER_WORDS = 8;
const STAGE_WORDS = 4;

/**
 * Plan of the half-band kernel (layout in assembly/fourier-halfband.ts): with E and O the spectra of the even and odd
 * samples, He[k] = g(k) / 2 and Ho[k] = g(k) / 2 exp(-i pi k / M), 0 at the Nyquist bin; 1/M is folded in.
 * The adjoint takes the conjugate of Ho.
 */
export const halfbandTable = (axis: FourierAxis, adjoint: boolean): Table => ({
  key: `halfband ${adjoint ? "adjoint " : ""}${JSON.stringify(axis)}`,
  build: () => {
    const length = axis.out;
    const stages = radices(length) ?? [];
    const gain = axisGain(axis);
    const order = digitReversed(stages).map((k) => (2 * k >= length ? k - length : k));
    const half = (k: number) => gain[k - axis.frequency] / (2 * length);
    const turn = rootsOfUnity(2 * length);
    const odd = order.flatMap((k) => {
      const g = 2 * k === -length ? 0 : half(k);
      const at = k < 0 ? k + 2 * length : k;
      return [g * turn.cos[at], (adjoint ? g : -g) * turn.sin[at]];
    });
    const header = new Int32Array(HEADER_WORDS + STAGE_WORDS * stages.length);
    const pointers: number[] = [];
    const reals: number[] = [];
    const point = (word: number, values: readonly number[]) => {
      header[word] = 4 * (header.length + reals.length);
      pointers.push(word);
      for (const value of values) reals.push(value);
    };
    header.set([length, stages.length, gain.some((g) => g !== 1) ? 1 : 0]);
    point(3, odd);
    point(4, order.map(half));
    header[5] = adjoint ? 1 : 0;
    header[6] = length;
    let block = length;
    stages.forEach((radix, i) => {
      const word = HEADER_WORDS + STAGE_WORDS * i;
      const span = block / radix;
      header.set([radix, span], word);
      point(word + 2, twiddles(radix, span));
      if (radix === 7 || radix > 8) point(word + 3, primeRoots(radix));
      block = span;
    });
    const table = new Int32Array(header.length + reals.length);
    table.set(header);
    new Float32Array(table.buffer, 4 * header.length).set(reals);
    return { words: table, pointers };
  },
});

/** exp(-2 pi i q j / (radix span)) for j = 0..span-1 and q the frequencies of points 1..radix-1. */
function twiddles(radix: number, span: number): number[] {
  const { cos, sin } = rootsOfUnity(radix * span);
  const order = pointOrder(radix).slice(1);
  return Array.from({ length: span }, (_, j) => order.flatMap((q) => [cos[q * j], -sin[q * j]])).flat();
}

/** For pairs of q = 1, 3, ... and q + 1, for k = 1..(radix - 1) / 2: cos and sin of 2 pi q k / radix. */
function primeRoots(radix: number): number[] {
  const { cos, sin } = rootsOfUnity(radix);
  const half = (radix - 1) / 2;
  const root = (at: number) => [cos[at % radix], sin[at % radix]];
  return Array.from({ length: Math.ceil(half / 2) }, (_, pair) => 2 * pair + 1).flatMap((q) =>
    Array.from({ length: half }, (_, k) => [...root(q * (k + 1)), ...root((q + 1) * (k + 1))]).flat(),
  );
}
