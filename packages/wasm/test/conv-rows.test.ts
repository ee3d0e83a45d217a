import type { ConvStep, WindowAxis } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import type { Core } from "../src/core.ts";
import { convFamily, convFamilyWithin } from "../src/kernels/conv.ts";
import {
  axis,
  type ConvCase,
  convStep,
  expectConv,
  modes,
  operands,
  runConv,
  splitCalls,
} from "./conv-cases.ts";
import { splitCore } from "./split-core.ts";
import { newCore } from "./step-tester.ts";

const core = newCore();
/** Leaves Winograd's tiles out, which are faster for some of these. */
const highest = Object.create(core, { precision: { value: "highest" } }) as Core;

interface RowsCase extends Omit<ConvCase, "axes"> {
  readonly rows: Partial<WindowAxis> & { size: number };
  readonly columns: Partial<WindowAxis> & { size: number };
}

function rowsStep({ rows, columns, ...rest }: RowsCase): ConvStep {
  const axes = [axis(rows.size, rows), axis(columns.size, columns)];
  const step = convStep({ outChannels: 5, ...rest, axes });
  const name = axes[0].stride === 2 ? "conv2d_f32_rows3_s2" : "conv2d_f32_rows3";
  expect(convFamily.select(step, "highest").kernel).toBe(name);
  return step;
}

const expectSums = (test: RowsCase, family = convFamily) => expectConv(family, rowsStep(test), highest);
const run = (step: ConvStep, inputs: readonly Float32Array[], on = highest) =>
  runConv(convFamily, step, inputs, on);

describe.each([1, 2])("conv over rows of one channel at stride %i", (stride) => {
  const sized = (size: number, options: Partial<WindowAxis> = {}) => ({ size, stride, ...options });

  it.each([24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 64, 255])("fills rows of %i columns", (columns) => {
    for (const extra of [0, 1]) {
      const size = columns * stride - (stride - 1) * extra;
      expectSums({ rows: sized(5), columns: sized(size), relu: extra === 1 });
    }
  });

  it.each([1, 2, 7, 8, 9, 15, 16, 17, 33])("goes through %i rows", (rows) => {
    expectSums({ rows: sized(rows * stride), columns: sized(29 * stride), bias: false });
  });

  it.each([4, 5, 6, 7, 8, 32, 33])("computes %i output channels", (outChannels) => {
    expectSums({ rows: sized(9), columns: sized(51), outChannels, batch: 3 });
  });

  it("splits channels into groups", () => {
    expectSums({ rows: sized(9), columns: sized(53), inChannels: 3, outChannels: 15, groups: 3 });
  });

  it.each(modes)("pads by %s", (mode) => {
    expectSums({ rows: sized(9, { padBefore: 3, padAfter: 0 }), columns: sized(60, { padAfter: 4 }), mode });
    expectSums({ rows: sized(8, { padAfter: -3 }), columns: sized(57, { padBefore: -2 }), mode });
    expectSums({ rows: sized(2, { padBefore: 9, padAfter: 8 }), columns: sized(48), mode });
  });

  it.each([1, 3000, 10_000])("works through inputs larger than a slab of %i bytes", (bytes) => {
    expectSums({ rows: sized(45), columns: sized(61) }, convFamilyWithin(bytes));
    expectSums({ rows: sized(5), columns: sized(700), mode: "circular" }, convFamilyWithin(bytes));
  });

  it("gives the same bits however the items are split", () => {
    const step = rowsStep({ rows: sized(37), columns: sized(59), batch: 2 });
    const inputs = operands(step);
    const want = run(step, inputs);
    expect(run(step, inputs, splitCore(highest))).toEqual(want);
    expect(run(step, inputs, splitCalls(highest, 3))).toEqual(want);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("spreads %f over the support only", (poison) => {
    const step = rowsStep({ rows: sized(9), columns: sized(65), relu: Number.isNaN(poison) });
    const [x, w, bias] = operands(step);
    x[4 * 65 + 30] = poison;
    const got = run(step, [x, w, bias]);
    const touched = stride === 1 ? 9 : 1;
    expect([...got].filter((value) => !Number.isFinite(value)).length).toBe(5 * touched);
  });
});
