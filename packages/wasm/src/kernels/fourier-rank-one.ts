import type { Matrix, RankOne } from "./fourier-axis.ts";
import { type Emitter, factorPass, product, type Sizes } from "./fourier-chain.ts";
import type { Factor } from "./fourier-factors.ts";
import { at, NOWHERE, type Operand, type Pass, type PassShape, realPass } from "./fourier-pass.ts";
import { matrixTable, type Table, termsTable, vectorTable } from "./fourier-tables.ts";

const column = (values: Float64Array): Matrix => ({ rows: values.length, columns: 1, re: values, im: null });
const row = (values: Float64Array): Matrix => ({ rows: 1, columns: values.length, re: values, im: null });

/**
 * Subtracts im(A_a) im(A_b) re(A_c) x: contracts axes a < b with the right vectors, applies the real matrix of the
 * remaining axis c to the line left over and spreads it along b and a.
 */
export function emitRankOne(
  { passes, scratch }: Emitter,
  [a, b]: readonly [number, number],
  terms: readonly (RankOne | null)[],
  keys: readonly string[],
  factors: readonly Factor[],
  input: Sizes,
  output: Sizes,
): void {
  const c = 3 - a - b;
  const [termA, termB] = [terms[a]!, terms[b]!];
  const along = (sizes: Sizes, axis: number) => ({
    outer: product(sizes.slice(0, axis)),
    inner: product(sizes.slice(axis + 1)),
  });
  // Of the plane without axis a, what lies outside and inside of axis b.
  const beside = (sizes: Sizes) => (c < b ? { outer: sizes[c], inner: 1 } : { outer: 1, inner: sizes[c] });
  const thin = (kind: Pass["kind"], from: Operand, to: Operand, shape: PassShape, table: Table) =>
    void passes.push(realPass(kind, from, to, shape, table));

  const plane = scratch.take(input[b] * input[c]);
  const rightA = termsTable(`right ${keys[a]}`, () => termA.right);
  thin("contract", at("input"), plane, { ...along(input, a), size: input[a], rows: 1 }, rightA);

  let line = scratch.take(input[c]);
  const contracted = { ...beside(input), size: input[b], rows: 1 };
  if (contracted.inner === 1) {
    thin(
      "dense",
      plane,
      line,
      contracted,
      matrixTable(`right ${keys[b]}`, () => row(termB.right), 8, false, false),
    );
  } else {
    thin(
      "contract",
      plane,
      line,
      contracted,
      termsTable(`right ${keys[b]}`, () => termB.right),
    );
  }
  for (const factor of factors) {
    const filtered = scratch.take(factor.rows);
    const shape = { outer: 1, size: input[c], inner: 1 };
    passes.push(factorPass(factor, shape, [line, NOWHERE], [filtered, NOWHERE]));
    line = filtered;
  }

  const sheet = scratch.take(output[b] * output[c]);
  const spread = { ...beside(output), size: 1, rows: output[b] };
  const width = spread.inner === 1 ? 8 : 4;
  thin(
    "dense",
    line,
    sheet,
    spread,
    matrixTable(`left ${keys[b]}`, () => column(termB.left), width, false, false),
  );
  const leftA = vectorTable(`left vector ${keys[a]}`, () => termA.left);
  thin("subtractOuter", sheet, at("output"), { ...along(output, a), size: 1, rows: output[a] }, leftA);
}

/**
 * The same between the two half-band passes of a plane, a then b: the first gathers the sums that contract axis a, and
 * the second adds what is left of them, which alternates along b.
 */
export function fuseRankOne(
  { passes, scratch }: Emitter,
  termA: RankOne,
  termB: RankOne,
  input: Sizes,
  output: Sizes,
  adjoint: boolean,
): void {
  const [along, across] = passes.splice(-2);
  const sums = scratch.take(input[0] * input[2]);
  const alternating = scratch.take(output[0] * output[1]);
  const shape = { outer: input[0], size: input[2], rows: output[1], inner: 1 };
  // The sums have no gain of the alternating vector in the adjoint, where what is added starts a sample later.
  const gain = adjoint ? termA.right[0] : -termB.left[0];
  const table = vectorTable(
    `rank one ${adjoint} ${shape.size} ${shape.rows} ${JSON.stringify([gain, termA.left[0], termB.right[0]])}`,
    () => Float64Array.from([...termB.right, ...termA.left.map((value) => gain * value)]),
  );
  passes.push({ ...along, targetIm: sums }, realPass("rankOne", sums, alternating, shape, table), {
    ...across,
    sourceIm: alternating,
  });
}
