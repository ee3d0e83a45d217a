import type { Matrix, RankOne } from "./fourier-axis.ts";
import { type Emitter, factorPass, type Sizes } from "./fourier-chain.ts";
import type { Factor } from "./fourier-factors.ts";
import { at, NOWHERE, type Operand, type Pass, type PassShape, product, realPass } from "./fourier-pass.ts";
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

/** Of an even axis: what sums without a gain are multiplied with, and what an alternating vector is. */
const sumGain = (term: RankOne, adjoint: boolean): number => (adjoint ? term.right[0] : 1);
const spreadGain = (term: RankOne, adjoint: boolean): number => (adjoint ? -1 : term.left[0]);

/**
 * The three terms of a volume, between its half-band passes along y, z and x. With P and Q the sums that the first two
 * gather, which contract y and z:
 * - the term of y and z has what is left of P contracted along z: it joins the pass along z, alternating, and is
 *   filtered along x;
 * - those of y and x, and of z and x, have what is left of P and Q contracted along x, the former filtered along z;
 *   they join the pass along x.
 */
export function fuseRankOneVolume(
  { passes, scratch }: Emitter,
  terms: readonly [RankOne, RankOne, RankOne],
  keys: readonly string[],
  slices: Factor,
  input: Sizes,
  output: Sizes,
  adjoint: boolean,
): void {
  const [z, y, x] = terms;
  const [alongY, alongZ, alongX] = passes.splice(-3);
  const p = scratch.take(input[0] * input[2]);
  const q = scratch.take(output[1] * input[2]);
  const sheet = scratch.take(output[1] * input[2]);
  const rows = scratch.take(output[0] * output[1]);
  const spread = (name: string, key: string, term: RankOne, gain: number) => ({
    key: `${name} ${key} ${gain}`,
    values: () => term.left.map((value) => gain * value),
  });
  const thin = (kind: Pass["kind"], from: Operand, to: Operand, shape: PassShape, table: Table) =>
    void passes.push(realPass(kind, from, to, shape, table));
  const contractX = (from: Operand, lines: number): Operand => {
    const to = scratch.take(lines);
    const table = matrixTable(`right ${keys[2]}`, () => row(x.right), 8, false, false);
    thin("dense", from, to, { outer: lines, size: input[2], rows: 1, inner: 1 }, table);
    return to;
  };

  passes.push({ ...alongY, targetIm: p });
  const line = scratch.take(input[2]);
  const rightZ = termsTable(`right ${keys[0]}`, () => z.right);
  thin("contract", p, line, { outer: 1, size: input[0], rows: 1, inner: input[2] }, rightZ);
  const yForZ = spread("left", keys[1], y, -sumGain(y, adjoint) * spreadGain(z, adjoint));
  thin(
    "dense",
    line,
    sheet,
    { outer: 1, size: 1, rows: output[1], inner: input[2] },
    matrixTable(yForZ.key, () => column(yForZ.values()), 4, false, false),
  );
  passes.push({ ...alongZ, sourceIm: sheet, targetIm: q });

  const filtered = scratch.take(output[0]);
  const unfiltered = contractX(p, input[0]);
  const shape = { outer: 1, size: input[0], inner: 1 };
  passes.push(factorPass(slices, shape, [unfiltered, NOWHERE], [filtered, NOWHERE]));
  const yForX = spread("left", keys[1], y, -sumGain(y, adjoint) * spreadGain(x, adjoint));
  thin(
    "dense",
    filtered,
    rows,
    { outer: output[0], size: 1, rows: output[1], inner: 1 },
    matrixTable(yForX.key, () => column(yForX.values()), 8, false, false),
  );
  const zForX = spread("left vector", keys[0], z, sumGain(z, adjoint) * spreadGain(x, adjoint));
  thin(
    "subtractOuter",
    contractX(q, output[1]),
    rows,
    { outer: 1, size: 1, rows: output[0], inner: output[1] },
    vectorTable(zForX.key, zForX.values),
  );
  passes.push({ ...alongX, sourceIm: rows });
}
