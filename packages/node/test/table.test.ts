import { expect, it } from "vitest";
import { figure } from "../src/cli/table.ts";

it.each([
  [1214, 3, "1210"],
  [999_999.9, 3, "1000000"],
  [2.5e6, 3, "2.5e6"],
  [0.001234, 3, "0.00123"],
  [-0.0001, 3, "-1e-4"],
  [-0, 3, "0"],
  [12, 4, "12"],
])("writes %s with %s digits for readers as %s", (value, digits, text) => {
  expect(figure(value, digits)).toBe(text);
});
