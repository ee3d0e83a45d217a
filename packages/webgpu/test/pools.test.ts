// Window operators beyond the operators' own cases: NaN, infinities, ties, long windows, odd geometry.
import {
  type AvgPoolStep,
  type BlurStep,
  type MaxPoolStep,
  type MaxPoolVjpStep,
  type PaddingMode,
  paddedIndex,
  type RegionStep,
  type WindowAxis,
  windowSize,
} from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { avgpool } from "../src/kernels/avgpool.ts";
import { blur } from "../src/kernels/blur.ts";
import { maxpool, maxpoolVjp } from "../src/kernels/maxpool.ts";
import { region } from "../src/kernels/region.ts";
import { noise, runStep } from "./step-tester.ts";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

function axis(size: number, kernel: number, rest: Partial<WindowAxis> = {}): WindowAxis {
  const all = { size, kernel, stride: kernel, dilation: 1, padBefore: 0, padAfter: 0, ...rest };
  return { out: windowSize(all), ...all };
}
const volume = (counts: readonly number[]): number => counts.reduce((a, b) => a * b, 1);
const inputs = (axes: readonly { size: number }[]): number => volume(axes.map(({ size }) => size));
const outputs = (axes: readonly { out: number }[]): number => volume(axes.map(({ out }) => out));

const maxStep = (planes: number, axes: readonly WindowAxis[], results = 2): MaxPoolStep => ({
  family: "maxpool",
  planes,
  axes,
  inputs: [0],
  outputs: [1, 2].slice(0, results),
});

async function maxima(
  axes: readonly WindowAxis[],
  x: Float32Array,
): Promise<{ values: number[]; indices: number[] }> {
  const planes = x.length / inputs(axes);
  const length = planes * outputs(axes);
  const [values, indices] = await runStep(maxpool, maxStep(planes, axes), [x], [length, length]);
  const [alone] = await runStep(maxpool, maxStep(planes, axes, 1), [x], [length]);
  expect(new Int32Array(alone.buffer)).toEqual(new Int32Array(values.buffer));
  return { values: [...values], indices: [...new Int32Array(indices.buffer)] };
}

describe("max pooling", () => {
  it("lets the last NaN win, whatever its sign and payload", async () => {
    const x = Float32Array.of(1, nan, inf, nan, 2, 3, -inf, nan, 4, 5, 6, 7);
    new Uint32Array(x.buffer)[3] = 0xff800001;
    new Uint32Array(x.buffer)[7] = 0x7f800001;
    const { values, indices } = await maxima([axis(12, 4)], x);
    expect(values).toEqual([nan, nan, 7]);
    expect(indices).toEqual([3, 7, 11]);
  });

  it("gives ties to the first, +0 and -0 alike, bit for bit", async () => {
    const x = Float32Array.of(-0, 0, 0, -0, -inf, -inf, 5, 5, -1e-45, -0);
    const { values, indices } = await maxima([axis(10, 2)], x);
    expect(values.map((v) => Object.is(v, -0))).toEqual([true, false, false, false, true]);
    expect(values).toEqual([-0, 0, -inf, 5, -0]);
    expect(indices).toEqual([0, 2, 4, 6, 9]);
  });

  it("never reads padding, and skips it by whole dilation steps", async () => {
    const x = Float32Array.of(-5, -4, -3, -2, -1);
    const { values, indices } = await maxima(
      [axis(5, 3, { stride: 2, dilation: 2, padBefore: 2, padAfter: 2 })],
      x,
    );
    expect(values).toEqual([-3, -1, -1]);
    expect(indices).toEqual([2, 4, 4]);
  });

  it("numbers voxels within their plane, in 3-D", async () => {
    const axes = [axis(4, 2), axis(4, 2), axis(6, 3)];
    const x = Float32Array.from({ length: 3 * 96 }, (_, i) => i % 96);
    const { indices } = await maxima(axes, x);
    expect(indices.slice(0, 8)).toEqual([32, 35, 44, 47, 80, 83, 92, 95]);
    expect(indices.slice(16)).toEqual(indices.slice(0, 8));
  });

  it("sends the gradients of overlapping windows to the voxels that won", async () => {
    const axes = [
      axis(7, 3, { stride: 1, dilation: 2 }),
      axis(9, 3, { stride: 2, padBefore: 1, padAfter: 1 }),
    ];
    const x = noise(2 * 63, 5);
    x[10] = nan;
    const length = 2 * outputs(axes);
    const gy = noise(length, 6);
    const { indices } = await maxima(axes, x);
    const want = new Float64Array(x.length);
    indices.forEach((index, i) => {
      want[Math.floor((2 * i) / length) * 63 + index] += gy[i];
    });
    const step: MaxPoolVjpStep = { family: "maxpoolVjp", planes: 2, axes, inputs: [0, 1], outputs: [2] };
    const [gx] = await runStep(maxpoolVjp, step, [x, gy], [x.length]);
    gx.forEach((g, i) => {
      expect(g).toBeCloseTo(want[i], 5);
    });
  });
});

const avgStep = (
  planes: number,
  axes: readonly WindowAxis[],
  rest: Partial<AvgPoolStep> = {},
): AvgPoolStep => ({
  family: "avgpool",
  planes,
  axes,
  countIncludePad: true,
  divisor: null,
  adjoint: false,
  inputs: [0],
  outputs: [1],
  ...rest,
});

describe("average pooling", () => {
  it("keeps constants and whole numbers exactly, also over a whole image", async () => {
    for (const axes of [
      [axis(9, 3), axis(9, 3), axis(9, 3)],
      [axis(64, 64), axis(48, 48)],
    ]) {
      const [y] = await runStep(
        avgpool,
        avgStep(2, axes),
        [new Float32Array(2 * inputs(axes)).fill(7)],
        [2 * outputs(axes)],
      );
      expect([...y]).toEqual([...y].map(() => 7));
    }
  });

  it("sums long windows within 1e-6 of the largest voxel", async () => {
    const axes = [axis(20_000, 10_000)];
    const x = noise(20_000).map((v) => v + 100);
    const [y] = await runStep(avgpool, avgStep(1, axes), [x], [2]);
    for (const m of [0, 1]) {
      const mean = x.slice(m * 10_000, (m + 1) * 10_000).reduce((sum, v) => sum + v / 10_000, 0);
      expect(Math.abs(y[m] - mean)).toBeLessThanOrEqual(1e-6 * 101);
    }
  });

  it("keeps NaN and infinity inside the windows they are in", async () => {
    const x = Float32Array.of(nan, 1, 2, 3, inf, 4, inf, -inf);
    const [y] = await runStep(avgpool, avgStep(1, [axis(8, 2)]), [x], [4]);
    expect([...y]).toEqual([nan, 2.5, inf, nan]);
  });
});

const TAPS = [1, 4, 6, 4, 1].map((t) => t / 16);

function blurStep(planes: number, axes: readonly WindowAxis[], mode: PaddingMode, adjoint = false): BlurStep {
  const tapped = axes.map((a) => ({ ...a, taps: a.kernel === 1 ? [1] : TAPS }));
  return { family: "blur", planes, axes: tapped, mode, adjoint, inputs: [0], outputs: [1] };
}

describe("blur", () => {
  const padded = { stride: 2, padBefore: 3, padAfter: 2 };

  it.each(["zeros", "reflect", "replicate", "circular"] as const)(
    "agrees with a sum in double precision: %s",
    async (mode) => {
      const axes = [axis(6, 5, padded), axis(5, 1), axis(7, 5, { ...padded, padBefore: -1 })];
      const x = noise(inputs(axes));
      const [y] = await runStep(blur, blurStep(1, axes, mode), [x], [outputs(axes)]);
      const [z, , row] = axes;
      const sum = (m: number, j: number, n: number): number => {
        let total = 0;
        TAPS.forEach((a, p) => {
          TAPS.forEach((b, q) => {
            const from = paddedIndex(m * 2 + p - z.padBefore, 6, mode);
            const at = paddedIndex(n * 2 + q - row.padBefore, 7, mode);
            if (from >= 0 && at >= 0) total += a * b * x[(from * 5 + j) * 7 + at];
          });
        });
        return total;
      };
      y.forEach((v, i) => {
        const n = i % row.out;
        const j = Math.floor(i / row.out) % 5;
        const m = Math.floor(i / row.out / 5);
        expect(Math.abs(v - sum(m, j, n))).toBeLessThanOrEqual(1e-6);
      });
    },
  );

  it.each(["zeros", "reflect", "replicate", "circular"] as const)(
    "has the adjoint of itself: %s",
    async (mode) => {
      const axes = [axis(6, 5, padded), axis(9, 5, padded), axis(8, 5, { ...padded, dilation: 2 })];
      const [x, gy] = [noise(2 * inputs(axes), 1), noise(2 * outputs(axes), 2)];
      const [y] = await runStep(blur, blurStep(2, axes, mode), [x], [gy.length]);
      const [gx] = await runStep(blur, blurStep(2, axes, mode, true), [gy], [x.length]);
      const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);
      expect(dot(y, gy)).toBeCloseTo(dot(x, gx), 4);
    },
  );

  it("spreads NaN over the support of the filter only", async () => {
    const x = noise(16);
    x[8] = nan;
    const [y] = await runStep(
      blur,
      blurStep(1, [axis(16, 5, { stride: 2, padBefore: 2, padAfter: 2 })], "reflect"),
      [x],
      [8],
    );
    expect([...y].map(Number.isNaN)).toEqual([false, false, false, true, true, true, false, false]);
  });
});

it("a region crops and pads with zeros, NaN and all", async () => {
  const axes = [
    { size: 2, out: 4, start: -1 },
    { size: 3, out: 2, start: 1 },
  ];
  const step: RegionStep = { family: "region", planes: 2, axes, inputs: [0], outputs: [1] };
  const x = Float32Array.of(1, 2, 3, 4, nan, 6, 7, 8, 9, 10, 11, 12);
  const [y] = await runStep(region, step, [x], [16]);
  expect([...y]).toEqual([0, 0, 2, 3, nan, 6, 0, 0, 0, 0, 8, 9, 11, 12, 0, 0]);
});
