// Cases that the pooling and blur tests share: axes of every kind, planes, and a walk over windows in float64.
import { type WindowAxis, windowSize } from "@halfband/ops";
import type { Core } from "../src/core.ts";

export interface AxisOptions {
  kernel: number;
  stride?: number;
  dilation?: number;
  pad?: number | readonly [number, number];
  ceil?: boolean;
}

export function axisOf(size: number, options: AxisOptions): WindowAxis {
  const { kernel, stride = kernel, dilation = 1, pad = 0, ceil = false } = options;
  const [padBefore, padAfter] = typeof pad === "number" ? [pad, pad] : pad;
  const axis = { size, kernel, stride, dilation, padBefore, padAfter };
  return { ...axis, out: windowSize(axis, ceil) };
}

export const volume = (counts: readonly number[]): number => counts.reduce((a, b) => a * b, 1);
export const sizesOf = (axes: readonly WindowAxis[]): number[] => axes.map((axis) => axis.size);
export const outsOf = (axes: readonly WindowAxis[]): number[] => axes.map((axis) => axis.out);

/** Row-major multi-indices. */
export function positions(counts: readonly number[]): number[][] {
  return counts.reduce<number[][]>(
    (heads, count) => heads.flatMap((head) => Array.from({ length: count }, (_, i) => [...head, i])),
    [[]],
  );
}

export const flat = (position: readonly number[], sizes: readonly number[]): number =>
  position.reduce((index, p, a) => index * sizes[a] + p, 0);

/** Largest |got - want| relative to `scale`; NaN and infinities must agree exactly. */
export function deviation(got: ArrayLike<number>, want: ArrayLike<number>, scale: number): number {
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i]) || got[i] === want[i]) continue;
    if (!Number.isFinite(want[i]) || !Number.isFinite(got[i])) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, Math.abs(got[i] - want[i]) / scale);
  }
  return worst;
}

export const largest = (values: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < values.length; i++)
    if (Number.isFinite(values[i])) most = Math.max(most, Math.abs(values[i]));
  return most;
};

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** What must not change by a bit. */
export const bitsOf = (arrays: readonly Float32Array[]): Int32Array[] =>
  arrays.map(({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length));

/** A view of `core` whose kernels run one work item per call, last item first. */
export function itemByItem(core: Core): Core {
  const kernel: Core["kernel"] = (name) => (out, input, params, work, begin, end) => {
    for (let item = end - 1; item >= begin; item--)
      core.kernel(name)(out, input, params, work, item, item + 1);
  };
  return Object.create(core, { kernel: { value: kernel } }) as Core;
}
