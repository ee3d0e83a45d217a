import type { ElementwiseStep } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";

const select = (step: ElementwiseStep) => ({ kernel: `elementwise_f32_${step.function}`, workspaceBytes: 0 });

/** About what one element takes. */
const NANOSECONDS = { add: 0.4, reluVjp: 0.4, magnitude: 1, magnitudeVjp: 2 };

export const elementwise: KernelFamily<ElementwiseStep> = {
  family: "elementwise",
  select,
  prepare(step, core) {
    const split = core.split(select(step).kernel, { itemNanoseconds: NANOSECONDS[step.function] });
    const params = core.arena.allocate(3 * 4); // ElementwiseParams
    return {
      run(inputs, outputs) {
        core.i32(params, 3).set([inputs[1], inputs[2] ?? 0, outputs[1] ?? 0]);
        split.run(outputs[0], inputs[0], params, 0, step.length);
      },
      dispose() {
        core.arena.free(params);
        split.dispose();
      },
    };
  },
};
