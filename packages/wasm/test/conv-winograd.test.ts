import type { ConvStep } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import type { Core } from "../src/core.ts";
import type { KernelFamily } from "../src/kernel.ts";
import { convFamily } from "../src/kernels/conv.ts";
import { prepareWinograd, selectWinograd } from "../src/kernels/conv-winograd.ts";
import {
  axis,
  type ConvCase,
  errorOverTolerance,
  expectConv,
  modes,
  operands,
  convStep as plainStep,
  runConv,
  splitCalls,
} from "./conv-cases.ts";
import { naiveConv } from "./conv-naive.ts";
import { newCore } from "./step-tester.ts";

const core = newCore();
const highest = Object.create(core, { precision: { value: "highest" } }) as Core;

/** Winograd wherever it is defined, whether it pays or not. */
const winogradWithin = (packedBytes?: number): KernelFamily<ConvStep> => ({
  family: "conv",
  select: selectWinograd,
  prepare: (step, target, bound) => prepareWinograd(step, target, bound, packedBytes),
});
const winograd = winogradWithin();

const convStep = (test: ConvCase): ConvStep => plainStep({ inChannels: 4, outChannels: 8, ...test });
// The direct kernels' tolerance: on noise, Winograd stays within it, far below its own 5e-5.
const expectSums = (test: ConvCase, family = winograd) => expectConv(family, convStep(test), core);

/** As many non-finite values as the direct kernel gives, the same ones in the same places, and the rest close. */
function expectLikeDirect(step: ConvStep, inputs: readonly Float32Array[], family = winograd): Float32Array {
  const got = runConv(family, step, inputs, core);
  const want = runConv(convFamily, step, inputs, highest);
  const scale = Math.max(...want.filter(Number.isFinite).map(Math.abs));
  got.forEach((value, i) => {
    if (!Number.isFinite(want[i])) expect(value).toBe(want[i]);
    else expect(Math.abs(value - want[i])).toBeLessThanOrEqual(1e-5 * scale);
  });
  return got;
}

describe.each([1, 2])("conv by Winograd at stride %i", (stride) => {
  /** A row or column axis with about `out` outputs. */
  const plane = (out: number, options: Parameters<typeof axis>[1] = {}) =>
    axis(stride * (out - 1) + 1 + ((out + 1) % stride), { stride, ...options });

  it("is defined by its kernel's name", () => {
    const { kernel } = selectWinograd(convStep({ axes: [plane(8), plane(8)] }));
    expect(kernel).toBe(`conv2d_f32_winograd4x4${stride === 2 ? "s2" : ""}`);
  });

  it.each([1, 3, 4, 5, 8, 17, 32])("sums over %i input channels", (inChannels) => {
    expectSums({ axes: [plane(6), plane(9)], inChannels, batch: 2 });
    expectSums({ axes: [plane(9), plane(13)], inChannels, outChannels: 5, bias: false });
  });

  it.each([2, 3, 4, 5, 7, 8, 9, 16, 33])("computes %i output channels", (outChannels) => {
    expectSums({ axes: [plane(5), plane(9)], outChannels, batch: 2 });
  });

  it("computes so many output channels that threads share a tile's", () => {
    const step = convStep({ axes: [plane(6), plane(10)], outChannels: 132 });
    const whole = expectConv(winograd, step, core);
    expect(runConv(winograd, step, operands(step), splitCalls(core, 1))).toEqual(whole);
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 33])("fills rows of %i columns", (columns) => {
    for (const rows of [1, 4, 6]) {
      expectSums({ axes: [plane(rows), plane(columns)], outChannels: 5, relu: true });
      expectSums({ axes: [plane(columns), plane(rows)], outChannels: 4 });
    }
  });

  it("splits channels into groups", () => {
    for (const groups of [1, 2, 4]) {
      expectSums({
        axes: [plane(6), plane(17)],
        inChannels: 16,
        outChannels: 24,
        groups,
        batch: 2,
        relu: true,
      });
    }
  });

  it.each(modes)("pads by %s", (mode) => {
    expectSums({ axes: [plane(9, { padBefore: 3, padAfter: 0 }), plane(10, { padAfter: 4 })], mode });
    expectSums({ axes: [plane(8, { padAfter: -3 }), plane(19, { padBefore: -2 })], mode, inChannels: 6 });
    expectSums({ axes: [plane(2, { padBefore: 9, padAfter: 8 }), plane(5)], mode });
    expectSums({ axes: [axis(4), plane(5), plane(6, { padBefore: 4 })], mode });
  });

  it("sums over taps along slices", () => {
    for (const slices of [
      {},
      { stride: 2 },
      { kernel: 1, padBefore: 0 },
      { kernel: 2, dilation: 3, padBefore: 2 },
    ]) {
      expectSums({ axes: [axis(5, slices), plane(6), plane(9)], inChannels: 5, outChannels: 6, batch: 2 });
    }
  });

  it.each([1, 3000, 10_000, 40_000])("works through inputs larger than a slab of %i bytes", (bytes) => {
    const family = winogradWithin(bytes);
    expectSums({ axes: [plane(23), plane(30)], groups: 2 }, family);
    expectSums({ axes: [axis(7), plane(13), plane(10)] }, family);
    expectSums({ axes: [axis(7, { stride: 2 }), plane(5), plane(6)], mode: "circular" }, family);
    expectSums({ axes: [axis(9, { dilation: 2, padBefore: 2 }), plane(9), plane(6)], batch: 2 }, family);
    expectSums({ axes: [axis(12, { kernel: 4, stride: 3 }), plane(9), plane(6)] }, family);
  });

  it.each([1, 2, 5])("does not depend on the split into calls of %i items", (size) => {
    const step = convStep({ axes: [plane(13), plane(21)], inChannels: 6, outChannels: 10 });
    const inputs = operands(step);
    const whole = runConv(winograd, step, inputs, core);
    expect(runConv(winograd, step, inputs, splitCalls(core, size))).toEqual(whole);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("spreads %f over the support only", (poison) => {
    const step = convStep({ axes: [plane(9), plane(11)], inChannels: 5, outChannels: 6, batch: 2 });
    const [x, w, bias] = operands(step);
    const [height, width] = step.axes.map(({ size }) => size);
    const [y, column] = [4 * stride, 5 * stride];
    x[(height + y) * width + column] = poison; // image 0, channel 1
    const got = expectLikeDirect(step, [x, w, bias]);
    const reached = [...got].map((v) => (Number.isFinite(v) ? 0 : 1));
    const want = reached.map((_, i) => {
      const offsets = [(Math.floor(i / 11) % 9) * stride - y, (i % 11) * stride - column];
      return i < 6 * 99 && offsets.every((offset) => Math.abs(offset) <= 1) ? 1 : 0;
    });
    expect(reached).toEqual(want);
  });

  it("spreads NaN along slices", () => {
    const step = convStep({ axes: [axis(6), plane(5), plane(6)], inChannels: 5, relu: true });
    const [x, w, bias] = operands(step);
    const [, height, width] = step.axes.map(({ size }) => size);
    x[(3 * height + 3) * width + width - 2] = Number.NaN;
    for (const family of [winograd, winogradWithin(1)]) {
      const got = expectLikeDirect(step, [x, w, bias], family);
      expect(got.filter(Number.isNaN).length).toBe(stride === 1 ? 8 * 3 * 3 * 3 : 8 * 3 * 2 * 1);
    }
  });

  it.each([Number.NaN, -Infinity, 1e37])("takes weights of %f", (weight) => {
    const step = convStep({ axes: [plane(9), plane(11)], inChannels: 5, outChannels: 6 });
    const [x, w, bias] = operands(step);
    w[2 * 45 + 7] = weight;
    expectLikeDirect(step, [x, w, bias]);
  });

  it.each([1e37, 3e37, -1e38])("takes values of %f, whose transforms would overflow", (value) => {
    const step = convStep({ axes: [plane(9), plane(11)], inChannels: 5, outChannels: 6 });
    const [x, w, bias] = operands(step);
    for (const i of [40, 41, 42, 100, 300]) x[i] = value * (1 - 2 * (i % 2));
    const got = expectLikeDirect(step, [x, w.map((v) => 0.3 * v), bias]);
    expect(got.every(Number.isFinite)).toBe(true);
  });

  it("packs bound weights once, unbound ones on every run", () => {
    const step = convStep({ axes: [axis(9), axis(9)], inChannels: 5, outChannels: 6 });
    const inputs = operands(step);
    const want = naiveConv(step, inputs);
    const addresses = inputs.map((data) => {
      const address = core.arena.allocate(data.length * 4);
      core.f32(address, data.length).set(data);
      return address;
    });
    const y = core.arena.allocate(want.value.length * 4);
    const [, weight, bias] = addresses;
    const result = () => core.f32(y, want.value.length).slice();
    const before = core.arena.bytesInUse;
    const unbound = winograd.prepare(step, core, new Map([[1, weight]]));
    const bound = winograd.prepare(step, core, new Map([[1, weight], [2, bias]])); // biome-ignore format: one line
    unbound.run(addresses, [y]);
    expect(errorOverTolerance(result(), want)).toBeLessThanOrEqual(1);
    for (const i of [1, 2]) core.f32(addresses[i], inputs[i].length).fill(0);
    unbound.run(addresses, [y]);
    expect(result().every((v) => v === 0)).toBe(true);
    bound.run(addresses, [y]);
    expect(errorOverTolerance(result(), want)).toBeLessThanOrEqual(1);
    unbound.dispose();
    bound.dispose();
    expect(core.arena.bytesInUse).toBe(before);
    for (const address of [...addresses, y]) core.arena.free(address);
  });
});

describe("the choice of Winograd", () => {
  const large = convStep({ axes: [axis(20), axis(27)], inChannels: 8, outChannels: 8 });

  it("is made for 3x3 at stride 1, enough channels and outputs, and tiles that are mostly full", () => {
    const named = (change: Partial<ConvStep>) => convFamily.select({ ...large, ...change }).kernel;
    expect(named({})).toBe("conv2d_f32_winograd4x4");
    expect(named({ axes: [axis(4), axis(8), axis(8)] })).toBe("conv3d_f32_winograd4x4");
    expect(named({ axes: [axis(4, { stride: 2, kernel: 5 }), axis(8), axis(16)] })).toBe(
      "conv3d_f32_winograd4x4",
    );
    expect(named({ inChannels: 16, outChannels: 32, groups: 2 })).toBe("conv2d_f32_winograd4x4");
    expect(named({ outChannels: 7 })).toBe("conv2d_f32_4x8");
    expect(named({ inChannels: 7 })).toBe("conv2d_f32_4x8");
    expect(named({ groups: 2 })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [axis(20), axis(27, { stride: 2 })] })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [axis(20, { dilation: 2 }), axis(27)] })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [axis(20), axis(27, { kernel: 5 })] })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [axis(1), axis(64)] })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [axis(8), axis(8)] })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [axis(9), axis(14)] })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [axis(8), axis(8)], batch: 2 })).toBe("conv2d_f32_winograd4x4");
    expect(named({ axes: [axis(64)] })).toBe("conv1d_f32_4x8");
  });

  it("is made for 3x3 at stride 2", () => {
    const half = axis(40, { stride: 2 });
    const narrow = { ...large, axes: [half, half] };
    const named = (change: Partial<ConvStep>) => convFamily.select({ ...narrow, ...change }).kernel;
    expect(named({})).toBe("conv2d_f32_winograd4x4s2");
    expect(named({ axes: [axis(5, { kernel: 2 }), half, half] })).toBe("conv3d_f32_winograd4x4s2");
    expect(named({ inChannels: 16, groups: 2 })).toBe("conv2d_f32_4x8");
    expect(named({ inChannels: 7 })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [half, axis(40)] })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [half, axis(40, { stride: 3 })] })).toBe("conv2d_f32_4x8");
    const stride = { stride: 2 };
    expect(named({ axes: [axis(10, stride), axis(10, stride)], batch: 8 })).toBe("conv2d_f32_planes_4x8");
    expect(convFamily.select(narrow, "highest").kernel).toBe("conv2d_f32_4x8");
  });

  it("is undone by the highest precision, to the bit and by name", () => {
    expect(convFamily.select(large, "highest").kernel).toBe("conv2d_f32_4x8");
    const inputs = operands(large);
    const want = naiveConv(large, inputs);
    const direct = runConv(convFamily, large, inputs, highest);
    const chosen = runConv(convFamily, large, inputs, core);
    expect(errorOverTolerance(direct, want)).toBeLessThanOrEqual(1);
    expect(errorOverTolerance(chosen, want)).toBeLessThanOrEqual(1);
    expect(chosen).toEqual(runConv(winograd, large, inputs, core));
    expect(chosen).not.toEqual(direct);
  });

  it("says how much scratch it takes", () => {
    const { workspaceBytes } = convFamily.select({ ...large, axes: [axis(512), axis(512)] });
    expect(workspaceBytes).toBeGreaterThan(36 * 8 * 4 * 32);
    expect(workspaceBytes).toBeLessThan(1 << 20);
  });
});
