import type { Step } from "@halfband/ops";
import type { Build, Core, Precision, Tile } from "./core.ts";

/** The kernel chosen for a step. `kernel` is the exported function's name without the instruction set. */
export interface Selection {
  readonly kernel: string;
  /** Scratch bytes it needs while it runs. */
  readonly workspaceBytes: number;
  /** Planes share work, and how a plane's results are rounded depends on those beside it. */
  readonly joinsPlanes?: boolean;
}

/**
 * The host side of one kernel family: chooses the kernel of a step, packs its parameters and tables, launches it.
 * `Extract<Step, { family: "maxpool" }>` is the step type of a family.
 */
export interface KernelFamily<S extends Step> {
  readonly family: S["family"];
  /** Which kernel on a core of this precision (`auto` if not given), build and tile, without touching memory. */
  select(step: S, precision?: Precision, build?: Build, tile?: Tile): Selection;
  /**
   * Packs parameters and tables into the core's memory. `bound` holds the addresses of inputs (by position in
   * `step.inputs`) that stay the same for every run, so that weights can be packed once.
   */
  prepare(step: S, core: Core, bound: ReadonlyMap<number, number>): Launch;
}

/** A prepared step. It owns what `prepare` allocated, until `dispose`. */
export interface Launch {
  /** Runs on data at these addresses, in the order of the step's inputs and outputs. Allocates nothing. */
  run(inputs: readonly number[], outputs: readonly number[]): void;
  readonly intake?: LaunchIntake | undefined;
  dispose(): void;
}

/** `Intake` of `@halfband/ops` for a step of one input. */
export interface LaunchIntake {
  readonly elements: number;
  take(inputs: readonly number[], outputs: readonly number[], element: number): void;
  finish(inputs: readonly number[], outputs: readonly number[]): void;
}
