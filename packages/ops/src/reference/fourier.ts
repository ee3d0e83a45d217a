import type { ComplexMatrix } from "../complex-matrix.ts";
import { type FourierAxis, fourierMatrix, isIdentityAxis } from "../fourier.ts";
import { product } from "./loops.ts";

export interface ComplexArray {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Applies the complex matrix of every axis, one after the other, to all planes; with `adjoint` the conjugate
 * transposes.
 */
export function applyFourier(
  x: ComplexArray,
  planes: number,
  axes: readonly FourierAxis[],
  adjoint: boolean,
): ComplexArray {
  const sizes = axes.map((axis) => (adjoint ? axis.out : axis.size));
  let data = x;
  axes.forEach((axis, a) => {
    if (isIdentityAxis(axis)) return;
    const matrix = adjoint
      ? conjugateTranspose(fourierMatrix(axis), axis.out, axis.size)
      : fourierMatrix(axis);
    const rows = adjoint ? axis.size : axis.out;
    data = applyMatrix(
      data,
      matrix,
      rows,
      planes * product(sizes.slice(0, a)),
      sizes[a],
      product(sizes.slice(a + 1)),
    );
    sizes[a] = rows;
  });
  return data;
}

function conjugateTranspose({ re, im }: ComplexMatrix, rows: number, columns: number): ComplexMatrix {
  const transposed = { re: new Float64Array(re.length), im: new Float64Array(im.length) };
  for (let m = 0; m < rows; m++) {
    for (let n = 0; n < columns; n++) {
      transposed.re[n * rows + m] = re[m * columns + n];
      transposed.im[n * rows + m] = -im[m * columns + n];
    }
  }
  return transposed;
}

/** y[o, m, i] = sum_n A[m, n] x[o, n, i], over the n that A reads: what it drops may be NaN. */
function applyMatrix(
  x: ComplexArray,
  matrix: ComplexMatrix,
  rows: number,
  outer: number,
  columns: number,
  inner: number,
): ComplexArray {
  const re = new Float64Array(outer * rows * inner);
  const im = new Float64Array(outer * rows * inner);
  const read = columnsRead(matrix, rows, columns);
  for (let o = 0; o < outer; o++) {
    for (let m = 0; m < rows; m++) {
      const to = (o * rows + m) * inner;
      for (const n of read) {
        const c = matrix.re[m * columns + n];
        const s = matrix.im[m * columns + n];
        const from = (o * columns + n) * inner;
        for (let i = 0; i < inner; i++) {
          re[to + i] += c * x.re[from + i] - s * x.im[from + i];
          im[to + i] += c * x.im[from + i] + s * x.re[from + i];
        }
      }
    }
  }
  return { re, im };
}

function columnsRead({ re, im }: ComplexMatrix, rows: number, columns: number): number[] {
  const isRead = (n: number): boolean => {
    for (let m = 0; m < rows; m++) if (re[m * columns + n] !== 0 || im[m * columns + n] !== 0) return true;
    return false;
  };
  return Array.from({ length: columns }, (_, n) => n).filter(isRead);
}
