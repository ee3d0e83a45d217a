import { isIdentityAxis } from "./fourier.ts";
import type { Grid } from "./grid.ts";
import { atMost } from "./refuse.ts";
import type { Step } from "./step.ts";
import { checkShape, type DType, type Shape } from "./tensor.ts";

/** A tensor of a plan: given, made on the way, or returned. */
export interface PlanValue {
  readonly role: "input" | "constant" | "temporary" | "output";
  /** Name of the operand, option or output; empty for what lives inside the plan only. */
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Of outputs: where the samples sit. */
  readonly grid?: Grid;
  /** Of constants: the numbers. */
  readonly data?: readonly number[];
}

/**
 * Everything known about a call before data is touched: resolved parameters, output shape and grid, the chain of
 * steps, the kernels. Plain, frozen data: it can be printed, compared, cached and sent to a worker.
 */
export interface Plan<Outputs extends readonly string[] = readonly string[]> {
  readonly op: string;
  /** `vjp` multiplies an upstream gradient by the transposed Jacobian. */
  readonly direction: "forward" | "vjp";
  /** The operator's resolved parameters. */
  readonly params: unknown;
  readonly values: readonly PlanValue[];
  readonly steps: readonly Step[];
  /** Names of the outputs, in the order of a run's last arguments. */
  readonly outputs: Outputs;
  /** Shape and grid of the first output. */
  readonly shape: Shape;
  readonly grid: Grid;
  /** Name of the kernels in order, or null where the plan was made without a backend. */
  readonly kernel: string | null;
  /** Scratch memory while it runs, in bytes; null where the plan was made without a backend. */
  readonly workspaceBytes: number | null;
  /** Equal for plans that do the same to the same shapes. */
  readonly key: string;
}

/** Indices of the values with a role, in order. */
export const valuesOf = (plan: Plan, role: PlanValue["role"]): number[] =>
  plan.values.flatMap((value, index) => (value.role === role ? [index] : []));

/** Longest axes whose tables are made within seconds. Lines, along the last axis, need none where they are blurred. */
const LONGEST: { readonly [F in Step["family"]]?: number } = {
  fourier: 2 ** 22,
  conv: 2 ** 24,
  convVjp: 2 ** 22,
  blur: 2 ** 20,
};

function checkAxes(op: string, step: Step): void {
  const longest = LONGEST[step.family];
  if (longest === undefined || !("axes" in step)) return;
  step.axes.forEach((axis, a) => {
    const isLine = step.family === "blur" && a === step.axes.length - 1;
    if (isLine || ("domain" in axis && isIdentityAxis(axis))) return;
    const isCropped = "domain" in axis && axis.domain === "kspace";
    const length = isCropped ? axis.out : Math.max(axis.size, axis.out);
    atMost("OUT_OF_MEMORY", op, `the length of spatial axis ${a}`, length, longest);
  });
}

/** Collects the values and steps of a plan while an operator lowers itself. Methods return value indices. */
export class Graph {
  readonly values: PlanValue[] = [];
  readonly steps: Step[] = [];

  constructor(private readonly op: string) {}

  add(value: PlanValue): number {
    checkShape(value.shape, this.op);
    return this.values.push(value) - 1;
  }

  temporary(shape: Shape, dtype: DType = "float32"): number {
    return this.add({ role: "temporary", name: "", shape, dtype });
  }

  constant(data: readonly number[]): number {
    return this.add({ role: "constant", name: "", shape: [data.length], dtype: "float32", data });
  }

  step(step: Step): void {
    checkAxes(this.op, step);
    this.steps.push(step);
  }
}
