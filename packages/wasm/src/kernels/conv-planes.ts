import type { ConvStep } from "@halfband/ops";
import type { Tile } from "../core.ts";
import type { PreparedCorrelation } from "./conv-correlation.ts";
import { type Correlation, type PackedLayout, packedLayout, product } from "./conv-geometry.ts";
import { kernelCase, type Panels, PRODUCTS_PER_NANOSECOND, tileQuads, wideBytes } from "./conv-panels.ts";
import type { Tables } from "./conv-tables.ts";

/** Order of the 32-bit words of `PlaneParams` in assembly/conv-planes.ts. */
const PlaneWord = {
  sweep: 0,
  groups: 1,
  groupBytes: 2,
  inputBytes: 3,
  outputBytes: 4,
  packItems: 5,
  items: 6,
  scratchBytes: 7,
} as const;

/** Room for the parameters of a plane before its packed input. */
const PARAMS_BYTES = 128;
/** Packed input of a plane up to which a thread packs it for itself: it stays in the second-level cache. */
const PLANE_BYTES = 256 << 10;
/** Images times groups from which planes are numerous enough to be what threads share out. */
const LEAST_PLANES = 4;

/** The layout of a whole plane, one group of one image, where planes are small and many; else undefined. */
export function planeLayout(step: ConvStep, c: Correlation, packedBytes: number): PackedLayout | undefined {
  const layout = packedLayout(c, Math.min(PLANE_BYTES, packedBytes));
  const whole = layout.slab.every((outs, axis) => outs === c.sweeps[0].out[axis]);
  return whole && layout.bytes <= PLANE_BYTES && step.batch * step.groups >= LEAST_PLANES
    ? layout
    : undefined;
}

export const planeBytes = (layout: PackedLayout): number => PARAMS_BYTES + layout.bytes;

const channelsOf = (step: ConvStep): number => step.outChannels / step.groups;

export const planesName = (step: ConvStep, tile: Tile): string =>
  `conv${step.axes.length}d_f32_planes_${kernelCase(channelsOf(step), tile)}`;

/** All planes in one run. */
export function planes(
  step: ConvStep,
  correlation: Correlation,
  layout: PackedLayout,
  prepared: PreparedCorrelation,
  panels: Panels,
  tables: Tables,
  tile: Tile,
): (x: number, y: number) => void {
  const channels = channelsOf(step);
  const out = product(correlation.sweeps[0].out);
  const { packItems, quads } = prepared.whole();
  prepared.setPanels(0, panels.panel(0, 0), panels.panelBytes, panels.blocks, channels);
  const words = [];
  words[PlaneWord.sweep] = prepared.params[0];
  words[PlaneWord.groups] = step.groups;
  words[PlaneWord.groupBytes] = panels.panel(1, 0) - panels.panel(0, 0);
  words[PlaneWord.inputBytes] = correlation.channels * product(correlation.source) * 4;
  words[PlaneWord.outputBytes] = channels * out * 4;
  words[PlaneWord.packItems] = packItems;
  words[PlaneWord.items] = Math.ceil(quads / tileQuads(channels, tile)) * panels.blocks;
  const scratch = kernelCase(channels, tile) === "4x16" ? wideBytes(panels.terms) : 0;
  words[PlaneWord.scratchBytes] = scratch;
  const params = tables.i32(words);
  const kernel = tables.split(planesName(step, tile), {
    itemNanoseconds: (out * channels * panels.terms) / PRODUCTS_PER_NANOSECOND,
    scratchBytes: planeBytes(layout) + scratch,
  });
  return (x, y) => kernel.run(y, x, params, 0, step.batch * step.groups);
}
