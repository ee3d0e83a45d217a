import type { BlockAxis, DetailStep, DetailVjpStep } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { detail, detailVjp } from "../src/kernels/detail.ts";
import { type DetailOptions, naiveDetail, naiveDetailVjp, type Operands, product } from "./detail-naive.ts";
import { splitCore } from "./split-core.ts";
import { newCore, noise, runStep } from "./step-tester.ts";

const core = newCore();

const axis = (size: number, stride: number): BlockAxis => ({ size, stride, out: Math.floor(size / stride) });

function options(axes: readonly BlockAxis[], rest: Partial<DetailOptions> = {}): DetailOptions {
  return {
    batch: 1,
    channels: 1,
    axes,
    asymmetric: false,
    normalisation: "mean",
    parametrisation: "exp-half",
    epsilon: 1e-3,
    alphaMax: null,
    ...rest,
  };
}

const planesOf = ({ batch, channels }: DetailOptions): number => batch * channels;
const inputLength = (o: DetailOptions): number => planesOf(o) * product(o.axes.map((a) => a.size));
const outputLength = (o: DetailOptions): number => planesOf(o) * product(o.axes.map((a) => a.out));

interface Float32Operands extends Operands {
  x: Float32Array;
  lambda: Float32Array;
  alpha: Float32Array;
  prediction?: Float32Array;
}

/** Per-channel parameters scattered around `level`; all of them `level` with `spread` 0. */
function operands(o: DetailOptions, given = false, level = 0, spread = 1): Float32Operands {
  const scattered = (seed: number) => noise(o.channels, seed).map((v) => level + spread * v);
  const alpha = o.parametrisation === "direct" ? scattered(3).map((v) => 1.5 + v / 2) : scattered(3);
  const base = { x: noise(inputLength(o)), lambda: scattered(2), alpha };
  return given ? { ...base, prediction: noise(outputLength(o), 4) } : base;
}

function forward(
  o: DetailOptions,
  { x, lambda, alpha, prediction }: Float32Operands,
  on = core,
): Float32Array {
  const step: DetailStep = {
    family: "detail",
    inputs: prediction ? [0, 1, 2, 3] : [0, 1, 2],
    outputs: [4],
    ...o,
  };
  const inputs = prediction ? [x, lambda, alpha, prediction] : [x, lambda, alpha];
  return runStep(detail, step, inputs, [outputLength(o)], on)[0];
}

function backward(
  o: DetailOptions,
  { x, lambda, alpha, prediction }: Float32Operands,
  gy: Float32Array,
  on = core,
): Float32Array[] {
  const step: DetailVjpStep = { family: "detailVjp", inputs: [0, 1, 2, 3], outputs: [4, 5, 6], ...o };
  const inputs = prediction ? [x, lambda, alpha, gy, prediction] : [x, lambda, alpha, gy];
  const lengths = [x.length, o.channels, o.channels];
  return runStep(detailVjp, step, inputs, prediction ? [...lengths, gy.length] : lengths, on);
}

/** |got - want| <= tolerance * max |want| of the tensor. */
function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, label = ""): void {
  expect(got.length, label).toBe(want.length);
  const scale = Array.from(want).reduce((max, v) => Math.max(max, Math.abs(v)), 1e-3);
  for (let i = 0; i < want.length; i++) {
    if (!(Math.abs(got[i] - want[i]) <= tolerance * scale))
      expect.fail(`${label} [${i}]: ${got[i]} is not ${want[i]}`);
  }
}

function expectBoth(o: DetailOptions, given: Float32Operands, label = JSON.stringify(o)): void {
  expectClose(forward(o, given), naiveDetail(o, given), 1e-6, label);
  const gy = noise(outputLength(o), 5);
  const want = naiveDetailVjp(o, given, gy);
  backward(o, given, gy).forEach((got, i) => {
    expectClose(got, want[i], 1e-6, `${["gx", "glambda", "galpha", "gprediction"][i]} ${label}`);
  });
}

const shapes: Record<string, readonly BlockAxis[]> = {
  "1-D, whole": [axis(16, 2)],
  "1-D, one voxel left over": [axis(11, 2)],
  "1-D, one block": [axis(2, 2)],
  "1-D, stride 1": [axis(7, 1)],
  "1-D, stride 3": [axis(20, 3)],
  "2-D": [axis(6, 2), axis(18, 2)],
  "2-D, odd": [axis(5, 2), axis(13, 2)],
  "2-D, mixed strides": [axis(7, 3), axis(10, 2)],
  "2-D, rows alone": [axis(4, 1), axis(9, 2)],
  "2-D, columns alone": [axis(7, 2), axis(6, 1)],
  "2-D, stride 3": [axis(8, 3), axis(29, 3)],
  "3-D": [axis(4, 2), axis(4, 2), axis(10, 2)],
  "3-D, odd": [axis(3, 2), axis(5, 2), axis(7, 2)],
  "3-D, strides 1, 2, 3": [axis(2, 1), axis(5, 2), axis(17, 3)],
  "3-D, strides 3, 1, 2": [axis(7, 3), axis(2, 1), axis(9, 2)],
};

const forms = (["mean", "sum", "none"] as const).flatMap((normalisation) =>
  (["exp-half", "exp", "direct"] as const).flatMap((parametrisation) =>
    [false, true].map((asymmetric) => ({ normalisation, parametrisation, asymmetric })),
  ),
);

describe("detail and detailVjp against float64", () => {
  it.each(Object.entries(shapes))("%s, every form", (_, axes) => {
    for (const form of forms) {
      for (const given of [false, true]) {
        const o = options(axes, { batch: 2, channels: 3, ...form });
        expectBoth(o, operands(o, given));
      }
    }
  });

  it.each([1, 2, 5])("%i channels with their own parameters", (channels) => {
    const o = options([axis(4, 2), axis(6, 2)], { batch: 2, channels });
    expectBoth(o, operands(o));
  });

  // G = 1/2 and G = 1 have ways of their own, in single precision up to 8 voxels and in double precision above.
  it.each([
    ["root", "exp-half", 0],
    ["identity", "exp", 0],
    ["root, direct", "direct", 1],
    ["identity, direct", "direct", 2],
    ["constant weights", "direct", 0],
    ["inverse", "direct", -2],
  ] as const)("%s", (_, parametrisation, level) => {
    const odd = [shapes["1-D, stride 3"], shapes["2-D, odd"], shapes["2-D, stride 3"], shapes["3-D, odd"]];
    for (const axes of [...odd, [axis(2, 2), axis(258, 2)], [axis(9, 9), axis(27, 3)]]) {
      for (const { normalisation, asymmetric } of forms.filter(
        (f) => f.parametrisation === parametrisation,
      )) {
        const o = options(axes, { channels: 2, parametrisation, normalisation, asymmetric });
        expectBoth(o, { ...operands(o), lambda: new Float32Array(2).fill(level) });
        expectBoth(o, { ...operands(o, true), lambda: new Float32Array(2).fill(level) });
      }
    }
  });

  it("every width from one block to past four vectors", () => {
    for (let width = 2; width < 36; width++) {
      const o = options([axis(4, 2), axis(width, 2)]);
      expectBoth(o, operands(o, false, 0, 0));
      expectBoth(o, operands(o, true));
    }
  });

  it("blocks as large as the plane", () => {
    const o = options([axis(9, 9), axis(40, 40)], { channels: 2 });
    expectBoth(o, operands(o, false, 0, 0));
    expectBoth(o, operands(o));
  });

  it("intensities in the thousands and far from zero", () => {
    const o = options([axis(8, 2), axis(22, 2)]);
    for (const [scale, shift] of [
      [1000, 0],
      [1, 1000],
      [1e-4, 0],
    ]) {
      const given = operands(o, false, 0, 0);
      given.x = given.x.map((v) => v * scale + shift);
      expectClose(forward(o, given), naiveDetail(o, given), 1e-6);
      const gy = noise(outputLength(o), 5);
      const want = naiveDetailVjp(o, given, gy);
      backward(o, given, gy).forEach((got, i) => void expectClose(got, want[i], 1e-6));
    }
  });

  it("tiny and huge epsilon", () => {
    for (const epsilon of [1e-12, 1e-30, 1e20]) {
      const o = options([axis(4, 2), axis(10, 2)], { epsilon });
      expectClose(forward(o, operands(o)), naiveDetail(o, operands(o)), 1e-6);
      expectClose(forward(o, operands(o, false, 0, 0)), naiveDetail(o, operands(o, false, 0, 0)), 1e-6);
    }
  });
});

describe("limits", () => {
  const o = options([axis(4, 2), axis(10, 2)]);

  it("large alpha averages", () => {
    for (const alpha of [60, 300, 1000]) {
      const given = { ...operands(o), alpha: Float32Array.of(alpha) };
      expectClose(
        forward(o, given),
        naiveDetail({ ...o, parametrisation: "direct" }, { ...given, lambda: [0] }),
        1e-6,
      );
    }
  });

  it("large lambda picks the most deviating voxel", () => {
    const x = Float32Array.of(0, 0.1, 0.2, 0.9);
    const flat = options([axis(4, 4)]);
    for (const lambda of [6, 20, 1000]) {
      const y = forward(flat, { x, lambda: Float32Array.of(lambda), alpha: Float32Array.of(0) });
      expect(y[0]).toBeCloseTo(0.9, 6);
    }
  });

  it("squares beyond single precision", () => {
    for (const exponent of [20, 28, 60, 64, 90, 120]) {
      for (const level of [0, 0.4, -3]) {
        const given = operands(o, false, level, 0);
        const x = given.x.map((v) => v * 2 ** exponent);
        expectClose(forward(o, { ...given, x }), naiveDetail(o, { ...given, x }), 1e-6);
      }
    }
  });

  it("a constant stays as it is, and its gradient is the mean's", () => {
    const given = { ...operands(o), x: new Float32Array(40).fill(7.25) };
    expect(forward(o, given)).toEqual(new Float32Array(10).fill(7.25));
    expectClose(backward(o, given, new Float32Array(10).fill(4))[0], new Float32Array(40).fill(1), 1e-6);
  });
});

it("gives the same whatever rows a call is given", () => {
  for (const axes of [[axis(11, 2)], [axis(6, 2), axis(11, 2)], [axis(7, 2), axis(5, 2), axis(7, 3)]]) {
    const o = options(axes, { batch: 3, channels: 5 });
    const gy = noise(outputLength(o), 5);
    for (const given of [operands(o), operands(o, true)]) {
      expect(forward(o, given, splitCore(core))).toEqual(forward(o, given));
      expect(backward(o, given, gy, splitCore(core))).toEqual(backward(o, given, gy));
    }
  }
});

describe("detailVjp", () => {
  it("follows finite differences of the forward formula in every operand", () => {
    for (const form of forms) {
      for (const withPrediction of [false, true]) {
        const o = options([axis(4, 2), axis(7, 3)], { batch: 2, channels: 2, ...form });
        const given = operands(o, withPrediction);
        const gy = noise(outputLength(o), 5);
        const loss = (at: Operands): number => naiveDetail(o, at).reduce((sum, y, p) => sum + gy[p] * y, 0);
        const keys = ["x", "lambda", "alpha", ...(withPrediction ? ["prediction" as const] : [])] as const;
        const h = 1e-6;
        backward(o, given, gy).forEach((gradient, k) => {
          const key = keys[k];
          const moved = (i: number, by: number): Operands => {
            const values = Array.from(given[key]!);
            values[i] += by;
            return { ...given, [key]: values };
          };
          const want = Array.from(gradient, (_, i) => (loss(moved(i, h)) - loss(moved(i, -h))) / (2 * h));
          expectClose(gradient, want, 1e-5, `${key} ${JSON.stringify(form)}`);
        });
      }
    }
  });

  it("gives dropped voxels 0", () => {
    const o = options([axis(3, 2), axis(5, 2)]);
    const [gx] = backward(o, operands(o), Float32Array.of(1, 1));
    for (const i of [4, 9, 10, 11, 12, 13, 14]) expect(gx[i]).toBe(0);
    expect(gx.filter((v) => v !== 0).length).toBe(8);
  });

  it("gives nothing to a residual clipped at or below 0", () => {
    const o = options([axis(4, 4)], { asymmetric: true, normalisation: "none" });
    const given = {
      ...operands(o, true),
      x: Float32Array.of(0.5, 0.25, 0.5, 1),
      prediction: Float32Array.of(0.5),
    };
    const [gx] = backward(o, given, Float32Array.of(1));
    expect(gx[0]).toBe(gx[1]);
    expect(gx[0]).toBe(gx[2]);
    expect(gx[3]).not.toBe(gx[0]);
  });
});

describe("NaN and infinity stay in their block", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%d", (bad) => {
    for (const form of forms) {
      for (const [given, level] of [
        [false, 0],
        [false, 0.3],
        [true, 0],
      ] as const) {
        const o = options([axis(4, 2), axis(11, 2)], form);
        const clean = operands(o, given, level, 0);
        const spoilt = { ...clean, x: clean.x.slice() };
        spoilt.x[2 * 11 + 5] = bad; // row 1, block 2: output 7
        const want = forward(o, clean);
        const got = forward(o, spoilt);
        expect(Number.isFinite(got[7]), "its own block shows it").toBe(false);
        if (!given) expect(got[7]).toBeNaN();
        want[7] = got[7];
        expect(got).toEqual(want);

        const gy = noise(10, 5);
        const [gx] = backward(o, clean, gy);
        const [gxSpoilt] = backward(o, spoilt, gy);
        gx.forEach((v, i) => {
          const inBlock = i >= 22 && (i % 11 === 4 || i % 11 === 5);
          if (!inBlock) expect(gxSpoilt[i]).toBe(v);
        });
        expect(gxSpoilt[2 * 11 + 5]).toBeNaN();
      }
    }
  });

  it("a NaN prediction", () => {
    const o = options([axis(2, 2), axis(12, 2)]);
    const given = operands(o, true);
    given.prediction![4] = Number.NaN;
    expect(Array.from(forward(o, given), Number.isNaN)).toEqual([false, false, false, false, true, false]);
    const wide = { ...given, lambda: Float32Array.of(0) };
    expect(Array.from(forward(o, wide), Number.isNaN)).toEqual([false, false, false, false, true, false]);
  });
});
