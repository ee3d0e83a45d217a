// Winograd's algorithm for 3 x 3: where it is defined and pays, and the sizes it works in.
import type { ConvStep } from "@halfband/ops";
import type { Build } from "../core.ts";
import {
  mapTriple,
  type PackedLayout,
  product,
  stride3x3,
  type Triple,
  volumeAxes,
} from "./conv-geometry.ts";

/** Bytes between planes of V and tiles of M, as in the kernels. */
const PLANE_GAP = 64;
/** Planes of U. */
export const WEIGHT_PLANES = 36;

/** The algorithm at one stride of rows and columns. */
export interface Form {
  readonly stride: number;
  readonly name: string;
  readonly weights: string;
  /** Planes of V, which is how many products a tile takes, and of M. */
  readonly products: number;
  readonly sums: number;
  /** Bytes of a tile's columns, transformed. */
  readonly lineBytes: number;
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
    lineBytes: 576,
    leastUse: 0.5,
  },
  {
    stride: 2,
    name: "winograd4x4s2",
    weights: "convwinograd_weights_s2_f32",
    products: 81,
    sums: 64,
    lineBytes: 720,
    leastUse: 0.7,
  },
];

/** Undefined where the transforms are not. */
function formOf({ axes }: ConvStep): Form | undefined {
  const stride = stride3x3(axes);
  return FORMS.find((form) => form.stride === stride);
}

const ceil2 = (n: number): number => Math.ceil(n / 2) * 2;
const ceil4 = (n: number): number => Math.ceil(n / 4) * 4;
const ceil8 = (n: number): number => Math.ceil(n / 8) * 8;

export const tilesOf = ([slices, rows, columns]: Triple<number>): number =>
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
export const termsOf = (step: ConvStep): number =>
  volumeAxes(step.axes)[0].kernel * ceil4(step.inChannels / step.groups);

/** Blocks of 8 output channels. */
export const weightBlocks = (step: ConvStep): number => Math.ceil(step.outChannels / step.groups / 8);

/** U of one group: four times the weights. */
export const transformedBytes = (step: ConvStep): number =>
  WEIGHT_PLANES * weightBlocks(step) * termsOf(step) * 32;

/** Items that a slab is split into at least, where its output channels are enough for that. */
const LEAST_ITEMS = 32;
/** Blocks of output channels of an item at least: every chunk may have to transform its tiles anew. */
const LEAST_CHUNK = 8;

/** How the tiles and output channels of a slab are worked on. */
export interface Blocks {
  /** Tiles at a time. */
  readonly block: number;
  /** Into how many chunks of how many blocks of 8 their output channels are split. */
  readonly chunks: number;
  readonly chunkBlocks: number;
}

/** Transformed weights from which they are read often enough for larger blocks of tiles at stride 1. */
const LARGE_WEIGHTS = 1 << 20;

export function blocksOf(step: ConvStep, form: Form, layout: PackedLayout, build: Build): Blocks {
  const isLarge = form.stride === 1 && transformedBytes(step) >= LARGE_WEIGHTS;
  // The relaxed kernels take 6 tiles at once, the others 4.
  const block = isLarge ? 16 : build === "relaxed" ? 12 : 8;
  const blocks = weightBlocks(step);
  const wanted = Math.ceil(LEAST_ITEMS / Math.ceil(tilesOf(layout.slab) / block));
  const chunkBlocks = ceil2(blocks / Math.min(wanted, Math.ceil(blocks / LEAST_CHUNK)));
  return { block, chunks: Math.ceil(blocks / chunkBlocks), chunkBlocks };
}

/** Bytes of a tile's place, and of its sums in one plane for a group of output channels, as in the kernels. */
const PLACE_BYTES = 16;
const GROUP_BYTES = 64;

/** Scratch of one call: places, lines of transforms, V and M. */
export const blockBytes = (step: ConvStep, form: Form, { block }: Blocks): number =>
  block * (PLACE_BYTES + form.lineBytes) +
  form.products * (block * 4 * termsOf(step) + PLANE_GAP) +
  block * (form.sums * GROUP_BYTES + PLANE_GAP);

/** Slabs of whole slices if some fit in `budget` bytes, else of rows of one slice: whole tiles either way. */
export function winogradLayout(step: ConvStep, { stride }: Form, budget: number): PackedLayout {
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

export function formFor(step: ConvStep): Form {
  const form = formOf(step);
  if (form === undefined) throw new Error("Winograd's algorithm is not defined for this convolution.");
  return form;
}
