import type { ConvStep } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import type { Core } from "../src/core.ts";
import type { KernelFamily } from "../src/kernel.ts";
import { convFamily } from "../src/kernels/conv.ts";
import { prepareFew, selectFew } from "../src/kernels/conv-few.ts";
import {
  axis,
  type ConvCase,
  errorOverTolerance,
  expectConv,
  modes,
  operands,
  convStep as plainStep,
  runConv,
} from "./conv-cases.ts";
import { naiveConv } from "./conv-naive.ts";
import { splitCore } from "./split-core.ts";
import { newCore } from "./step-tester.ts";

const core = newCore();
const highest = Object.create(core, { precision: { value: "highest" } }) as Core;

/** The kernel for few channels wherever it is defined, whether it pays or not. */
const fewWithin = (packedBytes?: number): KernelFamily<ConvStep> => ({
  family: "conv",
  select: selectFew,
  prepare: (step, target, bound) => prepareFew(step, target, bound, packedBytes),
});
const few = fewWithin();

const convStep = (test: ConvCase): ConvStep => plainStep({ outChannels: 5, ...test });
// The direct kernels' tolerance, far below the 5e-5 of Winograd's class.
const expectSums = (test: ConvCase, family = few) => expectConv(family, convStep(test), core);
const run = (step: ConvStep, inputs: readonly Float32Array[], family = few, on = core) =>
  runConv(family, step, inputs, on);

/** As many non-finite values as the direct kernel gives, the same ones in the same places, and the rest close. */
function expectLikeDirect(step: ConvStep, inputs: readonly Float32Array[]): Float32Array {
  const got = run(step, inputs);
  const want = run(step, inputs, convFamily, highest);
  const scale = Math.max(...want.filter(Number.isFinite).map(Math.abs));
  got.forEach((value, i) => {
    if (!Number.isFinite(want[i])) expect(value).toBe(want[i]);
    else expect(Math.abs(value - want[i])).toBeLessThanOrEqual(1e-5 * scale);
  });
  return got;
}

describe("conv over few channels", () => {
  it.each([1, 2, 3, 5, 7])("sums over %i input channels", (inChannels) => {
    expectSums({ axes: [axis(6), axis(9)], inChannels, batch: 2, relu: true });
    expectSums({ axes: [axis(9), axis(21)], inChannels, bias: false });
  });

  it.each([1, 2, 4, 5, 16, 33])("computes %i output channels", (outChannels) => {
    expectSums({ axes: [axis(5), axis(9)], outChannels, batch: 2 });
    expectSums({ axes: [axis(4), axis(8)], outChannels, inChannels: 3 });
  });

  it.each([1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 255, 256, 257, 513])("fills rows of %i columns", (columns) => {
    for (const inChannels of [1, 2]) {
      for (const rows of [1, 2, 3]) expectSums({ axes: [axis(rows), axis(columns)], inChannels, relu: true });
      expectSums({ axes: [axis(columns), axis(3)], inChannels });
    }
  });

  it("splits channels into groups", () => {
    expectSums({ axes: [axis(6), axis(17)], inChannels: 4, outChannels: 12, groups: 4, batch: 2 });
    expectSums({ axes: [axis(6), axis(17)], inChannels: 4, outChannels: 12, groups: 2, batch: 2 });
  });

  it.each(modes)("pads by %s", (mode) => {
    expectSums({ axes: [axis(9, { padBefore: 3, padAfter: 0 }), axis(10, { padAfter: 4 })], mode });
    expectSums({ axes: [axis(8, { padAfter: -3 }), axis(19, { padBefore: -2 })], mode, inChannels: 2 });
    expectSums({ axes: [axis(2, { padBefore: 9, padAfter: 8 }), axis(5)], mode });
  });

  it.each([1, 3000, 10_000])("works through inputs larger than a slab of %i bytes", (bytes) => {
    for (const inChannels of [1, 3]) {
      expectSums({ axes: [axis(23), axis(30)], inChannels }, fewWithin(bytes));
      expectSums({ axes: [axis(5), axis(700)], inChannels, mode: "circular" }, fewWithin(bytes));
    }
  });

  it("gives the same bits however the items are split", () => {
    for (const inChannels of [1, 3]) {
      const step = convStep({ axes: [axis(13), axis(21)], inChannels, batch: 2 });
      const inputs = operands(step);
      expect(run(step, inputs, few, splitCore(core))).toEqual(run(step, inputs));
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("spreads %f over the support only", (poison) => {
    for (const inChannels of [1, 2]) {
      const step = convStep({ axes: [axis(9), axis(21)], inChannels, relu: inChannels === 2 });
      const [x, w, bias] = operands(step);
      x[4 * 21 + 7] = poison;
      const finite = [...expectLikeDirect(step, [x, w, bias])].map(Number.isFinite);
      // A relu makes a number of -Infinity.
      if (inChannels === 1 || Number.isNaN(poison))
        expect(finite.filter((value) => !value).length).toBe(5 * 3 * 3);
    }
  });

  it.each([Number.NaN, -Infinity, 1e30])("takes weights of %f", (weight) => {
    const step = convStep({ axes: [axis(6), axis(11)], inChannels: 2 });
    const [x, w, bias] = operands(step);
    w[2 * 18 + 7] = weight;
    expectLikeDirect(step, [x, w, bias]);
  });

  it.each([1e37, 3e37, -1e38])("takes values of %f, whose transforms would overflow", (value) => {
    const step = convStep({ axes: [axis(9), axis(11)] });
    const [x, w, bias] = operands(step);
    for (const i of [40, 41, 42, 80]) x[i] = value * (1 - 2 * (i % 2));
    const got = expectLikeDirect(step, [x, w.map((v) => 0.3 * v), bias]);
    expect(got.every(Number.isFinite)).toBe(true);
  });

  it("packs bound weights once, unbound ones on every run", () => {
    const step = convStep({ axes: [axis(6), axis(9)] });
    const inputs = operands(step);
    const want = naiveConv(step, inputs);
    const addresses = inputs.map((data) => {
      const address = core.arena.allocate(data.length * 4);
      core.f32(address, data.length).set(data);
      return address;
    });
    const [, weight, bias] = addresses;
    const length = want.value.length;
    const y = core.arena.allocate(length * 4);
    const unbound = few.prepare(step, core, new Map([[1, weight]]));
    const bound = few.prepare(step, core, new Map([[1, weight], [2, bias]])); // biome-ignore format: one line
    for (const i of [1, 2]) core.f32(addresses[i], inputs[i].length).fill(0);
    unbound.run(addresses, [y]);
    expect(core.f32(y, length).every((v) => v === 0)).toBe(true);
    bound.run(addresses, [y]);
    expect(errorOverTolerance(core.f32(y, length), want)).toBeLessThanOrEqual(1);
    unbound.dispose();
    bound.dispose();
    for (const address of [...addresses, y]) core.arena.free(address);
  });
});

describe("the choice of the kernel for few channels", () => {
  it("is made for 3x3 at stride 1 on large planes, few channels in and many out", () => {
    const image = convStep({ axes: [axis(64), axis(64)], outChannels: 16 });
    const named = (change: Partial<ConvStep>) => convFamily.select({ ...image, ...change }).kernel;
    expect(named({})).toBe("conv2d_f32_winograd2x2");
    expect(named({ inChannels: 7 })).toBe("conv2d_f32_winograd2x2");
    expect(named({ inChannels: 8 })).toBe("conv2d_f32_winograd4x4");
    expect(named({ outChannels: 15 })).toBe("conv2d_f32_rows3");
    expect(named({ inChannels: 2, groups: 2 })).toBe("conv2d_f32_rows3");
    expect(named({ axes: [axis(28), axis(28)] })).toBe("conv2d_f32_rows3");
    expect(named({ axes: [axis(4096), axis(1)] })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [axis(64), axis(64, { dilation: 2 })] })).toBe("conv2d_f32_4x8");
    expect(named({ axes: [axis(128, { stride: 2 }), axis(128, { stride: 2 })] })).toBe("conv2d_f32_rows3_s2");
    expect(named({ axes: [axis(8), axis(64), axis(64)] })).toBe("conv3d_f32_4x8");
    expect(convFamily.select(image, "highest").kernel).toBe("conv2d_f32_rows3");
    expect(convFamily.select(image, "auto", "relaxed").kernel).toBe("conv2d_f32_rows3");
  });

  it("is what runs", () => {
    const step = convStep({ axes: [axis(50), axis(48)], inChannels: 2, outChannels: 16 });
    const inputs = operands(step);
    expect(run(step, inputs, convFamily)).toEqual(run(step, inputs));
    expect(run(step, inputs, convFamily, highest)).not.toEqual(run(step, inputs));
  });
});
