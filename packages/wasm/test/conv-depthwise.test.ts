import type { ConvStep } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { convFamily } from "../src/kernels/conv.ts";
import { axis, type ConvCase, convStep, expectConv, modes, operands, runConv } from "./conv-cases.ts";
import { naiveConv } from "./conv-naive.ts";
import { splitCore } from "./split-core.ts";
import { newCore } from "./step-tester.ts";

const core = newCore();

interface DepthwiseCase extends Partial<ConvCase> {
  readonly multiplier?: number;
}

/** 3 planes of 18 x 21 voxels, an output channel for each, with a bias, where not said otherwise. */
function depthwise({ multiplier = 1, groups = 3, ...options }: DepthwiseCase = {}): ConvStep {
  const axes = [axis(18), axis(21)];
  return convStep({ inChannels: 3, axes, ...options, groups, outChannels: multiplier * groups });
}

const nameOf = ({ axes: [, x] }: ConvStep): string =>
  `conv2d_f32_depthwise${x.kernel}${x.stride === 2 ? "_s2" : ""}`;

function expectDepthwise(options: DepthwiseCase): void {
  const step = depthwise(options);
  expect(convFamily.select(step, "highest").kernel).toBe(nameOf(step));
  expectConv(convFamily, step, core);
}

/** Kernel and stride of every kernel, with half the kernel as padding. */
const windows = [3, 5].flatMap((kernel) =>
  [1, 2].map((stride) => ({ kernel, stride, padBefore: kernel >> 1, padAfter: kernel >> 1 })),
);

describe.each(windows)("depthwise $kernel x $kernel at stride $stride", (window) => {
  const { kernel, stride } = window;

  it("fills rows of every width", () => {
    for (let out = 8; out <= 33; out++) {
      for (const size of [(out - 1) * stride + 1, out * stride]) {
        expectDepthwise({ axes: [axis(5, window), axis(size, window)] });
      }
    }
  });

  it("takes every number of rows", () => {
    for (const rows of [1, 2, 3, 4, 15, 16, 17, 31, 32, 33, 49]) {
      expectDepthwise({ axes: [axis(rows, window), axis(19, window)], batch: 2 });
    }
  });

  it.each(modes)("pads by %s", (mode) => {
    for (let padBefore = -5; padBefore <= 4; padBefore++) {
      for (let padAfter = -5; padAfter <= 4; padAfter++) {
        const padded = { kernel, stride, padBefore, padAfter };
        expectDepthwise({ axes: [axis(15, padded), axis(31, padded)], mode });
      }
    }
    const rows = axis(2, { kernel, stride, padBefore: 7, padAfter: 9 });
    const narrow = axis(stride * 8, { kernel, stride, padBefore: 4, padAfter: 4 });
    expectDepthwise({ axes: [rows, narrow], mode });
  });

  it("clamps, leaves out the bias, and computes several outputs of a channel", () => {
    for (const multiplier of [1, 2, 3]) {
      const axes = [axis(9, window), axis(25, window)];
      expectDepthwise({ axes, multiplier, batch: 2, relu: true });
      expectDepthwise({ axes, multiplier, batch: 2, bias: false });
      expectDepthwise({ axes, multiplier, inChannels: 1, groups: 1 });
    }
  });

  it("gives the same bits however items are split, and as the kernel of any window", () => {
    const step = depthwise({ axes: [axis(40, window), axis(29, window)], batch: 2, relu: true });
    const inputs = operands(step);
    const whole = runConv(convFamily, step, inputs, core);
    expect(runConv(convFamily, step, inputs, splitCore(core))).toEqual(whole);
    // A leading axis of one voxel leaves the same sums to the general kernel.
    const unit = axis(1, { kernel: 1, padBefore: 0, padAfter: 0 });
    const general: ConvStep = { ...step, axes: [unit, ...step.axes] };
    expect(convFamily.select(general, "highest").kernel).toMatch("1x16");
    expect(runConv(convFamily, general, inputs, core)).toEqual(whole);
  });

  it("spreads NaN and infinity over the support only", () => {
    const step = depthwise({ axes: [axis(17, window), axis(30, window)] });
    for (const poison of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const [row, column] of [
        [0, 0],
        [8, 14],
        [16, 29],
      ]) {
        const [x, ...rest] = operands(step);
        x[510 + row * 30 + column] = poison;
        const want = naiveConv(step, [x, ...rest]).value;
        const got = runConv(convFamily, step, [x, ...rest], core);
        expect([...got].map(Number.isFinite)).toEqual([...want].map(Number.isFinite));
      }
    }
  });
});

it("leaves other windows to other kernels", () => {
  const named = (options: DepthwiseCase): string => convFamily.select(depthwise(options), "highest").kernel;
  expect(named({})).toBe("conv2d_f32_depthwise3");
  expect(named({ mode: "reflect" })).toBe("conv2d_f32_depthwise3");
  for (const axes of [
    [axis(18), axis(7)],
    [axis(18), axis(21, { padBefore: 5 })],
    [axis(18), axis(21, { dilation: 2 })],
    [axis(18), axis(21, { kernel: 5 })],
    [axis(18, { stride: 2 }), axis(21)],
    [axis(18), axis(18), axis(21)],
    [axis(18, { stride: 3 }), axis(21, { stride: 3 })],
  ]) {
    expect(named({ axes })).not.toMatch("depthwise");
  }
  expect(named({ multiplier: 4 })).not.toMatch("depthwise");
  expect(named({ inChannels: 6 })).not.toMatch("depthwise");
});
