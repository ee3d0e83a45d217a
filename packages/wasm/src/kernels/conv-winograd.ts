import type { ConvStep } from "@halfband/ops";
import type { Core, SplitKernel } from "../core.ts";
import type { Launch, Selection } from "../kernel.ts";
import { outputTarget, weightView } from "./conv.ts";
import { PreparedCorrelation, type SlabVisitor } from "./conv-correlation.ts";
import {
  type Correlation,
  forwardCorrelation,
  mapTriple,
  type PackedLayout,
  product,
  stride3x3,
  type Triple,
  volumeAxes,
} from "./conv-geometry.ts";
import { PACK_NANOSECONDS, Panels, PRODUCTS_PER_NANOSECOND } from "./conv-panels.ts";
import { Tables } from "./conv-tables.ts";

/** Order of the 32-bit words of `WinogradParams` in assembly/inline/winograd.ts. */
const WinogradWord = {
  sweep: 0,
  depth: 1,
  depthStep: 2,
  terms: 3,
  transformed: 4,
  chunks: 5,
  chunkBlocks: 6,
  wide: 7,
} as const;
const WINOGRAD_WORDS = 8;

/** Tiles of 4 x 4 outputs per item, and bytes between planes, as in the kernels. */
const BLOCK = 8;
const PLANE_GAP = 64;
/** Planes of U, bytes of scratch for one of them. */
const WEIGHT_PLANES = 36;
const WEIGHT_SCRATCH_BYTES = 288 + 576;

/** The algorithm at one stride of rows and columns. */
interface Form {
  readonly stride: number;
  readonly name: string;
  readonly weights: string;
  /** Planes of V, which is how many products a tile takes, and of M. */
  readonly products: number;
  readonly sums: number;
  /** Bytes of a transform's scratch. */
  readonly scratchBytes: number;
  /** Part of the products that must be of use: tiles reach over the border, vectors over the last channel. */
  readonly leastUse: number;
}

const FORMS: readonly Form[] = [
  {
    stride: 1,
    name: "winograd4x4",
    weights: "convwinograd_weights_f32",
    products: 36,
    sums: 36,
    scratchBytes: 576,
    leastUse: 0.5,
  },
  {
    stride: 2,
    name: "winograd4x4s2",
    weights: "convwinograd_weights_s2_f32",
    products: 81,
    sums: 64,
    scratchBytes: 720,
    leastUse: 0.7,
  },
];

/** Undefined where the transforms are not. */
function formOf({ axes }: ConvStep): Form | undefined {
  const stride = stride3x3(axes);
  return FORMS.find((form) => form.stride === stride);
}

/** Packed input at a time: it stays in the second-level cache beside a block's products. */
const PACKED_BYTES = 512 << 10;

/** Threads share a slab, each in a second-level cache of its own, and join after it: longer slabs leave them less idle. */
const slabFactor = (threads: number): number => (threads > 1 ? 4 * threads : 1);

const ceil4 = (n: number): number => Math.ceil(n / 4) * 4;
const ceil8 = (n: number): number => Math.ceil(n / 8) * 8;

const tilesOf = ([slices, rows, columns]: Triple<number>): number =>
  slices * Math.ceil(rows / 4) * Math.ceil(columns / 4);

/** Channels per group, in and out, from which the transforms cost less than the products they save. */
const LEAST_CHANNELS = 8;
/** Outputs per channel: fewer may not be worth transforming weights for, where that is done on every run. */
const LEAST_OUTPUTS = 128;

/** True where Winograd was measured to be faster than the direct kernel, bound weights or not. */
export function winogradPays(step: ConvStep): boolean {
  const [inputs, outputs] = [step.inChannels / step.groups, step.outChannels / step.groups];
  const form = formOf(step);
  if (form === undefined || Math.min(inputs, outputs) < LEAST_CHANNELS) return false;
  const out = mapTriple(volumeAxes(step.axes), (axis) => axis.out);
  const use = (product(out) / (16 * tilesOf(out))) * (inputs / ceil4(inputs)) * (outputs / ceil8(outputs));
  return step.batch * product(out) >= LEAST_OUTPUTS && use >= form.leastUse;
}

/** Channels and taps along slices, in whole vectors. */
const termsOf = (step: ConvStep): number =>
  volumeAxes(step.axes)[0].kernel * ceil4(step.inChannels / step.groups);

/** Blocks of 8 output channels. */
const weightBlocks = (step: ConvStep): number => Math.ceil(step.outChannels / step.groups / 8);

/** U of one group: four times the weights. */
const transformedBytes = (step: ConvStep): number =>
  WEIGHT_PLANES * (weightBlocks(step) * termsOf(step) * 32 + PLANE_GAP);

/** Items that a slab is split into at least, where its output channels are enough for that. */
const LEAST_ITEMS = 32;
/** Blocks of output channels of an item at least: every chunk may have to transform its tiles anew. */
const LEAST_CHUNK = 8;

/** Into how many chunks of how many blocks the output channels of a block of tiles are split. */
function chunksOf(step: ConvStep, layout: PackedLayout): { chunks: number; chunkBlocks: number } {
  const blocks = weightBlocks(step);
  const wanted = Math.ceil(LEAST_ITEMS / Math.ceil(tilesOf(layout.slab) / BLOCK));
  const chunkBlocks = Math.ceil(blocks / Math.min(wanted, Math.ceil(blocks / LEAST_CHUNK)));
  return { chunks: Math.ceil(blocks / chunkBlocks), chunkBlocks };
}

/** Scratch of one call: a line of transforms, V and M. */
const blockBytes = (step: ConvStep, form: Form, chunkBlocks: number): number =>
  form.scratchBytes +
  form.products * (BLOCK * 4 * termsOf(step) + PLANE_GAP) +
  form.sums * (BLOCK * 32 * chunkBlocks + PLANE_GAP);

/** Slabs of whole slices if some fit in `budget` bytes, else of rows of one slice: whole tiles either way. */
function winogradLayout(step: ConvStep, { stride }: Form, budget: number): PackedLayout {
  const [depth, height, width] = volumeAxes(step.axes);
  const pitch = stride * ceil4(width.out) + 4;
  const rowBytes = ceil4(step.inChannels / step.groups) * pitch * 4;
  const slicesFor = (out: number): number =>
    (out - 1) * depth.stride + (depth.kernel - 1) * depth.dilation + 1;
  const fitting = (outs: number, unit: number, bytes: (out: number) => number): number => {
    let parts = 1;
    let most = outs;
    while (most > unit && bytes(most) > budget) most = Math.ceil(outs / ++parts / unit) * unit;
    return most;
  };
  const rowsFor = (out: number): number => stride * (ceil4(out) - 1) + 3;
  const sliceBytes = (rows: number): number => rowsFor(rows) * rowBytes;
  const slices = fitting(depth.out, 1, (out) => slicesFor(out) * sliceBytes(height.out));
  const rows = slices > 1 ? height.out : fitting(height.out, 4, (out) => slicesFor(1) * sliceBytes(out));
  return {
    slab: [slices, rows, width.out],
    phases: [0],
    pitch,
    rows: rowsFor(rows),
    rowBytes,
    sliceBytes: sliceBytes(rows),
    bytes: slicesFor(slices) * sliceBytes(rows),
  };
}

function formFor(step: ConvStep): Form {
  const form = formOf(step);
  if (form === undefined) throw new Error("Winograd's algorithm is not defined for this convolution.");
  return form;
}

export function selectWinograd(step: ConvStep): Selection {
  const form = formFor(step);
  const layout = winogradLayout(step, form, PACKED_BYTES);
  const scratch = blockBytes(step, form, chunksOf(step, layout).chunkBlocks);
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
  const layout = winogradLayout(step, form, packedBytes * slabFactor(core.threads));
  const target = outputTarget(step);
  const packing = "convwinograd_pack_f32";
  const prepared = new PreparedCorrelation(core, correlation, layout, [target], tables, packing, 4);
  if (step.relu) prepared.setFloor(0);
  const panels = new Panels(core, weightView(step), correlation.sweeps[0], tables);
  const { chunks, chunkBlocks } = chunksOf(step, layout);
  const weights = new WinogradWeights(step, form, core, layout, prepared, panels, tables);
  const hasBias = step.inputs.length > 2;
  const weight = bound.get(1);
  const packed = weight !== undefined && (!hasBias || bound.has(2));
  if (packed) weights.pack(weight, bound.get(2));

  const kernel = tables.split(`conv${step.axes.length}d_f32_${form.name}`, {
    itemNanoseconds: (form.products * BLOCK * termsOf(step) * chunkBlocks * 8) / PRODUCTS_PER_NANOSECOND,
    scratchBytes: blockBytes(step, form, chunkBlocks),
  });
  const inputBytes = correlation.channels * product(correlation.source) * 4;
  const outputBytes = target.channels * target.channelBytes;
  let out = 0;
  const visit: SlabVisitor = (_, __, offset, ___, extent) => {
    const items = Math.ceil(tilesOf(extent) / BLOCK) * chunks;
    kernel.run(out + offset, prepared.work, weights.params, 0, items);
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
  private readonly transform: SplitKernel;

  constructor(
    private readonly step: ConvStep,
    form: Form,
    private readonly core: Core,
    layout: PackedLayout,
    private readonly prepared: PreparedCorrelation,
    private readonly panels: Panels,
    tables: Tables,
  ) {
    const [slices] = volumeAxes(step.axes);
    const { chunks, chunkBlocks } = chunksOf(step, layout);
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
    words[WinogradWord.chunks] = chunks;
    words[WinogradWord.chunkBlocks] = chunkBlocks;
    words[WinogradWord.wide] = core.tile === "4x16" ? 1 : 0;
    this.params = tables.i32(words);
  }

  /** Packs the weight, and the bias where there is one, at these addresses. */
  pack(weight: number, bias: number | undefined): void {
    this.panels.pack(weight, bias);
    for (let group = 0; group < this.step.groups; group++) {
      this.use(group);
      const from = this.panels.panel(group, 0);
      this.transform.run(this.transformed(group), from, this.params, 0, 2 * weightBlocks(this.step));
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
