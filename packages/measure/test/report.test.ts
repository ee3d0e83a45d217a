import { HalfbandError } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import {
  kspaceCrop,
  measure,
  metrics,
  type Pair,
  type PlaneOperator,
  planeOf,
  seededGaussian,
} from "../src/index.ts";
import { binomial, named, taps } from "./operators.ts";

const noisePlane = (shape: Pair) => {
  const next = seededGaussian(2);
  return planeOf(shape, () => next());
};
const keys = metrics.map(({ key }) => key);

describe("measure", () => {
  it.each(["stride", "blur4", "max2", "kcrop"])(
    "%s: a value or a reason for every metric, and JSON keeps it all",
    (name) => {
      const report = measure(named(name), noisePlane([24, 32]));
      expect(Object.keys(report.values)).toEqual(keys);
      for (const key of keys) {
        const value = report.values[key];
        if (value === null) expect(report.reasons[key], key).toBeTruthy();
        else expect(report.reasons[key], key).toBeUndefined();
      }
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    },
  );

  it("carries what a report must carry", () => {
    const affine = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ];
    const report = measure(named("avg2"), noisePlane([24, 32]), {
      parameters: { kernelSize: 2 },
      padding: "circular",
      normalised: true,
      zooms: [1, 0.5],
      affine,
      axes: [2, 1],
      patterns: false,
    });
    expect(report).toMatchObject({
      operator: "avg2",
      parameters: { kernelSize: 2 },
      padding: "circular",
      stride: [2, 2],
      axes: [2, 1],
      centreOffset: [0.5, 0.5],
      inputShape: [24, 32],
      outputShape: [12, 16],
      newZooms: [2, 1],
      normalised: true,
      boundary: "circular",
      seed: null,
      flat: false,
      cropped: false,
      response: null,
    });
    expect(report.newAffine).toEqual([
      [1, 0, 0, 0],
      [0, 2, 0, 0.5],
      [0, 0, 2, 0.5],
      [0, 0, 0, 1],
    ]);
    expect(report.reasons.moire).toMatch(/switched off/);
  });

  it("odd sizes are cut and flagged", () => {
    const report = measure(named("stride"), noisePlane([25, 33]), { patterns: false });
    expect(report).toMatchObject({
      cropped: true,
      inputShape: [25, 33],
      measuredShape: [24, 32],
      outputShape: [12, 16],
    });
    const same = measure(
      named("stride"),
      planeOf([24, 32], (i, j) => noisePlane([25, 33]).data[i * 33 + j]),
      { patterns: false },
    );
    expect(report.values.asr).toBe(same.values.asr);
  });

  it("a flat image has zero ratios, says so, and the rest has reasons", () => {
    const report = measure(
      named("blur3"),
      planeOf([16, 16], () => 4),
      { patterns: false },
    );
    expect(report.flat).toBe(true);
    expect(report.values).toMatchObject({
      ober: 0,
      asr: 0,
      aef: 0,
      ksrRaw: 0,
      incoherentEnergy: 0,
      amn: 0,
      seeInteger: 0,
      outMean: 4,
    });
    expect(report.values.psnr).toBeNull();
    expect(report.reasons.ssim).toMatch(/contrast/);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(
      measure(
        named("max2"),
        planeOf([16, 16], () => 0),
        { patterns: false },
      ).flat,
    ).toBe(true);
  });

  it("adding a constant changes no ratio", () => {
    const x = noisePlane([32, 32]);
    const lifted = planeOf(
      [32, 32],
      Float64Array.from(x.data, (v) => v + 100),
    );
    const [a, b] = [x, lifted].map((p) => measure(named("blur4"), p, { patterns: false }).values);
    for (const key of [
      "ober",
      "asr",
      "aef",
      "ksrRaw",
      "gain",
      "incoherentEnergy",
      "seeInteger",
      "nrmse",
      "psnr",
      "edgeRetention",
    ] as const) {
      expect(b[key]! / a[key]!, key).toBeCloseTo(1, 9);
    }
  });

  it("a margin keeps the border of a padded operator out", () => {
    const circular = named("blur3");
    const broken: PlaneOperator = {
      ...circular,
      apply: (x) => {
        const y = circular.apply(x);
        return planeOf(y.shape, (i, j) => (i === 0 || j === 0 ? 50 : y.data[i * y.shape[1] + j]));
      },
    };
    const x = noisePlane([32, 32]);
    const good = measure(circular, x, { margin: 1, patterns: false });
    const bad = measure(broken, x, { margin: 1, patterns: false });
    expect(bad.boundary).toBe("margin:1");
    expect(bad.values.ksrRaw).toBeCloseTo(good.values.ksrRaw!, 12);
    expect(bad.values.seeInteger).toBeLessThan(5 * good.values.seeInteger!);
    expect(measure(broken, x, { patterns: false }).values.ksrRaw).toBeGreaterThan(100);
    expect(() => measure(circular, x, { margin: 8 })).toThrow(/margin of 8/);
  });

  it.each([
    { spacing: [1, 2] as const, shape: [20, 24] as const },
    { spacing: [4, 2] as const, shape: [24, 20] as const },
    { spacing: [3, 3] as const, shape: [24, 30] as const },
  ])("spacing $spacing: the k-space crop is the reference and free of aliasing", ({ spacing, shape }) => {
    const crop: PlaneOperator = {
      name: "kcrop",
      apply: (x) => kspaceCrop(x, spacing),
      offset: [0, 0],
      spacing,
      linear: true,
    };
    const report = measure(crop, noisePlane(shape));
    expect(report.values.asr).toBeLessThan(1e-25);
    expect(report.values.ksrRaw).toBe(0);
    expect(report.values.seeInteger).toBeLessThan(1e-13);
    expect(report.reasons.psnrBand).toBe("identical");
    expect(report.values.moire).toBeLessThan(1e-12);
    const blur: PlaneOperator = { ...crop, name: "blur", apply: binomial(3, spacing) };
    expect(measure(blur, noisePlane(shape)).values.seeInteger).toBeGreaterThan(0.01);
  });

  it("a spacing that is not whole keeps the metrics that need no folds", () => {
    const crop: PlaneOperator = {
      name: "spectral",
      apply: (x) => kspaceCrop(x, [1.5, 1.25]),
      offset: [0, 0],
      spacing: [1.5, 1.25],
      linear: true,
    };
    const report = measure(crop, noisePlane([24, 30]));
    expect(report.outputShape).toEqual([16, 24]);
    expect(report.values.asr).toBeLessThan(1e-25);
    expect(report.values.seeFractional).toBeLessThan(1e-13);
    expect(report.reasons.foldTangled).toMatch(/whole-number/);
    expect(report.reasons.aliasVisibility).toMatch(/whole-number/);
  });

  it("non-linear noise is simulated on request, with its seed", () => {
    const x = noisePlane([16, 16]);
    expect(measure(named("max2"), x, { patterns: false }).reasons.noiseGain).toMatch(/not measured/);
    const report = measure(named("max2"), x, { patterns: false, noise: { samples: 2 ** 19, seed: 5 } });
    expect(report.seed).toBe(5);
    expect(report.values.noiseBias).toBeCloseTo(1.03, 1);
  });

  it("float32 planes and operators are welcome", () => {
    const x = noisePlane([32, 32]);
    const single: PlaneOperator = {
      ...named("blur3"),
      apply: (p) => {
        const y = named("blur3").apply(p);
        return { data: Float32Array.from(y.data), shape: y.shape };
      },
    };
    const report = measure(single, { data: Float32Array.from(x.data), shape: x.shape }, { patterns: false });
    expect(report.values.asr! / measure(named("blur3"), x, { patterns: false }).values.asr!).toBeCloseTo(
      1,
      4,
    );
  });

  it("refuses what it cannot measure", () => {
    expect(() =>
      measure(
        named("stride"),
        planeOf([8, 8], (i) => (i === 3 ? Number.NaN : 1)),
      ),
    ).toThrow(HalfbandError);
    const wrong: PlaneOperator = { ...named("stride"), apply: taps([1], 0, [1, 1]) };
    expect(() => measure(wrong, noisePlane([8, 8]))).toThrow(/8 x 8 into 8 x 8.*4 x 4/);
    expect(() => planeOf([2, 2], new Float64Array(3))).toThrow(/needs 4 values/);
  });

  it("measures a 256 x 256 plane in well under a second", () => {
    const x = noisePlane([256, 256]);
    measure(named("blur3"), x);
    const start = performance.now();
    measure(named("blur3"), x);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("metrics table", () => {
  it("has unique keys and a sentence for each", () => {
    expect(new Set(keys).size).toBe(keys.length);
    for (const { explanation } of metrics) expect(explanation).toMatch(/^[A-Z].{20,}\.$/);
  });
});
