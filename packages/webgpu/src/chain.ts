import { type Buffer, elementCount, type Plan, type PreparedPlan } from "@halfband/ops";
import type { Gpu, Memory } from "./gpu.ts";
import type { Launch } from "./kernel.ts";
import { kernelOf } from "./kernels/index.ts";
import { Outcome } from "./outcome.ts";
import { Workspace } from "./workspace.ts";

interface Link {
  readonly launch: Launch;
  readonly inputValues: readonly number[];
  readonly outputValues: readonly number[];
  /** Filled for each run, so that the hot loop allocates nothing. */
  readonly inputs: GPUBuffer[];
  readonly outputs: GPUBuffer[];
}

/** A plan's steps with the constants, temporaries and tables that they need, in a workspace of its own. */
export class Chain implements PreparedPlan {
  private workspace: Workspace;
  private readonly buffers: GPUBuffer[] = [];
  private links: readonly Link[] = [];
  /** Whether pipelines, tables and scratch could be made. */
  private prepared: Outcome;
  /** The memories of the last run: with the same ones, no command is refused where none was before. */
  private readonly last: (Memory | undefined)[];
  /** How their commands fared. */
  private submitted: Outcome = Outcome.fine;

  constructor(
    private readonly gpu: Gpu,
    private readonly plan: Plan,
    private readonly bound: ReadonlyMap<number, Memory>,
  ) {
    this.last = plan.values.map((_, index) => bound.get(index));
    this.workspace = new Workspace(gpu);
    this.prepared = this.prepare();
  }

  run(buffers: readonly Buffer[]): void {
    const { gpu } = this;
    gpu.assertAlive();
    if (this.prepared.hasFailed) this.prepareAgain();
    const memories = buffers as readonly (Memory | undefined)[];
    const isKnown = memories.every((memory, i) => memory === undefined || memory === this.last[i]);
    if (isKnown && this.submitted.isFine) {
      this.submit();
      this.settle();
      return;
    }
    memories.forEach((memory, i) => {
      if (memory === undefined) return;
      this.last[i] = memory;
      this.buffers[i] = memory.buffer;
    });
    this.submitted = gpu.guarded(() => this.submit());
    this.settle();
  }

  dispose(): void {
    this.workspace.dispose();
  }

  /** Fills the workspace. */
  private prepare(): Outcome {
    const { gpu, workspace } = this;
    try {
      const outcome = gpu.guarded(() => {
        this.links = this.build();
      });
      return Outcome.first([workspace.allocation, outcome]);
    } catch (error) {
      workspace.dispose();
      throw error;
    }
  }

  /** There may be room now for what the GPU had none for. */
  private prepareAgain(): void {
    this.workspace.dispose();
    this.workspace = new Workspace(this.gpu);
    this.last.fill(undefined);
    for (const [index, memory] of this.bound) this.last[index] = memory;
    this.prepared = this.prepare();
  }

  private build(): Link[] {
    const { plan, workspace, bound } = this;
    plan.values.forEach(({ role, shape, data }, index) => {
      const memory = bound.get(index);
      if (role === "constant" && data) this.buffers[index] = workspace.table(Float32Array.from(data));
      else if (role === "temporary") this.buffers[index] = workspace.scratch(elementCount(shape) * 4);
      else if (memory) this.buffers[index] = memory.buffer;
    });
    return plan.steps.map((step) => {
      const launch = kernelOf(step).prepare(step, workspace);
      return { launch, inputValues: step.inputs, outputValues: step.outputs, inputs: [], outputs: [] };
    });
  }

  private submit(): void {
    const { device } = this.gpu;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { launch, inputValues, outputValues, inputs, outputs } of this.links) {
      for (let i = 0; i < inputValues.length; i++) inputs[i] = this.buffers[inputValues[i]];
      for (let i = 0; i < outputValues.length; i++) outputs[i] = this.buffers[outputValues[i]];
      launch(pass, inputs, outputs);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  /** Outputs are as good as the inputs, the memory and the commands they come from. */
  private settle(): void {
    const { plan, last, prepared, submitted } = this;
    const causes: Outcome[] = [];
    let fine = submitted.isFine && prepared.isFine;
    for (let i = 0; i < last.length; i++) {
      const memory = last[i];
      if (memory === undefined) continue;
      const outcome = isOutput(plan, i) ? memory.allocation : memory.contents;
      fine &&= outcome.isFine;
      if (!outcome.isFine) causes.push(outcome);
    }
    const outcome = fine ? Outcome.fine : Outcome.first([...causes, prepared, submitted]);
    for (let i = 0; i < last.length; i++) {
      const memory = last[i];
      if (memory !== undefined && isOutput(plan, i)) memory.contents = outcome;
    }
  }
}

const isOutput = (plan: Plan, index: number): boolean => plan.values[index].role === "output";
