import { beforeAll, describe, expect, it } from "vitest";
import type { Tile } from "../src/core.ts";
import { convFamily, convFamilyWithin } from "../src/kernels/conv.ts";
import {
  axis,
  type ConvCase,
  convStep,
  expectConv,
  modes,
  operands,
  runConv,
  splitCalls,
} from "./conv-cases.ts";
import { naiveConv } from "./conv-naive.ts";
import { splitCore } from "./split-core.ts";
import { newCore } from "./step-tester.ts";

const core = newCore();

const expectSums = (test: ConvCase, family = convFamily) => expectConv(family, convStep(test), core);

describe.each<Tile>(["4x8", "4x16"])("conv in tiles of %s", (tile) => {
  beforeAll(() => {
    core.tile = tile;
  });

  it.each([1, 3, 4, 16, 17, 32])("sums over %i input channels", (inChannels) => {
    expectSums({ axes: [axis(6), axis(9)], inChannels, outChannels: 5, batch: 2 });
    expectSums({ axes: [axis(11, { stride: 2 })], inChannels, outChannels: 4, bias: false });
  });

  it.each([1, 2, 3, 4, 5, 16, 33])("computes %i output channels", (outChannels) => {
    expectSums({ axes: [axis(5), axis(9)], inChannels: 3, outChannels, batch: 2 });
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 33])("fills rows of %i columns", (columns) => {
    for (const outChannels of [1, 5]) {
      expectSums({ axes: [axis(3), axis(columns)], inChannels: 2, outChannels, batch: 2, relu: true });
      expectSums({ axes: [axis(columns)], inChannels: 2, outChannels });
      expectSums({
        axes: [axis(4), axis(columns * 2, { stride: 2, padAfter: 0 })],
        inChannels: 3,
        outChannels,
      });
      expectSums({ axes: [axis(1), axis(3, { stride: 2 }), axis(columns)], outChannels });
    }
  });

  it.each([1, 2, 3, 4])("moves by %i", (stride) => {
    for (const kernel of [1, 2, 3, 5]) {
      const options = { stride, kernel, padBefore: 2, padAfter: 1 };
      expectSums({ axes: [axis(23, options)], inChannels: 3, outChannels: 5 });
      expectSums({ axes: [axis(8, options), axis(21, options)], inChannels: 2, outChannels: 4, batch: 2 });
      expectSums({ axes: [axis(7, options), axis(9), axis(10, options)], inChannels: 2, outChannels: 3 });
    }
  });

  it("takes every option per axis", () => {
    const axes = [
      axis(7, { stride: 3, kernel: 2, dilation: 2, padBefore: 0 }),
      axis(9, { stride: 1, kernel: 4, dilation: 2, padBefore: 4, padAfter: 0 }),
      axis(12, { stride: 2, kernel: 3, dilation: 3, padBefore: 1, padAfter: 4 }),
    ];
    expectSums({ axes, inChannels: 4, outChannels: 6, groups: 2, batch: 2, mode: "reflect" });
  });

  it.each([1, 2, 4, 8])("splits 8 channels into %i groups", (groups) => {
    for (const outChannels of [8, 16, 24]) {
      expectSums({ axes: [axis(6), axis(17)], inChannels: 8, outChannels, groups, batch: 2, relu: true });
    }
    expectSums({ axes: [axis(3), axis(4), axis(9)], inChannels: 8, outChannels: 8, groups, bias: false });
  });

  it.each(modes)("pads by %s", (mode) => {
    for (const stride of [1, 2, 3]) {
      const wide = { kernel: 5, stride, padBefore: 3, padAfter: 2 };
      expectSums({ axes: [axis(9, wide)], mode, inChannels: 2, outChannels: 4 });
      expectSums({ axes: [axis(6, wide), axis(10, wide)], mode, inChannels: 3, outChannels: 5, batch: 2 });
      expectSums({ axes: [axis(4, wide), axis(5, wide), axis(6, wide)], mode, outChannels: 2 });
      const cropped = { stride, padBefore: -2, padAfter: 1 };
      expectSums({
        axes: [axis(8, { padBefore: 1, padAfter: -3 }), axis(19, cropped)],
        mode,
        inChannels: 2,
        outChannels: 5,
      });
    }
    expectSums({ axes: [axis(1), axis(1)], mode, inChannels: 2, outChannels: 3 });
    expectSums({ axes: [axis(2, { kernel: 7, padBefore: 9, padAfter: 8 })], mode, outChannels: 2 });
  });

  it.each([1, 3000, 10_000, 40_000])("works through inputs larger than a slab of %i bytes", (bytes) => {
    const family = convFamilyWithin(bytes);
    const wide = { kernel: 5, padBefore: 3, padAfter: 1 };
    for (const stride of [1, 2, 3]) {
      for (const mode of modes) {
        expectSums({ axes: [axis(300, { ...wide, stride })], mode, inChannels: 2, outChannels: 3 }, family);
        const axes = [axis(13), axis(150, { ...wide, stride })];
        expectSums({ axes, mode, inChannels: 2, outChannels: 2, groups: 2, batch: 2 }, family);
        expectSums(
          { axes: [axis(9, { ...wide, stride }), axis(12, { stride }), axis(10)], mode, inChannels: 2 },
          family,
        );
      }
    }
  });

  it.each([1, 2, 5, 7])("does not depend on the split into calls of %i items", (size) => {
    for (const groups of [1, 3]) {
      const axes = [axis(5), axis(21, { stride: 2 })];
      const step = convStep({ axes, inChannels: 3, outChannels: groups === 1 ? 9 : 3, groups });
      const inputs = operands(step);
      const whole = runConv(convFamily, step, inputs, core);
      expect(runConv(convFamily, step, inputs, splitCalls(core, size))).toEqual(whole);
    }
  });

  it("gives the same bits however planes are split", () => {
    for (const outChannels of [4, 20]) {
      const test = { axes: [axis(6), axis(19)], inChannels: 8, outChannels, groups: 4, batch: 2 };
      const step = convStep(test);
      const whole = expectConv(convFamily, step, core);
      expect(runConv(convFamily, step, operands(step), splitCore(core))).toEqual(whole);
    }
  });

  it("clamps with relu and keeps NaN", () => {
    const step = convStep({
      axes: [axis(9, { kernel: 1, padBefore: 0, padAfter: 0 })],
      relu: true,
      bias: false,
    });
    const x = Float32Array.of(-1, 0, 1, Number.NaN, 2, -Infinity, Infinity, -2, 3);
    const got = runConv(convFamily, step, [x, Float32Array.of(1)], core);
    expect([...got]).toEqual([0, 0, 1, Number.NaN, 2, 0, Infinity, 0, 3]);
  });

  it.each([1, 5])("spreads NaN and infinity over the support only, %i output channels", (outChannels) => {
    const step = convStep({ axes: [axis(5), axis(11, { stride: 2 })], inChannels: 2, outChannels, batch: 2 });
    for (const poison of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const [x, w, bias] = operands(step);
      x[55 + 2 * 11 + 5] = poison; // image 0, channel 1, row 2, column 5
      const got = runConv(convFamily, step, [x, w, bias], core);
      const reached = got.map((v) => (Number.isFinite(v) ? 0 : 1));
      const want = reached.map((_, i) => {
        const [row, column] = [Math.floor(i / 6) % 5, i % 6];
        return i < outChannels * 30 && row >= 1 && row <= 3 && (column === 2 || column === 3) ? 1 : 0;
      });
      expect(reached).toEqual(want);
    }
  });

  it("packs bound weights once", () => {
    const step = convStep({ axes: [axis(6), axis(9)], inChannels: 3, outChannels: 5, groups: 1 });
    const inputs = operands(step);
    const addresses = inputs.map((data) => {
      const address = core.arena.allocate(data.length * 4);
      core.f32(address, data.length).set(data);
      return address;
    });
    const want = naiveConv(step, inputs).value;
    const y = core.arena.allocate(want.length * 4);
    const before = core.arena.bytesInUse;
    const launch = convFamily.prepare(
      step,
      core,
      new Map([
        [1, addresses[1]],
        [2, addresses[2]],
      ]),
    );
    for (const i of [1, 2]) core.f32(addresses[i], inputs[i].length).fill(Number.NaN);
    for (let repeat = 0; repeat < 2; repeat++) {
      core.f32(y, want.length).fill(Number.NaN);
      launch.run(addresses, [y]);
      const errors = [...core.f32(y, want.length)].map((v, i) => Math.abs(v - want[i]));
      expect(Math.max(...errors)).toBeLessThan(1e-5);
    }
    launch.dispose();
    expect(core.arena.bytesInUse).toBe(before);
    for (const address of [...addresses, y]) core.arena.free(address);
  });

  it("packs unbound weights on every run, bias alone included", () => {
    const step = convStep({ axes: [axis(4, { kernel: 1, padBefore: 0, padAfter: 0 })] });
    const address = core.arena.allocate(1024);
    const [x, w, bias, y] = [0, 64, 128, 192].map((offset) => address + offset);
    core.f32(x, 4).set([1, 2, 3, 4]);
    core.f32(w, 1).set([2]);
    const launch = convFamily.prepare(step, core, new Map([[1, w]]));
    for (const b of [0.5, -3]) {
      core.f32(bias, 1).set([b]);
      launch.run([x, w, bias], [y]);
      expect([...core.f32(y, 4)]).toEqual([2 + b, 4 + b, 6 + b, 8 + b]);
    }
    launch.dispose();
    core.arena.free(address);
  });

  it("names its kernel and scratch", () => {
    const step = convStep({ axes: [axis(64), axis(64)], inChannels: 64, outChannels: 64 });
    expect(convFamily.select(step, "highest").kernel).toBe("conv2d_f32_4x8");
    expect(convFamily.select(step, "highest").workspaceBytes).toBeGreaterThanOrEqual(64 * 66 * 66 * 4);
    const planes = { ...step, groups: 64 };
    expect(convFamily.select(planes).kernel).toBe("conv2d_f32_depthwise3");
    const dilated = axis(64, { dilation: 2 });
    const wide = { ...planes, axes: [dilated, dilated] };
    expect(convFamily.select(wide).kernel).toBe("conv2d_f32_planes_1x16");
    expect(convFamily.select({ ...wide, outChannels: 128 }).kernel).toBe("conv2d_f32_planes_4x8");
    expect(convFamily.select(wide).workspaceBytes).toBeLessThan(66 * 68 * 4 + 256);
    const large2 = axis(400, { dilation: 2 });
    expect(convFamily.select({ ...wide, axes: [large2, large2] }).kernel).toBe("conv2d_f32_1x16");
    expect(convFamily.select({ ...wide, inChannels: 3, outChannels: 3, groups: 3 }).kernel).toBe(
      "conv2d_f32_1x16",
    );
    const narrow = { ...step, outChannels: 7 };
    expect(convFamily.select(narrow).kernel).toBe("conv2d_f32_4x8");
    expect(convFamily.select({ ...narrow, axes: [axis(9), axis(9), axis(9)] }).kernel).toBe("conv3d_f32_4x8");
    const large = convStep({ axes: [axis(256), axis(256), axis(256)], inChannels: 32, outChannels: 4 });
    expect(convFamily.select(large).workspaceBytes).toBeLessThanOrEqual(4 << 20);
  });
});
