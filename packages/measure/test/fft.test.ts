import { describe, expect, it } from "vitest";
import {
  energy,
  fft,
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

function naive(re: Float64Array, im: Float64Array): { re: number[]; im: number[] } {
  const size = re.length;
  const out = { re: [] as number[], im: [] as number[] };
  for (let k = 0; k < size; k++) {
    let r = 0;
    let i = 0;
    for (let n = 0; n < size; n++) {
      const angle = (-2 * Math.PI * ((k * n) % size)) / size;
      r += re[n] * Math.cos(angle) - im[n] * Math.sin(angle);
      i += re[n] * Math.sin(angle) + im[n] * Math.cos(angle);
    }
    out.re.push(r);
    out.im.push(i);
  }
  return out;
}

const noise = (size: number, seed: number): Float64Array => {
  const next = seededGaussian(seed);
  return Float64Array.from({ length: size }, next);
};
const noisePlane = (shape: readonly [number, number], seed = 1): Plane =>
  planeOf(shape, noise(shape[0] * shape[1], seed));
const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);

const sizes = [
  ...Array.from({ length: 40 }, (_, i) => i + 1),
  47,
  49,
  53,
  60,
  64,
  81,
  90,
  97,
  108,
  125,
  128,
  176,
  181,
  182,
  216,
  217,
  218,
  243,
  256,
  289,
  343,
];

describe("fft", () => {
  it.each(sizes)("length %i equals the naive DFT and inverts", (size) => {
    const re = noise(size, size);
    const im = noise(size, size + 1000);
    const want = naive(re, im);
    const gotRe = re.slice();
    const gotIm = im.slice();
    fft(size).forward(gotRe, gotIm);
    const scale = 4e-15 * size;
    expect(largest(gotRe, want.re)).toBeLessThan(scale);
    expect(largest(gotIm, want.im)).toBeLessThan(scale);
    fft(size).inverse(gotRe, gotIm);
    expect(largest(gotRe, re)).toBeLessThan(1e-14);
    expect(largest(gotIm, im)).toBeLessThan(1e-14);
  });

  it.each([6, 16, 21, 53])("interleaved lanes of length %i equal single transforms", (size) => {
    const lanes = 5;
    const re = noise(size * lanes, 3);
    const im = noise(size * lanes, 4);
    const gotRe = re.slice();
    const gotIm = im.slice();
    fft(size).forward(gotRe, gotIm, lanes);
    for (let q = 0; q < lanes; q++) {
      const one = re.filter((_, i) => i % lanes === q);
      const oneIm = im.filter((_, i) => i % lanes === q);
      fft(size).forward(one, oneIm);
      expect(
        largest(
          one,
          gotRe.filter((_, i) => i % lanes === q),
        ),
      ).toBeLessThan(1e-12);
      expect(
        largest(
          oneIm,
          gotIm.filter((_, i) => i % lanes === q),
        ),
      ).toBeLessThan(1e-12);
    }
  });
});

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
