import type { WindowAxis } from "@halfband/ops";
import type { PlaneCounts } from "../slabs.ts";

/** One number per axis, x first, and a fourth, as a vec4 of a uniform. Missing leading axes have `missing`. */
export function vec4(perAxis: readonly number[], missing: number, fourth = 0): number[] {
  const [x = missing, y = missing, z = missing] = [...perAxis].reverse();
  return [x, y, z, fourth];
}

/** The same of a property that every axis has. */
export const vec4Of = <K extends string>(
  axes: readonly Readonly<Record<K, number>>[],
  key: K,
  missing: number,
  fourth = 0,
): number[] =>
  vec4(
    axes.map((axis) => axis[key]),
    missing,
    fourth,
  );

export const product = (counts: readonly number[]): number => counts.reduce((a, b) => a * b, 1);

/** The words of `Window` in window.wgsl.ts. */
export const windowWords = (planes: number, axes: readonly WindowAxis[]): number[] => [
  ...vec4Of(axes, "size", 1, planes),
  ...vec4Of(axes, "out", 1, planes),
  ...vec4Of(axes, "kernel", 1),
  ...vec4Of(axes, "stride", 1),
  ...vec4Of(axes, "dilation", 1),
  ...vec4Of(axes, "padBefore", 0),
];

/** Of a step x -> y. */
export const planeCounts = (
  axes: readonly { readonly size: number; readonly out: number }[],
): PlaneCounts => ({
  inputs: [inputCount(1, axes)],
  outputs: [outputCount(1, axes)],
});

export const outputCount = (planes: number, axes: readonly { readonly out: number }[]): number =>
  planes * product(axes.map(({ out }) => out));

export const inputCount = (planes: number, axes: readonly { readonly size: number }[]): number =>
  planes * product(axes.map(({ size }) => size));
