import type { Backend } from "./backend.ts";
import { type ErrorCode, HalfbandError } from "./errors.ts";
import type { Grid } from "./grid.ts";
import { show } from "./params.ts";
import type { DType, Shape } from "./tensor.ts";

/** What a program in JavaScript may get wrong, and would learn of much later. */
export function checkKind(dtype: DType, grid: Grid, shape: Shape, op = "empty"): void {
  if (dtype !== "float32" && dtype !== "int32") {
    throw new HalfbandError(
      "INVALID_OPTION",
      `empty: dtype is ${show(dtype)}; expected "float32" or "int32".`,
      {
        op: "empty",
        option: "dtype",
        got: dtype,
        expected: ["float32", "int32"],
      },
    );
  }
  const axes = Math.max(0, shape.length - 2);
  if (isGrid(grid, axes)) return;
  throw new HalfbandError(
    "INVALID_OPTION",
    `${op}: grid is ${show(grid)}; expected { offset, spacing } for each of the ${axes} spatial axes.`,
    { op, option: "grid", got: grid, expected: "{ offset, spacing } per spatial axis" },
  );
}

export function checkBackend(backend: Backend, op: string): void {
  if (typeof (backend as Partial<Backend> | undefined)?.supports === "function") return;
  throw new HalfbandError(
    "INVALID_OPTION",
    `${op}: the backend is ${show(backend)}; expected what await createBackend() gives.`,
    { op, option: "backend", got: backend, expected: "Backend" },
  );
}

/** Weights and their gradients have none. A loop: this is part of every call, and methods of frozen arrays take long. */
function isGrid(grid: Grid, axes: number): boolean {
  if (!Array.isArray(grid) || (grid.length !== axes && grid.length !== 0)) return false;
  for (let i = 0; i < grid.length; i++) {
    if (!Number.isFinite(grid[i]?.offset) || !Number.isFinite(grid[i]?.spacing)) return false;
  }
  return true;
}

/** Refuses more than can be held or made. */
export function atMost(
  code: ErrorCode,
  op: string,
  what: string,
  got: number,
  expected: number,
  option?: string,
  unit = "",
): void {
  if (got <= expected) return;
  const message = `${op}: ${what} is ${got}${unit}; expected at most ${expected}.`;
  throw new HalfbandError(code, message, { op, got, expected, ...(option && { option }) });
}
