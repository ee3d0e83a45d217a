import { type BlurStep, type PaddingMode, paddedIndex } from "@halfband/ops";
import { describe, expect, test } from "vitest";
import { blur } from "../src/kernels/blur.ts";
import { splitCore } from "./split-core.ts";
import { newCore, noise, runStep } from "./step-tester.ts";
import {
  type AxisOptions,
  axisOf,
  deviation,
  dot,
  flat,
  itemByItem,
  largest,
  outsOf,
  positions,
  sizesOf,
  volume,
} from "./window-cases.ts";

const core = newCore();
const modes: PaddingMode[] = ["zeros", "reflect", "replicate", "circular"];
type BlurAxis = BlurStep["axes"][number];

function binomial(kernel: number): number[] {
  let taps = [1];
  for (let i = 1; i < kernel; i++) taps = [...taps, 0].map((tap, j) => (tap + (taps[j - 1] ?? 0)) / 2);
  return taps;
}

/** Padding as the published BlurPool has it, unless given. */
function blurAxis(size: number, options: AxisOptions, taps = binomial(options.kernel)): BlurAxis {
  const { kernel, stride = 2 } = options;
  const pad = options.pad ?? [Math.floor((kernel - 1) / 2), Math.ceil((kernel - 1) / 2)];
  return { ...axisOf(size, { ...options, stride, pad }), taps };
}

const step = (planes: number, axes: readonly BlurAxis[], mode: PaddingMode, adjoint = false): BlurStep => ({
  family: "blur",
  inputs: [0],
  outputs: [1],
  planes,
  axes,
  mode,
  adjoint,
});

/** Calls `visit` for every output, voxel and weight that links them. */
function eachLink(
  planes: number,
  axes: readonly BlurAxis[],
  mode: PaddingMode,
  visit: (output: number, voxel: number, weight: number) => void,
) {
  const sizes = sizesOf(axes);
  const taps = positions(axes.map((axis) => axis.kernel));
  let output = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (const m of positions(outsOf(axes))) {
      for (const tap of taps) {
        const source = axes.map((axis, a) =>
          paddedIndex(m[a] * axis.stride + tap[a] * axis.dilation - axis.padBefore, axis.size, mode),
        );
        if (source.includes(-1)) continue;
        visit(
          output,
          plane * volume(sizes) + flat(source, sizes),
          volume(tap.map((j, a) => axes[a].taps[j])),
        );
      }
      output++;
    }
  }
}

function check(planes: number, axes: readonly BlurAxis[], mode: PaddingMode) {
  const label = JSON.stringify({ planes, axes, mode });
  const x = noise(planes * volume(sizesOf(axes)), 11);
  const g = noise(planes * volume(outsOf(axes)), 12);
  const want = new Float64Array(g.length);
  const wantAdjoint = new Float64Array(x.length);
  const load = new Float64Array(x.length);
  eachLink(planes, axes, mode, (output, voxel, weight) => {
    want[output] += weight * x[voxel];
    wantAdjoint[voxel] += weight * g[output];
    load[voxel] += Math.abs(weight);
  });
  const gain = volume(axes.map((axis) => axis.taps.reduce((sum, tap) => sum + Math.abs(tap), 0)));
  const [y] = runStep(blur, step(planes, axes, mode), [x], [g.length], core);
  expect(deviation(y, want, largest(x) * gain), label).toBeLessThan(1e-6);
  const [gx] = runStep(blur, step(planes, axes, mode, true), [g], [x.length], core);
  expect(deviation(gx, wantAdjoint, largest(g) * Math.max(gain, largest(load))), label).toBeLessThan(1e-6);
  expect(Math.abs(dot(y, g) - dot(x, gx)), label).toBeLessThan(1e-6 * g.length * gain);
}

describe("three, four and five taps at stride two", () => {
  for (const kernel of [3, 4, 5]) {
    test(`${kernel} taps, every width around the vectors, every padding`, () => {
      for (const mode of modes) {
        for (let w = 1; w <= 20; w++) {
          check(1, [blurAxis((w % 6) + 1, { kernel }), blurAxis(w, { kernel })], mode);
          check(6, [blurAxis(w, { kernel })], mode);
        }
        for (const w of [31, 32, 33, 47, 64, 67])
          check(2, [blurAxis(7, { kernel }), blurAxis(w, { kernel })], mode);
      }
    });

    test(`${kernel} taps, other paddings`, () => {
      for (const mode of modes) {
        for (const pad of [
          [0, 0],
          [1, 1],
          [2, 2],
          [0, 3],
          [3, 0],
          [-1, 2],
          [-2, -3],
          [5, 4],
        ] as const) {
          for (const size of [12, 19])
            check(1, [blurAxis(9, { kernel }), blurAxis(size, { kernel, pad })], mode);
          check(1, [blurAxis(12, { kernel, pad }), blurAxis(13, { kernel })], mode);
        }
      }
    });

    test(`${kernel} taps in three dimensions`, () => {
      const axis = (size: number) => blurAxis(size, { kernel });
      for (const mode of modes) {
        check(2, [axis(5), axis(4), axis(17)], mode);
        check(1, [axis(6), axis(7), axis(12)], mode);
        check(2, [blurAxis(3, { kernel: 1, stride: 1 }), axis(7), axis(12)], mode);
        check(1, [blurAxis(5, { kernel: 2, stride: 1 }), axis(7), axis(12)], mode);
      }
    });
  }

  test("taps that are no binomials", () => {
    check(
      2,
      [blurAxis(9, { kernel: 3 }, [0.3, 0.5, 0.3]), blurAxis(21, { kernel: 3 }, [0.3, 0.5, 0.3])],
      "reflect",
    );
    check(2, [blurAxis(9, { kernel: 3 }, [0.3, 0.5, 0.3]), blurAxis(21, { kernel: 3 })], "reflect");
    check(
      2,
      [blurAxis(9, { kernel: 4 }, [0.1, 0.2, 0.3, 0.4]), blurAxis(21, { kernel: 4 }, [-1, 0, 2, 0.5])],
      "zeros",
    );
  });
});

describe("any kernel, stride, dilation and padding", () => {
  test("one axis", () => {
    for (let size = 1; size <= 20; size++) {
      for (const kernel of [1, 2, 3, 5, 6, 7, 9]) {
        const options = { kernel, stride: (size % 4) + 1, dilation: kernel < 4 ? (size % 3) + 1 : 1 };
        for (const mode of modes) {
          const axis = blurAxis(size, options);
          if (axis.out > 0) check(1, [axis], mode);
          const cropped = blurAxis(size, { ...options, pad: [-1, 2] });
          if (cropped.out > 0) check(2, [cropped], mode);
        }
      }
    }
  });

  test("axes that differ", () => {
    const axes = [
      blurAxis(9, { kernel: 3, stride: 1 }),
      blurAxis(11, { kernel: 2, stride: 3, dilation: 2 }),
      blurAxis(18, { kernel: 5, stride: 2, pad: [4, 1] }),
      blurAxis(6, { kernel: 1, stride: 1 }),
      blurAxis(8, { kernel: 1, stride: 2 }),
      blurAxis(33, { kernel: 7, stride: 2 }),
    ];
    for (const [i, y] of axes.entries()) for (const x of axes) check(6, [y, x], modes[i % 4]);
    for (const z of axes.slice(0, 5)) for (const x of axes.slice(1, 4)) check(1, [z, axes[1], x], "reflect");
    check(1, [axes[3], axes[3], axes[2]], "circular");
  });
});

test("NaN and infinities spread over the filter's support only", () => {
  for (const kernel of [3, 4, 5, 7]) {
    const axes = [blurAxis(16, { kernel }), blurAxis(40, { kernel })];
    for (const mode of modes) {
      const x = noise(640, 2);
      x[5 * 40 + 9] = Number.NaN;
      x[12 * 40 + 39] = Number.POSITIVE_INFINITY;
      x[15 * 40 + 20] = Number.NEGATIVE_INFINITY;
      const want = new Float64Array(volume(outsOf(axes)));
      eachLink(1, axes, mode, (output, voxel, weight) => {
        want[output] += weight * x[voxel];
      });
      const [y] = runStep(blur, step(1, axes, mode), [x], [want.length], core);
      expect(deviation(y, want, 1), `${kernel} ${mode}`).toBeLessThan(1e-6);
    }
  }
});

test("constants stay exactly as they are", () => {
  for (const kernel of [1, 2, 3, 4, 5, 6, 7]) {
    const axes = [blurAxis(6, { kernel }), blurAxis(12, { kernel }), blurAxis(24, { kernel })];
    const x = new Float32Array(6 * 12 * 24).fill(7);
    const [y] = runStep(blur, step(1, axes, "reflect"), [x], [volume(outsOf(axes))], core);
    expect(y.every((value) => value === 7)).toBe(true);
  }
});

test("planes are independent work items", () => {
  for (const kernel of [2, 3, 4]) {
    const axes = [blurAxis(4, { kernel }), blurAxis(7, { kernel }), blurAxis(15, { kernel })];
    const x = noise(5 * 420);
    const g = noise(5 * volume(outsOf(axes)));
    const forward = (on: typeof core) => runStep(blur, step(5, axes, "zeros"), [x], [g.length], on);
    const adjoint = (on: typeof core) => runStep(blur, step(5, axes, "zeros", true), [g], [x.length], on);
    expect(forward(itemByItem(core))).toEqual(forward(core));
    expect(adjoint(itemByItem(core))).toEqual(adjoint(core));
  }
});

test("large images give the same bits as their planes do one by one", () => {
  for (const kernel of [3, 4, 5]) {
    for (const mode of ["reflect", "circular"] as const) {
      for (const width of [263]) {
        const axes = [210, width].map((size) => blurAxis(size, { kernel }));
        const [voxels, outputs] = [volume(sizesOf(axes)), volume(outsOf(axes))];
        const x = noise(5 * voxels, kernel);
        const [together] = runStep(blur, step(5, axes, mode), [x], [5 * outputs], core);
        for (let plane = 0; plane < 5; plane++) {
          const one = x.slice(plane * voxels, (plane + 1) * voxels);
          const [alone] = runStep(blur, step(1, axes, mode), [one], [outputs], core);
          expect(together.subarray(plane * outputs, (plane + 1) * outputs)).toEqual(alone);
        }
      }
    }
  }
});

describe("any split gives the same bits", () => {
  const even = (kernel: number) => [blurAxis(128, { kernel }), blurAxis(32, { kernel })];
  const volumeOf = (kernel: number) => [40, 66, 19].map((size) => blurAxis(size, { kernel }));
  const strided = [blurAxis(30, { kernel: 2, stride: 3 }), blurAxis(50, { kernel: 7, stride: 1 })];
  const cases: [string, number, BlurAxis[]][] = [
    ...[3, 4, 5].flatMap((kernel): [string, number, BlurAxis[]][] => [
      [`one plane, ${kernel} taps`, 1, even(kernel)],
      [`one volume, ${kernel} taps`, 1, volumeOf(kernel)],
      [`small planes, ${kernel} taps`, 7, [blurAxis(9, { kernel }), blurAxis(13, { kernel })]],
      [`lines, ${kernel} taps`, 5, [blurAxis(40, { kernel })]],
    ]),
    ["general", 1, strided],
    ["general volume", 2, [blurAxis(7, { kernel: 3 }), ...strided]],
  ];
  for (const [name, planes, axes] of cases) {
    test(name, () => {
      for (const mode of modes) {
        for (const adjoint of [false, true]) {
          const sizes = [sizesOf(axes), outsOf(axes)].map((lengths) => planes * volume(lengths));
          const [read, written] = adjoint ? [sizes[1], sizes[0]] : sizes;
          const x = noise(read, 5);
          const run = (on: typeof core) =>
            runStep(blur, step(planes, axes, mode, adjoint), [x], [written], on);
          expect(run(splitCore(core))).toEqual(run(core));
        }
      }
    });
  }

  test("one plane and one volume fall into items for many threads", () => {
    const items = (axes: BlurAxis[], adjoint: boolean) => {
      const counting: typeof core = Object.create(core);
      let count = 0;
      counting.split = (kernel, options) => {
        const split = core.split(kernel, options);
        return { ...split, run: (_out, _input, _params, begin, end) => (count += end - begin) };
      };
      blur.prepare(step(1, axes, "reflect", adjoint), counting, new Map()).run([0], [0]);
      return count;
    };
    for (const adjoint of [false, true]) {
      expect(
        items(
          [256, 256].map((size) => blurAxis(size, { kernel: 3 })),
          adjoint,
        ),
      ).toBeGreaterThanOrEqual(16);
      expect(items(volumeOf(3), adjoint)).toBeGreaterThanOrEqual(20);
    }
  });
});

test("select names the kernel", () => {
  const axis = (kernel: number, stride = 2) => blurAxis(32, { kernel, stride });
  const name = (axes: BlurAxis[], adjoint = false) => blur.select(step(1, axes, "reflect", adjoint)).kernel;
  expect(name([axis(3)])).toBe("blur1d_f32_k3s2");
  expect(name([axis(4), axis(4)])).toBe("blur2d_f32_k4s2");
  expect(name([axis(5), axis(5), axis(5)])).toBe("blur3d_f32_k5s2");
  expect(name([axis(1, 1), axis(3), axis(3)])).toBe("blur2d_f32_k3s2");
  expect(name([axis(3), axis(4)])).toBe("blur2d_f32_general");
  expect(name([axis(3, 1), axis(3, 1)])).toBe("blur2d_f32_general");
  expect(name([axis(3), axis(3)], true)).toBe("blur2d_f32_k3s2_adjoint");
  expect(name([axis(5), axis(4)], true)).toBe("blur2d_f32_k4s2_adjoint");
  expect(name([axis(3), axis(6)], true)).toBe("blur2d_f32_adjoint");
});
