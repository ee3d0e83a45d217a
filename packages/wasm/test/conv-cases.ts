import { type PaddingMode, type WindowAxis, windowSize } from "@halfband/ops";
import type { Core } from "../src/core.ts";
import type { Naive } from "./conv-naive.ts";

export const modes: readonly PaddingMode[] = ["zeros", "reflect", "replicate", "circular"];

/** A window axis of kernel 3, stride 1 and padding 1 where not said otherwise. */
export function axis(size: number, options: Partial<Omit<WindowAxis, "size" | "out">> = {}): WindowAxis {
  const a = { kernel: 3, stride: 1, dilation: 1, padBefore: 1, padAfter: 1, ...options, size };
  return { ...a, out: windowSize(a) };
}

/** A core whose kernels get their items in calls of `size`, as threads would. */
export function splitCalls(core: Core, size: number): Core {
  const split = Object.create(core) as Core;
  split.kernel = (name) => {
    const kernel = core.kernel(name);
    return (out, input, params, work, begin, end) => {
      for (let i = begin; i < end; i += size) kernel(out, input, params, work, i, Math.min(i + size, end));
    };
  };
  return split;
}

/** Largest error in units of (1e-6 + 1e-8 terms) * gain, for data of at most 1; a NaN is infinitely wrong. */
export function errorOverTolerance(got: Float32Array, want: Naive): number {
  return want.value.reduce((worst, value, i) => {
    if (got[i] === value) return worst;
    const error = Math.abs(got[i] - value) / ((1e-6 + 1e-8 * want.terms[i]) * want.gain[i]);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }, 0);
}
