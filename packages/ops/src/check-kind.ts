import type { Backend } from "./backend.ts";
import type { Grid } from "./grid.ts";
import { show } from "./params.ts";
import { fail } from "./refuse.ts";
import type { DType, Shape } from "./tensor.ts";

/** What a program in JavaScript may get wrong, and would learn of much later. */
export function checkKind(dtype: DType, grid: Grid, shape: Shape, op = "empty"): void {
  if (dtype !== "float32" && dtype !== "int32") {
    fail("INVALID_OPTION", "empty", `dtype is ${show(dtype)}; expected "float32" or "int32".`, {
      option: "dtype",
      got: dtype,
      expected: ["float32", "int32"],
    });
  }
  const axes = Math.max(0, shape.length - 2);
  if (isGrid(grid, axes)) return;
  fail(
    "INVALID_OPTION",
    op,
    `grid is ${show(grid)}; expected { offset, spacing } for each of the ${axes} spatial axes.`,
    { option: "grid", got: grid, expected: "{ offset, spacing } per spatial axis" },
  );
}

export function checkBackend(backend: Backend, op: string): void {
  if (typeof (backend as Partial<Backend> | undefined)?.supports === "function") return;
  fail("INVALID_OPTION", op, `the backend is ${show(backend)}; expected what await createBackend() gives.`, {
    option: "backend",
    got: backend,
    expected: "Backend",
  });
}

/** Weights and their gradients have none. A loop: this is part of every call, and methods of frozen arrays take long. */
function isGrid(grid: Grid, axes: number): boolean {
  if (!Array.isArray(grid) || (grid.length !== axes && grid.length !== 0)) return false;
  for (let i = 0; i < grid.length; i++) {
    if (!Number.isFinite(grid[i]?.offset) || !Number.isFinite(grid[i]?.spacing)) return false;
  }
  return true;
}
