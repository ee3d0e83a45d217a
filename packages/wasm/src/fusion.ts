import type { Plan, Step } from "@halfband/ops";
import type { Build, Core, Precision, Tile } from "./core.ts";
import type { Launch, Selection } from "./kernel.ts";
import { fusedKernels } from "./kernels/fused.ts";
import { kernelOf } from "./kernels/index.ts";

/**
 * The host side of a kernel that runs two steps as one: what the first one writes goes to the second one alone and
 * is never stored as a whole.
 */
export interface FusedKernel<A extends Step, B extends Step> {
  readonly families: readonly [A["family"], B["family"]];
  /** As in `KernelFamily`; undefined where the steps had better run one after the other. */
  select(first: A, second: B, precision?: Precision, build?: Build, tile?: Tile): Selection | undefined;
  /** As in `KernelFamily`, for selected steps. Inputs are those of the first step, outputs those of the second. */
  prepare(first: A, second: B, core: Core, bound: ReadonlyMap<number, number>): Launch;
}

/** What one launch runs: a step of a plan, or two fused ones. Inputs and outputs are indices of plan values. */
export interface Stage {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly selection: Selection;
  prepare(core: Core, bound: ReadonlyMap<number, number>): Launch;
}

/** The launches that a plan becomes: neighbouring steps are fused where a kernel does both. */
export function stagesOf(plan: Plan, precision: Precision, build: Build, tile?: Tile): Stage[] {
  const stages: Stage[] = [];
  for (let i = 0; i < plan.steps.length; i++) {
    const [first, second] = [plan.steps[i], plan.steps[i + 1]];
    const fused =
      second && isJoined(plan, first, second) ? fusedStage(first, second, precision, build, tile) : undefined;
    stages.push(fused ?? singleStage(first, precision, build, tile));
    if (fused) i++;
  }
  return stages;
}

/** Whether the only thing `first` makes is a temporary, which `second` and nobody else reads, and nothing more. */
function isJoined({ values, steps }: Plan, { outputs }: Step, { inputs }: Step): boolean {
  const [between] = outputs;
  const readers = steps.filter((step) => step.inputs.includes(between));
  return (
    outputs.length === 1 &&
    inputs.length === 1 &&
    inputs[0] === between &&
    values[between].role === "temporary" &&
    readers.length === 1
  );
}

function fusedStage(
  first: Step,
  second: Step,
  precision: Precision,
  build: Build,
  tile?: Tile,
): Stage | undefined {
  for (const kernel of fusedKernels) {
    if (kernel.families[0] !== first.family || kernel.families[1] !== second.family) continue;
    const selection = kernel.select(first, second, precision, build, tile);
    if (selection === undefined) continue;
    return {
      inputs: first.inputs,
      outputs: second.outputs,
      selection,
      prepare: (core, bound) => kernel.prepare(first, second, core, bound),
    };
  }
  return undefined;
}

const singleStage = (step: Step, precision: Precision, build: Build, tile?: Tile): Stage => ({
  inputs: step.inputs,
  outputs: step.outputs,
  selection: kernelOf(step).select(step, precision, build, tile),
  prepare: (core, bound) => kernelOf(step).prepare(step, core, bound),
});
