import type { WindowAxis } from "@halfband/ops";
import { describe, expect, test } from "vitest";
import { maxpool, maxpoolVjp } from "../src/kernels/maxpool.ts";
import { newCore, noise, runStep } from "./step-tester.ts";
import {
  axisOf,
  bitsOf,
  deviation,
  flat,
  itemByItem,
  largest,
  outsOf,
  positions,
  sizesOf,
  volume,
} from "./window-cases.ts";

const core = newCore();

/** Voxels under window `m` of an axis: taps from the first one that is not before the image. */
function voxels(axis: WindowAxis, m: number): number[] {
  let begin = m * axis.stride - axis.padBefore;
  const end = Math.min(begin + axis.dilation * (axis.kernel - 1) + 1, axis.size);
  while (begin < 0) begin += axis.dilation;
  const list = [];
  for (let i = begin; i < end; i += axis.dilation) list.push(i);
  return list;
}

function naive(x: Float32Array, planes: number, axes: readonly WindowAxis[]) {
  const sizes = sizesOf(axes);
  const length = volume(sizes);
  const values: number[] = [];
  const indices: number[] = [];
  for (let plane = 0; plane < planes; plane++) {
    for (const m of positions(outsOf(axes))) {
      const lists = axes.map((axis, a) => voxels(axis, m[a]));
      const visited = positions(lists.map((list) => list.length)).map((q) =>
        flat(
          q.map((i, a) => lists[a][i]),
          sizes,
        ),
      );
      let winner = visited[0];
      let best = Number.NEGATIVE_INFINITY;
      for (const index of visited) {
        const value = x[plane * length + index];
        if (value > best || Number.isNaN(value)) {
          best = value;
          winner = index;
        }
      }
      values.push(best);
      indices.push(winner);
    }
  }
  return { values, indices };
}

const step = (planes: number, axes: readonly WindowAxis[], outputs: number[] = [1]) =>
  ({ family: "maxpool", inputs: [0], outputs, planes, axes }) as const;

/** Checks values, values with indices, and the gradient. */
function check(planes: number, axes: readonly WindowAxis[], x: Float32Array) {
  const label = JSON.stringify(axes);
  const length = planes * volume(outsOf(axes));
  const want = naive(x, planes, axes);
  const [values] = runStep(maxpool, step(planes, axes), [x], [length], core);
  expect(deviation(values, want.values, 1), label).toBe(0);
  const [again, bits] = runStep(maxpool, step(planes, axes, [1, 2]), [x], [length, length], core);
  expect(deviation(again, want.values, 1), label).toBe(0);
  expect([...new Int32Array(bits.buffer)], label).toEqual(want.indices);

  const gy = noise(length, 77);
  const gx = new Float64Array(x.length);
  const planeSize = volume(sizesOf(axes));
  const planeOut = volume(outsOf(axes));
  want.indices.forEach((index, i) => {
    gx[Math.floor(i / planeOut) * planeSize + index] += gy[i];
  });
  const vjp = { family: "maxpoolVjp", inputs: [0, 1], outputs: [2], planes, axes } as const;
  const [got] = runStep(maxpoolVjp, vjp, [x, gy], [x.length], core);
  const overlap = volume(axes.map((axis) => Math.ceil(axis.kernel / axis.stride)));
  expect(deviation(got, gx, largest(gy) * overlap), label).toBeLessThan(1e-6);
}

const input = (planes: number, axes: readonly WindowAxis[]) => noise(planes * volume(sizesOf(axes)), 5);
const checkNoise = (planes: number, axes: readonly WindowAxis[]) => check(planes, axes, input(planes, axes));

describe("values, indices and gradients", () => {
  test("two at stride two, every width around the vectors", () => {
    for (const w of [2, 3, 7, 8, 9, 15, 16, 17, 18, 19, 20, 37]) {
      checkNoise(6, [axisOf(w, { kernel: 2 })]);
      checkNoise(6, [axisOf(5, { kernel: 2 }), axisOf(w, { kernel: 2 })]);
      checkNoise(1, [axisOf(4, { kernel: 2 }), axisOf(3, { kernel: 2 }), axisOf(w, { kernel: 2 })]);
    }
  });

  test("three at stride two, every width around the vectors", () => {
    for (const pad of [0, 1, [1, 0], [0, 1]] as const) {
      for (const ceil of [false, true]) {
        const options = { kernel: 3, stride: 2, pad, ceil };
        for (let w = 3; w <= 27; w++)
          checkNoise(w % 2 ? 1 : 6, [axisOf((w % 5) + 3, options), axisOf(w, options)]);
      }
    }
    for (let w = 1; w <= 21; w++) {
      const options = { kernel: 3, stride: 2, pad: 1 };
      checkNoise(w % 2 ? 1 : 6, [axisOf((w % 5) + 1, options), axisOf(w, options)]);
    }
  });

  test("two or three at stride one, every width around the vectors", () => {
    for (const kernel of [2, 3]) {
      for (const pad of [0, 1, [1, 0], [0, 1], [0, -1], [-1, 0]] as const) {
        const options = { kernel, stride: 1, pad };
        for (let w = 4; w <= 19; w++)
          checkNoise(w % 2 ? 1 : 6, [axisOf((w % 5) + 4, options), axisOf(w, options)]);
        checkNoise(1, [axisOf(140, options), axisOf(8, options)]);
      }
    }
  });

  test("kernels, strides, dilations, padding and ceil mode on one axis", () => {
    for (let size = 1; size <= 20; size++) {
      for (const kernel of [1, 2, 3, 4, 5, 6, 9]) {
        for (const stride of [1, 2, 3]) {
          for (const dilation of [1, 2, 3]) {
            const pad = Math.floor(kernel / 2);
            const axis = axisOf(size, { kernel, stride, dilation, pad, ceil: (size + kernel) % 2 === 0 });
            const everyWindowSees = Array.from({ length: axis.out }, (_, m) => voxels(axis, m).length);
            if (axis.out > 0 && everyWindowSees.every((n) => n > 0)) checkNoise(1, [axis]);
          }
        }
      }
    }
  });

  test("axes that differ, in two and three dimensions", () => {
    const axes = [
      axisOf(9, { kernel: 3, stride: 1, pad: 1 }),
      axisOf(11, { kernel: 2, stride: 3, dilation: 2 }),
      axisOf(18, { kernel: 5, stride: 2, pad: [2, 1], ceil: true }),
      axisOf(6, { kernel: 1, stride: 1 }),
      axisOf(7, { kernel: 2 }),
      axisOf(33, { kernel: 7, stride: 1, pad: 3 }),
    ];
    for (const y of axes) for (const x of axes) checkNoise(6, [y, x]);
    for (const z of [axes[1], axes[3], axes[4]]) for (const x of axes) checkNoise(1, [z, axes[0], x]);
  });

  test("windows that do not overlap, with voxels under none of them before, between and behind", () => {
    const axes = [
      axisOf(11, { kernel: 3 }),
      axisOf(12, { kernel: 3, pad: 1 }),
      axisOf(9, { kernel: 2, pad: 1, ceil: true }),
      axisOf(13, { kernel: 2, stride: 5 }),
      axisOf(10, { kernel: 1, stride: 2 }),
    ];
    for (const y of axes) for (const x of axes) checkNoise(3, [y, x]);
    for (const z of axes) for (const y of axes) checkNoise(2, [z, y, axisOf(21, { kernel: 3 })]);
  });
});

describe("what wins", () => {
  const everyKernel: WindowAxis[][] = [
    [axisOf(12, { kernel: 2 }), axisOf(23, { kernel: 2 })],
    [axisOf(12, { kernel: 3, stride: 2, pad: 1 }), axisOf(23, { kernel: 3, stride: 2, pad: 1 })],
    [axisOf(12, { kernel: 3, stride: 1, pad: 1 }), axisOf(23, { kernel: 6, stride: 1, pad: 3 })],
    [axisOf(4, { kernel: 2 }), axisOf(6, { kernel: 2 }), axisOf(23, { kernel: 2 })],
  ];

  test("NaN over everything, the last one first; infinities; the first of equals", () => {
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, 1, -1];
    for (const axes of everyKernel) {
      for (const seed of [1, 2, 3, 4]) {
        const picks = noise(2 * volume(sizesOf(axes)), seed);
        check(
          2,
          axes,
          picks.map((v) => special[Math.floor((v + 1) * 4)]),
        );
        // NaN is rare here, so that windows with one and without one both occur.
        check(
          2,
          axes,
          picks.map((v) => (v > 0.95 ? Number.NaN : Math.round(v * 2))),
        );
      }
    }
  });

  test("windows of -Infinity only", () => {
    for (const axes of everyKernel) check(1, axes, input(1, axes).fill(Number.NEGATIVE_INFINITY));
  });
});

test("a window that misses every voxel: -Infinity, index -1, no gradient", () => {
  // Positions -1 and 4 on an axis of three voxels.
  const axes = [axisOf(3, { kernel: 2, stride: 1, dilation: 5, pad: [1, 2] })];
  const x = Float32Array.of(1, 2, 3);
  expect(axes[0].out).toBe(1);
  const [values, bits] = runStep(maxpool, step(1, axes, [1, 2]), [x], [1, 1], core);
  expect(values[0]).toBe(Number.NEGATIVE_INFINITY);
  expect(new Int32Array(bits.buffer)[0]).toBe(-1);
  expect(runStep(maxpool, step(1, axes), [x], [1], core)[0][0]).toBe(Number.NEGATIVE_INFINITY);
  const vjp = { family: "maxpoolVjp", inputs: [0, 1], outputs: [2], planes: 1, axes } as const;
  expect([...runStep(maxpoolVjp, vjp, [x, Float32Array.of(5)], [3], core)[0]]).toEqual([0, 0, 0]);
});

test("rows are independent work items", () => {
  const everySize = [[40], [7, 15], [8, 16], [5, 7, 11], [4, 6, 16]];
  const windows = [
    { kernel: 2 },
    { kernel: 3 },
    { kernel: 3, stride: 2, pad: 1 },
    { kernel: 3, stride: 1, pad: 1 },
    { kernel: 2, stride: 1 },
  ];
  for (const options of windows) {
    for (const sizes of everySize) {
      const axes = sizes.map((size) => axisOf(size, options));
      const x = input(5, axes);
      x[3] = x[60] = Number.NaN;
      const length = 5 * volume(outsOf(axes));
      for (const outputs of [[1], [1, 2]]) {
        const lengths = outputs.map(() => length);
        const run = (on: typeof core) => runStep(maxpool, step(5, axes, outputs), [x], lengths, on);
        expect(bitsOf(run(itemByItem(core)))).toEqual(bitsOf(run(core)));
      }
      const vjp = { family: "maxpoolVjp", inputs: [0, 1], outputs: [2], planes: 5, axes } as const;
      const run = (on: typeof core) => runStep(maxpoolVjp, vjp, [x, noise(length)], [x.length], on);
      expect(bitsOf(run(itemByItem(core)))).toEqual(bitsOf(run(core)));
    }
  }
});

test("gradients of many planes, worked on in batches", () => {
  const axes = [axisOf(100, { kernel: 3, stride: 1, pad: 1 }), axisOf(101, { kernel: 3, stride: 1, pad: 1 })];
  checkNoise(20, axes);
});

test("a NaN far from the first rows", () => {
  for (const options of [{ kernel: 2 }, { kernel: 3, stride: 2, pad: 1 }]) {
    const axes = [axisOf(700, options), axisOf(8, options)];
    const x = input(1, axes);
    x[600 * 8 + 3] = Number.NaN;
    check(1, axes, x);
  }
});

describe("a NaN anywhere", () => {
  for (const options of [
    { kernel: 3, stride: 2 },
    { kernel: 3, stride: 1 },
    { kernel: 2, stride: 1 },
  ]) {
    test(`under windows of ${options.kernel} at stride ${options.stride}`, () => {
      for (const pad of [0, 1] as const) {
        for (const [h, w] of [
          [5, 13],
          [6, 14],
        ]) {
          const axes = [h, w].map((size) => axisOf(size, { ...options, pad }));
          const length = 2 * volume(outsOf(axes));
          for (let at = 0; at < 2 * h * w; at++) {
            const x = input(2, axes);
            x[at] = Number.NaN;
            const [got] = runStep(maxpool, step(2, axes), [x], [length], core);
            expect([...got], `${at} of ${h} x ${w}`).toEqual(naive(x, 2, axes).values);
          }
        }
      }
    });
  }
});

test("select names the kernel", () => {
  const two = axisOf(8, { kernel: 2 });
  const three = axisOf(8, { kernel: 3, stride: 2, pad: 1 });
  const untouched = axisOf(8, { kernel: 1 });
  const name = (axes: WindowAxis[], outputs?: number[]) => maxpool.select(step(1, axes, outputs)).kernel;
  expect(name([two, two])).toBe("maxpool2d_f32_k2s2");
  expect(name([two, two, two])).toBe("maxpool3d_f32_k2s2");
  expect(name([untouched, two, two])).toBe("maxpool2d_f32_k2s2");
  expect(name([untouched, two, two], [1, 2])).toBe("maxpool3d_f32_indices");
  expect(name([three, three])).toBe("maxpool2d_f32_k3s2");
  expect(name([three, axisOf(9, { kernel: 3, stride: 2 })])).toBe("maxpool2d_f32_k3s2");
  expect(name([three, axisOf(8, { kernel: 3, stride: 2 })])).toBe("maxpool2d_f32_general");
  expect(name([two, three])).toBe("maxpool2d_f32_general");
  const atOne = (kernel: number, pad: number) => axisOf(9, { kernel, stride: 1, pad });
  expect(name([atOne(3, 1), atOne(3, 0)])).toBe("maxpool2d_f32_k3s1");
  expect(name([atOne(2, 0), atOne(2, 1)])).toBe("maxpool2d_f32_k2s1");
  expect(name([atOne(2, 0), atOne(3, 1)])).toBe("maxpool2d_f32_general");
  expect(name([axisOf(9, { kernel: 2, ceil: true })])).toBe("maxpool1d_f32_general");
  const gradient = (axes: WindowAxis[]) =>
    maxpoolVjp.select({ family: "maxpoolVjp", inputs: [0, 1], outputs: [2], planes: 1, axes }).kernel;
  expect(gradient([two, two])).toBe("maxpoolVjp2d_f32_k2s2");
  expect(gradient([axisOf(9, { kernel: 3 }), three])).toBe("maxpoolVjp_f32_apart");
  expect(gradient([three, three])).toBe("maxpoolVjp_f32_winners -> maxpoolVjp_f32_gather");
});
