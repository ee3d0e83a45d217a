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
  private readonly workspace: Workspace;
  private readonly buffers: GPUBuffer[] = [];
  private readonly links: readonly Link[];
  /** Whether pipelines, tables and scratch could be made. */
  private readonly prepared: Outcome;
  /** The memories of the last run: with the same ones, no command can be refused that was not before. */
  private readonly last: (Memory | undefined)[];

  constructor(
    private readonly gpu: Gpu,
    private readonly plan: Plan,
    bound: ReadonlyMap<number, Memory>,
  ) {
    this.workspace = new Workspace(gpu);
    this.last = plan.values.map((_, index) => bound.get(index));
    let links: readonly Link[] = [];
    try {
      const outcome = gpu.guarded(() => {
        links = this.build(bound);
      });
      this.prepared = Outcome.first([this.workspace.allocation, outcome]);
    } catch (error) {
      this.workspace.dispose();
      throw error;
    }
    this.links = links;
  }

  run(buffers: readonly Buffer[]): void {
    const { gpu } = this;
    gpu.assertAlive();
    const memories = buffers as readonly (Memory | undefined)[];
    if (memories.every((memory, i) => memory === undefined || memory === this.last[i])) {
      this.submit();
      this.settle(Outcome.fine);
      return;
    }
    memories.forEach((memory, i) => {
      if (memory === undefined) return;
      this.last[i] = memory;
      this.buffers[i] = memory.buffer;
    });
    this.settle(gpu.guarded(() => this.submit()));
  }

  dispose(): void {
    this.workspace.dispose();
  }

  private build(bound: ReadonlyMap<number, Memory>): Link[] {
    const { plan, workspace } = this;
    const fixed = new Map<number, GPUBuffer>();
    plan.values.forEach(({ role, shape, data }, index) => {
      const memory = bound.get(index);
      if (role === "constant" && data) this.buffers[index] = workspace.table(Float32Array.from(data));
      else if (role === "temporary") this.buffers[index] = workspace.scratch(elementCount(shape) * 4);
      else if (memory) this.buffers[index] = memory.buffer;
      if (role === "constant" || memory) fixed.set(index, this.buffers[index]);
    });
    return plan.steps.map((step) => {
      const known = new Map<number, GPUBuffer>();
      step.inputs.forEach((value, position) => {
        const buffer = fixed.get(value);
        if (buffer) known.set(position, buffer);
      });
      const launch = kernelOf(step).prepare(step, workspace, known);
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
  private settle(submitted: Outcome): void {
    const { plan, last, prepared } = this;
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
