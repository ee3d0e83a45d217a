import type { ConvStep } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import type { Core } from "../src/core.ts";
import { convFamily } from "../src/kernels/conv.ts";
import { axis, type ConvCase, convStep, modes, operands, runConv } from "./conv-cases.ts";
import { splitCore } from "./split-core.ts";
import { newCore } from "./step-tester.ts";

const core = newCore();

/** A core that prepares for so many threads and runs the items one by one, last one first; tells which kernels run. */
function threaded(threads: number): { core: Core; names: Set<string> } {
  const names = new Set<string>();
  const split = splitCore(core);
  const { kernel } = split;
  const many = Object.create(split, { threads: { value: threads } }) as Core;
  many.kernel = (name) => {
    names.add(name);
    return kernel(name);
  };
  return { core: many, names };
}

const layer = (test: ConvCase): ConvStep => convStep({ inChannels: 8, outChannels: 16, ...test });

/** The bits of one thread, from the kernel for slabs. */
function expectSameInSlabs(test: ConvCase, name: string): void {
  const step = layer(test);
  const inputs = operands(step);
  const { core: many, names } = threaded(3);
  const got = runConv(convFamily, step, inputs, many);
  expect([...names]).toContain(`conv2d_f32_${name}_slabs`);
  expect(got).toEqual(runConv(convFamily, step, inputs, core));
}

describe.each([
  { name: "winograd4x4", stride: 1, inChannels: 8, rows: 178, columns: 19 },
  { name: "winograd4x4s2", stride: 2, inChannels: 8, rows: 366, columns: 31 },
  { name: "winograd2x2", stride: 1, inChannels: 2, rows: 321, columns: 23 },
])("$name in slabs that threads pack for themselves", ({ name, stride, inChannels, rows, columns }) => {
  const plane = (size: number) => axis(size, { stride });

  it("splits one image", () => {
    expectSameInSlabs({ axes: [plane(rows), plane(columns)], inChannels }, name);
  });

  it("splits many images, whole ones where they are many", () => {
    expectSameInSlabs(
      { axes: [plane(rows >> 2), plane(2 * columns)], inChannels, batch: 5, relu: true },
      name,
    );
    expectSameInSlabs({ axes: [plane(63), plane(64)], inChannels, outChannels: 17, batch: 12 }, name);
  });

  it.each(modes)("pads by %s", (mode) => {
    expectSameInSlabs({ axes: [plane(rows), plane(columns)], inChannels, mode }, name);
  });
});

it("leaves slabs shared where they would overlap by much", () => {
  const step = layer({ axes: [axis(16), axis(16)] });
  const { core: many, names } = threaded(3);
  runConv(convFamily, step, operands(step), many);
  expect([...names]).toContain("conv2d_f32_winograd4x4");
});
