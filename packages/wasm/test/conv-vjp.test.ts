import type { ConvStep, ConvVjpStep, WindowAxis } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { convFamily } from "../src/kernels/conv.ts";
import { convVjpFamily } from "../src/kernels/conv-vjp.ts";
import { axis, errorOverTolerance, modes, splitCalls } from "./conv-cases.ts";
import { naiveConvVjp, product, type VjpOperands } from "./conv-naive.ts";
import { newCore, noise, runStep } from "./step-tester.ts";

const core = newCore();
const gradients = ["x", "weight", "bias"] as const;

interface Case extends Partial<Omit<ConvVjpStep, "axes">> {
  readonly axes: readonly WindowAxis[];
}

function vjpStep(test: Case, of: ConvVjpStep["of"]): ConvVjpStep {
  const defaults = { batch: 1, inChannels: 1, outChannels: 1, groups: 1, mode: "zeros" } as const;
  const inputs = of === "bias" ? [0] : [0, 1];
  return { family: "convVjp", ...defaults, ...test, of, inputs, outputs: [2] };
}

function operands(step: ConvVjpStep): VjpOperands {
  const taps = product(step.axes.map((a) => a.kernel));
  return {
    x: noise(step.batch * step.inChannels * product(step.axes.map((a) => a.size)), 3),
    weight: noise((step.outChannels * step.inChannels * taps) / step.groups, 5),
    gy: noise(step.batch * step.outChannels * product(step.axes.map((a) => a.out)), 7),
  };
}

function gradient(
  test: Case,
  of: ConvVjpStep["of"],
  { x, weight, gy }: VjpOperands,
  on = core,
): Float32Array {
  const step = vjpStep(test, of);
  const inputs = { x: [gy, weight], weight: [x, gy], bias: [gy] }[of];
  const length = { x: x.length, weight: weight.length, bias: step.outChannels }[of];
  return runStep(convVjpFamily, step, inputs, [length], on)[0];
}

function expectGradients(test: Case): void {
  const data = operands(vjpStep(test, "x"));
  for (const of of gradients) {
    const want = naiveConvVjp(vjpStep(test, of), of, data);
    expect(errorOverTolerance(gradient(test, of, data), want), `gradient of ${of}`).toBeLessThanOrEqual(1);
  }
}

describe("convVjp", () => {
  it.each([1, 3, 4, 5, 17])("of %i input channels", (inChannels) => {
    for (const outChannels of [1, 4, 5, 33])
      expectGradients({ axes: [axis(5), axis(9)], inChannels, outChannels, batch: 2 });
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33])("of rows of %i columns", (columns) => {
    expectGradients({ axes: [axis(3), axis(columns)], inChannels: 2, outChannels: 5, batch: 2 });
    expectGradients({ axes: [axis(columns)], inChannels: 5, outChannels: 3 });
    expectGradients({
      axes: [axis(4), axis(columns * 2, { stride: 2, padAfter: 0 })],
      inChannels: 3,
      outChannels: 2,
    });
    expectGradients({ axes: [axis(1), axis(3, { stride: 2 }), axis(columns)] });
  });

  it.each([1, 2, 3, 4])("with stride %i", (stride) => {
    for (const kernel of [1, 2, 3, 5]) {
      const options = { stride, kernel, padBefore: 2, padAfter: 1 };
      expectGradients({ axes: [axis(23, options)], inChannels: 3, outChannels: 5 });
      expectGradients({
        axes: [axis(8, options), axis(21, { ...options, dilation: 2 })],
        inChannels: 2,
        outChannels: 4,
      });
      expectGradients({
        axes: [axis(7, options), axis(9), axis(10, options)],
        inChannels: 2,
        outChannels: 3,
      });
    }
  });

  it("with every option per axis", () => {
    const axes = [
      axis(7, { stride: 3, kernel: 2, dilation: 2, padBefore: 0 }),
      axis(9, { stride: 1, kernel: 4, dilation: 2, padBefore: 4, padAfter: 0 }),
      axis(12, { stride: 2, kernel: 3, dilation: 3, padBefore: 1, padAfter: 4 }),
    ];
    for (const mode of modes)
      expectGradients({ axes, inChannels: 4, outChannels: 6, groups: 2, batch: 2, mode });
  });

  it.each([1, 2, 4, 8])("with %i groups", (groups) => {
    for (const outChannels of [8, 16]) {
      expectGradients({ axes: [axis(6), axis(17)], inChannels: 8, outChannels, groups, batch: 2 });
    }
  });

  it.each(modes)("with %s padding", (mode) => {
    for (const stride of [1, 2, 3]) {
      const wide = { kernel: 5, stride, padBefore: 3, padAfter: 2 };
      expectGradients({ axes: [axis(9, wide)], mode, inChannels: 2, outChannels: 4 });
      expectGradients({
        axes: [axis(6, wide), axis(10, wide)],
        mode,
        inChannels: 3,
        outChannels: 5,
        batch: 2,
      });
      expectGradients({ axes: [axis(4, wide), axis(5, wide), axis(6, wide)], mode, outChannels: 2 });
      const cropped = { stride, padBefore: -2, padAfter: 1 };
      expectGradients({
        axes: [axis(8, { padAfter: -3 }), axis(19, cropped)],
        mode,
        inChannels: 2,
        outChannels: 5,
      });
    }
    expectGradients({ axes: [axis(1), axis(1)], mode, inChannels: 2, outChannels: 3 });
    expectGradients({ axes: [axis(2, { kernel: 7, padBefore: 9, padAfter: 8 })], mode, outChannels: 2 });
  });

  it("of images larger than a slab", () => {
    // The packed x of a weight gradient is cut at 256 KiB: by slices, by rows, and by columns.
    expectGradients({ axes: [axis(9), axis(40), axis(70)], outChannels: 2, mode: "circular" });
    expectGradients({ axes: [axis(20), axis(1100, { stride: 2 })], inChannels: 8, mode: "reflect" });
    expectGradients({ axes: [axis(9000)], inChannels: 16, outChannels: 5 });
  });

  it.each(modes)("is the adjoint of the convolution, %s padding", (mode) => {
    const test = {
      axes: [axis(13, { stride: 2 }), axis(18)],
      inChannels: 6,
      outChannels: 9,
      groups: 3,
      batch: 2,
      mode,
    };
    const step = vjpStep(test, "x");
    const { x, weight, gy } = operands(step);
    const forward: ConvStep = { ...step, family: "conv", relu: false, inputs: [0, 1], outputs: [2] };
    const [y] = runStep(convFamily, forward, [x, weight], [gy.length], core);
    const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
    const want = dot(y, gy);
    expect(dot(gradient(test, "x", { x, weight, gy }), x)).toBeCloseTo(want, 3);
    expect(dot(gradient(test, "weight", { x, weight, gy }), weight)).toBeCloseTo(want, 3);
  });

  it.each([1, 3])("does not depend on the split into calls of %i items", (size) => {
    const axes = [axis(5), axis(21, { stride: 2 })];
    const test = { axes, inChannels: 5, outChannels: 6, batch: 2, mode: "reflect" } as const;
    const data = operands(vjpStep(test, "x"));
    for (const of of gradients) {
      expect(gradient(test, of, data, splitCalls(core, size))).toEqual(gradient(test, of, data));
    }
  });

  it("keeps the sums of weights and biases exact over many voxels", () => {
    const ones = (length: number): Float32Array => new Float32Array(length).fill(1);
    const test = { axes: [axis(40_001, { kernel: 1, padBefore: 0, padAfter: 0 })], batch: 2 };
    const data = { x: ones(80_002).fill(0.1), weight: ones(1), gy: ones(80_002).fill(0.1) };
    const tenth = Math.fround(0.1);
    expect(gradient(test, "bias", data)[0]).toBe(Math.fround(80_002 * tenth));
    const ratio = gradient(test, "weight", data)[0] / (80_002 * tenth * tenth);
    expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(1e-6);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("spreads %f over the support only", (poison) => {
    const finite = (data: ArrayLike<number>): boolean[] => Array.from(data, Number.isFinite);
    const expectSupport = (test: Case, of: ConvVjpStep["of"], data: VjpOperands): void => {
      const want = naiveConvVjp(vjpStep(test, of), of, data).value;
      expect(finite(gradient(test, of, data)), `gradient of ${of}`).toEqual(finite(want));
    };
    const strided = { axes: [axis(4), axis(11, { stride: 2 })], inChannels: 2, outChannels: 3, batch: 2 };
    // Image 0, channel 1: the first voxel (right after channel 0), and row 1, column 5.
    for (const voxel of [24, 24 + 6 + 5]) {
      const data = operands(vjpStep(strided, "x"));
      data.gy[voxel] = poison;
      for (const of of gradients) expectSupport(strided, of, data);
    }
    // The last column of x: only the last tap of rows of 6 reads it.
    const valid = { ...strided, axes: [axis(4), axis(8, { padBefore: 0, padAfter: 0 })] };
    const data = operands(vjpStep(valid, "x"));
    data.x[7] = poison;
    expectSupport(valid, "weight", data);
  });

  const wide = { padBefore: 2, padAfter: 1, dilation: 2 };
  it.each<[kernel: string, test: Case]>([
    ["conv2d_f32_winograd4x4", { axes: [axis(13), axis(15)], inChannels: 22, outChannels: 9, batch: 2 }],
    ["conv2d_f32_winograd4x4", { axes: [axis(12), axis(14)], inChannels: 16, outChannels: 32, groups: 2 }],
    ["conv3d_f32_winograd4x4", { axes: [axis(5), axis(12), axis(9)], inChannels: 8, outChannels: 8 }],
    ["conv2d_f32_winograd2x2", { axes: [axis(40), axis(64)], inChannels: 16, outChannels: 3 }],
    ["conv2d_f32_depthwise3", { axes: [axis(9), axis(21)], inChannels: 6, outChannels: 6, groups: 6 }],
    ["conv2d_f32_4x8", { axes: [axis(9, wide), axis(21, wide)], inChannels: 5, outChannels: 6, batch: 2 }],
    ["conv1d_f32_4x8", { axes: [axis(33, { kernel: 5, padBefore: 4, padAfter: 0 })], inChannels: 5 }],
    ["conv2d_f32_1x16", { axes: [axis(9), axis(21)], outChannels: 5 }],
  ])("of x at stride 1 comes from the kernels of convolutions: %s", (kernel, test) => {
    expect(convVjpFamily.select(vjpStep(test, "x")).kernel).toBe(kernel);
    expectGradients(test);
    const data = operands(vjpStep(test, "x"));
    expect(gradient(test, "x", data, splitCalls(core, 1))).toEqual(gradient(test, "x", data));
  });

  it("of x leaves Winograd's algorithm out for the highest precision", () => {
    const step = vjpStep({ axes: [axis(12), axis(14)], inChannels: 16, outChannels: 32 }, "x");
    expect(convVjpFamily.select(step, "auto").kernel).toBe("conv2d_f32_winograd4x4");
    expect(convVjpFamily.select(step, "highest").kernel).toBe("conv2d_f32_4x8");
  });

  it("of x packs a weight that is bound once, and others in every run", () => {
    const step = vjpStep({ axes: [axis(12), axis(14)], inChannels: 16, outChannels: 8 }, "x");
    const { gy, weight } = operands(step);
    const length = 16 * 12 * 14;
    const lengths = [gy.length, weight.length, length];
    const [from, weights, result] = lengths.map((count) => core.arena.allocate(count * 4));
    core.f32(from, gy.length).set(gy);
    core.f32(weights, weight.length).set(weight);
    const bound = convVjpFamily.prepare(step, core, new Map([[1, weights]]));
    const free = convVjpFamily.prepare(step, core, new Map());
    const run = (launch: typeof bound): Float32Array => {
      launch.run([from, weights], [result]);
      return core.f32(result, length).slice();
    };
    const first = run(free);
    expect(run(bound)).toEqual(first);
    core.f32(weights, weight.length).set(weight.map((value) => 2 * value));
    expect(run(bound)).toEqual(first);
    expect(run(free)).toEqual(first.map((value) => 2 * value));
    for (const launch of [bound, free]) launch.dispose();
    for (const address of [from, weights, result]) core.arena.free(address);
  });

  it("names its kernels and scratch", () => {
    const strided = [axis(64, { stride: 2 }), axis(64, { stride: 2 })];
    const test = { axes: strided, inChannels: 32, outChannels: 64 };
    const kernels = gradients.map((of) => convVjpFamily.select(vjpStep(test, of)));
    expect(kernels.map(({ kernel }) => kernel)).toEqual([
      "conv2d_f32_4x8",
      "convvjp2d_f32_weight",
      "convvjp2d_f32_bias",
    ]);
    expect(kernels[0].workspaceBytes).toBeGreaterThan((64 * 32 * 32 + 32 * 65 * 65) * 4);
    expect(kernels[2].workspaceBytes).toBe(0);
  });
});
