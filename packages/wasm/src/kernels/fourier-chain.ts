import type { Factor } from "./fourier-factors.ts";
import { itemNanoseconds, type Layout, NOWHERE, type Operand, type Pass, product } from "./fourier-pass.ts";
import { matrixTable } from "./fourier-tables.ts";

export type Sizes = readonly [number, number, number];
/** Real and imaginary part; the latter is nowhere where the tensor is real. */
export type Operands = readonly [Operand, Operand];

export interface Emitter {
  readonly passes: Pass[];
  readonly scratch: Layout;
}

/** A factor applied to [outer, size, inner]; inner = 1 takes the contiguous layout, below 8 the dense one. */
export function factorPass(
  factor: Factor,
  shape: { outer: number; size: number; inner: number },
  source: Operands,
  target: Operands,
): Pass {
  const { inner } = shape;
  const operands = { source: source[0], sourceIm: source[1], target: target[0], targetIm: target[1] };
  if (factor.halfband && (inner === 1 || inner >= 8)) {
    return { kind: "halfband", ...operands, ...shape, rows: factor.rows, table: factor.halfband };
  }
  const complexIn = source[1].place !== "none";
  const complexOut = target[1].place !== "none";
  const matrix = matrixTable(factor.key, factor.matrix, inner === 1 ? 8 : 4, complexIn, complexOut);
  const dense: Pass = { kind: "dense", ...operands, ...shape, rows: factor.rows, table: matrix };
  if (factor.transform === null) return dense;
  const transform: Pass = { ...dense, kind: "transform", table: factor.transform };
  return itemNanoseconds(transform) < itemNanoseconds(dense) ? transform : dense;
}

/** Blocks of `rows` rows of eight columns, set apart so that neighbours do not meet in the cache. */
const blockBytesOf = (rows: number): number => 32 * rows + 64;

/** The two half-band passes of a plane, which hand it over in blocks of eight columns; `turned`: its rows go first. */
function emitBlocked(
  { passes, scratch }: Emitter,
  [along, across]: readonly Factor[],
  [, height, width]: Sizes,
  turned: boolean,
  source: Operands,
  target: Operands,
): void {
  const [lines, columns] = turned ? [height, across.rows] : [along.rows, width];
  const blockBytes = blockBytesOf(lines);
  const between: Operands = [scratch.take((Math.ceil(columns / 8) * blockBytes) / 4), NOWHERE];
  const down = { outer: 1, size: height, inner: columns };
  const over = { outer: lines, size: width, inner: 1 };
  if (turned) {
    passes.push({ ...factorPass(across, over, source, between), blockBytes, order: "turned" });
    passes.push({ ...factorPass(along, down, between, target), blockBytes, order: "turned" });
  } else {
    passes.push({ ...factorPass(along, down, source, between), blockBytes });
    passes.push({ ...factorPass(across, over, between, target), blockBytes });
  }
}

const isBlocked = (factors: readonly Factor[], [slices, , width]: Sizes): boolean =>
  slices === 1 &&
  width >= 8 &&
  factors.length === 2 &&
  factors.every(({ axis, halfband }, i) => axis === i + 1 && halfband !== null);

/** Bytes of a plane that leaves no room in the cache: with its rows first, only their halves need to stay there. */
const TURNED_BYTES = 2 ** 20;

/** Whether the rows of planes go first. */
export const isTurned = (factors: readonly Factor[], input: Sizes): boolean =>
  isBlocked(factors, input) &&
  4 * product(input) >= TURNED_BYTES &&
  input[1] % 8 === 0 &&
  factors[1].rows % 8 === 0;

/** All factors one after the other; intermediates alternate between two places. */
export function emitChain(
  { passes, scratch }: Emitter,
  factors: readonly Factor[],
  input: Sizes,
  complex: boolean,
  source: Operands,
  target: Operands,
): void {
  if (isBlocked(factors, input)) {
    emitBlocked({ passes, scratch }, factors, input, isTurned(factors, input), source, target);
    return;
  }
  const shapes: number[][] = [[...input]];
  for (const { axis, rows } of factors)
    shapes.push(shapes[shapes.length - 1].map((size, i) => (i === axis ? rows : size)));
  const places = [0, 1].map((parity) => {
    const between = shapes
      .slice(1, -1)
      .filter((_, i) => i % 2 === parity)
      .map(product);
    const floats = Math.max(0, ...between);
    const re = floats > 0 ? scratch.take(floats) : NOWHERE;
    return [re, floats > 0 && complex ? scratch.take(floats) : NOWHERE] as const;
  });
  let from = source;
  factors.forEach((factor, i) => {
    const shape = shapes[i];
    const to = i === factors.length - 1 ? target : places[i % 2];
    const outer = product(shape.slice(0, factor.axis));
    const inner = product(shape.slice(factor.axis + 1));
    passes.push(factorPass(factor, { outer, size: shape[factor.axis], inner }, from, to));
    from = to;
  });
}
