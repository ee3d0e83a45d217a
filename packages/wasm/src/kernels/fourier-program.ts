import { type FourierAxis, type FourierStep, isIdentityAxis } from "@halfband/ops";
import { isEvenAxis, isLongAxis, type Matrix, nyquistTerm, type RankOne } from "./fourier-axis.ts";
import { axisChains, type Factor } from "./fourier-factors.ts";
import { type HalfbandForm, halfbandForm, isShifted } from "./fourier-halfband.ts";
import {
  at,
  itemNanoseconds,
  Layout,
  NOWHERE,
  type Operand,
  type Pass,
  type PassShape,
  passItems,
  passScratch,
  realPass,
} from "./fourier-pass.ts";
import { boxTable, matrixTable, type Table, termsTable, vectorTable } from "./fourier-tables.ts";

/** What a step runs, per block of `block` planes. */
export interface Program {
  readonly passes: readonly Pass[];
  readonly block: number;
  /** One pass after the other, each over its lines, rather than all passes of one block after the other. */
  readonly byLines: boolean;
  /** What each thread has for itself, and what they share. */
  readonly scratchBytes: number;
  readonly sharedBytes: number;
  readonly form: HalfbandForm | "dense" | "complex";
}

type Sizes = readonly [number, number, number];
/** Real and imaginary part; the latter is nowhere where the tensor is real. */
type Operands = readonly [Operand, Operand];

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
const column = (values: Float64Array): Matrix => ({ rows: values.length, columns: 1, re: values, im: null });
const row = (values: Float64Array): Matrix => ({ rows: 1, columns: values.length, re: values, im: null });

/** Planes that go through the passes together: enough for eight lines of the last axis, and up to 32 KiB. */
function planesPerBlock(step: FourierStep, input: Sizes, output: Sizes): number {
  const lines = Math.min(input[0], output[0]) * Math.min(input[1], output[1]);
  const floats = Math.max(product(input), product(output));
  const wanted = Math.max(Math.ceil(8 / lines), Math.min(32, Math.floor(8192 / floats)));
  return Math.max(1, Math.min(wanted, step.planes));
}

/** Planes that go through one pass after the other by lines: intermediates of up to 1 MiB or so. */
function planesPerSweep(step: FourierStep, input: Sizes, output: Sizes): number {
  const floats = Math.max(product(input), product(output));
  return Math.max(1, Math.min(Math.floor(2 ** 18 / floats), step.planes));
}

/** Nanoseconds of all passes over one plane. */
const planeNanoseconds = (passes: readonly Pass[]): number =>
  passes.reduce((sum, pass) => sum + passItems(pass, 1) * itemNanoseconds(pass), 0);

/** Threads that blocks of planes should suffice for; and how long a step takes that is not worth splitting further. */
const THREADS = 16;
const SHORT_NANOSECONDS = 30_000;

/** Whether the planes, in blocks, give every thread its share. */
const fillsThreads = (passes: readonly Pass[], planes: number, block: number): boolean =>
  planes >= THREADS * block || planes * planeNanoseconds(passes) < SHORT_NANOSECONDS;

/** The axes as three, leading ones of size 1 added; those pass through. */
const IDENTITY: FourierAxis = {
  size: 1,
  out: 1,
  frequency: 0,
  shift: 0,
  window: { kind: "none" },
  nyquist: "half",
  domain: "image",
};
const threeAxes = (step: FourierStep): readonly FourierAxis[] =>
  [IDENTITY, IDENTITY, ...step.axes].slice(step.axes.length - 1);

const sizes = (axes: readonly FourierAxis[], of: (axis: FourierAxis) => number): Sizes => [
  of(axes[0]),
  of(axes[1]),
  of(axes[2]),
];

interface Emitter {
  readonly passes: Pass[];
  readonly scratch: Layout;
}

/** A factor applied to [outer, size, inner]; inner = 1 takes the contiguous layout, below 8 the dense one. */
function factorPass(
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
  const table = matrixTable(factor.key, factor.matrix, inner === 1 ? 8 : 4, complexIn, complexOut);
  return { kind: "dense", ...operands, ...shape, rows: factor.rows, table };
}

/** All factors one after the other, outermost axis first; intermediates alternate between two places. */
function emitChain(
  { passes, scratch }: Emitter,
  factors: readonly Factor[],
  input: Sizes,
  complex: boolean,
  source: Operands,
  target: Operands,
): void {
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

/**
 * Subtracts im(A_a) im(A_b) re(A_c) x: contracts axes a < b with the right vectors, applies the real matrix of the
 * remaining axis c to the line left over and spreads it along b and a.
 */
function emitRankOne(
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
function fuseRankOne(
  { passes, scratch }: Emitter,
  termA: RankOne,
  termB: RankOne,
  input: Sizes,
  output: Sizes,
): void {
  const [along, across] = passes.splice(-2);
  const sums = scratch.take(input[0] * input[2]);
  const alternating = scratch.take(output[0] * output[1]);
  const shape = { outer: input[0], size: input[2], rows: output[1], inner: 1 };
  const gain = termB.left[0];
  const table = vectorTable(
    `rank one ${shape.size} ${shape.rows} ${JSON.stringify([termA.left[0], gain])}`,
    () => Float64Array.from([...termB.right, ...termA.left.map((value) => -gain * value)]),
  );
  passes.push({ ...along, targetIm: sums }, realPass("rankOne", sums, alternating, shape, table), {
    ...across,
    sourceIm: alternating,
  });
}

/** re(A x A x A) of real input: the real chain, minus one term for each pair of axes with an imaginary part. */
function emitReal(
  emitter: Emitter,
  step: FourierStep,
  axes: readonly FourierAxis[],
  input: Sizes,
  output: Sizes,
): void {
  const factors = axisChains(axes, step.adjoint, true);
  emitChain(emitter, factors.flat(), input, false, [at("input"), NOWHERE], [at("output"), NOWHERE]);
  const terms = axes.map((axis): RankOne | null => {
    const term = isIdentityAxis(axis) ? null : nyquistTerm(axis);
    return term && step.adjoint ? { left: term.right, right: term.left } : term;
  });
  const [z, y, x] = axes;
  if (isIdentityAxis(z) && terms[1] && terms[2] && isShifted(y, step.adjoint) && isShifted(x, step.adjoint)) {
    fuseRankOne(emitter, terms[1], terms[2], input, output);
    return;
  }
  const keys = axes.map((axis) => JSON.stringify(axis) + (step.adjoint ? " adjoint" : ""));
  for (const pair of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    if (terms[pair[0]] === null || terms[pair[1]] === null) continue;
    emitRankOne(emitter, pair, terms, keys, factors[3 - pair[0] - pair[1]], input, output);
  }
}

/** Copies a box of each part, starting at `start` in the source; what lies beyond the source is zero. */
function emitRegion(
  { passes }: Emitter,
  from: Operands,
  to: Operands,
  input: Sizes,
  output: Sizes,
  start: Sizes,
): void {
  const part = (source: Operand, target: Operand, origin: Sizes): Pass => {
    const shape = { outer: 1, size: input[2], rows: output[0] * output[1], inner: output[2] };
    return realPass("region", source, target, shape, boxTable(input, output, origin));
  };
  passes.push(part(from[0], to[0], start));
  if (to[1].place === "none") return;
  // A real source has an imaginary part of zeros: all of it lies beyond.
  passes.push(from[1].place === "none" ? part(from[0], to[1], input) : part(from[1], to[1], start));
}

/** The complex chain. K-space axes are cropped to the kept band first, or padded from it last in the adjoint. */
function emitComplex(
  emitter: Emitter,
  step: FourierStep,
  axes: readonly FourierAxis[],
  input: Sizes,
  output: Sizes,
): void {
  const source: Operands = [at("input"), step.inputs.length === 2 ? at("inputIm") : NOWHERE];
  const target: Operands = [at("output"), step.outputs.length === 2 ? at("outputIm") : NOWHERE];
  const factors = axisChains(axes, step.adjoint, false).flat();
  const whole = step.adjoint ? output : input;
  const band = sizes(axes, (axis) => (axis.domain === "kspace" ? axis.out : axis.size));
  const start = (sign: 1 | -1) =>
    sizes(axes, (axis) =>
      axis.domain === "kspace" ? sign * (axis.frequency + Math.floor(axis.size / 2)) : 0,
    );
  const take = (operand: Operand) =>
    operand.place === "none" ? NOWHERE : emitter.scratch.take(product(band));

  if (factors.length === 0) {
    emitRegion(emitter, source, target, input, output, start(1));
  } else if (band.every((size, i) => size === whole[i])) {
    emitChain(emitter, factors, input, true, source, target);
  } else if (step.adjoint) {
    const kept: Operands = [take(target[0]), take(target[1])];
    emitChain(emitter, factors, input, true, source, kept);
    emitRegion(emitter, kept, target, band, output, start(-1));
  } else {
    const kept: Operands = [take(source[0]), take(source[1])];
    emitRegion(emitter, source, kept, input, band, start(1));
    emitChain(emitter, factors, band, true, kept, target);
  }
}

/** The most special of the ways in which the axes of a real step are multiplied. */
function realForm(axes: readonly FourierAxis[]): Program["form"] {
  const forms = axes.map(halfbandForm);
  return (["folded", "embedded", "halfband"] as const).find((form) => forms.includes(form)) ?? "dense";
}

/** What one block of planes takes on one thread. */
export const blockNanoseconds = ({ passes, block }: Program): number => block * planeNanoseconds(passes);

/** The passes of a step. Tables are described, not built. */
export function fourierProgram(step: FourierStep): Program {
  const axes = threeAxes(step);
  const large = sizes(axes, (axis) => axis.size);
  const small = sizes(axes, (axis) => axis.out);
  const [input, output] = step.adjoint ? [small, large] : [large, small];
  const lone = step.inputs.length === 1 && step.outputs.length === 1;
  const touched = axes.filter((axis) => !isIdentityAxis(axis));
  const real =
    lone &&
    touched.length > 0 &&
    touched.every((axis) => isEvenAxis(axis) && (halfbandForm(axis) !== null || !isLongAxis(axis)));
  const emit = (layout: Layout) => {
    const emitter: Emitter = { passes: [], scratch: layout };
    if (real) emitReal(emitter, step, axes, input, output);
    else emitComplex(emitter, step, axes, input, output);
    return emitter;
  };
  const draft = emit(new Layout("work", 0, 1)).passes;
  // The kernels' own scratch comes first; its size follows from the passes.
  const kernelBytes = Math.max(0, ...draft.map(passScratch));
  const whole = planesPerBlock(step, input, output);
  const byLines = !fillsThreads(draft, step.planes, whole);
  const block = byLines ? planesPerSweep(step, input, output) : whole;
  const { passes, scratch } = emit(new Layout(byLines ? "shared" : "work", byLines ? 0 : kernelBytes, block));
  return {
    passes,
    block,
    byLines,
    scratchBytes: byLines ? kernelBytes : scratch.bytes,
    sharedBytes: byLines ? scratch.bytes : 0,
    form: real ? realForm(touched) : "complex",
  };
}
