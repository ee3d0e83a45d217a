import { type FourierAxis, type FourierStep, fourierMatrix, type SpectralWindow } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import type { Core } from "../src/core.ts";
import { fourier } from "../src/kernels/fourier.ts";
import { imageMatrix } from "../src/kernels/fourier-axis.ts";
import { applyStep, axisOf, halved, publishedAxis, stepOf, untouched } from "./fourier-naive.ts";
import { splitCore } from "./split-core.ts";
import { newCore, noise, runStep } from "./step-tester.ts";

const TOLERANCE = 1e-6;
const core = newCore();

const WINDOWS: readonly SpectralWindow[] = [
  { kind: "hamming", half: 16 },
  { kind: "hann", half: 12 },
  { kind: "hammingRoot", half: 16 },
  { kind: "tukey", half: 9, parameter: 0.5 },
  { kind: "kaiser", half: 10, parameter: 4 },
  { kind: "hammingRootPublished" },
];

const floats = (step: FourierStep, of: "size" | "out"): number =>
  step.planes * step.axes.reduce((n, axis) => n * axis[of], 1);
const kernelOf = (step: FourierStep): string => fourier.select(step).kernel;

/** Runs a step on noise and compares with the matrices in double precision; returns the kernel's name. */
function check(step: FourierStep, seed = 1, mean = 0): string {
  const [from, to] = step.adjoint ? (["out", "size"] as const) : (["size", "out"] as const);
  const inputs = step.inputs.map((_, i) => noise(floats(step, from), seed + i).map((v) => v + mean));
  const got = runStep(
    fourier,
    step,
    inputs,
    step.outputs.map(() => floats(step, to)),
    core,
  );
  const want = applyStep(step, inputs);
  const largest = Math.max(...inputs.map((data) => data.reduce((most, v) => Math.max(most, Math.abs(v)), 0)));
  // A complex adjoint sums two operands of that size.
  const bound = TOLERANCE * largest * inputs.length;
  const label = `${kernelOf(step)} ${JSON.stringify(step.axes)} adjoint ${step.adjoint}`;
  got.forEach((values, part) => {
    const expected = part === 0 ? want.re : want.im;
    const error = values.reduce(
      (most, v, i) => Math.max(most, Math.abs(v - expected[i]) || (v === expected[i] ? 0 : Infinity)),
      0,
    );
    expect(error, `${label} part ${part}`).toBeLessThanOrEqual(bound);
  });
  return kernelOf(step);
}

/** Runs a step whose input comes in shares. */
function inShares(step: FourierStep, input: Float32Array, outputLength: number, core: Core): Float32Array {
  const launch = fourier.prepare(step, core, new Map());
  const { elements, take, finish } = launch.intake!;
  expect(elements).toBeLessThan(input.length);
  const share = core.arena.allocate(4 * elements);
  const output = core.arena.allocate(4 * outputLength);
  for (let at = 0; at < input.length; at += elements) {
    const part = input.subarray(at, at + elements);
    core.f32(share, elements).fill(Number.NaN).set(part);
    take([share], [output], at);
  }
  finish([share], [output]);
  const result = core.f32(output, outputLength).slice();
  launch.dispose();
  for (const address of [share, output]) core.arena.free(address);
  return result;
}

const LINES = [
  ...Array.from({ length: 17 }, (_, i) => i + 4),
  32,
  48,
  64,
  86,
  90,
  96,
  110,
  128,
  160,
  180,
  182,
  217,
  218,
  256,
];

describe("one axis", () => {
  it.each([1, 2, 3, ...LINES])("halves %i samples", (size) => {
    for (const planes of [1, 5]) check(stepOf([halved(size)], { planes }), size);
    check(stepOf([halved(size)], { planes: 9, adjoint: true }), size);
  });

  it.each([16, 32, 33, 48, 60, 64, 128, 256])("weights the bins with every window on %i samples", (size) => {
    for (const window of WINDOWS) {
      for (const nyquist of ["half", "drop"] as const) {
        check(stepOf([halved(size, { window, nyquist })], { planes: 3 }));
        check(stepOf([halved(size, { window, nyquist })], { planes: 3, adjoint: true }));
      }
    }
  });

  it.each([9, 17, 31, 32, 33, 65])("keeps lines apart among %i planes", (planes) => {
    check(stepOf([halved(32)], { planes }));
    check(stepOf([halved(31)], { planes }));
  });

  it("reaches 512 samples", () => {
    expect(check(stepOf([halved(512)], { planes: 8 }))).toBe("fourier1d_f32_halfband");
    expect(check(stepOf([axisOf(509, 200)], { planes: 8 }))).toBe("fourier1d_f32_transform");
  });

  it("folds or embeds lengths of large primes", () => {
    for (const size of [22, 26, 34, 58, 68, 106, 134, 166]) {
      expect(check(stepOf([halved(size)], { planes: 9 }))).toBe("fourier1d_f32_folded");
      check(stepOf([halved(size)], { planes: 9, adjoint: true }));
      check(stepOf([halved(size), halved(17)], { planes: 2 }));
      check(stepOf([halved(size), halved(18)], { planes: 2, adjoint: true }));
    }
    for (const size of [178, 194, 212, 334, 428, 514]) {
      for (const options of [{}, { window: WINDOWS[0] }]) {
        for (const adjoint of [false, true]) {
          expect(check(stepOf([halved(size, options)], { planes: 9, adjoint }))).toBe(
            "fourier1d_f32_embedded",
          );
        }
      }
    }
  });

  it("takes radices 7, 11 and 13", () => {
    for (const size of [56, 88, 104, 2 * 7 * 11, 2 * 13 * 13, 768]) {
      expect(check(stepOf([halved(size)], { planes: 8 }))).toBe("fourier1d_f32_halfband");
      check(stepOf([halved(size, { window: WINDOWS[0] })], { planes: 3 }));
    }
  });

  it("transforms between any two lengths, or folds the matrix, where that is faster than the matrix", () => {
    const pairs = [
      [256, 96, "transform"],
      [128, 32, "transform"],
      [192, 191, "transform"],
      [225, 112, "transform"],
      [225, 150, "transform"],
      [217, 108, "transform"],
      [187, 93, "transform"],
      [509, 200, "transform"],
      [254, 100, "transform"],
      [63, 31, "folded"],
      [64, 62, "folded"],
      [64, 59, "folded"],
      [127, 63, "folded"],
      [181, 90, "folded"],
      [254, 101, "folded"],
    ] as const;
    for (const [size, out, form] of pairs) {
      for (const options of [{}, { window: WINDOWS[0] }, { nyquist: "drop" }] as const) {
        for (const adjoint of [false, true]) {
          const axis = axisOf(size, out, options);
          expect(check(stepOf([axis], { planes: 9, adjoint }))).toBe(`fourier1d_f32_${form}`);
          check(stepOf([axis, halved(9)], { adjoint }));
        }
      }
    }
  });

  it("applies long awkward lengths", () => {
    const axis = axisOf(3001, 1500);
    const step = stepOf([axis]);
    expect(kernelOf(step)).toBe("fourier1d_f32_transform");
    // A plane wave of a kept frequency keeps its height; one of a dropped frequency vanishes.
    const wave = (k: number, n: number, phase: number) =>
      Float32Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * ((k * i) % n)) / n + phase));
    const [kept] = runStep(fourier, step, [wave(123, 3001, 0.3)], [1500], core);
    const want = wave(123, 1500, 0.3);
    expect(Math.max(...kept.map((v, i) => Math.abs(v - want[i])))).toBeLessThan(5e-6);
    const [dropped] = runStep(fourier, step, [wave(900, 3001, 0.3)], [1500], core);
    expect(Math.max(...dropped.map(Math.abs))).toBeLessThan(5e-6);
    const gy = noise(1500, 2);
    const [gx] = runStep(fourier, stepOf([axis], { adjoint: true }), [gy], [3001], core);
    const x = noise(3001, 3);
    const [y] = runStep(fourier, step, [x], [1500], core);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);
    expect(Math.abs(dot(y, gy) - dot(x, gx))).toBeLessThan(1e-3);
  }, 20_000);
});

describe("two axes", () => {
  const pairs = [
    [4, 4],
    [6, 6],
    [8, 8],
    [7, 9],
    [16, 12],
    [18, 22],
    [20, 16],
    [32, 32],
    [48, 33],
    [64, 30],
    [30, 64],
    [33, 48],
    [16, 110],
    [110, 16],
    [36, 100],
    [86, 90],
    [24, 2],
    [2, 24],
    [24, 1],
    [1, 24],
    [40, 6],
    [6, 40],
    [96, 128],
    [128, 128],
    [17, 217],
  ];
  it.each(pairs)("halves %i x %i", (rows, columns) => {
    for (const planes of [1, 5]) check(stepOf([halved(rows), halved(columns)], { planes }), rows);
    check(stepOf([halved(rows), halved(columns)], { planes: 2, adjoint: true }));
  });

  it("takes every window, and different ones per axis", () => {
    for (const window of WINDOWS) {
      for (const nyquist of ["half", "drop"] as const) {
        for (const adjoint of [false, true]) {
          check(stepOf([halved(32, { window, nyquist }), halved(24)], { planes: 2, adjoint }));
          check(stepOf([halved(20, { window }), halved(32, { window, nyquist })], { planes: 2, adjoint }));
          check(stepOf([halved(64, { window }), halved(48, { window, nyquist })], { planes: 2, adjoint }));
          check(stepOf([halved(21, { window }), halved(17, { window, nyquist })], { planes: 2, adjoint }));
        }
      }
    }
  });

  it("keeps published bins and windows, defect included", () => {
    for (const size of [5, 6, 8, 10, 15, 22, 33, 64, 110]) {
      for (const window of [{ kind: "none" }, { kind: "hammingRootPublished" }] as const) {
        for (const adjoint of [false, true]) {
          check(stepOf([publishedAxis(size, window), publishedAxis(26, window)], { planes: 2, adjoint }));
        }
      }
    }
  });

  it("resizes to any size, weights without resizing, and leaves untouched axes alone", () => {
    for (const adjoint of [false, true]) {
      check(stepOf([axisOf(40, 30), axisOf(50, 20)], { planes: 2, adjoint }));
      check(stepOf([axisOf(24, 24, { window: WINDOWS[0] }), axisOf(32, 16)], { planes: 2, adjoint }));
      check(stepOf([axisOf(24, 24, { nyquist: "drop" }), axisOf(9, 1)], { planes: 2, adjoint }));
      check(stepOf([untouched(9), halved(32)], { planes: 2, adjoint }));
      check(stepOf([halved(32), untouched(9)], { planes: 2, adjoint }));
      check(stepOf([untouched(5), untouched(7)], { planes: 3, adjoint }));
    }
  });

  it("names the way it multiplies", () => {
    expect(kernelOf(stepOf([halved(128), halved(128)]))).toBe("fourier2d_f32_halfband");
    expect(kernelOf(stepOf([halved(128), halved(109)]))).toBe("fourier2d_f32_halfband");
    expect(kernelOf(stepOf([halved(218), halved(182)]))).toBe("fourier2d_f32_embedded");
    expect(kernelOf(stepOf([halved(106), halved(334)]))).toBe("fourier2d_f32_folded");
    expect(kernelOf(stepOf([halved(334), halved(128)]))).toBe("fourier2d_f32_embedded");
    expect(kernelOf(stepOf([halved(217), halved(109)]))).toBe("fourier2d_f32_transform");
    expect(kernelOf(stepOf([axisOf(256, 96), axisOf(128, 32)]))).toBe("fourier2d_f32_transform");
    expect(kernelOf(stepOf([halved(127), halved(63)]))).toBe("fourier2d_f32_folded");
    expect(kernelOf(stepOf([axisOf(32, 8), halved(25)]))).toBe("fourier2d_f32_dense");
    expect(kernelOf(stepOf([halved(128), halved(128)], { adjoint: true }))).toBe("fourier2d_f32_halfband");
    expect(kernelOf(stepOf([publishedAxis(110), publishedAxis(110)]))).toBe("fourier2d_f32_complex");
  });
});

describe("three axes", () => {
  const triples: FourierAxis[][] = [
    [halved(8), halved(8), halved(8)],
    [halved(16), halved(20), halved(24)],
    [halved(32), halved(16), halved(16)],
    [halved(24), halved(32), halved(40)],
    [halved(16), halved(9), halved(16)],
    [halved(17), halved(24), halved(16)],
    [halved(12), halved(16), halved(7)],
    [halved(16), halved(16), halved(4)],
    [halved(6), halved(10), halved(5)],
    [halved(16), halved(12), halved(1)],
    [halved(16), untouched(1), halved(12)],
    [untouched(5), halved(32), halved(16)],
    [halved(20), untouched(5), halved(16)],
    [halved(16), halved(32), untouched(5)],
    [untouched(3), untouched(5), halved(16)],
    [
      halved(16, { window: WINDOWS[2] }),
      halved(20, { window: WINDOWS[2] }),
      halved(24, { window: WINDOWS[0] }),
    ],
    [
      halved(40, { window: WINDOWS[2] }),
      halved(24, { window: WINDOWS[0] }),
      halved(32, { window: WINDOWS[4] }),
    ],
    [halved(16), halved(24, { window: WINDOWS[2] }), halved(24, { nyquist: "drop" })],
    [publishedAxis(10), publishedAxis(8), publishedAxis(14)],
    [axisOf(8, 1), halved(1), axisOf(12, 7)],
  ];
  it.each(triples.map((axes) => [axes.map(({ size, out }) => `${size}->${out}`).join(" "), axes] as const))(
    "%s",
    (_, axes) => {
      for (const planes of [1, 5]) {
        check(stepOf(axes, { planes }));
        check(stepOf(axes, { planes, adjoint: true }));
      }
    },
  );
});

describe("k-space", () => {
  const domain = "kspace" as const;
  const cases: FourierAxis[][] = [
    [axisOf(16, 8, { domain })],
    [axisOf(9, 9, { domain })],
    [axisOf(16, 8, { domain }), axisOf(12, 12, { domain })],
    [axisOf(17, 8, { domain, window: WINDOWS[0] }), axisOf(30, 13, { domain, nyquist: "drop" })],
    [axisOf(96, 48, { domain }), axisOf(80, 40, { domain })],
    [axisOf(6, 3, { domain }), axisOf(9, 4, { domain }), axisOf(12, 6, { domain })],
    [axisOf(40, 20, { domain }), axisOf(24, 24, { domain }), axisOf(36, 18, { domain, window: WINDOWS[0] })],
    [axisOf(64, 31, { domain }), axisOf(53, 26, { domain, window: WINDOWS[0] })],
    [axisOf(128, 106, { domain }), axisOf(34, 34, { domain })],
    [axisOf(80, 67, { domain }), axisOf(8, 4, { domain })],
    [axisOf(48, 48, { domain }), axisOf(2, 2, { domain })],
    [axisOf(50, 30, { domain }), axisOf(5, 3, { domain })],
    [axisOf(22, 22, { domain }), axisOf(9, 5, { domain })],
  ];
  it.each(cases.map((axes) => [axes.map(({ size, out }) => `${size}->${out}`).join(" "), axes] as const))(
    "%s",
    (_, axes) => {
      for (const planes of [1, 5]) {
        check(stepOf(axes, { planes, inputs: [0, 1], outputs: [2] }));
        check(stepOf(axes, { planes, inputs: [0, 1], outputs: [2, 3] }));
        check(stepOf(axes, { planes, inputs: [0], outputs: [1, 2], adjoint: true }));
        check(stepOf(axes, { planes, inputs: [0, 1], outputs: [2, 3], adjoint: true }));
      }
    },
  );

  it("takes every length", () => {
    const lengths = Array.from({ length: 64 }, (_, i) => i + 1);
    for (const out of [...lengths, 81, 94, 101, 109, 118, 125, 127, 128, 143]) {
      const axes = [axisOf(out + 7, out, { domain })];
      check(stepOf(axes, { planes: 3, inputs: [0, 1], outputs: [2, 3] }), out);
      check(stepOf(axes, { planes: 3, inputs: [0], outputs: [1, 2], adjoint: true }), out);
    }
  });

  it("keeps lines apart that hold a NaN", () => {
    const step = stepOf([axisOf(32, 32, { domain }), untouched(8)], { inputs: [0, 1], outputs: [2, 3] });
    const inputs = [noise(256), noise(256, 2)];
    inputs[1][8 * 5 + 3] = Number.NaN;
    for (const part of runStep(fourier, step, inputs, [256, 256], core)) {
      expect(Array.from(part, Number.isNaN)).toEqual(Array.from(part, (_, i) => i % 8 === 3));
    }
  });

  it("takes complex images too", () => {
    for (const axes of [
      [halved(128), publishedAxis(110)],
      [axisOf(106, 40), axisOf(4, 3)],
      [axisOf(200, 77), axisOf(3, 2)],
    ]) {
      for (const adjoint of [false, true]) {
        check(stepOf(axes, { inputs: [0, 1], outputs: [2, 3], planes: 2, adjoint }));
      }
    }
    check(stepOf([halved(24), halved(20)], { inputs: [0, 1], outputs: [2, 3], planes: 2 }));
    check(stepOf([untouched(4), untouched(5)], { inputs: [0, 1], outputs: [2, 3], planes: 2 }));
    check(stepOf([untouched(4), untouched(5)], { inputs: [0], outputs: [1, 2], planes: 2 }));
  });
});

describe("rounding and work items", () => {
  it("stays within the bound on a large mean, up to 512 samples", () => {
    for (const adjoint of [false, true]) {
      check(stepOf([halved(512)], { planes: 8, adjoint }), 1, 100);
      check(stepOf([halved(256), halved(130)], { adjoint }), 1, 100);
      check(stepOf([halved(217), halved(218)], { adjoint }), 1, 100);
      check(stepOf([publishedAxis(110), publishedAxis(110)], { adjoint }), 1, 100);
    }
  });

  it("hands planes from pass to pass whose rows and columns fill no blocks", () => {
    for (const [height, width] of [
      [24, 20],
      [20, 18],
      [36, 44],
      [18, 16],
      [178, 22],
    ]) {
      for (const options of [{}, { window: WINDOWS[0] }]) {
        for (const adjoint of [false, true]) {
          check(stepOf([halved(height, options), halved(width, options)], { planes: 5, adjoint }));
        }
      }
    }
  });

  it.each([
    [512, 512],
    [516, 512],
    [528, 500],
    [260, 1024],
  ])("filters the rows of a plane of %i x %i as well as its columns", (height, width) => {
    check(stepOf([halved(height), halved(width)]));
    check(stepOf([halved(height, { window: WINDOWS[0] }), halved(width, { window: WINDOWS[0] })]));
  });

  it("goes back to a plane of 1024 x 1024 by the transpose of the way there", () => {
    const axes = [halved(1024), halved(1024)];
    const [there, back] = [stepOf(axes), stepOf(axes, { adjoint: true })];
    const x = noise(floats(there, "size"), 1);
    const y = noise(floats(there, "out"), 2);
    const [ax] = runStep(fourier, there, [x], [y.length], core);
    const [ay] = runStep(fourier, back, [y], [x.length], core);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);
    expect(Math.abs(dot(ax, y) - dot(x, ay))).toBeLessThan(1e-3);
  });

  it("takes an input in shares, and gives the same bits", () => {
    const split = splitCore(core);
    for (const step of [
      stepOf([halved(512), halved(512)]),
      stepOf([halved(520), halved(528, { window: WINDOWS[2] })]),
      stepOf([halved(1024), halved(1024)], { adjoint: true }),
      stepOf([halved(48), halved(64), halved(56)]),
      stepOf([halved(80), halved(64), halved(72)], { adjoint: true }),
    ]) {
      const [from, to] = step.adjoint ? (["out", "size"] as const) : (["size", "out"] as const);
      const input = noise(floats(step, from));
      const [want] = runStep(fourier, step, [input], [floats(step, to)], core);
      for (const one of [core, split]) expect(inShares(step, input, floats(step, to), one)).toEqual(want);
    }
  });

  it("takes no input in shares that several passes read, or two of them", () => {
    for (const step of [
      stepOf([halved(92), halved(76), halved(84)]),
      stepOf([axisOf(300, 120), axisOf(300, 120)], { inputs: [0, 1], outputs: [2, 3] }),
    ]) {
      const launch = fourier.prepare(step, core, new Map());
      expect(launch.intake).toBeUndefined();
      launch.dispose();
    }
  });

  it("gives the same bits for large planes of an input that no cache holds", () => {
    const size = 256;
    const planes = 9;
    const one = size * size;
    const input = noise(planes * one);
    const step = (count: number) => stepOf([halved(size), halved(size)], { planes: count });
    const [whole] = runStep(fourier, step(planes), [input], [(planes * one) / 4], core);
    for (const plane of [0, 4, 8]) {
      const part = input.slice(plane * one, (plane + 1) * one);
      const [alone] = runStep(fourier, step(1), [part], [one / 4], core);
      expect(alone).toEqual(whole.slice((plane * one) / 4, ((plane + 1) * one) / 4));
    }
  });

  it("gives the same bits however the items are split", () => {
    const split = splitCore(core);
    for (const step of [
      stepOf([halved(32)], { planes: 67 }),
      stepOf([halved(33)], { planes: 67 }),
      stepOf([halved(24), halved(20)], { planes: 67 }),
      stepOf([publishedAxis(10), publishedAxis(14)], { planes: 67 }),
      stepOf([halved(40), halved(24)], { planes: 67 }),
      stepOf([halved(128), halved(132)]),
      stepOf([halved(136), halved(256)]),
      stepOf([halved(130), halved(218)]),
      stepOf([halved(130), halved(218)], { adjoint: true }),
      stepOf([halved(136), halved(152)], { adjoint: true }),
      stepOf([halved(128, { window: WINDOWS[2] }), halved(136, { window: WINDOWS[2] })]),
      stepOf([halved(256), halved(90, { window: WINDOWS[2] })], { planes: 3 }),
      stepOf([halved(217), halved(109)], { adjoint: true, planes: 2 }),
      stepOf([publishedAxis(110), publishedAxis(94)]),
      stepOf([axisOf(128, 44), axisOf(135, 75)]),
      stepOf([axisOf(128, 44), axisOf(135, 75)], { adjoint: true }),
      stepOf([halved(63), halved(101)], { planes: 3 }),
      stepOf([halved(44), halved(52), halved(60)]),
      stepOf([halved(44), halved(52), halved(60)], { adjoint: true }),
      stepOf([halved(48), halved(40), halved(56)]),
      stepOf([halved(48), halved(40), halved(56)], { adjoint: true }),
      stepOf([halved(36), untouched(45), halved(51)], { planes: 2 }),
      stepOf([axisOf(40, 20, { domain: "kspace" }), axisOf(90, 45, { domain: "kspace" })], {
        inputs: [0, 1],
        outputs: [2, 3],
        planes: 15,
      }),
      stepOf([axisOf(90, 45, { domain: "kspace" }), axisOf(80, 40, { domain: "kspace" })], {
        outputs: [1, 2],
        adjoint: true,
        planes: 2,
      }),
    ]) {
      const [from, to] = step.adjoint ? (["out", "size"] as const) : (["size", "out"] as const);
      const inputs = step.inputs.map((_, i) => noise(floats(step, from), 1 + i));
      const outputs = step.outputs.map(() => floats(step, to));
      check(step);
      const whole = runStep(fourier, step, inputs, outputs, core);
      expect(runStep(fourier, step, inputs, outputs, split), JSON.stringify(step)).toEqual(whole);
    }
  });
});

describe("NaN and infinity", () => {
  const poisoned = (step: FourierStep, at: number, value: number): boolean[] => {
    const x = noise(floats(step, step.adjoint ? "out" : "size"));
    x[at] = value;
    const [y] = runStep(fourier, step, [x], [floats(step, step.adjoint ? "size" : "out")], core);
    return Array.from(y, (v) => !Number.isFinite(v));
  };

  it.each([
    ["half-band lines", [halved(32)]],
    ["windowed lines", [halved(32, { window: WINDOWS[0] })]],
    ["dense lines", [halved(33)]],
    ["transformed lines", [axisOf(128, 32)]],
    ["folded lines", [halved(63)]],
    ["transformed planes", [axisOf(100, 40), axisOf(96, 75)]],
    ["half-band planes", [halved(32), halved(16)]],
    ["windowed planes", [halved(32, { window: WINDOWS[2] }), halved(24, { window: WINDOWS[2] })]],
    ["half-band planes that share groups of lines", [halved(24), halved(40)]],
    ["mixed planes", [halved(32), halved(9)]],
    ["dense planes", [halved(9), halved(9)]],
    ["half-band volumes", [halved(16), halved(16), halved(16)]],
    ["half-band volumes that share groups of lines", [halved(16), halved(24), halved(24)]],
  ] as const)("fill their own plane only: %s", (_, axes) => {
    for (const adjoint of [false, true]) {
      const step = stepOf([...axes], { planes: 9, adjoint });
      const [from, to] = adjoint ? (["out", "size"] as const) : (["size", "out"] as const);
      const [input, output] = [floats(step, from) / 9, floats(step, to) / 9];
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        for (const within of [0, 1, input - 1]) {
          const bad = poisoned(step, 4 * input + within, value);
          expect(bad).toEqual(bad.map((__, i) => Math.floor(i / output) === 4));
        }
      }
    }
  });

  it.each([
    ["half-band", {}],
    ["windowed", { window: WINDOWS[2] }],
  ] as const)("leave planes that share groups of lines with theirs as they are: %s", (_, options) => {
    for (const adjoint of [false, true]) {
      const step = stepOf([halved(24, options), halved(40, options)], { planes: 3, adjoint });
      const [input, output] = [
        floats(step, adjoint ? "out" : "size"),
        floats(step, adjoint ? "size" : "out"),
      ];
      const x = noise(input);
      const [want] = runStep(fourier, step, [x], [output], core);
      x[input / 3] = Number.NaN;
      const [got] = runStep(fourier, step, [x], [output], core);
      for (const [i, value] of want.entries()) {
        if (Math.floor((3 * i) / output) !== 1) expect(Math.abs(got[i] - value)).toBeLessThan(TOLERANCE);
      }
    }
  });

  it("stay in their slice along an untouched axis", () => {
    const bad = poisoned(stepOf([halved(32), untouched(16)]), 10 * 16 + 3, Number.NaN);
    expect(bad).toEqual(bad.map((_, i) => i % 16 === 3));
  });
});

describe("tables", () => {
  it("hold the matrices of the definition", () => {
    const axes = [
      halved(24),
      halved(25),
      axisOf(24, 7),
      publishedAxis(10),
      publishedAxis(12, { kind: "hammingRootPublished" }),
      untouched(6),
    ];
    for (const axis of axes) {
      const want = fourierMatrix(axis);
      const got = imageMatrix(axis);
      for (const [i, v] of got.re.entries()) expect(v).toBeCloseTo(want.re[i], 13);
      for (const [i, v] of want.im.entries()) expect(got.im?.[i] ?? 0).toBeCloseTo(v, 13);
    }
  });
});
