import { describe, expect, it } from "vitest";
import {
  aliasToSignal,
  classConsistency,
  downsampledAffine,
  edgeRetention,
  energy,
  FRACTIONAL_SHIFTS,
  foldClasses,
  grating,
  integerShifts,
  invarianceUpToIndex,
  outOfBandEnergyRatio,
  type Pair,
  type Plane,
  type PlaneOperator,
  percentile,
  planeOf,
  polyphaseSpread,
  preservation,
  psnr,
  residual,
  ringCorrelation,
  roll,
  seededGaussian,
  segmentationConsistency,
  shiftEquivarianceError,
  spectrumDistance,
  ssim,
  trial,
  zonePlate,
} from "../src/index.ts";
import { every, named } from "./operators.ts";

const noisePlane = (shape: Pair, seed = 9): Plane => {
  const next = seededGaussian(seed);
  return planeOf(shape, () => next());
};
const line = (values: number[]): Plane => planeOf([1, values.length], Float64Array.from(values));

describe("aliasing", () => {
  const fine = grating([16, 16], [6 / 16, 0]);
  const coarse = grating([16, 16], [2 / 16, 0]);
  const both = planeOf(
    [16, 16],
    Float64Array.from(fine.data, (v, i) => v + 2 * coarse.data[i]),
  );

  it("out-of-band energy of waves below, above and on the new Nyquist; planes weighted by energy", () => {
    expect(outOfBandEnergyRatio([fine], [2, 2])).toBeCloseTo(1, 12);
    expect(outOfBandEnergyRatio([coarse], [2, 2])).toBeCloseTo(0, 12);
    expect(outOfBandEnergyRatio([grating([16, 16], [4 / 16, 0])], [2, 2])).toBeCloseTo(0, 12);
    expect(outOfBandEnergyRatio([both], [2, 2])).toBeCloseTo(1 / 5, 12);
    expect(outOfBandEnergyRatio([both, coarse, planeOf([4, 4], () => 7)], [2, 2])).toBeCloseTo(1 / 6, 12);
    expect(outOfBandEnergyRatio([coarse], [8, 1])).toBeCloseTo(1, 12);
  });

  it("alias-to-signal ratio of two waves is the ratio of what the response lets through", () => {
    const H = (f: number) => Math.cos(Math.PI * f) ** 2;
    const expected = (H(6 / 16) / (2 * H(2 / 16))) ** 2;
    const got = aliasToSignal(trial(named("blur3"), both))!;
    expect(got.asr).toBeCloseTo(expected, 12);
    expect(got.decibel).toBeCloseTo(10 * Math.log10(expected), 8);
    expect(got.aef).toBeCloseTo(expected / (1 + expected), 12);
    expect(aliasToSignal(trial(named("stride"), both))?.asr).toBeCloseTo(1 / 4, 12);
    expect(aliasToSignal(trial(named("max2"), both))).toBeNull();
  });

  it("fold classes name what each bin holds, whatever the mean", () => {
    // 63 output bins without the mean; each wave occupies two, and both waves fold onto the same.
    for (const lift of [0, 100]) {
      const count = (x: Plane) => {
        const lifted = Float64Array.from(x.data, (v) => v + lift);
        return foldClasses(trial(named("stride"), planeOf(x.shape, lifted)))!;
      };
      expect(count(coarse).nonaliased).toBeCloseTo(2 / 63, 12);
      expect(count(fine).aliased).toBeCloseTo(2 / 63, 12);
      expect(count(fine)).toMatchObject({ nonaliased: 0, tangled: 0 });
      expect(count(both).tangled).toBeCloseTo(2 / 63, 12);
      expect(count(both).nopass).toBeCloseTo(61 / 63, 12);
    }
    expect(foldClasses(trial(named("max2"), both))).toBeNull();
  });

  it("residual, incoherent energy and spectrum distance see gain, noise and nothing", () => {
    const r = noisePlane([32, 32]);
    const doubled = planeOf(
      [32, 32],
      Float64Array.from(r.data, (v) => 2 * v + 5),
    );
    expect(residual(doubled, r).raw).toBeCloseTo(1, 12);
    expect(residual(doubled, r).gainMatched).toBeLessThan(1e-28);
    expect(residual(doubled, r).gain).toBeCloseTo(2, 12);
    expect(ringCorrelation(doubled, r).incoherentEnergy).toBeLessThan(1e-12);
    const zeroMean = planeOf(
      [32, 32],
      Float64Array.from(r.data, (v) => 3 * v),
    );
    expect(spectrumDistance(zeroMean, r).amn).toBeCloseTo(2, 12);
    expect(ringCorrelation(noisePlane([32, 32], 77), r).incoherentEnergy).toBeGreaterThan(0.9);
  });
});

describe("shifts", () => {
  const x = noisePlane([16, 24]);

  it("the k-space crop moves along with any shift, a stride does not", () => {
    expect(shiftEquivarianceError(trial(named("kcrop"), x), FRACTIONAL_SHIFTS)).toBeLessThan(1e-13);
    expect(shiftEquivarianceError(trial(named("stride"), x), integerShifts([2, 2]))).toBeGreaterThan(0.5);
    expect(integerShifts([2, 2])).toEqual([
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(integerShifts([1, 3])).toEqual([
      [0, 1],
      [0, 2],
    ]);
    expect(shiftEquivarianceError(trial(named("stride"), x), integerShifts([1, 1]))).toBeNull();
  });

  it("adaptive polyphase sampling is invariant up to index, a stride is not", () => {
    const phases = (p: Plane) =>
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ].map(([i, j]) => every([2, 2])(roll(p, [-i, -j])));
    const adaptive: PlaneOperator = {
      ...named("stride"),
      name: "aps",
      linear: false,
      apply: (p) => phases(p).reduce((best, q) => (energy(q) > energy(best) ? q : best)),
    };
    expect(invarianceUpToIndex(trial(adaptive, x), integerShifts([2, 2]))).toBeLessThan(1e-14);
    expect(invarianceUpToIndex(trial(named("stride"), x), integerShifts([2, 2]))).toBeGreaterThan(0.5);
  });

  it("polyphase spread of known norms", () => {
    expect(polyphaseSpread(line([1, 3, 1, 3]), [1, 2])).toBeCloseTo(0.5, 12);
    expect(polyphaseSpread(line([2, 2, 2, 2]), [1, 2])).toBe(0);
  });

  it("label consistency", () => {
    expect(classConsistency([3, 3, 5])).toBeCloseTo(1 / 3, 12);
    expect(() => classConsistency([1])).toThrow(/two shifts/);
    const labels = planeOf([4, 4], (i, j) => (i === 1 && j < 2 ? 1 : 0));
    expect(segmentationConsistency(labels, roll(labels, [1, 3]), [1, 3])).toBe(1);
    expect(segmentationConsistency(labels, roll(labels, [0, 1]), [0, 0])).toBeCloseTo(1 / 3, 12);
    expect(
      segmentationConsistency(
        planeOf([2, 2], () => 0),
        planeOf([2, 2], () => 0),
        [0, 0],
      ),
    ).toBeNull();
  });
});

describe("fidelity", () => {
  it("psnr, percentiles, preservation", () => {
    expect(psnr(line([1, 2]), line([0, 1]), 10)).toBeCloseTo(20, 12);
    expect(psnr(line([1, 2]), line([1, 2]), 10)).toBe(Number.POSITIVE_INFINITY);
    expect(percentile(line([4, 1, 3, 2]), 50)).toBe(2.5);
    expect(percentile(line([4, 1, 3, 2]), 1)).toBeCloseTo(1.03, 12);
    for (const value of Object.values(preservation(line([3, 5]), line([1, 3]), 4)!))
      expect(value).toBeCloseTo(0.5, 12);
  });

  it("ssim is 1 for the same plane, falls with noise, and equals the luminance term for two constants", () => {
    const x = zonePlate(32);
    expect(ssim(x, x, 1)).toBeCloseTo(1, 12);
    const noise = noisePlane([32, 32]);
    expect(
      ssim(
        planeOf(
          [32, 32],
          Float64Array.from(x.data, (v, i) => v + noise.data[i]),
        ),
        x,
        1,
      )!,
    ).toBeLessThan(0.7);
    const constants = ssim(
      planeOf([11, 11], () => 2),
      planeOf([11, 11], () => 4),
      10,
    )!;
    expect(constants).toBeCloseTo((2 * 8 + 0.01) / (4 + 16 + 0.01), 10);
    expect(
      ssim(
        planeOf([10, 20], () => 2),
        planeOf([10, 20], () => 4),
        10,
      ),
    ).toBeNull();
  });

  it("edge retention scales with contrast and is 1 for the reference itself", () => {
    const r = zonePlate(16);
    expect(edgeRetention(r, r, [2, 2])).toBe(1);
    const half = planeOf(
      [16, 16],
      Float64Array.from(r.data, (v) => v / 2),
    );
    expect(edgeRetention(half, r, [2, 1])).toBeCloseTo(0.5, 12);
  });

  it("the affine moves by the offset and stretches by the spacing", () => {
    const A = [
      [2, 0, 0, -90],
      [0, 3, 0, -126],
      [0, 0, 1, -72],
      [0, 0, 0, 1],
    ];
    expect(downsampledAffine(A, [0, 1], [2, 2], [0.5, 0.5])).toEqual([
      [4, 0, 0, -89],
      [0, 6, 0, -124.5],
      [0, 0, 1, -72],
      [0, 0, 0, 1],
    ]);
  });
});
