import type { ConvStep } from "@halfband/ops";
import type { SplitKernel } from "../core.ts";
import { stride3x3, type Triple } from "./conv-geometry.ts";
import { PRODUCTS_PER_NANOSECOND } from "./conv-panels.ts";
import type { Tables } from "./conv-tables.ts";

/** Rows of an item, as in the kernels. */
const ROWS = 8;
const KERNELS = [undefined, "conv2d_f32_rows3", "conv2d_f32_rows3_s2"];

/** Output channels per group, and columns, from which rows were measured to be faster than tiles. */
const LEAST_OUTPUTS = 4;
const LEAST_COLUMNS = 24;

/** The kernel for whole rows of 3 x 3 taps of one input channel; undefined where tiles are faster. */
export function rowsName(step: ConvStep): string | undefined {
  if (step.axes.length !== 2 || step.inChannels !== step.groups) return undefined;
  if (step.outChannels / step.groups < LEAST_OUTPUTS || step.axes[1].out < LEAST_COLUMNS) return undefined;
  return KERNELS[stride3x3(step.axes) ?? 0];
}

/** The convolution kernel `name` over packed input at `work`. */
export class RowsKernel {
  private readonly kernel: SplitKernel;

  constructor(name: string, columns: number, terms: number, work: number, tables: Tables) {
    const itemNanoseconds = (terms * columns * ROWS) / PRODUCTS_PER_NANOSECOND;
    this.kernel = tables.split(name, { itemNanoseconds, work });
  }

  /** Computes `channels` output channels of the slab that `params` tell of. */
  run(out: number, params: number, [, rows]: Triple<number>, channels: number): void {
    this.kernel.run(out, 0, params, 0, Math.ceil(rows / ROWS) * channels);
  }
}
