import { describe, expect, it } from "vitest";
import {
  aliasVisibility,
  checkerboardLeak,
  chirpVisibility,
  describingFunction,
  frequencyResponse,
  moire,
  type PlaneOperator,
  stepOvershoot,
} from "../src/index.ts";
import { binomial, every, maxPool, named, taps } from "./operators.ts";

const normalised = (taps: number[]): number[] => taps.map((t) => t / taps.reduce((a, b) => a + b, 0));
const gaussian = (sigma: number): number[] => {
  const radius = Math.floor(4 * sigma + 0.5);
  return normalised(
    Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2))),
  );
};
const sinc = (t: number): number => (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t));
/** Lanczos-3 stretched by 2, taps at distances first, first + 1, ... from the centre. */
const lanczos = (first: number, count: number): number[] =>
  normalised(Array.from({ length: count }, (_, i) => sinc((first + i) / 2) * sinc((first + i) / 6)));

const linear = (name: string, offset: number, apply: PlaneOperator["apply"]): PlaneOperator => ({
  name,
  apply,
  offset: [offset, offset],
  spacing: [2, 2],
  linear: true,
});
const symmetric = (name: string, h: number[]): PlaneOperator => linear(name, 0, taps(h, -(h.length - 1) / 2));

// operator, noise gain, |H| at 0.125 0.1875 0.25- 0.3125 0.375 0.45 0.5, flat-spectrum alias ratio, overshoot %
type Row = [PlaneOperator, number, number[], number, number];
const table: Row[] = [
  [named("stride"), 1, [1, 1, 1, 1, 1, 1, 1], 1, 0],
  [named("avg2"), 0.5, [0.9239, 0.8315, 0.7157, 0.5556, 0.3827, 0.1589, 0], 0.2221, 0],
  [named("blur3"), 0.375, [0.8536, 0.6913, 0.5123, 0.3087, 0.1464, 0.0252, 0], 0.0818, 0],
  [named("blur4"), 0.3125, [0.7886, 0.5748, 0.3666, 0.1715, 0.056, 0.004, 0], 0.0343, 0],
  [named("blur5"), 0.2734, [0.7286, 0.478, 0.2624, 0.0953, 0.0214, 0.0006, 0], 0.0152, 0],
  [linear("blur6", 0.5, binomial(6)), 0.2461, [0.6731, 0.3974, 0.1878, 0.0529, 0.0082, 0.0001, 0], 0.0069, 0],
  [linear("blur7", 0, binomial(7)), 0.2256, [0.6219, 0.3304, 0.1344, 0.0294, 0.0031, 0, 0], 0.0032, 0],
  [
    symmetric("gauss0.5", gaussian(0.5)),
    0.6414,
    [0.9371, 0.8677, 0.7913, 0.7047, 0.636, 0.5848, 0.5742],
    0.5009,
    0,
  ],
  [
    symmetric("gauss0.7355", gaussian(0.7355)),
    0.3872,
    [0.8466, 0.6878, 0.526, 0.3588, 0.2382, 0.1551, 0.1385],
    0.1234,
    0,
  ],
  [
    symmetric("gauss1", gaussian(1)),
    0.2821,
    [0.7346, 0.4996, 0.3026, 0.1456, 0.0627, 0.0211, 0.0144],
    0.0272,
    0,
  ],
  [symmetric("gauss2", gaussian(2)), 0.1411, [0.2912, 0.0623, 0.0084, 0.0004, 0, 0, 0], 0, 0],
  [
    linear("lanczos at 0.5", 0.5, taps(lanczos(-5.5, 12), -5)),
    0.4469,
    [1.0117, 0.8819, 0.5296, 0.1212, 0.0105, 0.0053, 0],
    0.0297,
    8.2,
  ],
  [
    linear("lanczos at 0", 0, taps(lanczos(-5, 11), -5)),
    0.4468,
    [1.0111, 0.8824, 0.5293, 0.1204, 0.0082, 0.0011, 0.0029],
    0.0295,
    5.6,
  ],
  [named("flc"), 0.498, [1, 1, 1, 0, 0, 0, 0], 0.002, 6.8],
  [named("asap"), 0.4148, [0.9296, 0.845, 0.7406, 0, 0, 0, 0], 0.0013, 5.6],
];

describe("frequency response, stride 2, N = 256 (section 10)", () => {
  it.each(table.map((row) => [row[0].name, ...row] as const))(
    "%s",
    (_, operator, noiseGain, magnitudes, aliasRatio, overshoot) => {
      for (const axis of [0, 1] as const) {
        const r = frequencyResponse(operator, axis)!;
        const at = (f: number) => r.samples.find((s) => s.frequency === f)!.magnitude;
        const got = [at(0.125), at(0.1875), r.belowNyquist, at(0.3125), at(0.375), at(0.45), at(0.5)];
        got.forEach((value, i) => {
          expect(
            Math.abs(value - magnitudes[i]),
            `|H| number ${i}: ${value} for ${magnitudes[i]}`,
          ).toBeLessThan(1e-4);
        });
        expect(Math.abs(r.noiseGain - noiseGain)).toBeLessThan(1e-4);
        expect(Math.abs(r.flatAliasRatio - aliasRatio), `${r.flatAliasRatio} for ${aliasRatio}`).toBeLessThan(
          1e-4,
        );
        expect(Math.abs(r.overshoot - overshoot), `${r.overshoot} for ${overshoot}`).toBeLessThan(0.051);
        expect(r.groupDelay).toBeCloseTo(operator.offset[axis], 6);
      }
    },
  );

  it("binomial 3 is cos^2: droop, -3 dB, -6 dB and the stop band follow", () => {
    const r = frequencyResponse(named("blur3"), 0, 320)!; // 0.2 is a bin of 320
    expect(r.droop).toBeCloseTo(40 * Math.log10(Math.cos(0.2 * Math.PI)), 10);
    expect(r.minus3dB).toBeCloseTo(Math.acos(10 ** (-3 / 40)) / Math.PI, 4);
    expect(r.minus6dB).toBeCloseTo(Math.acos(10 ** (-6 / 40)) / Math.PI, 4);
    expect(r.stopBand).toBeCloseTo(Math.cos((81 / 320) * Math.PI) ** 2, 12);
    expect(frequencyResponse(named("stride"), 0)).toMatchObject({
      droop: 0,
      minus3dB: null,
      minus6dB: null,
      stopBand: 1,
    });
  });

  it("takes the stride of each axis and leaves non-linear operators to the describing function", () => {
    const thirds: PlaneOperator = {
      ...named("stride"),
      apply: taps([1 / 3, 1 / 3, 1 / 3], -1, [3, 1]),
      spacing: [3, 1],
    };
    const r = frequencyResponse(thirds, 0, 240)!;
    expect(r.samples.find((s) => s.frequency === 0.25)?.magnitude).toBeCloseTo(1 / 3, 12);
    expect(frequencyResponse(thirds, 1, 240)?.stopBand).toBeNull();
    expect(frequencyResponse(named("max2"), 0)).toBeNull();
  });

  it("the describing function of a linear operator is |H|, without a shift of the mean", () => {
    for (const name of ["stride", "avg2", "blur3"]) {
      const r = frequencyResponse(named(name), 0)!;
      describingFunction(named(name), 0)!.forEach(({ magnitude, dcShift }, i) => {
        expect(magnitude).toBeCloseTo(r.samples[i].magnitude, 10);
        expect(dcShift).toBeCloseTo(0, 10);
      });
    }
  });

  it("the describing function of MaxPool 2: mean of max of two samples", () => {
    const f = describingFunction(named("max2"), 1)!;
    // E max(a, b) = E |a - b| / 2 over the mean; a - b is a wave of amplitude sin(pi f).
    for (const { frequency, dcShift } of f.filter((s) => s.frequency === 0.125 || s.frequency === 0.3125)) {
      expect(dcShift).toBeCloseTo(Math.sin(Math.PI * frequency) / Math.PI, 2);
    }
    expect(f[0]).toMatchObject({ frequency: 0 });
    expect(f[0].magnitude).toBeCloseTo(1, 12);
    expect(f[0].dcShift).toBeCloseTo(0, 12);
  });
});

describe("test patterns (section 11)", () => {
  it("moire is |H(0.45)| and its square on the diagonal", () => {
    const H = Math.cos(0.45 * Math.PI) ** 2;
    expect(moire(named("blur3"), [1, 0])).toBeCloseTo(H, 12);
    expect(moire(named("blur3"), [0, 1])).toBeCloseTo(H, 12);
    expect(moire(named("blur3"), [1, 1])).toBeCloseTo(H * H, 12);
    expect(moire(named("stride"), [1, 0])).toBeCloseTo(1, 12);
    expect(moire(named("kcrop"), [0, 1])).toBeCloseTo(0, 12);
  });

  it("the checkerboard vanishes or becomes a constant", () => {
    expect(checkerboardLeak(named("stride"))).toBe(1);
    expect(checkerboardLeak(named("max2"))).toBe(1);
    expect(checkerboardLeak(named("avg2"))).toBe(0);
    expect(checkerboardLeak(named("blur5"))).toBeCloseTo(0, 12);
  });

  it("chirp and zone plate order the operators as they alias", () => {
    const order = ["blur5", "blur4", "blur3", "avg2", "stride"].map(named);
    for (const visibility of [
      (o: PlaneOperator) => aliasVisibility(o)!,
      (o: PlaneOperator) => chirpVisibility(o, 0)!,
    ]) {
      const values = order.map(visibility);
      expect(values).toEqual([...values].sort((a, b) => a - b));
    }
    expect(chirpVisibility(named("blur3"), 0)).toBeCloseTo(chirpVisibility(named("blur3"), 1)!, 12);
  });

  it("a plain stride of 4 is as visible on its own scale; stride 1 has nothing to show", () => {
    const four: PlaneOperator = { ...named("stride"), apply: every([4, 4]), spacing: [4, 4] };
    expect(Math.abs(aliasVisibility(four)! - 1)).toBeLessThan(0.1);
    const axis: PlaneOperator = { ...named("stride"), apply: every([1, 2]), spacing: [1, 2] };
    expect(chirpVisibility(axis, 0)).toBeNull();
    expect(Math.abs(chirpVisibility(axis, 1)! - 1)).toBeLessThan(0.1);
  });

  it("a step overshoots with FLC, never with averages or maxima", () => {
    expect(stepOvershoot(named("avg2"), 0, [2, 2])).toBe(0);
    expect(stepOvershoot({ ...named("max2"), apply: maxPool() }, 1, [2, 2])).toBe(0);
    expect(stepOvershoot(named("flc"), 1, [2, 2])).toBeGreaterThan(5);
  });
});
