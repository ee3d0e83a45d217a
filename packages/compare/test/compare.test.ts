import { difference, energy, mean, type Plane, residual } from "@halfband/measure";
import { createReferenceBackend } from "@halfband/ops";
import { beforeAll, describe, expect, test } from "vitest";
import { type Comparison, compare, explain, toJson } from "../src/index.ts";
import { block, identity, largest, scan } from "./scans.ts";

const backend = createReferenceBackend();

const acEnergy = (x: Plane): number => energy(x) - x.data.length * mean(x) ** 2;

/** 70 x 66 x 4 voxels of the head. */
const part = block([50, 70, 80], [70, 66, 4]);

describe("a slice, each method once and twice", () => {
  const progress: [number, number, string][] = [];
  let comparison: Comparison;
  const panel = (method: string, times = 1) =>
    comparison.panels.find((p) => p.method === method && p.times === times)!;

  beforeAll(async () => {
    comparison = await compare(part, backend, {
      methods: ["maxpool", "stride", "blurpool", "flc", "kcrop"],
      patterns: false,
      onProgress: (...step) => progress.push(step),
    });
  });

  test("comes in the order of the methods, at half and quarter size", () => {
    expect(comparison.panels.map(({ method, times }) => `${method} ${times}`)).toEqual(
      ["maxpool", "stride", "blurpool", "flc", "kcrop"].flatMap((id) => [`${id} 1`, `${id} 2`]),
    );
    expect(comparison.original.plane.shape).toEqual([64, 64]);
    for (const { times, plane, spectrum, difference: d } of comparison.panels) {
      for (const { shape } of [plane, spectrum, d]) expect(shape).toEqual([64 / 2 ** times, 64 / 2 ** times]);
    }
    expect(comparison.references.map(({ plane }) => plane.shape)).toEqual([
      [32, 32],
      [16, 16],
    ]);
  });

  test("reports progress before each panel and at the end", () => {
    expect(progress.map(([done]) => done)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(progress.every(([, total]) => total === 10)).toBe(true);
    expect(progress.slice(0, 2).map(([, , label]) => label)).toEqual(["MaxPool 2, once", "MaxPool 2, twice"]);
    expect(progress[10][2]).toBe("Done");
  });

  test("the k-space crop differs from itself by nothing, MaxPool is brighter", () => {
    const span = comparison.window.high - comparison.window.low;
    for (const times of [1, 2]) {
      expect(largest(panel("kcrop", times).difference)).toBeLessThan(1e-5 * span);
      expect(mean(panel("maxpool", times).difference)).toBeGreaterThan(0.02 * span);
    }
  });

  test("panel, difference and reference belong together where nothing is offset", () => {
    const { plane, difference: shown } = panel("stride", 2);
    expect(largest(difference(difference(plane, comparison.references[1].plane), shown))).toBeLessThan(1e-4);
  });

  test("the pictures agree with the metrics beside them", () => {
    for (const { plane, report } of comparison.panels) {
      expect(mean(plane)).toBeCloseTo(report.values.outMean!, 3);
    }
    const { plane } = panel("flc");
    const { raw } = residual(plane, comparison.references[0].plane);
    expect(Math.abs(raw / panel("flc").report.values.ksrRaw! - 1)).toBeLessThan(1e-3);
    expect(panel("flc").report.values.asr).toBeLessThan(1e-9);
  });

  test("the difference has the centre offset removed, as the metric has", () => {
    for (const { method, difference: d, report, times } of comparison.panels) {
      if (method === "kcrop") continue;
      const reference = comparison.references[times - 1].plane;
      const share = acEnergy(d) / acEnergy(reference);
      expect(Math.abs(share / report.values.ksrRaw! - 1)).toBeLessThan(1e-3);
    }
  });

  test("places samples in voxels of the whole scan and in millimetres", () => {
    expect(comparison.slice.start).toEqual([1, 3]);
    expect(panel("maxpool", 2).grid).toEqual([
      { offset: 2.5, spacing: 4 },
      { offset: 4.5, spacing: 4 },
    ]);
    for (const { affine, report, zooms, times } of comparison.panels) {
      expect(affine).toEqual(report.newAffine);
      expect(zooms).toEqual([2 ** times, 2 ** times]);
    }
    expect(panel("maxpool").affine).toEqual([
      [2, 0, 0, 3.5],
      [0, 2, 0, 1.5],
      [0, 0, 1, 2],
      [0, 0, 0, 1],
    ]);
  });

  test("zone plates show false rings for a stride, none for FLC", () => {
    expect(panel("stride").zonePlate.shape).toEqual([128, 128]);
    const corner = (id: string) => Math.abs(panel(id).zonePlate.data[8 * 128 + 64] - 0.5);
    expect(corner("stride")).toBeGreaterThan(10 * corner("flc"));
  });

  test("the numbers go to JSON whole, the pictures do not", () => {
    const json = toJson(comparison);
    const text = JSON.stringify(json);
    expect(JSON.parse(text)).toEqual(json);
    expect(text.length).toBeLessThan(200_000);
    for (const { shape, report, grid, zooms, affine } of json.panels) {
      expect(report).toMatchObject({
        outputShape: shape,
        boundary: "circular",
        padding: "circular",
        normalised: false,
      });
      expect(report).toMatchObject({
        axes: [1, 0],
        cropped: false,
        metricsVersion: "1",
        inputShape: [64, 64],
      });
      expect([grid.length, zooms.length, affine.length]).toEqual([2, 2, 4]);
      for (const [key, value] of Object.entries(report.values)) {
        if (value === null) expect(Object.keys(report.reasons)).toContain(key);
      }
    }
    expect(json.slice).toMatchObject({ cropped: true, fullShape: [66, 70], shape: [64, 64] });
    expect(json).toMatchObject({ precision: "float32", backend: { device: "reference" }, stride: 2 });
  });

  test("says of an even slice only that it is one", async () => {
    const even = await compare(
      scan([32, 32, 2], () => 7, identity),
      backend,
      { methods: ["maxpool", "flc"], patterns: false },
    );
    expect(explain(even)).toEqual(["Every voxel of this slice is 7: there is nothing to compare."]);
  });

  test("says in words what the numbers say", () => {
    const text = explain(comparison).join("\n");
    expect(text).toMatch(/No false detail is left by FLC\./);
    expect(text).toMatch(/Strided conv 3 \(centre tap\) shows the most false detail/);
    expect(text).toMatch(/BlurPool 4 blurs most/);
    expect(text).toMatch(/FLC comes closest .*; MaxPool 2 is furthest/);
    expect(text).toMatch(
      /MaxPool 2 raises the mean brightness from \S+ to \S+ applied once and to \S+ applied twice/,
    );
  });
});

test("patterns add frequency responses: the transfer function, or the describing function", async () => {
  const { panels } = await compare(block([50, 70, 80], [32, 32, 1]), backend, {
    methods: ["maxpool", "blurpool3"],
    times: [1],
  });
  const [max, blur] = panels;
  expect(blur.responses.map(({ axis, kind }) => [axis, kind])).toEqual([
    [0, "linear"],
    [1, "linear"],
  ]);
  const [{ frequency, magnitude }] = blur.responses;
  expect([frequency[0], frequency[64], frequency[128]]).toEqual([0, 0.25, 0.5]);
  expect(magnitude[64]).toBeCloseTo(0.5, 4);
  expect(max.responses[0].kind).toBe("describing");
  expect(max.report.values.noiseBias).toBeCloseTo(1.03, 1);
  expect(max.report.seed).toBe(1);
});

describe("a volume", () => {
  const head = block([60, 80, 70], [18, 34, 20]);

  test("is downsampled on all axes and one slice is shown", async () => {
    const { panels, original, volume } = await compare(head, backend, {
      methods: ["maxpool", "avgpool", "kcrop"],
      times: [1],
      axis: "y",
      index: 21,
      volume: true,
      patterns: false,
    });
    expect(volume).toBe(true);
    expect(original.plane.shape).toEqual([20, 16]);
    const [max, avg, crop] = panels;
    // y is cropped to voxels 1 to 32; voxel 21 lies in the block of voxels 21 and 22.
    expect(avg.grid).toEqual([
      { offset: 0.5, spacing: 2 },
      { offset: 1.5, spacing: 2 },
      { offset: 1.5, spacing: 2 },
    ]);
    expect(avg.affine.map((row) => row[3])).toEqual([1.5, 21.5, 0.5, 1]);
    let sum = 0;
    for (const z of [0, 1])
      for (const y of [21, 22]) for (const x of [1, 2]) sum += head.data[x + 18 * (y + 34 * z)];
    expect(avg.plane.data[9 * 8 + 7]).toBeCloseTo(sum / 8, 4);
    expect(largest(crop.difference)).toBeLessThan(1e-3);
    expect(crop.volume).toMatchObject({ shape: [10, 16, 8] });
    expect(crop.volume!.ksrRaw).toBeLessThan(1e-10);
    expect(avg.volume!.meanPreservation).toBeCloseTo(0, 6);
    expect(max.volume!.meanPreservation).toBeGreaterThan(0.03);
    expect(avg.volume!.ksrRaw).toBeLessThan(max.volume!.ksrRaw);
  });

  test("has its centre offset removed on all axes before it is compared", async () => {
    const wave = (n: number) => Math.cos((2 * Math.PI * n) / 16);
    const waves = scan(
      [16, 16, 32],
      (i) => wave(i) + wave(Math.floor(i / 16)) + 2 * wave(Math.floor(i / 256)),
      identity,
    );
    const options = { methods: ["avgpool", "blurpool"], times: [1, 2], volume: true, patterns: false };
    for (const { volume } of (await compare(waves, backend, options)).panels) {
      expect(volume!.ksrGainMatched).toBeLessThan(1e-9);
    }
  });

  test("needs room on every axis", async () => {
    const flat = compare(part, backend, { volume: true, methods: ["flc"] });
    await expect(flat).rejects.toThrow(/70 x 66 x 4 voxels.*compare a slice/);
  });
});

describe("calls", () => {
  test("stop at the signal, between panels", async () => {
    const controller = new AbortController();
    const seen: string[] = [];
    const stopped = compare(part, backend, {
      methods: ["maxpool", "avgpool", "stride"],
      times: [1],
      patterns: false,
      signal: controller.signal,
      onProgress: (done, _, label) => {
        seen.push(label);
        if (done === 1) controller.abort(new Error("enough"));
      },
    });
    await expect(stopped).rejects.toThrow("enough");
    expect(seen).toEqual(["MaxPool 2, once", "AvgPool 2, once"]);
  });

  test("leave the event loop free between panels", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    await compare(part, backend, { methods: ["maxpool", "avgpool", "stride"], times: [1], patterns: false });
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(3);
  });

  test("refuse unknown methods and impossible times before any work", async () => {
    await expect(compare(part, backend, { methods: ["nearest"] })).rejects.toThrow(/no method "nearest"/);
    await expect(compare(part, backend, { times: [0] })).rejects.toThrow(/whole numbers from 1 to 4/);
    await expect(compare(part, backend, { times: [] })).rejects.toThrow(/whole numbers/);
  });
});
