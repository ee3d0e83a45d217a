import type { ConvStep } from "@halfband/ops";
import type { Core, Kernel } from "../core.ts";
import type { Launch, Selection } from "../kernel.ts";
import { outputTarget, weightView } from "./conv.ts";
import { PreparedCorrelation, type SlabVisitor } from "./conv-correlation.ts";
import {
  forwardCorrelation,
  mapTriple,
  type PackedLayout,
  product,
  type Triple,
  volumeAxes,
} from "./conv-geometry.ts";
import { Panels, PRODUCTS_PER_CALL } from "./conv-panels.ts";
import { Tables } from "./conv-tables.ts";

/** Order of the 32-bit words of `WinogradParams` in assembly/inline/winograd.ts. */
const WinogradWord = { sweep: 0, depth: 1, depthStep: 2, terms: 3, transformed: 4 } as const;
const WINOGRAD_WORDS = 5;

/** Tiles of 4 x 4 outputs per item, bytes of a transform's scratch, and between planes, as in the kernel. */
const BLOCK = 8;
const SCRATCH_BYTES = 576;
const PLANE_GAP = 64;

/** Packed input at a time: it stays in the second-level cache beside a block's products. */
const PACKED_BYTES = 512 << 10;

const ceil4 = (n: number): number => Math.ceil(n / 4) * 4;
const ceil8 = (n: number): number => Math.ceil(n / 8) * 8;

const tilesOf = ([slices, rows, columns]: Triple<number>): number =>
  slices * Math.ceil(rows / 4) * Math.ceil(columns / 4);

/** True where the transforms are defined: rows and columns have 3 taps side by side and move by 1. */
function applies({ axes }: ConvStep): boolean {
  const plane = axes.slice(-2);
  return (
    plane.length === 2 &&
    plane.every(({ kernel, stride, dilation }) => kernel === 3 && stride === 1 && dilation === 1)
  );
}

/** Channels per group, in and out, from which the transforms cost less than the products they save. */
const LEAST_CHANNELS = 16;
/** Outputs per channel: fewer may not be worth transforming weights for, where that is done on every run. */
const LEAST_OUTPUTS = 128;
/** Part of the products that must be of use: tiles reach over the border, vectors over the last channel. */
const LEAST_USE = 0.5;

/** True where Winograd was measured to be faster than the direct kernel, bound weights or not. */
export function winogradPays(step: ConvStep): boolean {
  const [inputs, outputs] = [step.inChannels / step.groups, step.outChannels / step.groups];
  if (!applies(step) || Math.min(inputs, outputs) < LEAST_CHANNELS) return false;
  const out = mapTriple(volumeAxes(step.axes), (axis) => axis.out);
  const use = (product(out) / (16 * tilesOf(out))) * (inputs / ceil4(inputs)) * (outputs / ceil8(outputs));
  return step.batch * product(out) >= LEAST_OUTPUTS && use >= LEAST_USE;
}

/** Channels and taps along slices, in whole vectors. */
const termsOf = (step: ConvStep): number =>
  volumeAxes(step.axes)[0].kernel * ceil4(step.inChannels / step.groups);

/** Blocks of 8 output channels. */
const weightBlocks = (step: ConvStep): number => Math.ceil(step.outChannels / step.groups / 8);

/** U of one group: four times the weights. */
const transformedBytes = (step: ConvStep): number =>
  36 * (weightBlocks(step) * termsOf(step) * 32 + PLANE_GAP);

/** Scratch of one call: a line of transforms, V and M. */
const blockBytes = (step: ConvStep): number =>
  SCRATCH_BYTES + 36 * (BLOCK * 4 * (termsOf(step) + 8 * weightBlocks(step)) + 2 * PLANE_GAP);

/** Slabs of whole slices if some fit in `budget` bytes, else of rows of one slice: whole tiles either way. */
function winogradLayout(step: ConvStep, budget: number): PackedLayout {
  const [depth, height, width] = volumeAxes(step.axes);
  const pitch = ceil4(width.out) + 4;
  const rowBytes = ceil4(step.inChannels / step.groups) * pitch * 4;
  const slicesFor = (out: number): number =>
    (out - 1) * depth.stride + (depth.kernel - 1) * depth.dilation + 1;
  const fitting = (outs: number, unit: number, bytes: (out: number) => number): number => {
    let parts = 1;
    let most = outs;
    while (most > unit && bytes(most) > budget) most = Math.ceil(outs / ++parts / unit) * unit;
    return most;
  };
  const sliceBytes = (rows: number): number => (ceil4(rows) + 2) * rowBytes;
  const slices = fitting(depth.out, 1, (out) => slicesFor(out) * sliceBytes(height.out));
  const rows = slices > 1 ? height.out : fitting(height.out, 4, (out) => slicesFor(1) * sliceBytes(out));
  return {
    slab: [slices, rows, width.out],
    phases: [0],
    pitch,
    rows: ceil4(rows) + 2,
    rowBytes,
    sliceBytes: sliceBytes(rows),
    bytes: slicesFor(slices) * sliceBytes(rows),
  };
}

export const selectWinograd = (step: ConvStep): Selection => ({
  kernel: `conv${step.axes.length}d_f32_winograd4x4`,
  workspaceBytes:
    winogradLayout(step, PACKED_BYTES).bytes + blockBytes(step) + step.groups * transformedBytes(step),
});

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
  const correlation = forwardCorrelation(volumeAxes(step.axes), step.inChannels / step.groups, step.mode);
  const layout = winogradLayout(step, packedBytes);
  const target = outputTarget(step);
  const packing = "convwinograd_pack_f32";
  const prepared = new PreparedCorrelation(core, correlation, layout, [target], tables, packing);
  if (step.relu) prepared.setFloor(0);
  const panels = new Panels(core, weightView(step), correlation.sweeps[0], tables);
  const weights = new WinogradWeights(step, core, layout, prepared, panels, tables);
  const hasBias = step.inputs.length > 2;
  const weight = bound.get(1);
  const packed = weight !== undefined && (!hasBias || bound.has(2));
  if (packed) weights.pack(weight, bound.get(2));

  const kernel = core.kernel(`conv${step.axes.length}d_f32_winograd4x4`);
  const work = tables.reserve(blockBytes(step));
  const inputBytes = correlation.channels * product(correlation.source) * 4;
  const outputBytes = target.channels * target.channelBytes;
  const blocksPerCall = Math.ceil(PRODUCTS_PER_CALL / (36 * BLOCK * termsOf(step) * weightBlocks(step) * 8));
  let out = 0;
  const visit: SlabVisitor = (_, __, offset, ___, extent) => {
    const blocks = Math.ceil(tilesOf(extent) / BLOCK);
    for (let begin = 0; begin < blocks; begin += blocksPerCall) {
      const end = Math.min(begin + blocksPerCall, blocks);
      kernel(out + offset, prepared.work, weights.params, work, begin, end);
    }
  };
  return {
    run(inputs, outputs) {
      if (!packed) weights.pack(inputs[1], hasBias ? inputs[2] : undefined);
      for (let plane = 0; plane < step.batch * step.groups; plane++) {
        out = outputs[0] + plane * outputBytes;
        weights.use(plane % step.groups);
        prepared.run(inputs[0] + plane * inputBytes, visit);
      }
    },
    dispose: () => tables.dispose(),
  };
}

/** The weights of every group, transformed, and as panels for what has to be summed directly. */
class WinogradWeights {
  readonly params: number;
  private readonly address: number;
  private readonly groupBytes: number;
  private readonly work: number;
  private readonly transform: Kernel;

  constructor(
    private readonly step: ConvStep,
    private readonly core: Core,
    layout: PackedLayout,
    private readonly prepared: PreparedCorrelation,
    private readonly panels: Panels,
    tables: Tables,
  ) {
    const [slices] = volumeAxes(step.axes);
    this.transform = core.kernel("convwinograd_weights_f32");
    this.groupBytes = transformedBytes(step);
    this.address = tables.reserve(step.groups * this.groupBytes);
    this.work = tables.reserve(SCRATCH_BYTES);
    const words = [];
    words[WinogradWord.sweep] = prepared.params[0];
    words[WinogradWord.depth] = slices.kernel;
    words[WinogradWord.depthStep] = slices.dilation * layout.sliceBytes;
    words[WinogradWord.terms] = termsOf(step);
    words[WinogradWord.transformed] = 0;
    this.params = tables.i32(words);
  }

  /** Packs the weight, and the bias where there is one, at these addresses. */
  pack(weight: number, bias: number | undefined): void {
    this.panels.pack(weight, bias);
    for (let group = 0; group < this.step.groups; group++) {
      this.use(group);
      const from = this.panels.panel(group, 0);
      this.transform(this.transformed(group), from, this.params, this.work, 0, 2 * weightBlocks(this.step));
    }
  }

  /** Points the kernel at the weights of a group. */
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

  private transformed(group: number): number {
    return this.address + group * this.groupBytes;
  }
}
