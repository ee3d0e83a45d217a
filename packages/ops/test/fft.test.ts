// The double-precision transform, and the matrices that are made with it.
import { describe, expect, it } from "vitest";
import { noise } from "../../../test/random.ts";
import { type FourierAxis, fft, fourierMatrix, imageMatrix, type SpectralWindow } from "../src/index.ts";

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

const doubles = (size: number, seed: number): Float64Array => Float64Array.from(noise(size, seed));
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
    const re = doubles(size, size);
    const im = doubles(size, size + 1000);
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
    const re = doubles(size * lanes, 3);
    const im = doubles(size * lanes, 4);
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

describe("imageMatrix", () => {
  it("refuses in a sentence what would not fit", () => {
    const axis = { size: 100_001, out: 50_000, frequency: -25_000, shift: 0 } as const;
    expect(() =>
      imageMatrix({ ...axis, window: { kind: "none" }, nyquist: "half", domain: "image" }),
    ).toThrow(
      expect.objectContaining({
        code: "OUT_OF_MEMORY",
        message: expect.stringContaining("50000 x 100001 numbers"),
      }),
    );
  });

  const windows: SpectralWindow[] = [
    { kind: "none" },
    { kind: "hammingRoot", half: 9 },
    { kind: "kaiser", half: 7, parameter: 3 },
    { kind: "hammingRootPublished" },
  ];
  const bands = [
    { size: 1, out: 1, frequency: 0, shift: 0 },
    { size: 7, out: 7, frequency: -3, shift: 0 },
    { size: 24, out: 12, frequency: -6, shift: 0 },
    { size: 25, out: 12, frequency: -6, shift: 0 },
    { size: 53, out: 17, frequency: -8, shift: 0 },
    { size: 14, out: 7, frequency: -4, shift: 1 }, // the published code's band
  ];

  it.each(bands.flatMap((band) => windows.map((window) => ({ ...band, window }))))(
    "is the matrix of the definition: $size to $out, $window.kind",
    (band) => {
      for (const nyquist of ["half", "drop"] as const) {
        const axis: FourierAxis = { ...band, nyquist, domain: "image" };
        const want = fourierMatrix(axis);
        const got = imageMatrix(axis);
        expect(largest(got.re, want.re)).toBeLessThan(1e-14);
        expect(largest(got.im, want.im)).toBeLessThan(1e-14);
      }
    },
  );
});
