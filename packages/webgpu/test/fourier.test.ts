import { type FourierAxis, type FourierStep, flcPool, type SpectralWindow } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { fourier } from "../src/kernels/fourier.ts";
import { applyStep, axisOf, lengthsOf, stepOf } from "./fourier-naive.ts";
import { deviation, noiseFor, runPlan } from "./plan-tester.ts";
import { gpu, noise, runStep } from "./step-tester.ts";

const TOLERANCE = 1e-6;

const halved = (size: number, options: Partial<FourierAxis> = {}): FourierAxis =>
  axisOf(size, Math.max(1, Math.floor(size / 2)), options);

const kernelOf = (step: FourierStep): string => {
  const selection = fourier.select(step, gpu.limits);
  return "kernel" in selection ? selection.kernel : selection.reason;
};

/** Runs a step on noise around `mean` and compares with its matrices in double precision. */
async function check(step: FourierStep, mean = 0): Promise<void> {
  const { input, output } = lengthsOf(step);
  const inputs = step.inputs.map((_, i) => noise(input, i + 1).map((v) => v + mean));
  const got = await runStep(
    fourier,
    step,
    inputs,
    step.outputs.map(() => output),
  );
  const want = applyStep(step, inputs);
  // An adjoint sums operands of that size.
  const bound = TOLERANCE * (1 + mean) * inputs.length;
  got.forEach((values, part) => {
    expect(
      deviation(values, part === 0 ? want.re : want.im),
      `${kernelOf(step)} part ${part}`,
    ).toBeLessThanOrEqual(bound);
  });
}

const both = async (axes: readonly FourierAxis[], planes: number): Promise<void> => {
  await check(stepOf(axes, { planes }));
  await check(stepOf(axes, { planes, adjoint: true }));
};

describe("sizes", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 9, 10, 16, 17, 31, 33, 64, 65, 86, 110, 127])(
    "halves %i samples",
    async (size) => {
      await both([halved(size)], 5);
      await both([halved(size), halved(12)], 2);
      await both([halved(10), halved(size)], 3);
    },
  );

  it("resizes to any size, weights without resizing, and leaves untouched axes alone", async () => {
    const window: SpectralWindow = { kind: "hamming", half: 12 };
    await both([axisOf(40, 30), axisOf(50, 20)], 2);
    await both([axisOf(24, 24, { window }), axisOf(32, 16)], 2);
    await both([axisOf(24, 24, { nyquist: "drop" }), axisOf(9, 1)], 2);
    await both([axisOf(9, 9), halved(32)], 2);
    await both([halved(32), axisOf(9, 9)], 2);
    await both([axisOf(5, 5), axisOf(7, 7)], 3);
  });

  it.each([
    [8, 8, 8],
    [16, 9, 12],
    [6, 10, 5],
    [12, 16, 1],
    [20, 14, 70],
  ])("halves %i x %i x %i", async (...sizes) => {
    await both(
      sizes.map((size) => halved(size)),
      2,
    );
    await both(
      sizes.map((size, a) => (a === 1 ? axisOf(size, size) : halved(size))),
      3,
    );
  });
});

describe("frequencies", () => {
  const windows: readonly SpectralWindow[] = [
    { kind: "hamming", half: 16 },
    { kind: "hann", half: 12 },
    { kind: "hammingRoot", half: 16 },
    { kind: "tukey", half: 9, parameter: 0.5 },
    { kind: "kaiser", half: 10, parameter: 4 },
    { kind: "hammingRootPublished" },
  ];
  it.each(windows.map((window) => [window.kind, window] as const))("window %s", async (_, window) => {
    for (const nyquist of ["half", "drop"] as const) {
      await both([halved(32, { window, nyquist }), halved(20)], 2);
      await both([halved(21, { window }), halved(18, { window, nyquist })], 2);
      await both([halved(8, { window }), halved(12, { window, nyquist }), halved(8)], 1);
    }
  });

  it.each([5, 6, 8, 10, 15, 22])("published bins of %i samples, defect included", async (size) => {
    const published = (samples: number): FourierAxis => {
      const out = Math.floor((3 * samples) / 4) - Math.floor(samples / 4);
      const frequency = Math.floor(samples / 4) - Math.floor(samples / 2);
      return axisOf(samples, out, { frequency, shift: -Math.floor(out / 2) - frequency });
    };
    await both([published(size), published(26)], 2);
    await both([published(size), halved(12), published(10)], 1);
  });
});

describe("complex operands", () => {
  const domain = "kspace" as const;
  const cases: FourierAxis[][] = [
    [axisOf(16, 8, { domain })],
    [
      axisOf(17, 8, { domain, window: { kind: "hamming", half: 4 } }),
      axisOf(30, 13, { domain, nyquist: "drop" }),
    ],
    [axisOf(6, 3, { domain }), axisOf(9, 4, { domain }), axisOf(12, 12, { domain })],
    [halved(24), halved(20)],
    [axisOf(4, 4), axisOf(5, 5)],
  ];
  it.each(cases.map((axes) => [axes.map(({ size, out }) => `${size}->${out}`).join(" "), axes] as const))(
    "%s",
    async (_, axes) => {
      for (const adjoint of [false, true]) {
        await check(stepOf(axes, { planes: 3, adjoint, inputs: [0, 1], outputs: [2] }));
        await check(stepOf(axes, { planes: 3, adjoint, inputs: [0, 1], outputs: [2, 3] }));
        await check(stepOf(axes, { planes: 3, adjoint, inputs: [0], outputs: [1, 2] }));
      }
    },
  );
});

it("stays within the bound on a large mean, up to 512 samples", async () => {
  for (const adjoint of [false, true]) {
    await check(stepOf([halved(512)], { planes: 8, adjoint }), 100);
    await check(stepOf([axisOf(509, 60)], { planes: 3, adjoint }), 100);
    await check(stepOf([halved(128), halved(130)], { adjoint }), 100);
  }
});

it.each([Number.NaN, Number.POSITIVE_INFINITY])("%f spoils its whole plane and no other", async (poison) => {
  const plan = flcPool.plan({ shape: [3, 1, 16, 12] });
  const inputs = noiseFor(plan);
  inputs.x[16 * 12 + 5 * 12 + 3] = poison;
  const { y } = await runPlan(plan, inputs);
  expect([0, 1, 2].map((plane) => y.slice(plane * 48, (plane + 1) * 48).some(Number.isFinite))).toEqual([
    true,
    false,
    true,
  ]);
  expect(y.slice(0, 48).every(Number.isFinite) && y.slice(96).every(Number.isFinite)).toBe(true);
});

it("does not look at frequencies beyond the kept band", async () => {
  const step = stepOf([axisOf(12, 6, { domain: "kspace" }), axisOf(9, 4, { domain: "kspace" })], {
    inputs: [0, 1],
    outputs: [2],
  });
  const inputs = [noise(108, 1), noise(108, 2)];
  const [want] = await runStep(fourier, step, inputs, [24]);
  for (const outside of [0, 2 * 9 + 4, 6 * 9 + 1, 6 * 9 + 6, 107]) inputs[0][outside] = Number.NaN;
  expect((await runStep(fourier, step, inputs, [24]))[0]).toEqual(want);
  inputs[1][3 * 9 + 2] = Number.NaN; // the first kept one
  expect((await runStep(fourier, step, inputs, [24]))[0].some(Number.isFinite)).toBe(false);
});

describe("selection", () => {
  it("names the way it multiplies", () => {
    expect(kernelOf(stepOf([halved(128), halved(109)]))).toBe("fourier2d_f32_real");
    expect(kernelOf(stepOf([halved(128)], { inputs: [0, 1], outputs: [2] }))).toBe("fourier1d_f32_complex");
  });

  it("refuses matrices beyond the GPU's bindings", () => {
    const selection = fourier.select(stepOf([halved(4096)]), { bufferBytes: 2 ** 28, bindingBytes: 2 ** 24 });
    expect(selection).toHaveProperty("reason");
  });
});
