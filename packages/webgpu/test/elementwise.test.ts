import type { ElementwiseStep } from "@halfband/ops";
import { expect, it } from "vitest";
import { elementwise } from "../src/kernels/elementwise.ts";
import { noise, runStep } from "./step-tester.ts";

const step = (
  name: ElementwiseStep["function"],
  length: number,
  inputs: number,
  outputs = 1,
): ElementwiseStep => ({
  family: "elementwise",
  function: name,
  length,
  inputs: Array.from({ length: inputs }, (_, i) => i),
  outputs: Array.from({ length: outputs }, (_, i) => inputs + i),
});

it.each([1, 63, 64, 65, 1000])("adds %i numbers", async (length) => {
  const [a, b] = [noise(length, 1), noise(length, 2)];
  const [sum] = await runStep(elementwise, step("add", length, 2), [a, b], [length]);
  expect(sum).toEqual(a.map((v, i) => v + b[i]));
});

it("passes the gradient of a ReLU where y > 0 only: not at zero, not at NaN, at infinity", async () => {
  const y = Float32Array.of(
    1,
    0,
    -0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e-38,
  );
  const g = Float32Array.of(2, 3, 4, 5, 6, 7, 8, Number.NaN);
  const [gx] = await runStep(elementwise, step("reluVjp", 8, 2), [y, g], [8]);
  expect([...gx]).toEqual([2, 0, 0, 0, 0, 7, 0, Number.NaN]);
});

it("takes magnitudes that squares would overflow or lose", async () => {
  const re = Float32Array.of(3, 0, 1e30, 1e-30, 0, -5);
  const im = Float32Array.of(4, 0, -1e30, 1e-30, 2, 0);
  const [y] = await runStep(elementwise, step("magnitude", 6, 2), [re, im], [6]);
  y.forEach((v, i) => {
    expect(Math.abs(v - Math.hypot(re[i], im[i]))).toBeLessThanOrEqual(4e-7 * Math.hypot(re[i], im[i]));
  });
});

it("puts infinity before NaN in magnitudes", async () => {
  const re = Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY, Number.NaN, 1);
  const im = Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  const [y] = await runStep(elementwise, step("magnitude", 4, 2), [re, im], [4]);
  expect([...y]).toEqual([...re].map((v, i) => Math.hypot(v, im[i])));
});

it("has a gradient of the magnitude, 0 where that is 0", async () => {
  const [re, im, g] = [noise(200, 1), noise(200, 2), noise(200, 3)];
  re[7] = im[7] = 0;
  const [gre, gim] = await runStep(elementwise, step("magnitudeVjp", 200, 3, 2), [re, im, g], [200, 200]);
  expect([gre[7], gim[7]]).toEqual([0, 0]);
  for (let i = 0; i < 200; i++) {
    const m = Math.hypot(re[i], im[i]) || 1;
    expect(gre[i]).toBeCloseTo((g[i] * re[i]) / m, 6);
    expect(gim[i]).toBeCloseTo((g[i] * im[i]) / m, 6);
  }
});
