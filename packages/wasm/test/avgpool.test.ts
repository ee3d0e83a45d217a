import type { AvgPoolStep, WindowAxis } from "@halfband/ops";
import { describe, expect, test } from "vitest";
import { avgpool } from "../src/kernels/avgpool.ts";
import { newCore, noise, runStep } from "./step-tester.ts";
import {
  axisOf,
  bitsOf,
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

type Options = Pick<AvgPoolStep, "countIncludePad" | "divisor">;
const common: Options = { countIncludePad: true, divisor: null };

const step = (
  planes: number,
  axes: readonly WindowAxis[],
  options: Options = common,
  adjoint = false,
): AvgPoolStep => ({ family: "avgpool", inputs: [0], outputs: [1], planes, axes, adjoint, ...options });

/** Calls `visit` with the output's index, its divisor and the indices of the voxels it averages. */
function eachWindow(
  planes: number,
  axes: readonly WindowAxis[],
  { countIncludePad, divisor }: Options,
  visit: (output: number, divisor: number, voxels: number[]) => void,
) {
  const sizes = sizesOf(axes);
  let output = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (const m of positions(outsOf(axes))) {
      const spans = axes.map((axis, a) => {
        const begin = m[a] * axis.stride - axis.padBefore;
        const end = Math.min(begin + axis.kernel, axis.size + axis.padAfter);
        return {
          begin,
          end,
          first: Math.max(begin, 0),
          last: Math.max(Math.min(end, axis.size), Math.max(begin, 0)),
        };
      });
      const counted = spans.map((s) => (countIncludePad ? s.end - s.begin : s.last - s.first));
      const inside = positions(spans.map((s) => s.last - s.first));
      const voxels = inside.map(
        (q) =>
          plane * volume(sizes) +
          flat(
            q.map((i, a) => spans[a].first + i),
            sizes,
          ),
      );
      visit(output++, divisor ?? volume(counted), voxels);
    }
  }
}

/** Forward against float64 loops, the adjoint against the same loops turned round, and <Ax, g> = <x, A'g>. */
function check(planes: number, axes: readonly WindowAxis[], options: Options = common) {
  const label = JSON.stringify({ axes, ...options });
  const x = noise(planes * volume(sizesOf(axes)), 3);
  const g = noise(planes * volume(outsOf(axes)), 4);
  const want = new Float64Array(g.length);
  const wantAdjoint = new Float64Array(x.length);
  const load = new Float64Array(x.length);
  let gain = 0;
  eachWindow(planes, axes, options, (output, divisor, voxels) => {
    for (const voxel of voxels) {
      want[output] += x[voxel] / divisor;
      wantAdjoint[voxel] += g[output] / divisor;
      load[voxel] += 1 / Math.abs(divisor);
    }
    gain = Math.max(gain, voxels.length / Math.abs(divisor));
  });
  const [y] = runStep(avgpool, step(planes, axes, options), [x], [g.length], core);
  expect(deviation(y, want, largest(x) * gain), label).toBeLessThan(1e-6);
  const [gx] = runStep(avgpool, step(planes, axes, options, true), [g], [x.length], core);
  expect(deviation(gx, wantAdjoint, largest(g) * largest(load)), label).toBeLessThan(1e-6);
  expect(Math.abs(dot(y, g) - dot(x, gx)), label).toBeLessThan(1e-6 * g.length * gain);
}

test("two at stride two, every width around the vectors", () => {
  for (const w of [2, 3, 7, 8, 9, 15, 16, 17, 18, 19, 20, 37]) {
    check(6, [axisOf(w, { kernel: 2 })]);
    check(6, [axisOf(5, { kernel: 2 }), axisOf(w, { kernel: 2 })]);
    check(1, [axisOf(4, { kernel: 2 }), axisOf(3, { kernel: 2 }), axisOf(w, { kernel: 2 })], {
      ...common,
      divisor: 3,
    });
  }
});

test("three at stride one or two, every width around the vectors", () => {
  for (const stride of [1, 2]) {
    for (const pad of [0, 1, [1, 0], [0, 1]] as const) {
      for (const ceil of [false, true]) {
        const options = { kernel: 3, stride, pad, ceil };
        for (let w = 5; w <= 22; w++) {
          const axes = [axisOf((w % 5) + 4, options), axisOf(w, options)];
          const divisor = w % 4 === 0 ? 7 : null;
          check(w % 2 ? 1 : 6, axes, { countIncludePad: w % 3 === 0, divisor });
        }
      }
    }
  }
});

test("kernels, strides, padding, ceil mode and divisors on one axis", () => {
  for (let size = 1; size <= 20; size++) {
    for (const kernel of [1, 2, 3, 4, 5, 6, 10]) {
      for (const stride of [1, 2, 3, 5]) {
        for (const pad of [0, Math.floor(kernel / 2)]) {
          const axis = axisOf(size, { kernel, stride, pad, ceil: (size + kernel) % 2 === 0 });
          if (axis.out < 1) continue;
          check(1, [axis], common);
          check(1, [axis], { countIncludePad: false, divisor: null });
          check(1, [axis], { countIncludePad: size % 2 === 0, divisor: 7 });
        }
      }
    }
  }
});

test("axes that differ, in two and three dimensions", () => {
  const axes = [
    axisOf(9, { kernel: 3, stride: 1, pad: 1 }),
    axisOf(11, { kernel: 2, stride: 3 }),
    axisOf(18, { kernel: 5, stride: 2, pad: [2, 1], ceil: true }),
    axisOf(6, { kernel: 1, stride: 1 }),
    axisOf(7, { kernel: 2 }),
    axisOf(33, { kernel: 7, stride: 1, pad: 3 }),
  ];
  const partial: Options = { countIncludePad: false, divisor: null };
  for (const y of axes) for (const x of axes) check(6, [y, x], partial);
  for (const z of [axes[1], axes[3], axes[4]]) for (const x of axes) check(1, [z, axes[0], x]);
  for (const x of axes) check(2, [axes[2], axes[0], x], partial);
});

test("large windows keep their precision", () => {
  const axes = [axisOf(300, { kernel: 300 }), axisOf(257, { kernel: 257 })];
  const x = new Float32Array(300 * 257).fill(0.1);
  const [y] = runStep(avgpool, step(1, axes), [x], [1], core);
  expect(Math.abs(y[0] - Math.fround(0.1))).toBeLessThan(1e-7);
});

describe("special values", () => {
  test("NaN and infinities stay in their windows", () => {
    for (const kernel of [2, 3]) {
      const axes = [axisOf(6, { kernel, stride: 2 }), axisOf(20, { kernel, stride: 2 })];
      const x = noise(120, 9);
      x[45] = Number.NaN;
      x[3] = Number.POSITIVE_INFINITY;
      x[110] = Number.NEGATIVE_INFINITY;
      x[88] = Number.POSITIVE_INFINITY;
      const want = new Float64Array(volume(outsOf(axes)));
      eachWindow(1, axes, common, (output, divisor, voxels) => {
        for (const voxel of voxels) want[output] += x[voxel] / divisor;
      });
      const [y] = runStep(avgpool, step(1, axes), [x], [want.length], core);
      expect(deviation(y, want, 1)).toBeLessThan(1e-6);
    }
  });

  test("a window in the padding alone is 0 / 0 where padding does not count", () => {
    const axis = axisOf(4, { kernel: 2, stride: 2, pad: 2 });
    const x = Float32Array.of(1, 2, 3, 4);
    const outside = { countIncludePad: false, divisor: null };
    const [y] = runStep(avgpool, step(1, [axis], outside), [x], [4], core);
    expect([...y]).toEqual([Number.NaN, 1.5, 3.5, Number.NaN]);
    const [counted] = runStep(avgpool, step(1, [axis]), [x], [4], core);
    expect([...counted]).toEqual([0, 1.5, 3.5, 0]);
  });
});

test("rows are independent work items", () => {
  const windows = [
    { kernel: 2 },
    { kernel: 3 },
    { kernel: 3, stride: 2, pad: 1 },
    { kernel: 3, stride: 1, pad: 1 },
  ];
  for (const options of windows) {
    for (const sizes of [[40], [7, 15], [8, 16], [5, 7, 11], [4, 6, 16]]) {
      const axes = sizes.map((size) => axisOf(size, options));
      const x = noise(5 * volume(sizes));
      const g = noise(5 * volume(outsOf(axes)));
      const forward = (on: typeof core) => runStep(avgpool, step(5, axes), [x], [g.length], on);
      const adjoint = (on: typeof core) => runStep(avgpool, step(5, axes, common, true), [g], [x.length], on);
      expect(bitsOf(forward(itemByItem(core)))).toEqual(bitsOf(forward(core)));
      expect(bitsOf(adjoint(itemByItem(core)))).toEqual(bitsOf(adjoint(core)));
    }
  }
});

test("select names the kernel", () => {
  const two = axisOf(8, { kernel: 2 });
  const untouched = axisOf(8, { kernel: 1 });
  const name = (axes: WindowAxis[], adjoint = false) => avgpool.select(step(1, axes, common, adjoint)).kernel;
  expect(name([two])).toBe("avgpool1d_f32_k2s2");
  expect(name([two, two, two])).toBe("avgpool3d_f32_k2s2");
  expect(name([untouched, two, two])).toBe("avgpool2d_f32_k2s2");
  expect(name([two, axisOf(9, { kernel: 2, ceil: true })])).toBe("avgpool2d_f32_general");
  const three = (stride: number) => axisOf(9, { kernel: 3, stride, pad: 1 });
  expect(name([three(1), three(1)])).toBe("avgpool2d_f32_k3s1");
  expect(name([three(2), three(2)])).toBe("avgpool2d_f32_k3s2");
  expect(name([three(2), three(1)])).toBe("avgpool2d_f32_general");
  expect(name([two, two], true)).toBe("avgpool2d_f32_k2s2_adjoint");
  expect(name([two, axisOf(9, { kernel: 3, stride: 2 })], true)).toBe("avgpool2d_f32_adjoint");
});
