import { describe, expect, it } from "vitest";
import { bestOf, marksOf, REFERENCE } from "../src/reading.ts";

const measured = (values: Readonly<Record<string, number | null>>) =>
  Object.entries(values).map(([method, value]) => ({ method, value }));
const write = (value: number) => value.toFixed(1);

describe("the best of a row", () => {
  it("is the least or the greatest, as it is written, and never the reference's", () => {
    const values = measured({ a: 0.12, b: 0.48, c: null, [REFERENCE]: 0 });
    expect(bestOf({ better: "lower" }, values, write)).toBe("0.1");
    expect(bestOf({ better: "higher" }, values, write)).toBe("0.5");
  });

  it("is nothing where no direction is better, or where all read the same", () => {
    expect(bestOf({ better: "none" }, measured({ a: 1, b: 2 }), write)).toBeNull();
    expect(bestOf({ better: "lower" }, measured({ a: 0.11, b: 0.12 }), write)).toBeNull();
    expect(bestOf({ better: "lower" }, measured({ a: null, b: null }), write)).toBeNull();
  });
});

it("gives every reason one letter", () => {
  expect([...marksOf(["flat", "not linear", "flat"])]).toEqual([
    ["flat", "a"],
    ["not linear", "b"],
  ]);
});
