import type { ConvStep, WindowAxis } from "@halfband/ops";
import type { Core, Tile } from "../core.ts";
import type { Launch, Selection } from "../kernel.ts";
import { weightView } from "./conv.ts";
import { SWEEP_WORDS, SweepWord } from "./conv-correlation.ts";
import { forwardCorrelation, mapTriple, product, type Triple, volumeAxes } from "./conv-geometry.ts";
import { Panels, PRODUCTS_PER_NANOSECOND, tileQuads } from "./conv-panels.ts";
import { Tables } from "./conv-tables.ts";

/** Order of the 32-bit words of `PointParams` in assembly/conv-point.ts. */
const PointWord = { sweep: 0, groups: 1, groupBytes: 2, inputBytes: 3, outputBytes: 4, tiles: 5 } as const;

/** Room for a tile in the scratch, as in the kernel. */
const TILE_BYTES = 256;

const isInside = ({ kernel, stride, size, out, padBefore }: WindowAxis): boolean =>
  kernel === 1 && padBefore <= 0 && (out - 1) * stride - padBefore < size;

const isWhole = ({ stride, size, out, padBefore }: WindowAxis): boolean =>
  stride === 1 && padBefore === 0 && out === size;

/** The kernel for a single tap without padding; undefined where there is none. */
export function pointName({ axes, outChannels, groups }: ConvStep, tile: Tile): string | undefined {
  const { stride } = axes[axes.length - 1];
  if (!axes.every(isInside) || stride > 2 || outChannels === groups) return undefined;
  return `conv${axes.length}d_f32_point_${tile}${stride === 2 ? "_s2" : ""}`;
}

const scratchBytes = (step: ConvStep, tile: Tile): number =>
  TILE_BYTES + (step.inChannels / step.groups) * tileQuads(2, tile) * 16;

export const selectPoint = (step: ConvStep, kernel: string, tile: Tile): Selection => ({
  kernel,
  workspaceBytes: scratchBytes(step, tile),
});

/** All images and groups in one run. */
export function preparePoint(
  step: ConvStep,
  core: Core,
  bound: ReadonlyMap<number, number>,
  name: string,
): Launch {
  const { tile } = core;
  const tables = new Tables(core);
  const volume = volumeAxes(step.axes);
  const terms = step.inChannels / step.groups;
  const channels = step.outChannels / step.groups;
  const [sweep] = forwardCorrelation(volume, terms, step.mode).sweeps;
  const panels = new Panels(core, weightView(step), sweep, tables);
  const hasBias = step.inputs.length > 2;
  const weight = bound.get(1);
  const packed = weight !== undefined && (!hasBias || bound.has(2));
  if (packed) panels.pack(weight, bound.get(2));

  const { words, quads } = sweepOf(step, panels);
  const sweepParams = tables.i32(words);
  core.f32(sweepParams, SWEEP_WORDS)[SweepWord.floor] = step.relu ? 0 : Number.NEGATIVE_INFINITY;
  const tiles = Math.ceil(quads / tileQuads(2, tile));
  const point: number[] = [];
  point[PointWord.sweep] = sweepParams;
  point[PointWord.groups] = step.groups;
  point[PointWord.groupBytes] = panels.panel(1, 0) - panels.panel(0, 0);
  point[PointWord.inputBytes] = terms * words[SweepWord.sourceChannelBytes];
  point[PointWord.outputBytes] = channels * words[SweepWord.outChannelBytes];
  point[PointWord.tiles] = tiles;
  const params = tables.i32(point);
  const kernel = tables.split(name, {
    itemNanoseconds: (terms * 16 * tileQuads(2, tile)) / PRODUCTS_PER_NANOSECOND,
    scratchBytes: scratchBytes(step, tile),
  });
  const [slices, rows, columns] = volume;
  const start = ((slices.padBefore * rows.size + rows.padBefore) * columns.size + columns.padBefore) * -4;
  const items = step.batch * step.groups * tiles * panels.blocks;
  return {
    run(inputs, [out]) {
      if (!packed) panels.pack(inputs[1], hasBias ? inputs[2] : undefined);
      kernel.run(out, inputs[0] + start, params, 0, items);
    },
    dispose: () => tables.dispose(),
  };
}

/** The image as the kernels' packed input: one long row where it is taken whole. */
function sweepOf(step: ConvStep, panels: Panels): { words: Int32Array; quads: number } {
  const axes = volumeAxes(step.axes);
  const size = mapTriple(axes, (axis) => axis.size);
  const out = mapTriple(axes, (axis) => axis.out);
  const extent: Triple<number> = step.axes.every(isWhole) ? [1, 1, product(out)] : out;
  const words = new Int32Array(SWEEP_WORDS);
  words[SweepWord.channels] = step.inChannels / step.groups;
  words[SweepWord.sourceChannelBytes] = product(size) * 4;
  words[SweepWord.sliceStep] = axes[0].stride * size[1] * size[2] * 4;
  words[SweepWord.rowStep] = axes[1].stride * size[2] * 4;
  words[SweepWord.panels] = panels.panel(0, 0);
  words[SweepWord.panelBytes] = panels.panelBytes;
  words[SweepWord.blocks] = panels.blocks;
  words[SweepWord.outChannels] = step.outChannels / step.groups;
  words[SweepWord.outSlices] = extent[0];
  words[SweepWord.outRows] = extent[1];
  words[SweepWord.outColumns] = extent[2];
  words[SweepWord.outChannelBytes] = product(out) * 4;
  words[SweepWord.outSliceBytes] = extent[1] * extent[2] * 4;
  words[SweepWord.outRowBytes] = extent[2] * 4;
  return { words, quads: extent[0] * extent[1] * Math.ceil(extent[2] / 4) };
}
