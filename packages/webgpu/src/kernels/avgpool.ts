import { type AvgPoolStep, HalfbandError, type WindowAxis } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import { compressed, type TapAxis, tapLaunch, tapSelection, transposed } from "./taps.ts";

/** Outputs of an axis whose divisors are listed. */
const MOST_DIVISORS = 2 ** 24;

/** Voxels of output m, and what the axis contributes to the divisor: declared padding counts too, or not. */
function intervalOf(axis: WindowAxis, m: number, countIncludePad: boolean) {
  const { size, kernel, stride, padBefore, padAfter } = axis;
  const start = m * stride - padBefore;
  const stop = Math.min(start + kernel, size + padAfter);
  const [begin, end] = [Math.max(start, 0), Math.min(stop, size)];
  return { begin, end, length: countIncludePad ? stop - start : Math.max(0, end - begin) };
}

/** Forward, whole sums are divided once; backward, every tap carries its share. */
function tapAxes({ axes, countIncludePad, divisor, adjoint }: AvgPoolStep): readonly TapAxis[] {
  return axes.map((axis, a): TapAxis => {
    const { size, out, kernel, stride, padBefore } = axis;
    // One divisor for whole windows is the first axis's alone.
    const divisorOf = (m: number): number =>
      divisor === null ? intervalOf(axis, m, countIncludePad).length : a === 0 ? divisor : 1;
    const rows = (weightOf: (m: number) => number) =>
      compressed(out, kernel, (m, tap) => {
        const { begin, end } = intervalOf(axis, m, countIncludePad);
        const weight = weightOf(m);
        for (let i = begin; i < end; i++) tap(i, weight);
      });
    const untouched =
      kernel === 1 && stride === 1 && padBefore === 0 && out === size && (divisor === null || a > 0);
    if (adjoint) {
      const taps = Math.ceil(kernel / stride);
      return {
        size: out,
        out: size,
        taps,
        untouched,
        rows: () =>
          transposed(
            rows((m) => 1 / divisorOf(m)),
            size,
          ),
      };
    }
    const divisors = () => {
      if (out > MOST_DIVISORS) {
        throw new HalfbandError(
          "OUT_OF_MEMORY",
          `a table of ${out} numbers, expected at most ${MOST_DIVISORS}`,
          { got: out, expected: MOST_DIVISORS },
        );
      }
      return Array.from({ length: out }, (_, m) => divisorOf(m));
    };
    return { size, out, taps: kernel, untouched, rows: () => rows(() => 1), divisors };
  });
}

const kernelName = ({ axes, adjoint }: AvgPoolStep): string =>
  `avgpool${axes.length}d_f32${adjoint ? "_adjoint" : ""}`;

export const avgpool: KernelFamily<AvgPoolStep> = {
  family: "avgpool",
  select: (step, limits) => tapSelection(kernelName(step), step.planes, tapAxes(step), limits),
  prepare: (step, workspace) => tapLaunch(step.planes, tapAxes(step), workspace),
};
