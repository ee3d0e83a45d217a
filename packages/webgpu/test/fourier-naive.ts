// A Fourier step by its definition: one complex matrix per axis, applied in double precision.
import {
  type ComplexMatrix,
  type FourierAxis,
  type FourierStep,
  fourierMatrix,
  isIdentityAxis,
} from "@halfband/ops";

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** The lowest `out` frequencies. */
export const axisOf = (size: number, out: number, options: Partial<FourierAxis> = {}): FourierAxis => ({
  size,
  out,
  frequency: -Math.floor(out / 2),
  shift: 0,
  window: { kind: "none" },
  nyquist: "half",
  domain: "image",
  ...options,
});

export const stepOf = (axes: readonly FourierAxis[], options: Partial<FourierStep> = {}): FourierStep => ({
  family: "fourier",
  inputs: [0],
  outputs: [1],
  planes: 1,
  adjoint: false,
  axes,
  ...options,
});

/** Elements before and after. */
export const lengthsOf = ({ planes, axes, adjoint }: FourierStep): { input: number; output: number } => {
  const [size, out] = [planes * product(axes.map((a) => a.size)), planes * product(axes.map((a) => a.out))];
  return adjoint ? { input: out, output: size } : { input: size, output: out };
};

/** Real and imaginary part of the result. */
export function applyStep(step: FourierStep, inputs: readonly Float32Array[]): ComplexMatrix {
  let x: ComplexMatrix = {
    re: Float64Array.from(inputs[0]),
    im: inputs[1] ? Float64Array.from(inputs[1]) : new Float64Array(inputs[0].length),
  };
  const sizes = step.axes.map((axis) => (step.adjoint ? axis.out : axis.size));
  step.axes.forEach((axis, a) => {
    if (isIdentityAxis(axis)) return;
    x = applyAxis(
      x,
      axis,
      step.adjoint,
      step.planes * product(sizes.slice(0, a)),
      product(sizes.slice(a + 1)),
    );
    sizes[a] = step.adjoint ? axis.size : axis.out;
  });
  return x;
}

function applyAxis(
  x: ComplexMatrix,
  axis: FourierAxis,
  adjoint: boolean,
  outer: number,
  inner: number,
): ComplexMatrix {
  const matrix = fourierMatrix(axis);
  const [columns, rows] = adjoint ? [axis.out, axis.size] : [axis.size, axis.out];
  const y = { re: new Float64Array(outer * rows * inner), im: new Float64Array(outer * rows * inner) };
  for (let o = 0; o < outer; o++) {
    for (let m = 0; m < rows; m++) {
      for (let n = 0; n < columns; n++) {
        const entry = adjoint ? n * rows + m : m * columns + n;
        const [a, b] = [matrix.re[entry], adjoint ? -matrix.im[entry] : matrix.im[entry]];
        for (let i = 0; i < inner; i++) {
          const from = (o * columns + n) * inner + i;
          const to = (o * rows + m) * inner + i;
          y.re[to] += a * x.re[from] - b * x.im[from];
          y.im[to] += a * x.im[from] + b * x.re[from];
        }
      }
    }
  }
  return y;
}
