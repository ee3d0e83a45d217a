import type { ConvStep } from "@halfband/ops";
import type { Build, Tile } from "../core.ts";
import type { KernelFamily } from "../kernel.ts";
import { PreparedCorrelation, type SlabVisitor, type SweepTarget } from "./conv-correlation.ts";
import { depthwiseBytes, depthwiseName, prepareDepthwise } from "./conv-depthwise.ts";
import { fewPays, prepareFew, selectFew } from "./conv-few.ts";
import {
  type Correlation,
  forwardCorrelation,
  mapTriple,
  packedLayout,
  product,
  volumeAxes,
} from "./conv-geometry.ts";
import { kernelCase, Panels, TileKernel, type WeightView, wideBytes } from "./conv-panels.ts";
import { planeBytes, planeLayout, planes, planesName } from "./conv-planes.ts";
import { pointName, preparePoint, selectPoint } from "./conv-point.ts";
import { RowsKernel, rowsName } from "./conv-rows.ts";
import { Tables } from "./conv-tables.ts";
import { prepareWinograd, selectWinograd } from "./conv-winograd.ts";
import { winogradPays } from "./conv-winograd-form.ts";

/** Packed input at a time: a few windows of usual layers, well within the last-level cache. */
const PACKED_BYTES = 4 << 20;

const groupChannels = (step: ConvStep): number => step.outChannels / step.groups;

/** Products in the sum of an output. */
const termsOf = ({ inChannels, groups, axes }: ConvStep): number =>
  axes.reduce((terms, { kernel }) => terms * kernel, inChannels / groups);

const correlationOf = (step: ConvStep): Correlation =>
  forwardCorrelation(volumeAxes(step.axes), step.inChannels / step.groups, step.mode);

/** Scratch that tiles take beside the packed input. */
const tileBytes = (step: ConvStep, tile: Tile): number =>
  kernelCase(groupChannels(step), tile) === "4x16" ? wideBytes(termsOf(step)) : 0;

/** Whole rows are faster where a product and a sum are one instruction. */
const fewIsFaster = (step: ConvStep, build?: Build): boolean =>
  fewPays(step) && !(build === "relaxed" && rowsName(step));

/** The family with at most about `packedBytes` of packed input at a time; one window is the least it works with. */
export const convFamilyWithin = (packedBytes: number): KernelFamily<ConvStep> => ({
  family: "conv",

  select(step, precision, build, tile = "4x8") {
    if (precision !== "highest") {
      if (winogradPays(step)) return selectWinograd(step, precision, build);
      if (fewIsFaster(step, build)) return selectFew(step);
    }
    const depthwise = depthwiseName(step);
    if (depthwise) return { kernel: depthwise, workspaceBytes: depthwiseBytes(step) };
    const point = pointName(step, tile);
    if (point) return selectPoint(step, point, tile);
    const correlation = correlationOf(step);
    const plane = planeLayout(step, correlation, packedBytes);
    const scratch = tileBytes(step, tile);
    if (plane) return { kernel: planesName(step, tile), workspaceBytes: planeBytes(plane) + scratch };
    const packed = packedLayout(correlation, packedBytes).bytes;
    const rows = rowsName(step);
    if (rows) return { kernel: rows, workspaceBytes: packed };
    return {
      kernel: `conv${step.axes.length}d_f32_${kernelCase(groupChannels(step), tile)}`,
      workspaceBytes: packed + scratch,
    };
  },

  prepare(step, core, bound) {
    if (core.precision !== "highest") {
      if (winogradPays(step)) return prepareWinograd(step, core, bound);
      if (fewIsFaster(step, core.build)) return prepareFew(step, core, bound);
    }
    const depthwise = depthwiseName(step);
    if (depthwise) return prepareDepthwise(step, core, depthwise);
    const point = pointName(step, core.tile);
    if (point) return preparePoint(step, core, bound, point);
    const tables = new Tables(core);
    const correlation = correlationOf(step);
    const plane = planeLayout(step, correlation, packedBytes);
    const layout = plane ?? packedLayout(correlation, packedBytes);
    const prepared = new PreparedCorrelation(core, correlation, layout, [outputTarget(step)], tables);
    if (step.relu) prepared.setFloor(0);
    const panels = new Panels(core, weightView(step), correlation.sweeps[0], tables);
    const hasBias = step.inputs.length > 2;
    const weight = bound.get(1);
    const packed = weight !== undefined && (!hasBias || bound.has(2));
    if (packed) panels.pack(weight, bound.get(2));
    const convolve = plane
      ? planes(step, correlation, plane, prepared, panels, tables, core.tile)
      : convolution(step, prepared, panels, tables, core.tile);
    return {
      run(inputs, outputs) {
        if (!packed) panels.pack(inputs[1], hasBias ? inputs[2] : undefined);
        convolve(inputs[0], outputs[0]);
      },
      dispose: () => tables.dispose(),
    };
  },
});

export const convFamily: KernelFamily<ConvStep> = convFamilyWithin(PACKED_BYTES);

/** One image and group after the other. */
function convolution(
  step: ConvStep,
  prepared: PreparedCorrelation,
  panels: Panels,
  tables: Tables,
  tile: Tile,
) {
  const volume = volumeAxes(step.axes);
  const channels = groupChannels(step);
  const inputBytes = (step.inChannels / step.groups) * product(mapTriple(volume, (axis) => axis.size)) * 4;
  const outputBytes = channels * product(mapTriple(volume, (axis) => axis.out)) * 4;
  const visitor = (): SlabVisitor => {
    const name = rowsName(step);
    if (name) {
      const rows = new RowsKernel(name, volume[2].out, panels.terms, prepared.work, tables);
      return (_, params, offset, __, extent) => rows.run(out + offset, params, extent, channels);
    }
    const tiles = new TileKernel(step.axes.length, channels, panels.terms, prepared.work, tables, tile);
    return (_, params, offset, quads) => tiles.run(out + offset, params, quads, panels.blocks);
  };
  let out = 0;
  const visit = visitor();
  return (x: number, y: number): void => {
    for (let image = 0; image < step.batch; image++) {
      for (let group = 0; group < step.groups; group++) {
        const plane = image * step.groups + group;
        out = y + plane * outputBytes;
        prepared.setPanels(0, panels.panel(group, 0), panels.panelBytes, panels.blocks, channels);
        prepared.run(x + plane * inputBytes, visit);
      }
    }
  };
}

/** y, or its gradient. */
export function outputTarget(step: Pick<ConvStep, "axes" | "outChannels" | "groups">): SweepTarget {
  const [slices, rows, columns] = mapTriple(volumeAxes(step.axes), (axis) => axis.out);
  return {
    channels: step.outChannels / step.groups,
    channelBytes: slices * rows * columns * 4,
    sliceBytes: rows * columns * 4,
    rowBytes: columns * 4,
    columnBytes: 4,
  };
}

export function weightView(step: ConvStep): WeightView {
  const kernel = mapTriple(volumeAxes(step.axes), (axis) => axis.kernel);
  const summed = step.inChannels / step.groups;
  const taps = product(kernel);
  return {
    groups: step.groups,
    channels: groupChannels(step),
    summed,
    groupBytes: groupChannels(step) * summed * taps * 4,
    channelBytes: summed * taps * 4,
    summedBytes: taps * 4,
    kernel,
  };
}
