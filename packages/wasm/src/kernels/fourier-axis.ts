import { axisGain, imageMatrix as complexMatrix, type FourierAxis, isEvenAxis } from "@halfband/ops";

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

/** The matrix of an image axis. */
export function imageMatrix(axis: FourierAxis): Matrix {
  const { re, im } = complexMatrix(axis);
  const isReal = isEvenAxis(axis) && nyquistTerm(axis) === null;
  return { rows: axis.out, columns: axis.size, re, im: isReal ? null : im };
}

/** [out, out]: g / N exp(2 pi i (k + shift) m / M), from kept bin to output sample. All that a k-space axis does. */
export function synthesisMatrix(axis: FourierAxis): Matrix {
  const { size, out, frequency, shift } = axis;
  const gain = axisGain(axis);
  const { cos, sin } = rootsOfUnity(out);
  const re = new Float64Array(out * out);
  const im = new Float64Array(out * out);
  for (let m = 0; m < out; m++) {
    for (let i = 0; i < out; i++) {
      const at = ((((frequency + i + shift) * m) % out) + out) % out;
      re[m * out + i] = (gain[i] / size) * cos[at];
      im[m * out + i] = (gain[i] / size) * sin[at];
    }
  }
  return { rows: out, columns: out, re, im };
}

export function conjugateTranspose({ rows, columns, re, im }: Matrix): Matrix {
  const transpose = (values: Float64Array, sign: number) => {
    const turned = new Float64Array(values.length);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) turned[c * rows + r] = sign * values[r * columns + c];
    }
    return turned;
  };
  return { rows: columns, columns: rows, re: transpose(re, 1), im: im && transpose(im, -1) };
}
