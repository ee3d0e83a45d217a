import { planeOf, zonePlate } from "@halfband/measure";
import { expect, test } from "vitest";
import { displaySize, logSpectrum, resizeNearest, spectrumPeak, toRgba } from "../src/index.ts";

test("grey runs from low to high and stays at the ends", () => {
  const { width, height, data } = toRgba(planeOf([1, 5], Float64Array.of(-1, 0, 5, 10, 99)), {
    low: 0,
    high: 10,
  });
  expect([width, height]).toEqual([5, 1]);
  expect([0, 4, 8, 12, 16].map((i) => data[i])).toEqual([0, 0, 128, 255, 255]);
  expect(data[3]).toBe(255);
});

test("diverging is blue below, pale in the middle, red above; NaN is transparent", () => {
  const plane = planeOf([2, 2], Float64Array.of(-1, 0, 1, Number.NaN));
  const { data } = toRgba(plane, { low: -1, high: 1, colorMap: "diverging" });
  expect(data[2]).toBeGreaterThan(data[0]);
  expect(Math.min(data[4], data[5], data[6])).toBeGreaterThan(230);
  expect(data[8]).toBeGreaterThan(data[10]);
  expect(data[15]).toBe(0);
});

test("an empty window gives the low end, not NaN", () => {
  expect(toRgba(planeOf([1, 1], Float64Array.of(3)), { low: 3, high: 3 }).data[0]).toBe(0);
});

test("enlarging repeats every voxel as a block", () => {
  const small = toRgba(planeOf([2, 2], Float64Array.of(0, 1, 2, 3)), { low: 0, high: 3 });
  const { width, height, data } = resizeNearest(small, 4, 6);
  expect([width, height]).toEqual([4, 6]);
  const red = Array.from({ length: 24 }, (_, i) => data[4 * i]);
  expect(red).toEqual([...Array(3).fill([0, 0, 85, 85]), ...Array(3).fill([170, 170, 255, 255])].flat());
  expect(() => resizeNearest(small, 0, 4)).toThrow(/width is 0/);
});

test("display size makes millimetres square", () => {
  expect(displaySize([20, 100], [4, 1])).toEqual([100, 80]);
});

test("a spectrum has 0 dB at the original's strongest frequency, in the middle", () => {
  const x = zonePlate(32);
  const { data, shape } = logSpectrum(x, spectrumPeak(x));
  expect(shape).toEqual([32, 32]);
  expect(data[16 * 32 + 16]).toBeCloseTo(0, 12);
  expect(Math.max(...data)).toBeCloseTo(0, 12);
});
