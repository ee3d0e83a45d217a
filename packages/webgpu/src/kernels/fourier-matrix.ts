import { axisGain, type FourierAxis, fourierMatrix, imageMatrix, isEvenAxis } from "@halfband/ops";

/** A complex matrix [rows, columns] in double precision, or a real one. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly re: Float64Array;
  readonly im: Float64Array | null;
}

/** im A = left rightᵀ. */
export interface RankOne {
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** Gain of the Nyquist frequency that an even axis keeps on one side only; 0 where there is none. */
function loneGain(axis: FourierAxis): number {
  return axis.out % 2 === 1 || axis.out === axis.size ? 0 : axisGain(axis)[0] / axis.size;
}

/** Whether the matrix of an axis is real. */
export const isRealAxis = (axis: FourierAxis): boolean => isEvenAxis(axis) && loneGain(axis) === 0;

/** Imaginary part of an even axis that is not real: gain (-1)^m times sin(pi out n / size). */
export function nyquistTerm(axis: FourierAxis, adjoint: boolean): RankOne {
  const { size, out } = axis;
  const gain = loneGain(axis);
  const alternating = Float64Array.from({ length: out }, (_, m) => (m % 2 === 0 ? gain : -gain));
  const wave = Float64Array.from({ length: size }, (_, n) => {
    const halfTurns = (out * n) % (2 * size); // times size
    return halfTurns % size === 0 ? 0 : Math.sin((Math.PI * halfTurns) / size);
  });
  return adjoint ? { left: wave.map((v) => -v), right: alternating } : { left: alternating, right: wave };
}

/** First kept column of a k-space axis. The columns around it are zero. */
export const cropStart = (axis: FourierAxis): number =>
  axis.domain === "kspace" ? axis.frequency + Math.floor(axis.size / 2) : 0;

/** The axis as a matrix, or its conjugate transpose. Columns that a k-space axis drops are left out. */
export function axisMatrix(axis: FourierAxis, adjoint: boolean): Matrix {
  const { re, im } = axis.domain === "image" ? imageMatrix(axis) : fourierMatrix(axis);
  const whole: Matrix = { rows: axis.out, columns: axis.size, re, im: isRealAxis(axis) ? null : im };
  if (adjoint) return conjugateTranspose(whole);
  return axis.domain === "kspace" ? columnsOf(whole, cropStart(axis), axis.out) : whole;
}

function conjugateTranspose({ rows, columns, re, im }: Matrix): Matrix {
  const transpose = (values: Float64Array, sign: number): Float64Array => {
    const turned = new Float64Array(values.length);
    for (let m = 0; m < rows; m++) {
      for (let n = 0; n < columns; n++) turned[n * rows + m] = sign * values[m * columns + n];
    }
    return turned;
  };
  return { rows: columns, columns: rows, re: transpose(re, 1), im: im && transpose(im, -1) };
}

function columnsOf({ rows, columns, re, im }: Matrix, start: number, count: number): Matrix {
  const crop = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: rows * count }, (_, i) => {
      const row = Math.floor(i / count);
      return values[row * columns + start + (i - row * count)];
    });
  return { rows, columns: count, re: crop(re), im: im && crop(im) };
}

/** Matrices side by side, [rows, sum of columns], each times its sign, in single precision. */
export function beside(
  rows: number,
  parts: readonly { readonly values: Float64Array; readonly sign: 1 | -1 }[],
): Float32Array {
  const widths = parts.map(({ values }) => values.length / rows);
  const width = widths.reduce((a, b) => a + b, 0);
  const table = new Float32Array(rows * width);
  let start = 0;
  parts.forEach(({ values, sign }, i) => {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < widths[i]; c++) table[r * width + start + c] = sign * values[r * widths[i] + c];
    }
    start += widths[i];
  });
  return table;
}
