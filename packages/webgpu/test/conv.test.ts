import { conv } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { conv as convFamily } from "../src/kernels/conv.ts";
import { convVjp } from "../src/kernels/conv-vjp.ts";
import { tileGroups } from "../src/kernels/tiled-product.ts";
import { expectPlan, noiseFor, reference, runPlan } from "./plan-tester.ts";
import { gpu } from "./step-tester.ts";

type Options = Parameters<typeof conv.plan>[2];

interface Case {
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly bias?: boolean;
  readonly options?: Options;
}

const argumentsOf = ({ x, weight, bias, options }: Case) =>
  [
    { shape: x },
    { shape: weight },
    { ...options, ...(bias ? { bias: { shape: [weight[0]] } } : {}) },
  ] as const;
const planOf = (test: Case) => conv.plan(...argumentsOf(test));
const vjpPlanOf = (test: Case) => conv.vjpPlan(...argumentsOf(test));

/** Noise of up to 1 in x: a sum of n products of absolute weights below 1 is good to (1e-6 + 1e-8 n) n / 2. */
async function expectCase(test: Case): Promise<void> {
  await expectPlan(planOf(test), 1e-6);
  await expectPlan(vjpPlanOf(test), 1e-6);
}

const modes = ["zeros", "reflect", "replicate", "circular"] as const;

describe("channels and tiles", () => {
  it.each([
    [1, 1],
    [2, 3],
    [5, 9],
    [17, 16],
    [16, 33],
    [33, 17],
    [3, 70],
  ])("%i to %i channels", async (from, to) => {
    await expectCase({ x: [2, from, 5, 7], weight: [to, from, 3, 2], bias: true, options: { padding: 1 } });
  });

  it("takes the large tiles where there is work for them", async () => {
    for (const [to, tile] of [
      [36, "tile64x64"],
      [20, "tile32x64"],
      [12, "tile16x128"],
      [5, "tile8x128"],
      [2, "direct"],
    ] as const) {
      const plan = planOf({ x: [1, 2, 72, 92], weight: [to, 2, 3, 3] });
      expect(plan.steps.map((step) => convFamily.select(step as never, gpu.limits))).toMatchObject([
        { kernel: `conv2d_f32_${tile}` },
      ]);
      await expectPlan(plan, 1e-6);
    }
  });

  it.each([2, 4, 8])("%i groups", async (groups) => {
    await expectCase({ x: [2, 8, 6, 5], weight: [16, 8 / groups, 3, 3], options: { groups, padding: 1 } });
    await expectCase({ x: [2, 8, 6, 5], weight: [8, 8 / groups, 3, 3], options: { groups, stride: 2 } });
    await expectCase({ x: [1, 40, 6, 5], weight: [40, 40 / groups, 3, 3], options: { groups, padding: 1 } });
  });
});

describe.each(modes)("%s padding", (paddingMode) => {
  it.each([1, 2, 3])("with stride %i", async (stride) => {
    const options: Options = { stride, paddingMode, padding: [[3, 2]] };
    await expectCase({ x: [2, 3, 9], weight: [4, 3, 5], options });
    await expectCase({
      x: [2, 3, 6, 8],
      weight: [4, 3, 4, 3],
      options: {
        stride,
        paddingMode,
        dilation: [1, 2],
        padding: [
          [2, 3],
          [4, 1],
        ],
      },
    });
    await expectCase({
      x: [1, 2, 4, 5, 6],
      weight: [3, 2, 3, 2, 3],
      options: {
        stride: [1, stride, stride],
        paddingMode,
        padding: [
          [0, 1],
          [2, 0],
          [1, 2],
        ],
      },
    });
  });

  it("with strides beyond the kernel", async () => {
    await expectCase({ x: [2, 4, 7, 9], weight: [4, 4, 1, 2], options: { paddingMode, stride: [2, 3] } });
    await expectCase({
      x: [1, 2, 5, 6, 7],
      weight: [3, 2, 2, 1, 3],
      options: { paddingMode, stride: [3, 2, 5], padding: 1, dilation: [1, 2, 1] },
    });
    await expectCase({
      x: [1, 3, 23],
      weight: [5, 3, 3],
      options: { paddingMode, stride: 40, padding: [[-1, 2]] },
    });
  });

  it("wider than the image, and cropping", async () => {
    const most = { zeros: 9, replicate: 9, reflect: 1, circular: 2 }[paddingMode];
    await expectCase({ x: [1, 1, 2], weight: [2, 1, 4], options: { paddingMode, padding: most } });
    if (paddingMode === "replicate" || paddingMode === "zeros") {
      await expectCase({ x: [1, 2, 1, 3], weight: [3, 2, 3, 3], options: { paddingMode, padding: [1, 2] } });
    }
    await expectCase({
      x: [1, 2, 9, 9],
      weight: [3, 2, 3, 3],
      options: {
        paddingMode,
        padding: [
          [-2, 1],
          [1, -3],
        ],
      },
    });
  });
});

describe("sums", () => {
  const ones = (length: number, value: number): Float32Array => new Float32Array(length).fill(value);

  it("adds many voxels to a bias and a weight without losing digits", async () => {
    for (const channels of [1, 9]) {
      const plan = vjpPlanOf({ x: [2, channels, 8_001], weight: [channels, channels, 1] });
      const inputs = noiseFor(plan);
      const data = {
        x: ones(inputs.x.length, 0.1),
        weight: ones(inputs.weight.length, 1),
        gy: ones(inputs.gy.length, 0.1),
      };
      const got = await runPlan(plan, data);
      const tenth = Math.fround(0.1);
      for (const sum of got.bias) expect(Math.abs(sum / (16_002 * tenth) - 1)).toBeLessThan(1e-6);
      for (const sum of got.weight) expect(Math.abs(sum / (16_002 * tenth ** 2) - 1)).toBeLessThan(1e-6);
    }
  });

  it("stays within 1e-6 + 1e-8 n on long sums of one sign", async () => {
    const plan = planOf({ x: [1, 256, 6, 6], weight: [8, 256, 3, 3] });
    const inputs = noiseFor(plan);
    const data = { x: inputs.x.map((v) => v * 0.01 + 0.99), weight: inputs.weight.map(Math.abs) };
    const n = 256 * 9;
    await expectPlan(plan, 1e-6 + 1e-8 * n, data);
  });
});

describe("NaN and infinity", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])("%f spreads over the support only", async (poison) => {
    const finite = (data: ArrayLike<number>): boolean[] => Array.from(data, Number.isFinite);
    const test = { x: [2, 2, 6, 20], weight: [5, 2, 3, 3], options: { stride: [1, 2], padding: 1 } };
    const forward = noiseFor(planOf(test));
    forward.x[3 * 20 + 7] = poison;
    forward.x[6 * 20] = poison;
    expect(finite((await runPlan(planOf(test), forward)).y)).toEqual(
      finite(reference(planOf(test), forward).y),
    );
    const backward = noiseFor(vjpPlanOf(test));
    backward.gy[3 * 10 + 4] = poison;
    const got = await runPlan(vjpPlanOf(test), backward);
    const want = reference(vjpPlanOf(test), backward);
    for (const name of ["x", "weight", "bias"]) expect(finite(got[name]), name).toEqual(finite(want[name]));
  });

  it("rectifies, with NaN kept", async () => {
    const [step] = planOf({ x: [1, 1, 6], weight: [1, 1, 1] }).steps;
    const plan = {
      ...planOf({ x: [1, 1, 6], weight: [1, 1, 1] }),
      steps: [{ ...step, relu: true }],
    } as never;
    const x = Float32Array.of(1, -1, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const { y } = await runPlan(plan, { x, weight: Float32Array.of(1) });
    expect([...y]).toEqual([1, 0, 0, Number.NaN, Number.POSITIVE_INFINITY, 0]);
  });
});

it("lays more workgroups than a dimension takes in rows", () => {
  expect(tileGroups(65_535)).toEqual([65_535, 1, 1]);
  expect(tileGroups(65_536)).toEqual([32_768, 2, 1]);
});

it("names its kernels and scratch", () => {
  const { steps } = vjpPlanOf({ x: [4, 32, 64, 64], weight: [64, 32, 3, 3], options: { padding: 1 } });
  expect(steps.map((step) => convVjp.select(step as never, gpu.limits))).toEqual([
    { kernel: "convvjp2d_f32_tile32x64_x", workspaceBytes: 0 },
    { kernel: "convvjp2d_f32_tile32x32_weight", workspaceBytes: 8 * 64 * 32 * 9 * 4 },
    { kernel: "convvjp2d_f32_reduction_bias", workspaceBytes: 8 * 64 * 4 },
  ]);
});
