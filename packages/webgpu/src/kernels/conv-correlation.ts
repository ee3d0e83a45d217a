import type { ConvStep, ConvVjpStep, WindowAxis } from "@halfband/ops";
import type { Workspace } from "../workspace.ts";
import { correlationParams, correlationShader } from "./conv-correlation.wgsl.ts";
import {
  type AxisTable,
  adjointTable,
  type ConvTables,
  forwardTable,
  isRepeated,
  type PackedPhase,
  packTables,
} from "./conv-tables.ts";
import { type Tile, tileColumns, tileFor, tileGroups, tileRows } from "./tiled-product.ts";

/** Sizes of a product of weights and voxels; see `correlationParams`. */
export interface Correlation {
  readonly rank: number;
  readonly batch: number;
  readonly groups: number;
  readonly rows: number;
  readonly summed: number;
  /** Spatial sizes of the tensor that is read, and of the one that is written. */
  readonly read: readonly number[];
  readonly written: readonly number[];
  /** Strides of the weights by group, written channel and read channel. */
  readonly weight: readonly [group: number, row: number, summed: number];
  readonly tables: () => readonly AxisTable[];
  readonly lists: boolean;
  /** Dispatches that share the voxels to be written. */
  readonly phases: number;
}

/** Beyond that, launching costs more than products with zeros. */
const MOST_PHASES = 32;

export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
export const sizesOf = (axes: readonly WindowAxis[]): number[] => axes.map(({ size }) => size);
export const outsOf = (axes: readonly WindowAxis[]): number[] => axes.map(({ out }) => out);
export const tapsOf = (axes: readonly WindowAxis[]): number => product(axes.map(({ kernel }) => kernel));

/** One table per axis, given the distance of two voxels of the read tensor. */
export function axisTables(
  axes: readonly WindowAxis[],
  sizes: readonly number[],
  of: (axis: WindowAxis, stride: number) => AxisTable,
): AxisTable[] {
  return axes.map((axis, a) => of(axis, product(sizes.slice(a + 1))));
}

export function forwardCorrelation({ axes, mode, groups, batch, ...step }: ConvStep): Correlation {
  const summed = step.inChannels / groups;
  const rows = step.outChannels / groups;
  const taps = tapsOf(axes);
  const read = sizesOf(axes);
  return {
    rank: axes.length,
    batch,
    groups,
    rows,
    summed,
    read,
    written: outsOf(axes),
    weight: [rows * summed * taps, summed * taps, taps],
    tables: () => axisTables(axes, read, (axis, stride) => forwardTable(axis, mode, stride)),
    lists: false,
    phases: 1,
  };
}

/** The gradient by x: channels change sides, and voxels gather from the windows that hold them. */
export function adjointCorrelation({ axes, mode, groups, batch, ...step }: ConvVjpStep): Correlation {
  const summed = step.outChannels / groups;
  const rows = step.inChannels / groups;
  const taps = tapsOf(axes);
  const read = outsOf(axes);
  const lists = axes.some((axis) => isRepeated(axis, mode));
  const phases = product(axes.map(({ stride, size }) => Math.min(stride, size)));
  const phased = !lists && phases <= MOST_PHASES;
  return {
    rank: axes.length,
    batch,
    groups,
    rows,
    summed,
    read,
    written: sizesOf(axes),
    weight: [summed * rows * taps, taps, rows * taps],
    tables: () => axisTables(axes, read, (axis, stride) => adjointTable(axis, mode, stride, phased)),
    lists,
    phases: phased ? phases : 1,
  };
}

export function correlationTile({ rows, batch, written, groups, phases }: Correlation): Tile | null {
  return tileFor(rows, (batch * product(written)) / phases, groups * phases);
}

/** Records y = weight * x, with bias and rectifier where asked for. */
export type RunCorrelation = (
  pass: GPUComputePassEncoder,
  operands: { x: GPUBuffer; weight: GPUBuffer; bias?: GPUBuffer | undefined; y: GPUBuffer },
) => void;

export function prepareCorrelation(
  correlation: Correlation,
  workspace: Workspace,
  { bias, relu }: { bias: boolean; relu: boolean },
): RunCorrelation {
  const { rank, lists } = correlation;
  const tile = correlationTile(correlation);
  const packed = packTables(correlation.tables());
  const tables = workspace.table(packed.words);
  const shader = correlationShader({ rank, tile, lists });
  const phases = packed.phases.map((phase) => {
    const params: Params = {
      ...phaseParams(correlation, phase, tile),
      ...tableParams(packed, phase),
      biased: bias ? 1 : 0,
      relu: relu ? 1 : 0,
    };
    return {
      uniform: workspace.uniform(correlationParams.map((name) => params[name] ?? 0)),
      dispatch: workspace.dispatch(shader, {
        size: tile ? tileGroups(params.tiles) : params.tiles,
      }),
    };
  });
  return (pass, { x, weight, bias: added, y }) => {
    for (const { uniform, dispatch } of phases) {
      // Without a bias nothing is read of it; any buffer will do.
      dispatch(pass, [uniform, tables, x, weight, added ?? weight, y]);
    }
  };
}

type Params = Record<string, number>;

function phaseParams(correlation: Correlation, { axes, taps }: PackedPhase, tile: Tile | null): Params {
  const { rows, groups, batch, summed, read, written } = correlation;
  const windows = product(axes.map(({ count }) => count));
  const columns = batch * windows;
  const rowTiles = tile ? Math.ceil(rows / tileRows(tile)) : rows;
  const columnTiles = tile ? Math.ceil(columns / tileColumns(tile)) : columns;
  const strides = written.map((_, a) => product(written.slice(a + 1)));
  const [weightGroup, weightRow, weightSummed] = correlation.weight;
  return {
    tiles: rowTiles * columnTiles * groups,
    rowTiles,
    columnTiles,
    rows,
    columns,
    rowStride: product(written),
    depth: summed * taps,
    windows,
    first: axes.reduce((sum, { first }, a) => sum + first * strides[a], 0),
    ...byAxis(
      "stride",
      axes.map(({ stride }, a) => stride * strides[a]),
    ),
    voxels: product(read),
    summed,
    groups,
    weightGroup,
    weightRow,
    weightSummed,
  };
}

/** Parameters per axis, by name: the last axis is number 2. */
const byAxis = (name: string, values: readonly number[]): Params =>
  Object.fromEntries(values.map((value, a) => [`${name}${a + 3 - values.length}`, value]));

/** Where tables begin, and how the windows of a phase step through them. */
export const tableParams = (
  { offsets, lists }: ConvTables,
  { axes, taps, tapTable }: PackedPhase,
): Params => ({
  taps,
  tapTable,
  ...byAxis("offsets", offsets),
  ...byAxis("lists", lists ?? []),
  ...byAxis(
    "step",
    axes.map(({ step }) => step),
  ),
  ...byAxis(
    "windows",
    axes.map(({ count }) => count),
  ),
});
