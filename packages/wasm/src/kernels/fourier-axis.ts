import { axisGain, type FourierAxis, isEvenAxis } from "@halfband/ops";

/** A complex matrix [rows, columns] in double precision; `im` is null where it is zero. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly re: Float64Array;
  readonly im: Float64Array | null;
}

/** im A = left rightᵀ: the part of the unpaired Nyquist frequency of an otherwise real axis. */
export interface RankOne {
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** Multiplications after which a matrix is not formed but applied as its two factors, DFT and inverse DFT. */
const FORMING_LIMIT = 3e8;

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/** cos and sin of 2 pi j / n for j = 0..n-1, exact at quarters of a turn. */
export function rootsOfUnity(n: number): { cos: Float64Array; sin: Float64Array } {
  const cosineAt = (j: number) =>
    (4 * j) % n === 0 ? [1, 0, -1, 0][(4 * j) / n] : Math.cos((2 * Math.PI * j) / n);
  const sineAt = (j: number) =>
    (4 * j) % n === 0 ? [0, 1, 0, -1][(4 * j) / n] : Math.sin((2 * Math.PI * j) / n);
  return {
    cos: Float64Array.from({ length: n }, (_, j) => cosineAt(j)),
    sin: Float64Array.from({ length: n }, (_, j) => sineAt(j)),
  };
}

/** Imaginary part of an even axis, or null where it is zero. */
export function nyquistTerm(axis: FourierAxis): RankOne | null {
  if (axis.out % 2 === 1 || axis.out === axis.size) return null;
  const gain = axisGain(axis)[0] / axis.size;
  if (gain === 0) return null;
  const { sin } = rootsOfUnity(2 * axis.size);
  return {
    left: Float64Array.from({ length: axis.out }, (_, m) => (m % 2 === 0 ? gain : -gain)),
    right: Float64Array.from({ length: axis.size }, (_, n) => sin[(axis.out * n) % (2 * axis.size)]),
  };
}

/** True where forming the matrix would take seconds. */
export function isLongAxis(axis: FourierAxis): boolean {
  const steps = (axis.size / greatestCommonDivisor(axis.size, axis.out)) * axis.out;
  return axis.domain === "image" && steps * axis.out > 4 * FORMING_LIMIT;
}

/**
 * The matrix of an image axis, `fourierMatrix(axis)`. Entry (m, n) depends on m / M - n / N alone (times a phase of m
 * where bins are shifted), so the interpolating function is evaluated once per distinct value of it.
 */
export function imageMatrix(axis: FourierAxis): Matrix {
  const { size, out, shift } = axis;
  const even = isEvenAxis(axis);
  const common = greatestCommonDivisor(size, out);
  const steps = (size / common) * out;
  const kernel = interpolatingFunction(axis, steps);
  const phase = rootsOfUnity(out);
  const re = new Float64Array(out * size);
  const im = even && nyquistTerm(axis) === null ? null : new Float64Array(out * size);
  for (let m = 0; m < out; m++) {
    const turn = (((shift * m) % out) + out) % out;
    const cos = phase.cos[turn];
    const sin = phase.sin[turn];
    for (let n = 0; n < size; n++) {
      const j = (m * (size / common) + (size - n) * (out / common)) % steps;
      re[m * size + n] = kernel.re[j] * cos - kernel.im[j] * sin;
      if (im) im[m * size + n] = kernel.re[j] * sin + kernel.im[j] * cos;
    }
  }
  return { rows: out, columns: size, re, im };
}

/** 1/N sum over the kept k of g exp(2 pi i k j / steps), j = 0..steps-1. The gains are real: j and -j are conjugate. */
function interpolatingFunction(axis: FourierAxis, steps: number): { re: Float64Array; im: Float64Array } {
  const gain = axisGain(axis).map((g) => g / axis.size);
  const { cos, sin } = rootsOfUnity(steps);
  const re = new Float64Array(steps);
  const im = new Float64Array(steps);
  for (let j = 0; 2 * j <= steps; j++) {
    let at = (((axis.frequency * j) % steps) + steps) % steps;
    let sumRe = 0;
    let sumIm = 0;
    for (let i = 0; i < gain.length; i++) {
      sumRe += gain[i] * cos[at];
      sumIm += gain[i] * sin[at];
      at += j;
      if (at >= steps) at -= steps;
    }
    re[j] = sumRe;
    im[j] = sumIm;
    re[(steps - j) % steps] = sumRe;
    im[(steps - j) % steps] = j === 0 ? sumIm : -sumIm;
  }
  return { re, im };
}

/** [out, size]: exp(-2 pi i k n / N) for the kept k. */
export function analysisMatrix({ size, out, frequency }: FourierAxis): Matrix {
  return exponentials(
    out,
    size,
    (i, n) => -(frequency + i) * n,
    size,
    () => 1,
  );
}

/** [out, out]: g / N exp(2 pi i (k + shift) m / M), from kept bin to output sample. All that a k-space axis does. */
export function synthesisMatrix(axis: FourierAxis): Matrix {
  const gain = axisGain(axis);
  const { size, out, frequency, shift } = axis;
  return exponentials(
    out,
    out,
    (m, i) => (frequency + i + shift) * m,
    out,
    (i) => gain[i] / size,
  );
}

function exponentials(
  rows: number,
  columns: number,
  exponent: (row: number, column: number) => number,
  period: number,
  gain: (column: number) => number,
): Matrix {
  const { cos, sin } = rootsOfUnity(period);
  const re = new Float64Array(rows * columns);
  const im = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const at = ((exponent(r, c) % period) + period) % period;
      re[r * columns + c] = gain(c) * cos[at];
      im[r * columns + c] = gain(c) * sin[at];
    }
  }
  return { rows, columns, re, im };
}

export function conjugateTranspose({ rows, columns, re, im }: Matrix): Matrix {
  const transpose = (values: Float64Array, sign: number) =>
    Float64Array.from(
      { length: values.length },
      (_, at) => sign * values[(at % rows) * columns + Math.floor(at / rows)],
    );
  return { rows: columns, columns: rows, re: transpose(re, 1), im: im && transpose(im, -1) };
}
