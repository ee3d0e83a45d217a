import { describe, expect, it } from "vitest";
import {
  energy,
  inverseSpectrum,
  kspaceCrop,
  mean,
  type Plane,
  phaseShift,
  planeOf,
  power,
  roll,
  spectrum,
  upsample,
} from "../src/index.ts";
import { seededGaussian } from "../src/random.ts";

const noise = (size: number, seed: number): Float64Array => {
  const next = seededGaussian(seed);
  return Float64Array.from({ length: size }, next);
};
const noisePlane = (shape: readonly [number, number], seed = 1): Plane =>
  planeOf(shape, noise(shape[0] * shape[1], seed));
const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);

describe("planes", () => {
  it.each([
    [8, 12],
    [9, 10],
    [53, 7],
    [1, 6],
  ] as const)("%i x %i: Parseval and round trip", (rows, columns) => {
    const x = noisePlane([rows, columns]);
    const X = spectrum(x);
    const spatial = energy(x);
    expect(power(X).reduce((sum, v) => sum + v, 0) / x.data.length).toBeCloseTo(spatial, 10);
    expect(largest(inverseSpectrum(X).data, x.data)).toBeLessThan(1e-13);
  });

  it("a phase shift by whole samples is a circular shift, and fractions add up", () => {
    const x = noisePlane([9, 14]);
    expect(largest(phaseShift(x, [2, -3]).data, roll(x, [2, -3]).data)).toBeLessThan(1e-13);
    const odd = noisePlane([9, 15]);
    const halves = phaseShift(phaseShift(odd, [0.5, 0.25]), [0.5, 0.75]);
    expect(largest(halves.data, roll(odd, [1, 1]).data)).toBeLessThan(1e-13);
  });

  it.each([
    [12, 16, 2, 2],
    [18, 10, 2, 2],
    [12, 15, 3, 3],
    [12, 16, 4, 1],
    [10, 16, 2.5, 2],
  ] as const)(
    "the k-space crop of %i x %i by %d x %d keeps the mean and is a projection",
    (rows, columns, s1, s2) => {
      const x = noisePlane([rows, columns]);
      const y = kspaceCrop(x, [s1, s2]);
      expect(y.shape).toEqual([rows / s1, columns / s2]);
      expect(mean(y)).toBeCloseTo(mean(x), 12);
      const again = kspaceCrop(upsample(y, x.shape), [s1, s2]);
      expect(largest(again.data, y.data)).toBeLessThan(1e-12);
    },
  );

  it("the upsampled plane passes through its samples", () => {
    const y = noisePlane([5, 7]);
    const u = upsample(y, [10, 21]);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 7; j++) expect(u.data[2 * i * 21 + 3 * j]).toBeCloseTo(y.data[i * 7 + j], 12);
    }
  });
});
