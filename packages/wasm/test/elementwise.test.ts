import type { ElementwiseStep } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { elementwise } from "../src/kernels/elementwise.ts";
import { splitCore } from "./split-core.ts";
import { newCore, noise, runStep } from "./step-tester.ts";

const core = newCore();

function run(
  name: ElementwiseStep["function"],
  inputs: readonly Float32Array[],
  outputs = 1,
  on = core,
): Float32Array[] {
  const { length } = inputs[0];
  const step: ElementwiseStep = { family: "elementwise", inputs: [], outputs: [], function: name, length };
  return runStep(elementwise, step, inputs, new Array<number>(outputs).fill(length), on);
}

/** Below, at and above the vector widths; 0 and 1 included. */
const lengths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 1023];
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe("elementwise", () => {
  it.each(lengths)("add, %i elements", (length) => {
    const a = noise(length, 1);
    const b = noise(length, 2);
    expect(run("add", [a, b])[0]).toEqual(a.map((v, i) => v + b[i]));
  });

  it.each(lengths)("reluVjp, %i elements", (length) => {
    const y = noise(length, 1).map((v) => Math.max(v, 0));
    const g = noise(length, 2);
    expect(run("reluVjp", [y, g])[0]).toEqual(g.map((v, i) => (y[i] > 0 ? v : 0)));
  });

  it("reluVjp passes nothing where y is not above 0, whatever g is", () => {
    const y = Float32Array.of(0, -0, -1, nan, 1e-45, infinity, 0, 2);
    const g = Float32Array.of(nan, infinity, 3, 4, 5, 6, 7, nan);
    expect(run("reluVjp", [y, g])[0]).toEqual(Float32Array.of(0, 0, 0, 0, 5, 6, 0, nan));
  });

  it.each(lengths)("magnitude, %i elements", (length) => {
    const re = noise(length, 1);
    const im = noise(length, 2);
    expect(run("magnitude", [re, im])[0]).toEqual(re.map((v, i) => Math.sqrt(v * v + im[i] * im[i])));
  });

  it("magnitude over the whole range of single precision", () => {
    const re = Float32Array.of(3e38, 1e-45, 0, 3e-30, -3e38, nan, -infinity);
    const im = Float32Array.of(0, 0, -0, 4e-30, 3e38, 1, 1);
    const [m] = run("magnitude", [re, im]);
    expect(m.slice(0, 3)).toEqual(Float32Array.of(3e38, 1e-45, 0));
    expect(m[3] / 5e-30).toBeCloseTo(1, 6);
    expect(m.slice(4)).toEqual(Float32Array.of(infinity, nan, infinity));
  });

  it.each(lengths)("magnitudeVjp, %i elements", (length) => {
    const [re, im, g] = [noise(length, 1), noise(length, 2), noise(length, 3)];
    const [gre, gim] = run("magnitudeVjp", [re, im, g], 2);
    for (let i = 0; i < length; i++) {
      const m = Math.sqrt(re[i] ** 2 + im[i] ** 2);
      expect(Math.abs(gre[i] - (g[i] * re[i]) / m)).toBeLessThan(1e-7);
      expect(Math.abs(gim[i] - (g[i] * im[i]) / m)).toBeLessThan(1e-7);
    }
  });

  it("magnitudeVjp is 0 where the magnitude is 0 and holds at both ends of the range", () => {
    const re = Float32Array.of(0, -0, 1e-45, 3e38, 0);
    const im = Float32Array.of(0, 0, 0, -3e38, -2);
    const [gre, gim] = run("magnitudeVjp", [re, im, Float32Array.of(5, nan, 5, 1, 3)], 2);
    const unsigned = (zeros: Float32Array) => zeros.map((v) => v + 0);
    expect(unsigned(gre)).toEqual(Float32Array.of(0, 0, 5, Math.SQRT1_2, 0));
    expect(unsigned(gim)).toEqual(Float32Array.of(0, 0, 0, -Math.SQRT1_2, -3));
  });

  it.each(["add", "reluVjp", "magnitude", "magnitudeVjp"] as const)("%s one element at a time", (name) => {
    const inputs = [noise(9, 1), noise(9, 2), noise(9, 3)];
    const outputs = name === "magnitudeVjp" ? 2 : 1;
    expect(run(name, inputs, outputs, splitCore(core))).toEqual(run(name, inputs, outputs));
  });
});
