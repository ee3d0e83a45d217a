import { type FourierAxis, type FourierStep, isEvenAxis, isIdentityAxis } from "@halfband/ops";
import { nyquistTerm, type RankOne } from "./fourier-axis.ts";
import { type Emitter, emitChain, isTurned, type Operands, type Sizes } from "./fourier-chain.ts";
import { axisChains } from "./fourier-factors.ts";
import { type HalfbandForm, halfbandForm, isShifted } from "./fourier-halfband.ts";
import {
  at,
  itemNanoseconds,
  Layout,
  NOWHERE,
  type Operand,
  type Pass,
  passItems,
  passScratch,
  product,
  realPass,
} from "./fourier-pass.ts";
import { emitRankOne, fuseRankOne, fuseRankOneVolume } from "./fourier-rank-one.ts";
import { boxTable } from "./fourier-tables.ts";

/** What a step runs, per block of `block` planes. */
export interface Program {
  readonly passes: readonly Pass[];
  readonly block: number;
  /** One pass after the other, each over its lines, rather than all passes of one block after the other. */
  readonly byLines: boolean;
  /** What each thread has for itself, and what they share. */
  readonly scratchBytes: number;
  readonly sharedBytes: number;
  readonly form: HalfbandForm | "transform" | "dense" | "complex";
}

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

/** re(A x A x A) of real input: the real chain, minus one term for each pair of axes with an imaginary part. */
function emitReal(
  emitter: Emitter,
  step: FourierStep,
  axes: readonly FourierAxis[],
  input: Sizes,
  output: Sizes,
): void {
  const factors = axisChains(axes, step.adjoint, true);
  const [slices, rows, columns] = factors;
  const shifted = axes.map((axis) => !isIdentityAxis(axis) && isShifted(axis, step.adjoint));
  const fused = shifted.every((is) => is);
  // Lines along rows lie within a slice, so this pass reads a large volume in order; slices are halved by the next one.
  const chain = step.adjoint && !fused ? factors.flat() : [...rows, ...slices, ...columns];
  emitChain(emitter, chain, input, false, [at("input"), NOWHERE], [at("output"), NOWHERE]);
  const terms = axes.map((axis): RankOne | null => {
    const term = isIdentityAxis(axis) ? null : nyquistTerm(axis);
    return term && step.adjoint ? { left: term.right, right: term.left } : term;
  });
  const keys = axes.map((axis) => JSON.stringify(axis) + (step.adjoint ? " adjoint" : ""));
  const [z, y, x] = terms;
  if (isIdentityAxis(axes[0]) && y && x && shifted[1] && shifted[2]) {
    const swapped = ([slices, rows, columns]: Sizes): Sizes => [slices, columns, rows];
    if (isTurned(chain, input)) fuseRankOne(emitter, x, y, swapped(input), swapped(output), step.adjoint);
    else fuseRankOne(emitter, y, x, input, output, step.adjoint);
    return;
  }
  if (fused && z && y && x) {
    fuseRankOneVolume(emitter, [z, y, x], keys, slices[0], input, output, step.adjoint);
    return;
  }
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
function realForm(axes: readonly FourierAxis[], passes: readonly Pass[]): Program["form"] {
  const forms = axes.map(halfbandForm);
  const special = (["folded", "embedded", "halfband"] as const).find((form) => forms.includes(form));
  return special ?? passes.find(({ table }) => table.form)?.table.form ?? "dense";
}

/** Bytes that are more than a core's own cache holds, and of a plane that takes a good part of it. */
const FAR_BYTES = 2 ** 21;
const LARGE_PLANE_BYTES = 2 ** 17;

/** Whether a pass goes along the columns of large planes of a large input: it had better read these in order first. */
function isFarPass({ source, inner, size }: Pass, step: FourierStep, input: Sizes): boolean {
  const planeBytes = 4 * product(input);
  const isLarge = planeBytes >= LARGE_PLANE_BYTES && step.planes * planeBytes > FAR_BYTES;
  return source.place === "input" && isLarge && inner > 1 && 4 * size * inner <= FAR_BYTES / 2;
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
  const real = lone && touched.length > 0 && touched.every(isEvenAxis);
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
    passes: passes.map((pass) => (isFarPass(pass, step, input) ? { ...pass, order: "far" } : pass)),
    block,
    byLines,
    scratchBytes: byLines ? kernelBytes : scratch.bytes,
    sharedBytes: byLines ? scratch.bytes : 0,
    form: real ? realForm(touched, passes) : "complex",
  };
}
