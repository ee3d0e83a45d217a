import { type FourierAxis, type FourierStep, isEvenAxis, isIdentityAxis } from "@halfband/ops";
import { axisMatrix, beside, cropStart, isRealAxis, type Matrix, nyquistTerm } from "./fourier-matrix.ts";
import { Scratch } from "./fourier-scratch.ts";

/** Where an operand of a pass lies: input or output by position, or a slot of scratch. */
export interface Operand {
  readonly place: "input" | "output" | "scratch";
  readonly index: number;
}

/** What a pass reads along its axis: `depth` elements from `start`, on an axis of `size`. */
export interface Source {
  readonly operand: Operand;
  readonly size: number;
  readonly start: number;
  readonly depth: number;
}

/** [outer, size, inner] -> [outer, rows, inner], the matrix [rows, sum of depths] with the sources one behind the other. */
export interface Pass {
  readonly sources: readonly Source[];
  readonly target: Operand;
  readonly outer: number;
  readonly inner: number;
  readonly rows: number;
  /** Equal for equal matrices. */
  readonly key: string;
  readonly matrix: () => Float32Array;
}

export interface Program {
  readonly passes: readonly Pass[];
  /** Floats of every slot of scratch. */
  readonly scratch: readonly number[];
  readonly form: "real" | "complex";
}

/** Real and imaginary part; null: zero, or not wanted. */
type Parts = readonly [re: Operand | null, im: Operand | null];
type Combination = "re" | "im" | "re|-im" | "im|re";

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Builds once and keeps. */
function once<T>(build: () => T): () => T {
  let built: { value: T } | undefined;
  return () => {
    built ??= { value: build() };
    return built.value;
  };
}

/** One axis of the step, or of its adjoint. */
interface Factor {
  readonly index: number;
  readonly axis: FourierAxis;
  readonly rows: number;
  readonly columns: number;
  readonly start: number;
  readonly isReal: boolean;
  readonly matrix: () => Matrix;
}

/** Last axis first: its elements are neighbours, so that it is read once, whole. Equal axes share a matrix. */
function factorsOf({ axes, adjoint }: FourierStep): Factor[] {
  const matrices = new Map<string, () => Matrix>();
  const factors = axes.flatMap((axis, index): Factor[] => {
    if (isIdentityAxis(axis)) return [];
    const key = JSON.stringify(axis);
    const matrix = matrices.get(key) ?? once(() => axisMatrix(axis, adjoint));
    matrices.set(key, matrix);
    const columns = axis.domain === "kspace" || adjoint ? axis.out : axis.size;
    const start = adjoint ? 0 : cropStart(axis);
    return [
      { index, axis, rows: adjoint ? axis.size : axis.out, columns, start, isReal: isRealAxis(axis), matrix },
    ];
  });
  return factors.reverse();
}

/** The passes of a step. Matrices are described, not built. */
export function fourierProgram(step: FourierStep): Program {
  const builder = new ProgramBuilder(step);
  const factors = factorsOf(step);
  const source: Parts = [
    { place: "input", index: 0 },
    step.inputs.length > 1 ? { place: "input", index: 1 } : null,
  ];
  const target: Parts = [
    { place: "output", index: 0 },
    step.outputs.length > 1 ? { place: "output", index: 1 } : null,
  ];
  const real = source[1] === null && target[1] === null && factors.every(({ axis }) => isEvenAxis(axis));
  if (real && factors.length > 0) builder.realChain(factors, source[0]!, target[0]!);
  else builder.complexChain(factors, source, target, builder.input);
  return { passes: builder.passes, scratch: builder.scratch.floats, form: real ? "real" : "complex" };
}

class ProgramBuilder {
  readonly passes: Pass[] = [];
  readonly scratch = new Scratch();
  /** Sizes of the input tensor, its planes first. */
  readonly input: readonly number[];

  constructor(private readonly step: FourierStep) {
    this.input = [step.planes, ...step.axes.map((axis) => (step.adjoint ? axis.out : axis.size))];
  }

  /**
   * The real part of a chain of even axes, without its complex spectrum. With A = R + i left rightᵀ for the next axis
   * and P + i Q for the axes before it, the real part is R P - left (rightᵀ Q): rightᵀ commutes with Q, and Q of the
   * contracted input is a small matter.
   */
  realChain(factors: readonly Factor[], source: Operand, target: Operand): void {
    let sizes = this.input;
    let from = source;
    factors.forEach((factor, i) => {
      const before = factors.slice(0, i);
      const to = i === factors.length - 1 ? target : this.take(sizes, factor);
      const crosses = !factor.isReal && before.some(({ isReal }) => !isReal);
      if (crosses) {
        const correction = this.crossTerm(factor, before, source);
        this.withCorrection(factor, sizes, from, correction, to);
        this.scratch.release(correction);
      } else {
        this.multiply(factor, "re", sizes, [from], to);
      }
      this.scratch.release(from);
      from = to;
      sizes = resized(sizes, factor);
    });
  }

  /** Every axis in turn. What is not wanted at the end is not computed in the last pass. */
  complexChain(factors: readonly Factor[], source: Parts, target: Parts, input: readonly number[]): void {
    let sizes = input;
    let from = source;
    factors.forEach((factor, i) => {
      const hasImaginary = from[1] !== null || !factor.isReal;
      const to: Parts =
        i === factors.length - 1
          ? target
          : [this.take(sizes, factor), hasImaginary ? this.take(sizes, factor) : null];
      this.complexPass(factor, sizes, from, to);
      for (const part of from) this.scratch.release(part);
      from = to;
      sizes = resized(sizes, factor);
    });
    if (factors.length === 0) {
      source.forEach((part, i) => {
        const to = target[i];
        if (to) this.copy(part, to, product(sizes));
      });
    }
  }

  private complexPass(factor: Factor, sizes: readonly number[], [re, im]: Parts, [toRe, toIm]: Parts): void {
    if (toRe) {
      if (im && !factor.isReal) this.multiply(factor, "re|-im", sizes, [re!, im], toRe);
      else this.multiply(factor, "re", sizes, [re!], toRe);
    }
    if (toIm) {
      if (im && !factor.isReal) this.multiply(factor, "im|re", sizes, [re!, im], toIm);
      else if (im) this.multiply(factor, "re", sizes, [im], toIm);
      else if (!factor.isReal) this.multiply(factor, "im", sizes, [re!], toIm);
      else this.copy(null, toIm, product(resized(sizes, factor)));
    }
  }

  /** rightᵀ of an axis, then the imaginary part of the axes before it: a tensor of size 1 along the axis. */
  private crossTerm(factor: Factor, before: readonly Factor[], source: Operand): Operand {
    const { index, axis, columns } = factor;
    const contracted = resized(this.input, { index, rows: 1 });
    const plane = this.scratch.take(product(contracted));
    this.passes.push({
      ...around(this.input, index),
      sources: [{ operand: source, size: columns, start: 0, depth: columns }],
      target: plane,
      rows: 1,
      key: `right ${this.keyOf(axis)}`,
      matrix: () => Float32Array.from(nyquistTerm(axis, this.step.adjoint).right),
    });
    const sizes = before.reduce(resized, contracted);
    const correction = this.scratch.take(product(sizes));
    this.complexChain(before, [plane, null], [null, correction], contracted);
    return correction;
  }

  private withCorrection(
    factor: Factor,
    sizes: readonly number[],
    from: Operand,
    correction: Operand,
    target: Operand,
  ): void {
    const { index, axis, rows, columns, start } = factor;
    this.passes.push({
      ...around(sizes, index),
      sources: [
        { operand: from, size: sizes[index + 1], start, depth: columns },
        { operand: correction, size: 1, start: 0, depth: 1 },
      ],
      target,
      rows,
      key: `re|-left ${this.keyOf(axis)}`,
      matrix: () =>
        beside(rows, [
          { values: factor.matrix().re, sign: 1 },
          { values: nyquistTerm(axis, this.step.adjoint).left, sign: -1 },
        ]),
    });
  }

  private multiply(
    factor: Factor,
    combination: Combination,
    sizes: readonly number[],
    operands: readonly Operand[],
    target: Operand,
  ): void {
    const { index, axis, rows, columns, start, matrix } = factor;
    this.passes.push({
      ...around(sizes, index),
      sources: operands.map((operand) => ({ operand, size: sizes[index + 1], start, depth: columns })),
      target,
      rows,
      key: `${combination} ${this.keyOf(axis)}`,
      matrix: () => combine(matrix(), combination),
    });
  }

  /** As it is, or zeros. */
  private copy(source: Operand | null, target: Operand, length: number): void {
    const sources = source ? [{ operand: source, size: 1, start: 0, depth: 1 }] : [];
    const matrix = () => Float32Array.of(1);
    this.passes.push({ sources, target, outer: length, inner: 1, rows: 1, key: "one", matrix });
  }

  private take(sizes: readonly number[], factor: Factor): Operand {
    return this.scratch.take(product(resized(sizes, factor)));
  }

  private keyOf(axis: FourierAxis): string {
    return `${this.step.adjoint ? "adjoint " : ""}${JSON.stringify(axis)}`;
  }
}

function combine({ rows, re, im }: Matrix, combination: Combination): Float32Array {
  const imaginary = im ?? new Float64Array(re.length);
  const real = { values: re, sign: 1 } as const;
  switch (combination) {
    case "re":
      return beside(rows, [real]);
    case "im":
      return beside(rows, [{ values: imaginary, sign: 1 }]);
    case "re|-im":
      return beside(rows, [real, { values: imaginary, sign: -1 }]);
    case "im|re":
      return beside(rows, [{ values: imaginary, sign: 1 }, real]);
  }
}

const resized = (sizes: readonly number[], { index, rows }: Pick<Factor, "index" | "rows">): number[] =>
  sizes.map((size, i) => (i === index + 1 ? rows : size));

/** Elements before and behind spatial axis `index` of a tensor whose planes come first. */
const around = (sizes: readonly number[], index: number): Pick<Pass, "outer" | "inner"> => ({
  outer: product(sizes.slice(0, index + 1)),
  inner: product(sizes.slice(index + 2)),
});
