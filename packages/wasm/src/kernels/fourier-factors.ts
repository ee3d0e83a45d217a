import { type FourierAxis, isIdentityAxis } from "@halfband/ops";
import { conjugateTranspose, imageMatrix, type Matrix, synthesisMatrix } from "./fourier-axis.ts";
import { foldedTable } from "./fourier-folded.ts";
import { halfbandForm, halfbandTable } from "./fourier-halfband.ts";
import { denseNanoseconds, product } from "./fourier-pass.ts";
import type { Table } from "./fourier-tables.ts";
import { transformTable } from "./fourier-transform.ts";

/** One factor of the operator along one axis. */
export interface Factor {
  readonly axis: number;
  readonly rows: number;
  readonly key: string;
  readonly matrix: () => Matrix;
  /** The plan of the half-band kernels where one applies. */
  readonly halfband: Table | null;
  /** The plan of the transforms of a complex axis that may take them. */
  readonly transform: Table | null;
}

/** Builds once and keeps: one matrix serves all layouts of its tables. */
function once<T>(build: () => T): () => T {
  let built: T | undefined;
  return () => {
    built ??= build();
    return built;
  };
}

/** The least number of results that transforms are worth their while for; measured. */
const SMALLEST = 9;

/** The fastest plan of the half-band kernels for a real axis, or null where its matrix is as fast. */
function realPlan(axis: FourierAxis, adjoint: boolean): Table | null {
  if (halfbandForm(axis) !== null) return halfbandTable(axis, adjoint);
  if (axis.out < SMALLEST) return null;
  const plans = [transformTable(axis, adjoint, true), foldedTable(axis, adjoint)];
  const fast = plans.filter(({ nanoseconds }) => nanoseconds! < denseNanoseconds(axis.size * axis.out));
  return fast.sort((a, b) => a.nanoseconds! - b.nanoseconds!)[0] ?? null;
}

/**
 * What has to be multiplied along one axis, first factor first. A k-space axis was cropped before, or is padded after
 * in the adjoint.
 */
function axisFactors(
  axis: FourierAxis,
  index: number,
  adjoint: boolean,
  real: boolean,
  isNarrow: boolean,
): Factor[] {
  if (isIdentityAxis(axis)) return [];
  const key = `${JSON.stringify(axis)}${adjoint ? " adjoint" : ""}${real ? " real" : ""}`;
  const transform = real || isNarrow || axis.out < SMALLEST ? null : transformTable(axis, adjoint, false);
  const halfband = real ? realPlan(axis, adjoint) : null;
  const factor = (rows: number, name: string, matrix: () => Matrix): Factor => ({
    axis: index,
    rows,
    key: `${name} ${key}`,
    matrix: once(() => {
      const oriented = adjoint ? conjugateTranspose(matrix()) : matrix();
      return real ? { ...oriented, im: null } : oriented;
    }),
    halfband,
    transform,
  });
  const { out } = axis;
  if (axis.domain === "kspace") return [factor(out, "synthesis", () => synthesisMatrix(axis))];
  return [factor(adjoint ? axis.size : out, "image", () => imageMatrix(axis))];
}

/** Whether lines that are two or three samples apart may come up, which transforms do not take. */
const isNarrow = (inside: readonly FourierAxis[]): boolean =>
  [product(inside.map(({ size }) => size)), product(inside.map(({ out }) => out))].some(
    (n) => n === 2 || n === 3,
  );

/** The factors of every axis; equal axes share matrices. */
export function axisChains(axes: readonly FourierAxis[], adjoint: boolean, real: boolean): Factor[][] {
  const matrices = new Map<string, () => Matrix>();
  return axes.map((axis, i) =>
    axisFactors(axis, i, adjoint, real, isNarrow(axes.slice(i + 1))).map((factor) => {
      const matrix = matrices.get(factor.key) ?? factor.matrix;
      matrices.set(factor.key, matrix);
      return { ...factor, matrix };
    }),
  );
}
