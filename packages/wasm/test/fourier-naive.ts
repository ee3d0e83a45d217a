// The spectral pools by their definition: one complex matrix per axis, applied in double precision.
import {
  type FourierAxis,
  type FourierStep,
  fourierMatrix,
  isIdentityAxis,
  type SpectralWindow,
} from "@halfband/ops";

export const NONE: SpectralWindow = { kind: "none" };

export const axisOf = (size: number, out: number, options: Partial<FourierAxis> = {}): FourierAxis => ({
  size,
  out,
  frequency: -Math.floor(out / 2),
  shift: 0,
  window: NONE,
  nyquist: "half",
  domain: "image",
  ...options,
});

/** flcPool's default on one axis. */
export const halved = (size: number, options: Partial<FourierAxis> = {}): FourierAxis =>
  axisOf(size, Math.max(1, Math.floor(size / 2)), options);

/** The band of the published code, defect included: off by a bin where size = 2 mod 4. */
export function publishedAxis(size: number, window: SpectralWindow = NONE): FourierAxis {
  const out = Math.floor((3 * size) / 4) - Math.floor(size / 4);
  const frequency = Math.floor(size / 4) - Math.floor(size / 2);
  return axisOf(size, out, { frequency, shift: -Math.floor(out / 2) - frequency, window });
}

export const untouched = (size: number): FourierAxis => axisOf(size, size);

export const stepOf = (axes: readonly FourierAxis[], options: Partial<FourierStep> = {}): FourierStep => ({
  family: "fourier",
  inputs: [0],
  outputs: [1],
  planes: 1,
  adjoint: false,
  axes,
  ...options,
});

export interface Complex {
  re: Float64Array;
  im: Float64Array;
}

const matrices = new Map<string, ReturnType<typeof fourierMatrix>>();

/** `fourierMatrix`, kept: it costs out * out * size sines. */
export function matrixOf(axis: FourierAxis): ReturnType<typeof fourierMatrix> {
  const key = JSON.stringify(axis);
  const known = matrices.get(key);
  if (known) return known;
  const matrix = fourierMatrix(axis);
  matrices.set(key, matrix);
  return matrix;
}

function applyAxis(x: Complex, axis: FourierAxis, outer: number, inner: number, adjoint: boolean): Complex {
  const [size, rows] = adjoint ? [axis.out, axis.size] : [axis.size, axis.out];
  const matrix = matrixOf(axis);
  const y = { re: new Float64Array(outer * rows * inner), im: new Float64Array(outer * rows * inner) };
  for (let p = 0; p < outer; p++) {
    for (let r = 0; r < rows; r++) {
      for (let k = 0; k < size; k++) {
        const entry = adjoint ? k * axis.size + r : r * axis.size + k;
        const a = matrix.re[entry];
        const b = adjoint ? -matrix.im[entry] : matrix.im[entry];
        for (let q = 0; q < inner; q++) {
          const from = (p * size + k) * inner + q;
          const to = (p * rows + r) * inner + q;
          y.re[to] += a * x.re[from] - b * x.im[from];
          y.im[to] += a * x.im[from] + b * x.re[from];
        }
      }
    }
  }
  return y;
}

/** All axes of a step on [re] or [re, im]. */
export function applyStep(step: FourierStep, inputs: readonly Float32Array[]): Complex {
  let x: Complex = {
    re: Float64Array.from(inputs[0]),
    im: inputs.length > 1 ? Float64Array.from(inputs[1]) : new Float64Array(inputs[0].length),
  };
  const sizes = step.axes.map((axis) => (step.adjoint ? axis.out : axis.size));
  step.axes.forEach((axis, i) => {
    if (isIdentityAxis(axis)) return;
    const outer = step.planes * sizes.slice(0, i).reduce((a, b) => a * b, 1);
    const inner = sizes.slice(i + 1).reduce((a, b) => a * b, 1);
    x = applyAxis(x, axis, outer, inner, step.adjoint);
    sizes[i] = step.adjoint ? axis.size : axis.out;
  });
  return x;
}
