import { describe, expect, it } from "vitest";
import {
  difference,
  kspaceCrop,
  measureNoise,
  noiseOfLinear,
  type Pair,
  type Plane,
  type PlaneOperator,
  planeOf,
  pointPeaks,
  seededGaussian,
} from "../src/index.ts";
import { binomial, flcPublished, maxPool, named, operators, taps } from "./operators.ts";

const noisePlane = (shape: Pair, seed = 5): Plane => {
  const next = seededGaussian(seed);
  return planeOf(shape, () => next());
};
const worst = (a: Plane, b: Plane): number => Math.max(...difference(a, b).data.map(Math.abs));

/** [M, N] matrix of one axis; `entry` gets d = 2m - n and N. */
const axisMatrix = (N: number, entry: (d: number, N: number) => number): Plane =>
  planeOf([N / 2, N], (m, n) => entry(2 * m - n, N));
const real = (d: number, N: number): number =>
  d % N === 0 ? 0.5 : Math.sin((Math.PI * d) / 2) / Math.tan((Math.PI * d) / N) / N;
const imaginary = (d: number, N: number): number => -Math.sin((Math.PI * d) / 2) / N;
const reference = (d: number, N: number): number => real(d, N) - Math.cos((Math.PI * d) / 2) / N;

/** A X B^T. */
function sandwich(A: Plane, X: Plane, B: Plane): Plane {
  const half = planeOf([A.shape[0], X.shape[1]], (m, j) => {
    let sum = 0;
    for (let i = 0; i < X.shape[0]; i++) sum += A.data[m * A.shape[1] + i] * X.data[i * X.shape[1] + j];
    return sum;
  });
  return planeOf([A.shape[0], B.shape[0]], (m, l) => {
    let sum = 0;
    for (let j = 0; j < X.shape[1]; j++) sum += half.data[m * X.shape[1] + j] * B.data[l * X.shape[1] + j];
    return sum;
  });
}

describe.each([
  [16, 16],
  [32, 20],
  [12, 64],
] as const)("FLC and the k-space crop on %i x %i (section 9)", (N1, N2) => {
  const x = noisePlane([N1, N2]);

  it("the published FLC is Ar X Br' - Ai X Bi'", () => {
    const direct = sandwich(axisMatrix(N1, real), x, axisMatrix(N2, real));
    const correction = sandwich(axisMatrix(N1, imaginary), x, axisMatrix(N2, imaginary));
    const want = planeOf(
      direct.shape,
      Float64Array.from(direct.data, (v, i) => v - correction.data[i]),
    );
    expect(worst(flcPublished(false)(x), want)).toBeLessThan(1e-14 * 16);
  });

  it("the reference is As X Bs'", () => {
    const want = sandwich(axisMatrix(N1, reference), x, axisMatrix(N2, reference));
    expect(worst(kspaceCrop(x, [2, 2]), want)).toBeLessThan(1e-14 * 16);
  });

  it("noise gains", () => {
    const flc = (1 / 2 - 1 / (2 * N1)) * (1 / 2 - 1 / (2 * N2)) + 1 / (4 * N1 * N2);
    expect(noiseOfLinear(named("flc"), [N1, N2])?.gain).toBeCloseTo(flc, 12);
    expect(noiseOfLinear(named("kcrop"), [N1, N2])?.gain).toBeCloseTo(
      (1 / 2 - 1 / N1) * (1 / 2 - 1 / N2),
      12,
    );
  });
});

describe("closed forms", () => {
  it("FLC noise gains as printed", () => {
    expect(noiseOfLinear(named("flc"), [16, 16])?.gain).toBeCloseTo(0.220703, 6);
    expect(noiseOfLinear(named("flc"), [64, 64])?.gain).toBeCloseTo(0.24231, 6);
  });

  it.each([
    [8, 8],
    [12, 20],
    [6, 10],
    [32, 16],
  ] as const)("constants stay constants at %i x %i", (N1, N2) => {
    for (const { name, apply } of operators) {
      if (name === "asap" || (name === "flc" && (N1 % 4 !== 0 || N2 % 4 !== 0))) continue;
      const y = apply(planeOf([N1, N2], () => 3));
      expect(Math.max(...y.data.map((v) => Math.abs(v - 3))), name).toBeLessThan(1e-12);
    }
  });

  it.each([
    [16, 0.98995],
    [64, 0.99943],
    [192, 0.99994],
  ])("the published ASAP dims a constant at N = %i", (N, gain) => {
    const y = named("asap").apply(planeOf([N, N], () => 1));
    expect(y.data[0]).toBeCloseTo(gain, 5);
  });

  it("linear noise figures: gain and lag-1 correlation of the binomial", () => {
    const figures = noiseOfLinear(named("blur3"), [16, 24])!;
    expect(figures.gain).toBeCloseTo(0.375 ** 2, 14);
    expect(figures.sd).toBeCloseTo(0.375, 14);
    expect(figures.correlation[0]).toBeCloseTo(1 / 16 / 0.375, 14);
    expect(figures.correlation[1]).toBeCloseTo(1 / 16 / 0.375, 14);
    expect(noiseOfLinear(named("max2"), [16, 16])).toBeNull();
  });
});

describe("noise of MaxPool, measured (section 8)", () => {
  const pool = (spacing: Pair, apply: PlaneOperator["apply"]): PlaneOperator => ({
    name: "max",
    apply,
    spacing,
    offset: [(spacing[0] - 1) / 2, (spacing[1] - 1) / 2],
    linear: false,
  });
  const twice = (x: Plane) => maxPool()(maxPool()(x));
  it.each([
    ["n = 4", pool([2, 2], maxPool()), 2 ** 21, 1.02938, 0.70122],
    ["n = 8", pool([2, 4], maxPool([2, 4])), 2 ** 21, 1.4236, 0.61065],
    ["n = 16, two pools", pool([4, 4], twice), 2 ** 21, 1.76599, 0.54315],
    ["n = 64, three pools", pool([8, 8], (x) => maxPool()(twice(x))), 2 ** 22, 2.34373, 0.45109],
  ] as const)("%s", (_, operator, samples, bias, sd) => {
    const got = measureNoise(operator, { samples, seed: 11 });
    expect(Math.abs(got.bias - bias)).toBeLessThan(5e-3);
    expect(Math.abs(got.sd - sd)).toBeLessThan(5e-3);
    expect(Math.max(...got.correlation.map(Math.abs))).toBeLessThan(0.02);
  });

  it("agrees with the closed form for a linear operator, and repeats for a seed", () => {
    const got = measureNoise(named("blur3"), { samples: 2 ** 20, seed: 3 });
    expect(got.gain).toBeCloseTo(0.375 ** 2, 2);
    expect(got.correlation[0]).toBeCloseTo(1 / 6, 2);
    expect(measureNoise(named("blur3"), { samples: 2 ** 18, seed: 3 })).toEqual(
      measureNoise(named("blur3"), { samples: 2 ** 18, seed: 3 }),
    );
    expect(measureNoise(named("blur3"), { samples: 2 ** 18, seed: 4 }).gain).not.toBe(
      measureNoise(named("blur3"), { samples: 2 ** 18, seed: 3 }).gain,
    );
  });
});

describe("peaks of a point over its positions (section 11)", () => {
  it.each([
    ["stride", 0, 1],
    ["max2", 1, 1],
    ["avg2", 0.25, 0.25],
    ["blur3", 0.0625, 0.25],
    ["blur5", 0.0625, 0.140625],
  ])("%s: %d to %d", (name, min, max) => {
    const peaks = pointPeaks(named(name))!;
    expect(peaks.min).toBeCloseTo(min, 12);
    expect(peaks.max).toBeCloseTo(max, 12);
  });

  it("FLC: 0.10 to 0.25", () => {
    const { min, max } = pointPeaks(named("flc"))!;
    expect(min).toBeCloseTo(0.1, 2);
    expect(max).toBeCloseTo(0.25, 2);
  });

  it("follows the stride of each axis", () => {
    const blur = { ...named("blur3"), apply: binomial(3, [1, 2]), spacing: [1, 2] as const };
    expect(pointPeaks(blur)).toEqual({ min: 0.125, max: 0.25 });
    expect(noiseOfLinear({ ...blur, apply: taps([0.5, 0.5], 0, [1, 2]) }, [8, 8])?.correlation).toEqual([
      0.5, 0,
    ]);
  });
});
