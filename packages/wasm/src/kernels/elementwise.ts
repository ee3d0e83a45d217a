import type { ElementwiseStep } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";

const select = (step: ElementwiseStep) => ({ kernel: `elementwise_f32_${step.function}`, workspaceBytes: 0 });

export const elementwise: KernelFamily<ElementwiseStep> = {
  family: "elementwise",
  select,
  prepare(step, core) {
    const kernel = core.kernel(select(step).kernel);
    const params = core.arena.allocate(3 * 4); // ElementwiseParams
    return {
      run(inputs, outputs) {
        core.i32(params, 3).set([inputs[1], inputs[2] ?? 0, outputs[1] ?? 0]);
        kernel(outputs[0], inputs[0], params, 0, 0, step.length);
      },
      dispose: () => core.arena.free(params),
    };
  },
};
