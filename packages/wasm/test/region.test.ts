import type { RegionStep } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { region } from "../src/kernels/region.ts";
import { splitCore } from "./split-core.ts";
import { newCore, noise, runStep } from "./step-tester.ts";

const core = newCore();

type Axis = RegionStep["axes"][number];

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

function naive(planes: number, axes: readonly Axis[], x: Float32Array): Float32Array {
  const total = planes * product(axes.map((a) => a.out));
  return Float32Array.from({ length: total }, (_, flat) => {
    let rest = flat;
    let index = 0;
    let pitch = 1;
    for (const { size, out, start } of axes.toReversed()) {
      const i = (rest % out) + start;
      if (i < 0 || i >= size) return 0;
      index += i * pitch;
      pitch *= size;
      rest = Math.floor(rest / out);
    }
    return x[index + rest * pitch];
  });
}

function expectRegion(planes: number, axes: readonly Axis[]): void {
  const x = noise(planes * product(axes.map((a) => a.size)));
  const step: RegionStep = { family: "region", inputs: [0], outputs: [1], planes, axes };
  const want = naive(planes, axes, x);
  for (const on of [core, splitCore(core)]) {
    expect(runStep(region, step, [x], [want.length], on)[0], JSON.stringify(axes)).toEqual(want);
  }
}

const cases: readonly Axis[] = [
  { size: 6, out: 6, start: 0 },
  { size: 6, out: 3, start: 2 },
  { size: 6, out: 11, start: -2 },
  { size: 6, out: 6, start: 3 },
  { size: 6, out: 6, start: -3 },
  { size: 6, out: 2, start: 7 },
  { size: 6, out: 2, start: -9 },
  { size: 1, out: 4, start: -1 },
  { size: 5, out: 1, start: 4 },
];

describe("region", () => {
  it("1-D: crops, pads, both, and nothing in common", () => {
    for (const axis of cases) expectRegion(3, [axis]);
  });

  it("2-D: every pair", () => {
    for (const y of cases) for (const x of cases) expectRegion(2, [y, x]);
  });

  it("3-D: every triple", () => {
    for (const z of cases) for (const y of cases) for (const x of cases) expectRegion(2, [z, y, x]);
  });

  it("rows longer than a vector, at every offset", () => {
    for (let start = -5; start <= 5; start++)
      expectRegion(2, [
        { size: 3, out: 4, start: -1 },
        { size: 70, out: 67, start },
      ]);
  });

  it("keeps the bits of NaN and of -0", () => {
    const bits = Int32Array.of(0x7fa12345, -0x80000000, 0x7f800000, 1);
    const step: RegionStep = {
      family: "region",
      inputs: [0],
      outputs: [1],
      planes: 1,
      axes: [{ size: 4, out: 6, start: -1 }],
    };
    const [out] = runStep(region, step, [new Float32Array(bits.buffer)], [6], core);
    expect(new Int32Array(out.buffer)).toEqual(Int32Array.of(0, ...bits, 0));
  });
});
