import type { FourierAxis } from "@halfband/ops";
import { imageMatrix } from "./fourier-axis.ts";
import { denseNanoseconds } from "./fourier-pass.ts";
import { PlanWriter } from "./fourier-plan.ts";
import { type Table, tiledMatrix } from "./fourier-tables.ts";

/** Samples that mirror each other about the first, n and -n, or between the last and the first, n and -1 - n. */
interface Mirrored {
  readonly count: number;
  readonly between: boolean;
}

const orbits = ({ count, between }: Mirrored): number =>
  between ? Math.ceil(count / 2) : Math.floor(count / 2) + 1;

/** The matrices of sums and differences of mirrored samples that assembly/fourier-folded.ts multiplies with. */
export function foldedMatrices(
  entry: (row: number, column: number) => number,
  samples: Mirrored,
  results: Mirrored,
): number[] {
  const [rows, columns] = [orbits(results), orbits(samples)];
  const { count, between } = samples;
  const mirror = (n: number) => (between ? count - 1 - n : (count - n) % count);
  const part = (sign: 1 | -1): Float32Array => {
    const re = Float64Array.from({ length: rows * columns }, (_, at) => {
      const [m, n] = [Math.floor(at / columns), at % columns];
      // A sample that is its own mirror is in the sum twice, and in no difference.
      if (mirror(n) === n) return sign === 1 ? entry(m, n) / 2 : 0;
      return (entry(m, n) + sign * entry(m, mirror(n))) / 2;
    });
    return tiledMatrix({ rows, columns, re, im: null }, 4, false, false);
  };
  return [...part(1), ...part(-1)];
}

/** The plan of a real axis as a folded matrix. */
export function foldedTable(axis: FourierAxis, adjoint: boolean): Table {
  const { size, out } = axis;
  const [samples, results] = adjoint ? [out, size] : [size, out];
  const [near, far] = [
    { count: samples, between: false },
    { count: results, between: false },
  ];
  return {
    key: `folded ${adjoint ? "adjoint " : ""}${JSON.stringify(axis)}`,
    form: "folded",
    length: size,
    nanoseconds: denseNanoseconds(2 * orbits(near) * orbits(far)) + 2 * (size + out),
    build: () => {
      const { re } = imageMatrix(axis);
      const entry = (m: number, n: number) => (adjoint ? re[n * size + m] : re[m * size + n]);
      const plan = new PlanWriter();
      plan.header([size, 0, 3, 0, 0, 0, results, 0, samples, results]);
      plan.point(3, foldedMatrices(entry, near, far));
      return plan.finish();
    },
  };
}
