// METRICS.md on halfband's own operators: 1e-9 with the float64 reference, 2e-4 with float32 results.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { aliasVisibility, type MetricKey, measure, type Plane, type PlaneOperator } from "@halfband/measure";
import { readNifti } from "@halfband/nifti";
import { afterAll, describe, expect, it } from "vitest";
import { availableBackends } from "../backends.ts";
import { backendOperator, referenceOperator, subjects } from "./operators.ts";

type Golden = Record<string, number | null>;
interface SliceGolden {
  readonly ober: number;
  readonly operators: Record<string, Golden>;
}

const root = new URL("../../", import.meta.url);
const goldens = JSON.parse(
  readFileSync(new URL("packages/measure/test/golden/metrics.json", root), "utf8"),
) as {
  readonly colin27_slice: SliceGolden;
  readonly t1_slice: SliceGolden;
  readonly "zone_plate_256_c0.9": Record<string, { aliasVisibility: number }>;
};

interface Precision {
  readonly relative: number;
  /** Where the golden is below `small`, this much absolutely. */
  readonly small: number;
  readonly absolute: number;
}
const float64: Precision = { relative: 1e-9, small: 1e-12, absolute: 1e-12 };
const float32: Precision = { relative: 2e-4, small: 1e-5, absolute: 1e-6 };

function expectGolden(
  got: number | null,
  want: number | null,
  label: string,
  { relative, small, absolute }: Precision,
): void {
  if (want === null && label === "psnrBand") {
    // Infinite for identical images; float32 rounding leaves a finite, very high figure.
    expect(got ?? Number.POSITIVE_INFINITY, label).toBeGreaterThan(120);
    return;
  }
  if (want === null || got === null) {
    expect(got, label).toBe(want);
    return;
  }
  const bound = Math.abs(want) < small ? absolute : relative * Math.abs(want);
  expect(Math.abs(got - want), `${label}: ${got} for ${want}`).toBeLessThanOrEqual(bound);
}

/** Rows x of [x0, x1), columns y of [y0, y1) at slice z, row-major with x as the row. */
async function slice(
  path: URL,
  [x0, x1]: [number, number],
  [y0, y1]: [number, number],
  z: number,
): Promise<Plane> {
  const { data, shape } = await readNifti(readFileSync(path));
  const plane = new Float64Array((x1 - x0) * (y1 - y0));
  for (let x = x0; x < x1; x++) {
    for (let y = y0; y < y1; y++)
      plane[(x - x0) * (y1 - y0) + y - y0] = data[x + shape[0] * (y + shape[1] * z)];
  }
  return { data: plane, shape: [x1 - x0, y1 - y0] };
}

const backends = await availableBackends();
afterAll(() => {
  for (const backend of backends.values()) backend.dispose();
});

const colin27 = await slice(new URL("test/data/nifti/colin27_t1_u8.nii.gz", root), [2, 178], [0, 216], 90);
const t1Path = new URL("../shared/data/local-only/t1_brain_0p8mm_f32.nii.gz", root);
const t1 = existsSync(fileURLToPath(t1Path)) ? await slice(t1Path, [0, 192], [1, 233], 95) : null;

function checkSlice(
  plane: Plane | null,
  golden: SliceGolden,
  operator: PlaneOperator,
  precision: Precision,
): void {
  const { centreOffset, ...values } = golden.operators[operator.name];
  const report = measure(operator, plane!, { patterns: false });
  expect(report.centreOffset).toEqual([centreOffset, centreOffset]);
  expectGolden(report.values.ober, golden.ober, "ober", float64);
  for (const [key, want] of Object.entries(values))
    expectGolden(report.values[key as MetricKey], want, key, precision);
}

const runs: [string, (subject: (typeof subjects)[number]) => PlaneOperator, Precision][] = [
  ["float64 reference", referenceOperator, float64],
  ...[...backends].map(([name, backend]): (typeof runs)[number] => [
    name,
    (subject) => backendOperator(subject, backend),
    float32,
  ]),
];

describe.each(runs)("%s", (_, operatorOf, precision) => {
  it.each(subjects)("Colin27 slice, $name", (subject) => {
    checkSlice(colin27, goldens.colin27_slice, operatorOf(subject), precision);
  });
  it.skipIf(t1 === null).each(subjects)("T1 slice (needs ../shared/data/local-only), $name", (subject) => {
    checkSlice(t1, goldens.t1_slice, operatorOf(subject), precision);
  });
  it.each(subjects)("zone plate, $name", (subject) => {
    const got = aliasVisibility(operatorOf(subject));
    expectGolden(
      got,
      goldens["zone_plate_256_c0.9"][subject.name].aliasVisibility,
      "aliasVisibility",
      precision,
    );
  });
});
