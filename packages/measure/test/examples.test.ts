// Runs every @example of the sources: `expression; // value` must give the value, to four digits.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as measure from "../src/index.ts";

const folder = new URL("../src/", import.meta.url);
const examples = readdirSync(folder).flatMap((file) =>
  [...readFileSync(new URL(file, folder), "utf8").matchAll(/@example([\s\S]*?)\*\//g)].map(([, text]) => {
    const lines = text.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trim());
    return { file, lines: lines.filter((line) => line !== "") };
  }),
);

const plain = (value: unknown): unknown =>
  ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;

function expectClose(got: unknown, want: unknown): void {
  if (typeof want === "number")
    expect(Math.abs(Number(got) - want), `${got} for ${want}`).toBeLessThanOrEqual(
      5e-4 * Math.max(1, Math.abs(want)),
    );
  else if (typeof want === "object" && want !== null) {
    expect(Object.keys(got as object)).toEqual(Object.keys(want));
    for (const [key, value] of Object.entries(want))
      expectClose((got as Record<string, unknown>)[key], value);
  } else expect(got).toBe(want);
}

describe("examples in the documentation", () => {
  it("are many", () => expect(examples.length).toBeGreaterThan(25));

  it.each(examples.map((e, i) => [`${e.file} ${i}`, e.lines] as const))("%s", (_, lines) => {
    const last = lines.findLast((line) => line.includes("; // "));
    const [expression, value] = last!.split("; // ");
    const body = [
      ...lines.filter((line) => line !== last && !line.includes("; // ")),
      `return ${expression};`,
    ];
    const run = new Function(...Object.keys(measure), body.join("\n"));
    expectClose(plain(run(...Object.values(measure))), JSON.parse(value));
  });
});
