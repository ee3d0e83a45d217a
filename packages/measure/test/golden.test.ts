import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { aliasVisibility, energy, type MetricKey, mean, measure, type Plane } from "../src/index.ts";
import { locate, named, operators, readSlice } from "./operators.ts";

type Golden = Record<string, number | null>;
interface SliceGolden {
  shape: number[];
  min: number;
  max: number;
  ober: number;
  operators: Record<string, Golden>;
}
interface TwiceGolden {
  shape: number[];
  mean: number;
  min: number;
  max: number;
  sumOfSquares: number;
}
interface Goldens {
  colin27_slice: SliceGolden;
  colin27_slice_twice: Record<string, TwiceGolden>;
  t1_slice: SliceGolden;
  t1_slice_twice: Record<string, TwiceGolden>;
  "zone_plate_256_c0.9": Record<string, { aliasVisibility: number }>;
}
const goldens: Goldens = JSON.parse(readFileSync(new URL("golden/metrics.json", import.meta.url), "utf8"));

/** 1e-9 relative; goldens that are rounding noise around zero only have to be as small. */
function expectGolden(got: number | null, want: number | null, label: string): void {
  if (want === null || got === null) expect(got, label).toBe(want);
  else if (Math.abs(want) < 1e-12) expect(Math.abs(got), label).toBeLessThan(1e-12);
  else expect(Math.abs(got / want - 1), `${label}: ${got} for ${want}`).toBeLessThan(1e-9);
}

function checkSlice(plane: () => Plane, golden: SliceGolden, twice: Record<string, TwiceGolden>): void {
  it.each(operators.map((o) => o.name))("%s", (name) => {
    const x = plane();
    expect(x.shape).toEqual(golden.shape);
    const report = measure(named(name), x, { patterns: false });
    const { centreOffset, ...values } = golden.operators[name];
    expect(report.centreOffset).toEqual([centreOffset, centreOffset]);
    expectGolden(report.values.ober, golden.ober, "ober");
    for (const [key, want] of Object.entries(values))
      expectGolden(report.values[key as MetricKey], want, key);
    if (values.psnrBand === null) expect(report.reasons.psnrBand).toBe("identical");
    if (values.asr === null) expect(report.reasons.asr).toMatch(/linear/);
  });

  it.each(operators.map((o) => o.name))("%s applied twice", (name) => {
    const { apply } = named(name);
    const y = apply(apply(plane()));
    const want = twice[name];
    expect(y.shape).toEqual(want.shape);
    expectGolden(mean(y), want.mean, "mean");
    expectGolden(Math.min(...y.data), want.min, "min");
    expectGolden(Math.max(...y.data), want.max, "max");
    expectGolden(energy(y), want.sumOfSquares, "sumOfSquares");
  });
}

describe("Colin27, slice [2:178, 0:216, 90]", () => {
  const path = locate("test/data/nifti/colin27_t1_u8.nii.gz");
  const plane = path === null ? null : readSlice(path, [2, 178], [0, 216], 90);
  checkSlice(() => plane!, goldens.colin27_slice, goldens.colin27_slice_twice);
});

const t1 = locate("../shared/data/local-only/t1_brain_0p8mm_f32.nii.gz");
describe.skipIf(t1 === null)(
  "T1 slice [:, 1:233, 95] (skipped where ../shared/data/local-only is not at hand: not redistributable)",
  () => {
    const plane = t1 === null ? null : readSlice(t1, [0, 192], [1, 233], 95);
    checkSlice(() => plane!, goldens.t1_slice, goldens.t1_slice_twice);
  },
);

describe("zone plate 256, c = 0.9", () => {
  it.each(operators.map((o) => o.name))("%s", (name) => {
    expectGolden(
      aliasVisibility(named(name)),
      goldens["zone_plate_256_c0.9"][name].aliasVisibility,
      "aliasVisibility",
    );
  });
});
