import {
  type BlurStep,
  type MaxPoolStep,
  maxBlurPool,
  type OperatorCase,
  type PaddingMode,
  type Plan,
} from "@halfband/ops";
import { describe, expect, test } from "vitest";
import { stagesOf } from "../src/fusion.ts";
import { createWasmBackend } from "../src/index.ts";
import { maxblur } from "../src/kernels/maxblur.ts";
import { runChain, runFused } from "./fusion-tester.ts";
import { splitCore } from "./split-core.ts";
import { newCore, noise } from "./step-tester.ts";
import { axisOf, itemByItem, outsOf, sizesOf, volume } from "./window-cases.ts";

const core = newCore();
/** Cuts planes in blocks, for threads that it lacks. */
const manyThreads: typeof core = Object.create(core, { threads: { value: 4 } });
const modes: PaddingMode[] = ["zeros", "reflect", "replicate", "circular"];
const binomials: Record<number, number[]> = {
  3: [1 / 4, 1 / 2, 1 / 4],
  4: [1 / 8, 3 / 8, 3 / 8, 1 / 8],
  5: [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16],
};

interface Options {
  readonly max?: number;
  readonly pad?: number | readonly [number, number];
  readonly blur?: number;
  readonly blurPad?: readonly [number, number];
  readonly mode?: PaddingMode;
  readonly planes?: number;
}

function steps(sizes: readonly number[], options: Options = {}): [MaxPoolStep, BlurStep] {
  const { max = 2, pad = 0, blur = 4, mode = "reflect", planes = 1 } = options;
  const blurPad = options.blurPad ?? [(blur - 1) >> 1, blur >> 1];
  const windows = sizes.map((size) => axisOf(size, { kernel: max, stride: 1, pad }));
  const taps = windows.map(({ out }) => ({
    ...axisOf(out, { kernel: blur, stride: 2, pad: blurPad }),
    taps: binomials[blur],
  }));
  return [
    { family: "maxpool", inputs: [0], outputs: [1], planes, axes: windows },
    { family: "blur", inputs: [1], outputs: [2], planes, axes: taps, mode, adjoint: false },
  ];
}

/** Fused and chain give the same bits, if the kernel takes the steps; says whether it does. */
function check(
  sizes: readonly number[],
  options: Options,
  x = noise((options.planes ?? 1) * volume(sizes), 3),
  on = core,
) {
  const [max, blur] = steps(sizes, options);
  if (Math.min(...outsOf(max.axes), ...outsOf(blur.axes)) < 1) return false;
  if (maxblur.select(max, blur) === undefined) return false;
  const between = max.planes * volume(outsOf(max.axes));
  const length = blur.planes * volume(outsOf(blur.axes));
  const want = runChain(max, blur, [x], between, length, core);
  expect(runFused(maxblur, max, blur, [x], length, on), JSON.stringify({ sizes, options })).toEqual(want);
  return true;
}

describe("the same bits as one after the other", () => {
  for (const blur of [3, 4, 5]) {
    test(`${blur} taps, every width and height from 2 to 40`, () => {
      let checked = 0;
      for (const max of [2, 3]) {
        for (let size = 2; size <= 40; size++) {
          const mode = modes[size % 4];
          if (check([(size % 9) + 5, size], { max, blur, mode })) checked++;
          if (check([size, 12 + (size % 5)], { max, blur, mode, planes: 3 })) checked++;
        }
      }
      expect(checked).toBeGreaterThan(120);
    });

    test(`${blur} taps, every padding of both`, () => {
      let checked = 0;
      for (const mode of modes) {
        for (const max of [2, 3]) {
          for (const pad of [0, 1, [0, 1], [1, 0]] as const) {
            if (check([13, 21], { max, blur, mode, pad, planes: 2 })) checked++;
            if (check([8, 16], { max, blur, mode, pad })) checked++;
          }
          for (const blurPad of [
            [0, 0],
            [1, 1],
            [2, 2],
            [3, 0],
            [-1, 2],
            [-2, -3],
          ] as const) {
            if (check([14, 23], { max, blur, mode, blurPad })) checked++;
          }
        }
      }
      expect(checked).toBeGreaterThan(90);
    });

    test(`${blur} taps, NaN and infinities anywhere`, () => {
      const sizes = [9, 18];
      for (const max of [2, 3]) {
        for (const mode of modes) {
          for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
            for (let at = 0; at < volume(sizes); at += 23) {
              const x = noise(2 * volume(sizes), at + 1);
              x[at] = value;
              check(sizes, { max, blur, mode, planes: 2, pad: max - 2 }, x);
            }
          }
        }
      }
    });
  }

  test("a NaN in any voxel", () => {
    const sizes = [9, 14];
    for (const blur of [3, 4, 5]) {
      for (const max of [2, 3]) {
        for (const { pad, blurPad } of [
          { pad: 0, blurPad: undefined },
          { pad: [0, 1], blurPad: [1, 0] },
          { pad: [1, 0], blurPad: [0, 0] },
          { pad: 0, blurPad: [-1, -2] },
        ] as const) {
          for (let at = 0; at < volume(sizes); at++) {
            const x = noise(volume(sizes), at + 1);
            x[at] = Number.NaN;
            check(sizes, { max, blur, mode: modes[at % 4], pad, ...(blurPad && { blurPad }) }, x);
          }
        }
      }
    }
  });

  test("rows of infinities, of both signs and of nothing else", () => {
    const x = noise(15 * 20, 7).map((v) => (v > 0.5 ? Infinity : v < -0.5 ? -Infinity : v));
    for (const max of [2, 3]) {
      check([15, 20], { max }, x);
      check(
        [15, 20],
        { max, pad: 1 },
        x.map(() => -Infinity),
      );
      check(
        [15, 20],
        { max },
        x.map(() => Number.NaN),
      );
    }
  });
});

test("planes are independent work items", () => {
  const [max, blur] = steps([11, 19], { planes: 5 });
  const x = noise(5 * volume(sizesOf(max.axes)));
  const length = 5 * volume(outsOf(blur.axes));
  const run = (on: typeof core) => runFused(maxblur, max, blur, [x], length, on);
  expect(run(itemByItem(core))).toEqual(run(core));
});

describe("tall planes in blocks of rows", () => {
  for (const blur of [3, 4, 5]) {
    test(`${blur} taps, every height around the blocks`, () => {
      for (const mode of modes) {
        for (const max of [2, 3]) {
          for (const height of [127, 128, 129, 130, 131, 132, 195, 260]) {
            for (const pad of [0, 1]) {
              const options = { max, pad, blur, mode };
              for (const on of [core, manyThreads])
                expect(check([height, 12], options, undefined, on)).toBe(true);
            }
          }
        }
      }
    });

    test(`${blur} taps, a NaN in any row`, () => {
      for (const max of [2, 3]) {
        for (let row = 0; row < 140; row++) {
          const x = noise(140 * 11, row + 1);
          x[row * 11 + (row % 11)] = Number.NaN;
          check([140, 11], { max, blur, mode: modes[row % 4], pad: max - 2 }, x, manyThreads);
        }
      }
    });
  }

  test("any split gives the same bits", () => {
    const [max, blur] = steps([150, 19], { blur: 5 });
    const x = noise(150 * 19);
    x[75 * 19] = Number.NaN;
    const length = volume(outsOf(blur.axes));
    const run = (on: typeof core) => runFused(maxblur, max, blur, [x], length, on);
    expect(run(splitCore(manyThreads))).toEqual(run(core));
  });
});

describe("selection", () => {
  const kernelFor = (sizes: readonly number[], options: Options) =>
    maxblur.select(...steps(sizes, options))?.kernel;

  test("names the kernel", () => {
    expect(kernelFor([16, 16], {})).toBe("maxblur2d_f32_k2k4s2");
    expect(kernelFor([16, 16], { max: 3, pad: 1, blur: 5 })).toBe("maxblur2d_f32_k3k5s2");
  });

  test("leaves what it does not serve to the chain", () => {
    expect(kernelFor([32], {})).toBeUndefined();
    expect(kernelFor([16, 16, 16], {})).toBeUndefined();
    expect(kernelFor([4, 4], {})).toBeUndefined();
    const [max, blur] = steps([16, 16]);
    expect(maxblur.select({ ...max, outputs: [1, 3] }, blur)).toBeUndefined();
    expect(maxblur.select(max, { ...blur, adjoint: true })).toBeUndefined();
    const strided = max.axes.map((axis) => ({ ...axis, kernel: 4 }));
    expect(maxblur.select({ ...max, axes: strided }, blur)).toBeUndefined();
  });
});

describe("plans", () => {
  test("name the fused kernel and count no map between", async () => {
    const backend = await createWasmBackend({ simd: "baseline" });
    const x = backend.tensor(noise(2 * 64 * 64), [1, 2, 64, 64]);
    const plan = maxBlurPool.plan(x);
    expect(plan.kernel).toBe("maxblur2d_f32_k2k4s2__simd");
    expect(plan.workspaceBytes).toBeLessThan(8192);
    backend.dispose();
  });

  test("are fused only where nobody else reads what lies between", () => {
    const plan = maxBlurPool.plan({ shape: [1, 2, 32, 32] });
    expect(stagesOf(plan, "auto", "simd")).toHaveLength(1);
    const again: Plan = { ...plan, steps: [...plan.steps, plan.steps[1]] };
    expect(stagesOf(again, "auto", "simd")).toHaveLength(3);
    const values = plan.values.map((value) =>
      value.role === "temporary" ? { ...value, role: "output" as const } : value,
    );
    expect(stagesOf({ ...plan, values }, "auto", "simd")).toHaveLength(2);
  });

  test("of every case of the operator run", async () => {
    const backend = await createWasmBackend({ simd: "baseline" });
    let fused = 0;
    for (const { shapes, options } of maxBlurPool.definition.cases as readonly OperatorCase<object>[]) {
      const x = backend.tensor(noise(volume(shapes.x)), shapes.x);
      const plan = maxBlurPool.plan(x, options);
      const y = backend.empty(plan.shape);
      const run = backend.prepare(plan);
      run(x, y);
      if (plan.kernel?.includes("maxblur")) fused++;
      expect(y.dataSync().every((v) => Math.abs(v) <= 1)).toBe(true);
    }
    expect(fused).toBeGreaterThanOrEqual(5);
    backend.dispose();
  });
});
