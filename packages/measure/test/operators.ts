// The operators of the goldens as plain float64 functions with circular borders, and reading of the test scan.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import {
  inverseSpectrum,
  kspaceCrop,
  type Pair,
  type Plane,
  type PlaneOperator,
  planeOf,
  spectrum,
} from "../src/index.ts";

type Apply = (x: Plane) => Plane;

export const every =
  (s: Pair): Apply =>
  (x) =>
    planeOf([x.shape[0] / s[0], x.shape[1] / s[1]], (i, j) => x.data[i * s[0] * x.shape[1] + j * s[1]]);

/** Circular correlation along one axis with `h`, first tap at `start`, keeping every s-th sample. */
function correlate(x: Plane, axis: 0 | 1, h: readonly number[], start: number, s: number): Plane {
  const size = x.shape[axis];
  const step = axis === 0 ? x.shape[1] : 1;
  const shape: Pair = axis === 0 ? [size / s, x.shape[1]] : [x.shape[0], size / s];
  return planeOf(shape, (i, j) => {
    const line = axis === 0 ? j : i * x.shape[1];
    const first = s * (axis === 0 ? i : j) + start + size;
    let value = 0;
    for (let t = 0; t < h.length; t++) value += h[t] * x.data[line + ((first + t) % size) * step];
    return value;
  });
}

/** Separable circular correlation with `h`, first tap at `start`, then a stride. */
export const taps =
  (h: readonly number[], start: number, s: Pair = [2, 2]): Apply =>
  (x) =>
    correlate(correlate(x, 0, h, start, s[0]), 1, h, start, s[1]);

const binomialRow = (n: number): number[] => {
  let row = [1];
  while (row.length < n) row = [...row, 0].map((v, i) => v + (row[i - 1] ?? 0));
  return row.map((v) => v / 2 ** (n - 1));
};
export const binomial = (n: number, s: Pair = [2, 2]): Apply =>
  taps(binomialRow(n), -Math.floor((n - 1) / 2), s);

/** Circular maximum over the window that starts at each sample, stride 1. */
const windowMaximum = (x: Plane, [a, b]: Pair): Plane =>
  planeOf(x.shape, (i, j) => {
    let value = Number.NEGATIVE_INFINITY;
    for (let p = 0; p < a; p++) {
      const row = ((i + p) % x.shape[0]) * x.shape[1];
      for (let q = 0; q < b; q++) value = Math.max(value, x.data[row + ((j + q) % x.shape[1])]);
    }
    return value;
  });
export const maxPool =
  (s: Pair = [2, 2]): Apply =>
  (x) =>
    every(s)(windowMaximum(x, s));

/** numpy's symmetric Hamming window over the shifted spectrum, square root. */
const hammingRoot = (size: number): number[] =>
  Array.from({ length: size }, (_, n) => Math.sqrt(0.54 - 0.46 * Math.cos((2 * Math.PI * n) / (size - 1))));

/** The published FLC code for sizes divisible by 4: keeps -N/4 .. N/4-1 and takes the real part. */
export const flcPublished =
  (window: boolean): Apply =>
  (x) => {
    const X = spectrum(x);
    const shape: Pair = [x.shape[0] / 2, x.shape[1] / 2];
    const re = new Float64Array(shape[0] * shape[1]);
    const im = new Float64Array(re.length);
    const gains = x.shape.map((size) => (window ? hammingRoot(size) : Array<number>(size).fill(1)));
    const bin = (k: number, size: number) => (k + size) % size;
    for (let a = -shape[0] / 2; a < shape[0] / 2; a++) {
      for (let b = -shape[1] / 2; b < shape[1] / 2; b++) {
        const from = bin(a, x.shape[0]) * x.shape[1] + bin(b, x.shape[1]);
        const to = bin(a, shape[0]) * shape[1] + bin(b, shape[1]);
        const gain = (gains[0][a + x.shape[0] / 2] * gains[1][b + x.shape[1] / 2]) / 4;
        re[to] = X.re[from] * gain;
        im[to] = X.im[from] * gain;
      }
    }
    return inverseSpectrum({ re, im, shape });
  };

const operator = (name: string, apply: Apply, offset = 0, linear = true): PlaneOperator => ({
  name,
  apply,
  offset: [offset, offset],
  spacing: [2, 2],
  linear,
});

export const operators: readonly PlaneOperator[] = [
  operator("stride", every([2, 2])),
  operator("avg2", taps([0.5, 0.5], 0), 0.5),
  operator("max2", maxPool(), 0.5, false),
  operator("blur3", binomial(3)),
  operator("blur4", binomial(4), 0.5),
  operator("blur5", binomial(5)),
  operator("maxblur3", (x) => binomial(3)(windowMaximum(x, [2, 2])), 0.5, false),
  operator("kcrop", (x) => kspaceCrop(x, [2, 2])),
  operator("flc", flcPublished(false)),
  operator("asap", flcPublished(true)),
];

export const named = (name: string): PlaneOperator => operators.find((o) => o.name === name)!;

const project = new URL("../../../", import.meta.url);
/** First of the paths, relative to the project's root, that exists on this machine. */
export const locate = (...paths: readonly string[]): string | null =>
  paths.map((path) => fileURLToPath(new URL(path, project))).find(existsSync) ?? null;

/**
 * Decodes what these tests read: little-endian NIfTI-1, uint8 or float32 without scaling. Returns the slice
 * `volume[r0:r1, c0:c1, k]` in storage order, rows along the file's first axis.
 */
export function readSlice(path: string, rows: Pair, columns: Pair, k: number): Plane {
  const bytes = gunzipSync(readFileSync(path));
  const [n1, n2] = [bytes.readInt16LE(42), bytes.readInt16LE(44)];
  const offset = bytes.readFloatLE(108);
  const float = bytes.readInt16LE(70) === 16;
  return planeOf([rows[1] - rows[0], columns[1] - columns[0]], (i, j) => {
    const at = rows[0] + i + n1 * (columns[0] + j + n2 * k);
    return float ? bytes.readFloatLE(offset + 4 * at) : bytes[offset + at];
  });
}
