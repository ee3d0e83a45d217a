import type { Step } from "@halfband/ops";
import type { Workspace } from "./workspace.ts";

/** How a shader uses binding i of group 0: a uniform, or a storage buffer that it reads or also writes. */
export type Binding = "uniform" | "read" | "write";

/**
 * One compute shader. Its entry point is `main`; what differs between uses are `override` constants (chosen when
 * the pipeline is made) and a uniform of parameters, never the text. Written for Tint and naga alike.
 */
export interface Shader {
  /** Unique; caches go by it. */
  readonly name: string;
  readonly code: string;
  /** Binding i of group 0, all of them used by the shader. */
  readonly bindings: readonly Binding[];
}

export interface DispatchOptions {
  /** Values of the shader's `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /**
   * Workgroups per dimension, or a number of invocations for shaders that find their place with `linearIndex`
   * (see wgsl.ts); those must return early beyond it.
   */
  readonly size: number | readonly [x: number, y: number, z: number];
}

/** A tensor's buffer, or a part of it (offset a multiple of 256 bytes). */
export type Bound = GPUBuffer | GPUBufferBinding;

/** The kernel chosen for a step, or why there is none. */
export type Selection =
  | {
      /** The kernel's name without the instruction set, e.g. `maxpool2d_f32`. */
      readonly kernel: string;
      /** Scratch bytes that live as long as the prepared step. */
      readonly workspaceBytes: number;
      /** True where the family binds no tensor beyond the device's limit, since it cuts them into slabs (slabs.ts). */
      readonly slabs?: boolean;
    }
  | { readonly reason: string };

/** Bytes that one buffer and one binding may have on this device. */
export interface Limits {
  readonly bufferBytes: number;
  readonly bindingBytes: number;
}

/** Records the step's dispatches; buffers come in the order of its inputs and outputs. Allocates no memory on the GPU. */
export type Launch<B extends Bound = GPUBuffer> = (
  pass: GPUComputePassEncoder,
  inputs: readonly B[],
  outputs: readonly B[],
) => void;

/**
 * The host side of one kernel family: chooses the kernel of a step, uploads its parameters and tables, records
 * its dispatches. `Extract<Step, { family: "maxpool" }>` is the step type of a family.
 *
 * @example
 * export const region: KernelFamily<RegionStep> = {
 *   family: "region",
 *   select: (step) => ({ kernel: `region${step.axes.length}d_f32`, workspaceBytes: 0 }),
 *   prepare(step, workspace) {
 *     const params = workspace.uniform([...words, floatBits(0.5)]);   // freed with the plan, as all of the workspace
 *     const dispatch = workspace.dispatch(shader, { size: outputs }); // pipeline from the cache
 *     return (pass, [x], [y]) => dispatch(pass, [params, x, y]);      // in the order of shader.bindings
 *   },
 * };
 *
 * Dispatches of one launch see each other's writes, in order. One dispatch must not bind a buffer both as read and
 * as write. Every output element has to be written: buffers begin with undefined contents.
 */
export interface KernelFamily<S extends Step> {
  readonly family: S["family"];
  /** Which kernel, without touching memory. */
  select(step: S, limits: Limits): Selection;
  /** Puts tables, parameters and scratch into the workspace, which owns them. */
  prepare(step: S, workspace: Workspace): Launch;
}
