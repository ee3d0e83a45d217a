import { type BlurStep, type ConvStep, convBlurPool, type PaddingMode } from "@halfband/ops";
import { describe, expect, test } from "vitest";
import { createWasmBackend } from "../src/index.ts";
import { convblur, convblurWithin } from "../src/kernels/convblur.ts";
import { runChain, runFused } from "./fusion-tester.ts";
import { splitCore } from "./split-core.ts";
import { newCore, noise } from "./step-tester.ts";
import { axisOf, deviation, largest, outsOf, sizesOf, volume } from "./window-cases.ts";

const core = newCore();
/** As thin as slabs get. */
const thin = convblurWithin(1);
const binomial = (kernel: number): number[] =>
  kernel === 1 ? [1] : [...binomial(kernel - 1), 0].map((tap, j, a) => (tap + (a[j - 1] ?? 0)) / 2);

interface Options {
  readonly batch?: number;
  readonly channels?: readonly [number, number];
  readonly groups?: number;
  readonly conv?: { kernel: number; stride?: number; dilation?: number; pad?: number };
  readonly convMode?: PaddingMode;
  readonly bias?: boolean;
  readonly relu?: boolean;
  readonly blur?: number;
  readonly blurStride?: number;
  readonly blurPad?: readonly [number, number];
  readonly mode?: PaddingMode;
}

function steps(sizes: readonly number[], options: Options = {}): [ConvStep, BlurStep] {
  const { batch = 1, channels = [1, 4], groups = 1, bias = true, relu = true } = options;
  const { convMode = "zeros", mode = "reflect", blur = 4, blurStride = 2 } = options;
  const blurPad = options.blurPad ?? [(blur - 1) >> 1, blur >> 1];
  const windows = sizes.map((size) =>
    axisOf(size, { stride: 1, ...(options.conv ?? { kernel: 3, pad: 1 }) }),
  );
  const taps = windows.map(({ out }) => ({
    ...axisOf(out, { kernel: blur, stride: blurStride, pad: blurPad }),
    taps: binomial(blur),
  }));
  const inputs = bias ? [0, 1, 2] : [0, 1];
  const [inChannels, outChannels] = channels;
  return [
    {
      family: "conv",
      inputs,
      outputs: [3],
      batch,
      inChannels,
      outChannels,
      groups,
      axes: windows,
      mode: convMode,
      relu,
    },
    {
      family: "blur",
      inputs: [3],
      outputs: [4],
      planes: batch * outChannels,
      axes: taps,
      mode,
      adjoint: false,
    },
  ];
}

/** Fused and chain agree to rounding: the slabs may be summed by another kernel. */
function check(sizes: readonly number[], options: Options = {}) {
  const [conv, blur] = steps(sizes, options);
  const label = JSON.stringify({ sizes, options });
  expect(thin.select(conv, blur), label).toBeDefined();
  const { batch, inChannels, outChannels, groups } = conv;
  const taps = (inChannels / groups) * volume(conv.axes.map((axis) => axis.kernel));
  const inputs = [noise(batch * inChannels * volume(sizesOf(conv.axes)), 5), noise(outChannels * taps, 6)];
  if (conv.inputs.length > 2) inputs.push(noise(outChannels, 7));
  const between = batch * outChannels * volume(outsOf(conv.axes));
  const length = batch * outChannels * volume(outsOf(blur.axes));
  const want = runChain(conv, blur, inputs, between, length, core);
  const got = runFused(thin, conv, blur, inputs, length, core);
  expect(deviation(got, want, largest(inputs[0]) * (taps + 1)), label).toBeLessThan(1e-6);
  return { got, want };
}

describe("agrees with one after the other", () => {
  test("every blur and padding, with and without a row left over", () => {
    const channels = [1, 2] as const;
    for (const blur of [1, 2, 3, 4, 5, 6, 7]) check([97 + blur, 70], { blur, channels });
    for (const rows of [65, 96, 131]) check([rows, 70], { channels });
    for (const mode of ["zeros", "reflect", "replicate"] as const) {
      for (const blurPad of [
        [0, 0],
        [2, 2],
        [-3, 1],
        [1, -5],
      ] as const) {
        check([103, 66], { mode, blurPad, channels });
        check([103, 66], { mode, blurPad, channels, blur: 5, blurStride: 3 });
      }
    }
  });

  test("every kind of convolution", () => {
    const all = ["zeros", "reflect", "replicate", "circular"] as const;
    for (const convMode of all)
      check([101, 65], { convMode, conv: { kernel: 5, pad: 2 }, bias: false, relu: false });
    check([101, 65], { convMode: "circular", channels: [3, 5], batch: 2 });
    check([203, 131], { convMode: "reflect", conv: { kernel: 3, stride: 2, pad: 1 } });
    check([103, 67], { conv: { kernel: 3, dilation: 2, pad: 2 }, channels: [4, 6], groups: 2 });
    check([140, 64], { conv: { kernel: 1 }, channels: [2, 1] });
  });

  test("however the items are split, to the same bits", () => {
    for (const channels of [
      [1, 3],
      [8, 8],
    ] as const) {
      // biome-ignore format: one line
      const [conv, blur] = steps([103, 66], { channels, batch: 2 });
      const inputs = [noise(2 * channels[0] * 103 * 66, 5), noise(9 * channels[0] * channels[1], 6)];
      inputs.push(noise(channels[1], 7));
      const length = 2 * channels[1] * volume(outsOf(blur.axes));
      const want = runFused(thin, conv, blur, inputs, length, core);
      expect(runFused(thin, conv, blur, inputs, length, splitCore(core))).toEqual(want);
    }
  });

  test("channels enough for Winograd's algorithm, to the same bits", () => {
    const { got, want } = check([88, 64], { channels: [16, 16] });
    expect(got).toEqual(want);
  });
});

describe("selection", () => {
  test("names what runs and leaves the map out", async () => {
    const backend = await createWasmBackend({ simd: "baseline" });
    const x = backend.tensor(noise(16 * 256 * 256), [1, 16, 256, 256]);
    const weight = backend.tensor(noise(32 * 16 * 9), [32, 16, 3, 3]);
    const plan = convBlurPool.plan(x, weight, { conv: { padding: 1 } });
    expect(plan.kernel).toMatch(/^convblur2d_f32_.+_k4s2__simd$/);
    expect(plan.workspaceBytes).toBeLessThan(32 * 256 * 256);
    const direct = await createWasmBackend({ simd: "baseline", precision: "highest" });
    expect(direct.supports(plan)).toMatchObject({ kernel: "convblur2d_f32_4x8_k4s2__simd" });
    backend.dispose();
    direct.dispose();
  });

  test("leaves small maps, wrapped rows and other ranks to the chain", () => {
    expect(convblur.select(...steps([128, 128]))).toBeUndefined();
    expect(thin.select(...steps([32, 40]))).toBeUndefined();
    expect(thin.select(...steps([128, 128], { mode: "circular" }))).toBeUndefined();
    expect(thin.select(...steps([4096]))).toBeUndefined();
    const [conv, blur] = steps([128, 128]);
    const untouched = { ...axisOf(128, { kernel: 1, stride: 1 }), taps: [1] };
    expect(thin.select(conv, { ...blur, axes: [untouched, blur.axes[1]] })).toBeUndefined();
    expect(thin.select(...steps([16, 64, 64]))).toBeUndefined();
    expect(thin.select(...steps([128, 128], { channels: [512, 4] }))).toBeUndefined();
  });
});
