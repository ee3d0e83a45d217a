import type { ConvStep, WindowAxis } from "@halfband/ops";
import { beforeAll, describe, expect, it } from "vitest";
import type { Tile } from "../src/core.ts";
import { convFamily } from "../src/kernels/conv.ts";
import { type ConvCase, convStep, expectConv, operands, runConv, axis as windowAxis } from "./conv-cases.ts";
import { splitCore } from "./split-core.ts";
import { newCore, runStep } from "./step-tester.ts";

const core = newCore();

const axis = (size: number, options: Parameters<typeof windowAxis>[1] = {}): WindowAxis =>
  windowAxis(size, { kernel: 1, padBefore: 0, padAfter: 0, ...options });

/** A single tap over 5 x 9 voxels of 3 channels, to 4, with a bias, where not said otherwise. */
const point = (test: Partial<ConvCase> = {}): ConvStep =>
  convStep({ inChannels: 3, outChannels: 4, axes: [axis(5), axis(9)], ...test });

describe.each<Tile>(["4x8", "4x16"])("conv of a single tap in tiles of %s", (tile) => {
  beforeAll(() => {
    core.tile = tile;
  });

  function expectPoint(options: Parameters<typeof point>[0]): void {
    const step = point(options);
    const { stride } = step.axes[step.axes.length - 1];
    const name = `conv${step.axes.length}d_f32_point_${tile}${stride === 2 ? "_s2" : ""}`;
    expect(convFamily.select(step, "auto", "simd", tile).kernel).toBe(name);
    expectConv(convFamily, step, core);
  }

  it.each([1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 49])("fills rows of %i columns", (columns) => {
    expectPoint({ axes: [axis(columns)] });
    expectPoint({ axes: [axis(3), axis(columns)], batch: 2 });
    for (const stride of [1, 2]) {
      const strided = axis(columns * stride, { stride });
      expectPoint({ axes: [strided], batch: 2 });
      expectPoint({ axes: [axis(5, { stride: 2 }), strided], batch: 2 });
      expectPoint({ axes: [axis(2), axis(4, { stride: 3 }), axis(columns * 2 - 1, { stride: 2 })] });
      expectPoint({ axes: [axis(3, { stride: 2 }), axis(4), axis(columns)] });
    }
  });

  it.each([1, 2, 3, 4, 5, 16, 33])("sums over, and computes, %i channels", (channels) => {
    for (const stride of [1, 2]) {
      const axes = [axis(6, { stride }), axis(11, { stride })];
      expectPoint({ axes, inChannels: channels, outChannels: 5, batch: 2 });
      expectPoint({ axes, inChannels: 2, outChannels: channels + 1, relu: true });
    }
  });

  it("takes groups, crops and dilation, and leaves out the bias", () => {
    for (const groups of [2, 4]) {
      for (const outChannels of [2 * groups, 5 * groups]) {
        expectPoint({ inChannels: 8, outChannels, groups, batch: 3, bias: false });
        expectPoint({ axes: [axis(7), axis(20, { stride: 2 })], inChannels: 4, outChannels, groups });
      }
    }
    for (const stride of [1, 2]) {
      const cropped = { stride, padBefore: -2, padAfter: -1, dilation: 3 };
      expectPoint({ axes: [axis(8, cropped), axis(23, cropped)], mode: "reflect" });
      expectPoint({ axes: [axis(6, cropped), axis(5, cropped), axis(9, cropped)], batch: 2 });
    }
  });

  it("gives the same bits however items are split", () => {
    for (const stride of [1, 2]) {
      const axes = [axis(9, { stride }), axis(27, { stride })];
      const step = point({ axes, inChannels: 8, outChannels: 22, groups: 2, batch: 2 });
      const inputs = operands(step);
      const whole = runConv(convFamily, step, inputs, core);
      expect(runConv(convFamily, step, inputs, splitCore(core))).toEqual(whole);
    }
  });

  it("clamps with relu, keeps NaN, and spreads it to its voxel only", () => {
    const step = point({ axes: [axis(9)], inChannels: 1, outChannels: 2, bias: false, relu: true });
    const x = Float32Array.of(-1, 0, 1, Number.NaN, 2, -Infinity, Infinity, -2, 3);
    const [got] = runStep(convFamily, step, [x, Float32Array.of(1, -1)], [18], core);
    expect([...got.subarray(0, 9)]).toEqual([0, 0, 1, Number.NaN, 2, 0, Infinity, 0, 3]);
    expect([...got.subarray(9)].map(Math.abs)).toEqual([1, 0, 0, Number.NaN, 0, Infinity, 0, 2, 0]);
  });
});

it("leaves padding, larger strides and lone outputs to other kernels", () => {
  for (const options of [
    { axes: [axis(9, { padBefore: 1 })] },
    { axes: [axis(9, { padAfter: 1 })] },
    { axes: [axis(9, { stride: 3 })] },
    { axes: [axis(9, { kernel: 2 })] },
    { outChannels: 1 },
    { inChannels: 4, groups: 4 },
  ]) {
    expect(convFamily.select(point(options)).kernel).not.toMatch("point");
  }
});
