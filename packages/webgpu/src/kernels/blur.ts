import { type BlurStep, paddedIndex } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import { compressed, type TapAxis, tapLaunch, tapSelection, transposed } from "./taps.ts";

type BlurAxis = BlurStep["axes"][number];

function forwardAxis(axis: BlurAxis, { mode }: BlurStep): TapAxis {
  const { size, out, kernel, stride, dilation, padBefore, taps } = axis;
  return {
    size,
    out,
    taps: kernel,
    untouched: kernel === 1 && stride === 1 && padBefore === 0 && out === size && taps[0] === 1,
    rows: () =>
      compressed(out, kernel, (m, tap) => {
        for (let q = 0; q < kernel; q++) {
          const source = paddedIndex(m * stride + q * dilation - padBefore, size, mode);
          if (source >= 0) tap(source, taps[q]);
        }
      }),
  };
}

function tapAxes(step: BlurStep): readonly TapAxis[] {
  return step.axes.map((axis): TapAxis => {
    const forward = forwardAxis(axis, step);
    if (!step.adjoint) return forward;
    const { size, out, untouched, rows } = forward;
    const taps = Math.ceil(axis.kernel / axis.stride);
    return { size: out, out: size, taps, untouched, rows: () => transposed(rows(), size) };
  });
}

const kernelName = ({ axes, adjoint }: BlurStep): string =>
  `blur${axes.length}d_f32${adjoint ? "_adjoint" : ""}`;

export const blur: KernelFamily<BlurStep> = {
  family: "blur",
  select: (step, limits) => tapSelection(kernelName(step), step.planes, tapAxes(step), limits),
  prepare: (step, workspace) => tapLaunch(step.planes, tapAxes(step), workspace),
};
