// The benchmark as a process: what it says of itself, what it refuses, and what it leaves. No time is looked at.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, describe, expect, it } from "vitest";
import { readJson, root, run } from "./packed.ts";

const folder = mkdtempSync(`${tmpdir()}/halfband-bench-`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bench = (...args: string[]) => run(process.execPath, [`${root}bench/dist/run.js`, ...args], root);

describe("npm run bench", () => {
  it("has a help with examples", () => {
    const { status, output } = bench("--help");
    expect(status).toBe(0);
    expect(output).toContain("Examples:\n  npm run bench -- ");
  });

  it.each([
    [["--rounds", "0"], "expected 1, 2, 3, ..., got 0"],
    [["--json", `${folder}/missing/rows.json`], "there is no folder"],
    [["--from", `${folder}/none.json`], "there is no file"],
    [["--filter", "nothing of this name"], "nothing of this name"],
    [["--no-such-option"], "--no-such-option"],
  ])("refuses %j before it measures", (args, message) => {
    const { status, output } = bench(...args);
    expect(status, output).toBe(1);
    expect(output).toContain(message);
  });

  it("checks every implementation of a job against halfband, and leaves its rows", () => {
    const file = `${folder}/rows.json`;
    const { status, output } = bench("--rounds", "1", "--filter", "avgPool 2 1x1x182x218", "--json", file);
    expect(status, output).toBe(0);
    expect(output).toMatch(/^operator +shape +implementation +copies +min +median +vs halfband +vs limit\n/);
    const [{ rows, refusals }] =
      readJson<{ rows: { impl: string; op: string }[]; refusals: unknown[] }[]>(file);
    expect(refusals).toEqual([]);
    const implementations = rows.filter(({ op }) => op === "avgPool 2").map(({ impl }) => impl);
    expect(implementations).toEqual(
      expect.arrayContaining(["halfband (baseline)", "plain loops", "limit: copy of the input"]),
    );
  });

  it("puts jobs measured again in the place of those of the same engine", () => {
    const results = (engine: string, ...jobs: [string, number][]) => [
      { engine, machine: "", rows: jobs.map(([op, minMs]) => ({ op, shape: "1x1", minMs })), refusals: [] },
    ];
    const runs = [
      results("one", ["a", 1], ["a", 2], ["b", 3]),
      results("two", ["a", 4]),
      results("one", ["a", 5]),
    ];
    const from = runs.flatMap((run, i) => {
      writeFileSync(`${folder}/${i}.json`, JSON.stringify(run));
      return ["--from", `${folder}/${i}.json`];
    });
    const { status, output } = bench(...from, "--json", `${folder}/merged.json`);
    expect(status, output).toBe(0);
    const merged = readJson<{ rows: { minMs: number }[] }[]>(`${folder}/merged.json`);
    expect(merged.map(({ rows }) => rows.map(({ minMs }) => minMs))).toEqual([[5, 3], [4]]);
  });

  it("makes halfband with one operator, for what the others cost a first result", async () => {
    const cold = `${root}bench/dist/cold/`;
    const { makeOneOperator } = (await import(`${cold}one-operator.js`)) as {
      makeOneOperator(): Promise<void>;
    };
    await makeOneOperator();
    // The program compares its result before it prints a time.
    const { status, output } = run(process.execPath, [`${cold}first/one-operator/halfband-wasm.js`], root);
    expect(status, output).toBe(0);
    expect(Number(output.trim())).not.toBeNaN();
  });
});
