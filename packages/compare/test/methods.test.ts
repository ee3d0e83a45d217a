import {
  aliasToSignal,
  difference,
  frequencyResponse,
  kspaceCrop,
  mean,
  outOfBandEnergyRatio,
  type Plane,
  planeOf,
  roll,
  seededGaussian,
  trial,
} from "@halfband/measure";
import { createReferenceBackend } from "@halfband/ops";
import { describe, expect, test } from "vitest";
import { defaultMethods, extractSlice, findMethod, methods, planeOperator } from "../src/index.ts";
import { block, largest } from "./scans.ts";

const backend = createReferenceBackend();
const exact = (id: string, times = 1) =>
  planeOperator(findMethod(id), backend, { precision: "float64", times });

const noise = (shape: readonly [number, number], seed = 3): Plane => {
  const next = seededGaussian(seed);
  return planeOf(shape, () => next());
};
const apart = (a: Plane, b: Plane): number => largest(difference(a, b));

/** Part of an axial slice through the ventricles. */
const brain = extractSlice(block([40, 60, 80], [96, 96, 1])).plane;

describe("the list", () => {
  test("holds the figures of the article and what goes beyond", () => {
    const shown = (figure: number | null) => methods.filter((m) => m.figure === figure).map(({ id }) => id);
    expect(shown(2)).toEqual(["maxpool", "stride", "conv"]);
    expect(shown(5)).toEqual(["avgpool", "blurpool", "flc", "asap"]);
    expect(shown(null)).toEqual(["blurpool3", "blurpool5", "maxblurpool", "spectral", "dpp", "kcrop"]);
    expect(defaultMethods).toHaveLength(11);
  });

  test("an unknown id is refused with the ids there are", () => {
    expect(() => findMethod("max")).toThrow(/maxpool, stride, conv, .*kcrop/);
    expect(() => findMethod("max")).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe.each(methods.map((method) => [method.id, method] as const))("%s", (id, method) => {
  test("halves planes and volumes, leaves axes of stride 1 alone, keeps several channels apart", () => {
    const plane = backend.tensor(new Float32Array(2 * 24 * 16), [1, 2, 24, 16]);
    expect(method.apply(plane, [2, 2]).shape).toEqual([1, 2, 12, 8]);
    const volume = backend.tensor(new Float32Array(4 * 16 * 16).fill(3), [1, 1, 4, 16, 16]);
    const y = method.apply(volume, [1, 2, 2]);
    expect(y.shape).toEqual([1, 1, 4, 8, 8]);
    expect(y.grid[0]).toEqual({ offset: 0, spacing: 1 });
    expect(y.grid[1].spacing).toBe(2);
    for (const value of y.dataSync()) expect(value).toBeCloseTo(3, 5);
  });

  test("has joined borders: moving the image by two voxels moves the result by one", () => {
    const operator = exact(id);
    const x = noise([32, 24]);
    expect(apart(operator.apply(roll(x, [2, 4])), roll(operator.apply(x), [1, 2]))).toBeLessThan(1e-12);
  });

  test("is the same in float32 on a backend", () => {
    const fast = planeOperator(method, backend, { precision: "float32", times: 2 });
    const x = noise([32, 32]);
    expect(apart(fast.apply(x), exact(id, 2).apply(x))).toBeLessThan(1e-5);
  });
});

// Random weights have their centre of mass anywhere.
test.each(methods.filter(({ id, linear }) => linear && id !== "conv").map(({ id }) => id))(
  "%s centres its samples where the grid says",
  (id) => {
    for (const times of [1, 2]) {
      const operator = exact(id, times);
      expect(operator.spacing).toEqual([2 ** times, 2 ** times]);
      expect(frequencyResponse(operator, 0, 64)!.groupDelay).toBeCloseTo(operator.offset[0], 9);
    }
  },
);

test("centre offsets of the non-linear methods, once and twice", () => {
  const offsets = (id: string) => [exact(id).offset[0], exact(id, 2).offset[0]];
  expect(offsets("maxpool")).toEqual([0.5, 1.5]);
  expect(offsets("dpp")).toEqual([0.5, 1.5]);
  expect(offsets("maxblurpool")).toEqual([1, 3]);
});

test("the k-space crop is the low-resolution scan, however often it is applied", () => {
  const x = noise([48, 32]);
  expect(apart(exact("kcrop").apply(x), kspaceCrop(x, [2, 2]))).toBeLessThan(1e-12);
  expect(apart(exact("kcrop", 2).apply(x), kspaceCrop(x, [4, 4]))).toBeLessThan(1e-12);
});

test("k-space methods leave no alias, a plain stride folds back what is out of band", () => {
  for (const id of ["flc", "asap", "spectral", "kcrop"]) {
    expect(aliasToSignal(trial(exact(id), brain))!.asr).toBeLessThan(1e-25);
  }
  const ober = outOfBandEnergyRatio([brain], [2, 2]);
  const { aef } = aliasToSignal(trial(exact("stride"), brain))!;
  expect(Math.abs(aef / ober - 1)).toBeLessThan(0.1);
});

test("the order of the article's argument holds on a head", () => {
  const asr = (id: string) => aliasToSignal(trial(exact(id), brain))!.asr;
  expect(asr("stride")).toBeGreaterThan(asr("avgpool"));
  expect(asr("avgpool")).toBeGreaterThan(asr("blurpool"));
  expect(asr("blurpool")).toBeGreaterThan(1e6 * asr("flc"));
});

test("MaxPool raises the mean and raises it again; linear methods keep it", () => {
  const means = [1, 2].map((times) => mean(exact("maxpool", times).apply(brain)));
  expect(means[0]).toBeGreaterThan(1.04 * mean(brain));
  expect(means[1]).toBeGreaterThan(1.04 * means[0]);
  for (const id of ["avgpool", "blurpool", "flc", "asap", "spectral", "conv"]) {
    expect(Math.abs(mean(exact(id, 2).apply(brain)) / mean(brain) - 1)).toBeLessThan(0.02);
  }
});

test("the random convolution is the same every time, of mixed sign and sum 1", () => {
  const weights = findMethod("conv").call([2, 2]).weight!.data;
  expect([...weights]).toEqual([...findMethod("conv").call([2, 2]).weight!.data]);
  expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6);
  expect(Math.min(...weights)).toBeLessThan(0);
});
