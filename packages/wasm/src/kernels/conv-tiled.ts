import type { ConvStep } from "@halfband/ops";
import type { SplitOptions } from "../core.ts";
import type { Launch } from "../kernel.ts";
import { outputTarget } from "./conv.ts";
import type { PreparedCorrelation, Slab, SlabVisitor } from "./conv-correlation.ts";
import { type Correlation, type PackedLayout, product, type Triple } from "./conv-geometry.ts";
import { convolveSlabs } from "./conv-slabs.ts";
import type { Tables } from "./conv-tables.ts";

/** The transformed weights of all groups, and the parameters of the kernel that takes them. */
export interface TileWeights {
  readonly params: number;
  /** Transforms the weight, with the bias where there is one, at these addresses. */
  pack(weight: number, bias: number | undefined): void;
  /** Points the kernel at the weights of a group. */
  use(group: number): void;
  /** Points the kernel at a slab of so many windows from `origin` on. */
  turnTo(extent: Triple<number>, origin: Triple<number>): void;
  /** Parameters for a slab of its own, at the weights in use. */
  copyFor(slab: Slab): number;
}

/** A convolution by transforms of tiles, ready to run. */
export interface Tiling {
  readonly correlation: Correlation;
  readonly layout: PackedLayout;
  readonly prepared: PreparedCorrelation;
  readonly weights: TileWeights;
  readonly kernel: string;
  readonly options: Required<Omit<SplitOptions, "work">>;
  /** Items of the kernel in a slab of so many windows. */
  items(extent: Triple<number>): number;
  /** Threads pack the slabs of the layout for themselves (`ownSlabs`). */
  readonly ownSlabs: boolean;
  /** Slabs have one slice each and share what is packed (`PreparedCorrelation.runInRing`). */
  readonly inRing?: boolean;
}

/** Runs a convolution in tiles. Weights that are bound are transformed now, others in every run. */
export function launchTiles(
  step: ConvStep,
  tiling: Tiling,
  bound: ReadonlyMap<number, number>,
  tables: Tables,
): Launch {
  const { weights } = tiling;
  const hasBias = step.inputs.length > 2;
  const weight = bound.get(1);
  const packed = weight !== undefined && (!hasBias || bound.has(2));
  if (packed) weights.pack(weight, bound.get(2));
  const convolve = tiling.ownSlabs ? inOwnSlabs(step, tiling, tables) : inSharedSlabs(step, tiling, tables);
  return {
    run(inputs, outputs) {
      if (!packed) weights.pack(inputs[1], hasBias ? inputs[2] : undefined);
      convolve(inputs[0], outputs[0]);
    },
    dispose: () => tables.dispose(),
  };
}

type Convolve = (x: number, y: number) => void;

function inOwnSlabs(step: ConvStep, tiling: Tiling, tables: Tables): Convolve {
  const { correlation, layout, prepared, weights, kernel: name, options, items } = tiling;
  weights.use(0);
  const params = (slab: Slab) => weights.copyFor(slab);
  const kernel = { name, options, params, items: ({ extent }: Slab) => items(extent) };
  return convolveSlabs(step, correlation, layout, prepared, kernel, tables);
}

function inSharedSlabs(step: ConvStep, tiling: Tiling, tables: Tables): Convolve {
  const { correlation, prepared, weights, options, items, inRing } = tiling;
  const kernel = tables.split(tiling.kernel, options);
  const target = outputTarget(step);
  const inputBytes = correlation.channels * product(correlation.source) * 4;
  const outputBytes = target.channels * target.channelBytes;
  let out = 0;
  const visit: SlabVisitor = (_, __, offset, ___, extent, origin) => {
    weights.turnTo(extent, origin);
    kernel.run(out + offset, prepared.work, weights.params, 0, items(extent));
  };
  return (x, y) => {
    for (let plane = 0; plane < step.batch * step.groups; plane++) {
      out = y + plane * outputBytes;
      weights.use(plane % step.groups);
      const input = x + plane * inputBytes;
      if (inRing) prepared.runInRing(input, visit);
      else prepared.run(input, visit);
    }
  };
}
