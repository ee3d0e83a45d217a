import { operators } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { expectRefusal, halfband, json, scratch } from "./run.ts";

interface Report {
  readonly backend: { readonly device: string; readonly build: string; readonly threads: number };
  readonly node: string;
  readonly lines: readonly {
    readonly operator: string;
    readonly shape: readonly number[];
    readonly options: Readonly<Record<string, unknown>>;
    readonly outputShape: readonly number[];
    readonly kernel: string | null;
    readonly runs: number;
    readonly minMs: number;
    readonly medianMs: number;
    readonly gigabytesPerSecond: number;
    readonly copyMs: number;
    readonly timesCopy: number;
  }[];
}

const QUICK = ["--seconds", "0.01"];

describe("bench", () => {
  it("measures operators on shapes, and the copy of the input", () => {
    const shapes = [
      [2, 3, 16, 20],
      [1, 2, 8, 8, 8],
    ];
    const list = shapes.map((shape) => shape.join("x")).join(",");
    const { backend, node, lines } = json<Report>(
      "bench",
      "--operator",
      "maxPool,CONV",
      "--shape",
      list,
      "--simd",
      "baseline",
      "--threads",
      "1",
      ...QUICK,
    );
    expect(backend).toMatchObject({ device: "wasm", build: "simd", threads: 1 });
    expect(node).toBe(process.version);
    expect(lines.map(({ operator, shape }) => [operator, shape])).toEqual([
      ["maxPool", shapes[0]],
      ["maxPool", shapes[1]],
      ["conv", shapes[0]],
      ["conv", shapes[1]],
    ]);
    expect(lines[0]).toMatchObject({ options: { kernelSize: 2 }, outputShape: [2, 3, 8, 10] });
    expect(lines[3]).toMatchObject({ options: { stride: 2, padding: 1 }, outputShape: [1, 2, 4, 4, 4] });
    for (const { shape, kernel, runs, minMs, medianMs, gigabytesPerSecond, copyMs, timesCopy } of lines) {
      expect(kernel).toMatch(/__simd$/);
      expect(runs).toBeGreaterThanOrEqual(1);
      expect(minMs).toBeGreaterThan(0);
      expect(medianMs).toBeGreaterThanOrEqual(minMs);
      const bytes = 4 * shape.reduce((a, b) => a * b, 1);
      expect(gigabytesPerSecond).toBeCloseTo(bytes / minMs / 1e6, 6);
      expect(timesCopy).toBeCloseTo(minMs / copyMs, 6);
    }
  });

  it("takes every operator unless some are named, and leaves out what a shape does not suit", () => {
    const { lines } = json<Report>("bench", "--shape", "1x2x12x16,1x1x1x1", ...QUICK);
    const flat = lines.filter(({ shape }) => shape[1] === 2);
    expect(flat.map(({ operator }) => operator)).toEqual(operators.map(({ definition }) => definition.name));
    expect(lines.length).toBeLessThan(2 * operators.length);
    expect(lines.map(({ operator }) => operator)).toContain("flcPool");
  });

  it("shows a table", () => {
    const { code, out, err } = halfband(
      "bench",
      "--operator",
      "flcPool",
      "--shape",
      "1x1x8x8",
      "--device",
      "reference",
      ...QUICK,
    );
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/^reference, .*1 thread; Node\.js v/);
    expect(out).toMatch(/operator +shape +min, ms +median, ms +GB\/s +x copy/);
    expect(out).toMatch(/flcPool +1x1x8x8( +[\d.]+){4}/);
  });
});

describe("bench refuses", () => {
  const at = scratch();

  it.each([
    ["an unknown operator", "INVALID_OPTION", /maxPool/, ["--operator", "bestPool"]],
    ["a shape without axes", "INVALID_SHAPE", /\[N, C, \.\.\.spatial\]/, ["--shape", "1x1"]],
    ["a shape with too many axes", "INVALID_SHAPE", /1 to 3 spatial axes/, ["--shape", "1x1x4x4x4x4"]],
  ])("%s", (_, code, words, args) => expectRefusal(at("."), code, words, ["bench", ...args]));
});
