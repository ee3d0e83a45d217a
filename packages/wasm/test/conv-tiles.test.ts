import type { ConvStep } from "@halfband/ops";
import { expect, it } from "vitest";
import type { Tile } from "../src/core.ts";
import { convFamily } from "../src/kernels/conv.ts";
import { TileTrial } from "../src/kernels/conv-trial.ts";
import { axis, type ConvCase, convStep, operands, runConv } from "./conv-cases.ts";
import { newCore } from "./step-tester.ts";

const core = newCore();

const conv = (test: ConvCase): ConvStep =>
  convStep({ batch: 2, inChannels: 8, outChannels: 12, relu: true, ...test });

function run(step: ConvStep, tile: Tile): { name: string; y: Float32Array } {
  core.tile = tile;
  const y = runConv(convFamily, step, operands(step), core);
  return { name: convFamily.select(step, core.precision, core.build, tile).kernel, y };
}

it.each([1, 7, 16, 30, 64])("tiles of both widths give the same bits, %i columns", (columns) => {
  const dilated = axis(columns, { dilation: 2, padBefore: 2, padAfter: 2 });
  const tap = axis(columns, { kernel: 1, padBefore: 0, padAfter: 0 });
  for (const [name, step] of [
    ["conv1d_f32_", conv({ axes: [dilated] })],
    ["conv2d_f32_", conv({ axes: [axis(5, { stride: 2 }), dilated], outChannels: 7 })],
    ["conv3d_f32_", conv({ axes: [axis(3), axis(4), dilated], inChannels: 3 })],
    ["conv2d_f32_planes_", conv({ axes: [axis(5), dilated], groups: 4 })],
    ["conv2d_f32_point_", conv({ axes: [tap, tap] })],
  ] as const) {
    const [narrow, wide] = [run(step, "4x8"), run(step, "4x16")];
    expect([narrow.name, wide.name]).toEqual([`${name}4x8`, `${name}4x16`]);
    expect(wide.y).toEqual(narrow.y);
  }
});

it.each([1, 2])("products of Winograd's algorithm give the same bits, stride %i", (stride) => {
  for (const outChannels of [16, 24, 40]) {
    for (const axes of [
      [axis(37, { stride }), axis(50, { stride })],
      [axis(3), axis(18, { stride }), axis(40, { stride })],
    ]) {
      const step = conv({ axes, outChannels });
      const [narrow, wide] = [run(step, "4x8"), run(step, "4x16")];
      expect(narrow.name).toMatch("winograd4x4");
      expect(wide.y).toEqual(narrow.y);
    }
  }
});

it("tells the scratch of wider tiles", () => {
  const step = conv({ axes: [axis(400), axis(400, { stride: 2 })], batch: 1 });
  const bytes = (tile: Tile): number => convFamily.select(step, "highest", "simd", tile).workspaceBytes;
  expect(bytes("4x16") - bytes("4x8")).toBe(256 + 8 * 9 * 64);
});

it("chooses one of the tiles by time, and gives back what the trial took", () => {
  const fresh = newCore();
  const before = fresh.arena.bytesInUse;
  const trial = new TileTrial(fresh);
  expect(fresh.tile).toBe("4x8");
  trial.choose();
  expect(["4x8", "4x16"]).toContain(fresh.tile);
  expect(fresh.arena.bytesInUse).toBe(before);
});
