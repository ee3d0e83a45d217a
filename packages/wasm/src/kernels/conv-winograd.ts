import type { ConvStep } from "@halfband/ops";
import type { Build, Core, Precision, SplitKernel } from "../core.ts";
import type { Launch, Selection } from "../kernel.ts";
import { outputTarget, weightView } from "./conv.ts";
import { PreparedCorrelation, type Slab } from "./conv-correlation.ts";
import {
  type Correlation,
  forwardCorrelation,
  type PackedLayout,
  type Triple,
  volumeAxes,
} from "./conv-geometry.ts";
import { PACK_NANOSECONDS, Panels, PRODUCTS_PER_NANOSECOND } from "./conv-panels.ts";
import { ownSlabs } from "./conv-slabs.ts";
import { Tables } from "./conv-tables.ts";
import { launchTiles, type TileWeights, type Tiling } from "./conv-tiled.ts";
import {
  type Blocks,
  blockBytes,
  blocksOf,
  type Form,
  formFor,
  termsOf,
  tilesOf,
  transformedBytes,
  WEIGHT_PLANES,
  weightBlocks,
  winogradLayout,
} from "./conv-winograd-form.ts";

/** Order of the 32-bit words of `WinogradParams` in assembly/inline/winograd.ts. */
const WinogradWord = {
  sweep: 0,
  depth: 1,
  depthStep: 2,
  terms: 3,
  transformed: 4,
  block: 5,
  chunks: 6,
  chunkBlocks: 7,
  ringFirst: 8,
  ringBytes: 9,
  wide: 10,
} as const;
const WINOGRAD_WORDS = 11;

/** Bytes of scratch for a transformed weight. */
const WEIGHT_SCRATCH_BYTES = 288 + 576;

/** Packed input at a time: it stays in the second-level cache beside a block's products. */
const PACKED_BYTES = 512 << 10;

/** Threads share a slab, each in a second-level cache of its own, and join after it: longer slabs leave them less idle. */
const slabFactor = (threads: number): number => (threads > 1 ? 4 * threads : 1);

export function selectWinograd(step: ConvStep, _?: Precision, build: Build = "simd"): Selection {
  const form = formFor(step);
  const layout = winogradLayout(step, form, PACKED_BYTES);
  const scratch = blockBytes(step, form, blocksOf(step, form, layout, build));
  return {
    kernel: `conv${step.axes.length}d_f32_${form.name}`,
    workspaceBytes: layout.bytes + scratch + step.groups * transformedBytes(step),
  };
}

/** The correlation with every column packed, whatever the stride. */
function columnwise(step: ConvStep): Correlation {
  const correlation = forwardCorrelation(volumeAxes(step.axes), step.inChannels / step.groups, step.mode);
  const [slices, rows, columns] = correlation.axes;
  return { ...correlation, axes: [slices, rows, { ...columns, stride: 1 }] };
}

/**
 * For groups of 2 output channels or more, with at most about `packedBytes` of packed input at a time; one row of tiles
 * is the least it works with.
 */
export function prepareWinograd(
  step: ConvStep,
  core: Core,
  bound: ReadonlyMap<number, number>,
  packedBytes = PACKED_BYTES,
): Launch {
  const tables = new Tables(core);
  const form = formFor(step);
  const correlation = columnwise(step);
  const layoutWithin = (bytes: number) => winogradLayout(step, form, bytes);
  const own = ownSlabs(step, correlation, core, packedBytes, layoutWithin);
  const layout = own ?? layoutWithin(packedBytes * slabFactor(core.threads));
  const target = outputTarget(step);
  const packing = "convwinograd_pack_f32";
  const prepared = new PreparedCorrelation(core, correlation, layout, [target], tables, packing, 4);
  if (step.relu) prepared.setFloor(0);
  const panels = new Panels(core, weightView(step), correlation.sweeps[0], tables);
  const blocks = blocksOf(step, form, layout, core.build);
  const { block, chunks, chunkBlocks } = blocks;
  const inRing = own === undefined && windowsShare(step, layout);
  const options = {
    itemNanoseconds: (form.products * block * termsOf(step) * chunkBlocks * 8) / PRODUCTS_PER_NANOSECOND,
    scratchBytes: blockBytes(step, form, blocks),
  };
  const tiling: Tiling = {
    correlation,
    layout,
    prepared,
    weights: new WinogradWeights(step, form, core, layout, blocks, inRing, prepared, panels, tables),
    kernel: `conv${step.axes.length}d_f32_${form.name}`,
    options,
    items: (extent) => Math.ceil(tilesOf(extent) / block) * chunks,
    ownSlabs: own !== undefined,
    inRing,
  };
  return launchTiles(step, tiling, bound, tables);
}

/** True where slabs have one slice each whose windows share some of what is packed. */
function windowsShare({ axes }: ConvStep, { slab, bytes, sliceBytes }: PackedLayout): boolean {
  const [depth] = volumeAxes(axes);
  return slab[0] === 1 && depth.out > 1 && depth.stride < bytes / sliceBytes;
}

/** The weights of every group, transformed, and as panels for what has to be summed directly. */
class WinogradWeights implements TileWeights {
  readonly params: number;
  private readonly address: number;
  private readonly groupBytes: number;
  private readonly transform: SplitKernel;

  constructor(
    private readonly step: ConvStep,
    form: Form,
    private readonly core: Core,
    private readonly layout: PackedLayout,
    { block, chunks, chunkBlocks }: Blocks,
    private readonly inRing: boolean,
    private readonly prepared: PreparedCorrelation,
    private readonly panels: Panels,
    private readonly tables: Tables,
  ) {
    const [slices] = volumeAxes(step.axes);
    this.transform = tables.split(form.weights, {
      itemNanoseconds: WEIGHT_PLANES * termsOf(step) * 4 * PACK_NANOSECONDS,
      scratchBytes: WEIGHT_SCRATCH_BYTES,
    });
    this.groupBytes = transformedBytes(step);
    this.address = tables.reserve(step.groups * this.groupBytes);
    const words = [];
    words[WinogradWord.sweep] = prepared.params[0];
    words[WinogradWord.depth] = slices.kernel;
    words[WinogradWord.depthStep] = slices.dilation * layout.sliceBytes;
    words[WinogradWord.terms] = termsOf(step);
    words[WinogradWord.transformed] = 0;
    words[WinogradWord.block] = block;
    words[WinogradWord.chunks] = chunks;
    words[WinogradWord.chunkBlocks] = chunkBlocks;
    words[WinogradWord.ringFirst] = 0;
    words[WinogradWord.ringBytes] = layout.bytes;
    words[WinogradWord.wide] = core.tile === "4x16" ? 1 : 0;
    this.params = tables.i32(words);
  }

  pack(weight: number, bias: number | undefined): void {
    this.panels.pack(weight, bias);
    for (let group = 0; group < this.step.groups; group++) {
      this.use(group);
      const from = this.panels.panel(group, 0);
      this.transform.run(this.transformed(group), from, this.params, 0, 2 * weightBlocks(this.step));
    }
  }

  use(group: number): void {
    const { panels, step } = this;
    this.prepared.setPanels(
      0,
      panels.panel(group, 0),
      panels.panelBytes,
      panels.blocks,
      step.outChannels / step.groups,
    );
    this.core.i32(this.params, WINOGRAD_WORDS)[WinogradWord.transformed] = this.transformed(group);
  }

  /** In the ring, points the kernel at the window of the slab's slice. */
  turnTo(_: Triple<number>, [slice]: Triple<number>): void {
    if (!this.inRing) return;
    const { bytes, sliceBytes } = this.layout;
    const [{ stride }] = volumeAxes(this.step.axes);
    this.core.i32(this.params, WINOGRAD_WORDS)[WinogradWord.ringFirst] =
      (slice * stride * sliceBytes) % bytes;
  }

  copyFor({ sweep }: Slab): number {
    const words = this.core.i32(this.params, WINOGRAD_WORDS).slice();
    words[WinogradWord.sweep] = sweep;
    return this.tables.i32(words);
  }

  private transformed(group: number): number {
    return this.address + group * this.groupBytes;
  }
}
