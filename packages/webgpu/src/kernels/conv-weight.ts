import type { ConvVjpStep } from "@halfband/ops";
import type { Launch } from "../kernel.ts";
import type { Workspace } from "../workspace.ts";
import { axisTables, outsOf, product, sizesOf, tableParams, tapsOf } from "./conv-correlation.ts";
import { forwardTable, packTables } from "./conv-tables.ts";
import { reductionShader, sumChunks, weightParams, weightShader } from "./conv-weight.wgsl.ts";
import { type Tile, tileColumns, tileFor, tileGroups, tileName, tileRows } from "./tiled-product.ts";

/** Positions that a workgroup sums at least, and the most chunks that the second level adds up. */
const CHUNK = 2048;
const MOST_CHUNKS = 256;
/** Most scratch for the sums of all chunks. */
const SCRATCH_BYTES = 64 << 20;

export interface Reduction {
  readonly rows: number;
  readonly columns: number;
  readonly groups: number;
  readonly positions: number;
  readonly chunks: number;
  /** null: one workgroup per sum. */
  readonly tile: Tile | null;
}

/** How the gradient by weight or bias is cut up. */
export function reductionOf(step: ConvVjpStep): Reduction {
  const { axes, groups, batch, of } = step;
  const rows = step.outChannels / groups;
  const columns = of === "bias" ? 1 : (step.inChannels / groups) * tapsOf(axes);
  const positions = batch * product(outsOf(axes));
  const room = Math.floor(SCRATCH_BYTES / (4 * rows * columns * groups));
  const chunks = Math.max(1, Math.min(Math.ceil(positions / CHUNK), MOST_CHUNKS, room));
  return { rows, columns, groups, positions, chunks, tile: usefulTile(rows, columns, groups * chunks) };
}

/** The tile, unless most of it would be empty. */
function usefulTile(rows: number, columns: number, copies: number): Tile | null {
  const tile = tileFor(rows, columns, copies);
  if (tile === null) return null;
  const computed =
    Math.ceil(rows / tileRows(tile)) *
    tileRows(tile) *
    Math.ceil(columns / tileColumns(tile)) *
    tileColumns(tile);
  return 8 * rows * columns < computed ? null : tile;
}

const lengthOf = ({ rows, columns, groups }: Reduction): number => rows * columns * groups;

export const reductionBytes = (reduction: Reduction): number =>
  reduction.chunks > 1 ? 4 * reduction.chunks * lengthOf(reduction) : 0;

export const reductionName = ({ tile }: Reduction): string => (tile ? tileName(tile) : "reduction");

export function prepareReduction(step: ConvVjpStep, workspace: Workspace): Launch {
  const reduction = reductionOf(step);
  const { rows, columns, groups, positions, chunks, tile } = reduction;
  const { axes, mode } = step;
  const bias = step.of === "bias";
  const rowTiles = tile ? Math.ceil(rows / tileRows(tile)) : rows;
  const columnTiles = tile ? Math.ceil(columns / tileColumns(tile)) : columns;
  const tiles = rowTiles * columnTiles * groups * chunks;
  const tables = axisTables(axes, sizesOf(axes), (axis, stride) => forwardTable(axis, mode, stride));
  const packed = packTables(tables);
  const params: Partial<Record<(typeof weightParams)[number], number>> = {
    ...tableParams(packed, packed.phases[0]),
    tiles,
    rowTiles,
    columnTiles,
    chunks,
    chunkLength: Math.ceil(positions / chunks),
    positions,
    rows,
    columns,
    rowStride: columns,
    groups,
    summed: step.inChannels / groups,
    voxels: product(sizesOf(axes)),
    windows: product(outsOf(axes)),
  };
  const uniform = workspace.uniform(weightParams.map((name) => params[name] ?? 0));
  const shader = tile ? weightShader(axes.length, tile) : reductionShader(bias ? 0 : axes.length);
  const reduce = workspace.dispatch(shader, { size: tileGroups(tiles) });
  const table = bias ? null : workspace.table(packed.words);
  const second = chunks > 1 ? prepareSecondLevel(reduction, workspace) : null;
  return (pass, inputs, [gradient]) => {
    const target = second?.scratch ?? gradient;
    if (table) reduce(pass, [uniform, inputs[1], target, table, inputs[0]]);
    else reduce(pass, [uniform, inputs[0], target]);
    second?.sum(pass, gradient);
  };
}

/** Scratch for the sums of all chunks, and what adds them up. */
function prepareSecondLevel(reduction: Reduction, workspace: Workspace) {
  const length = lengthOf(reduction);
  const scratch = workspace.scratch(reductionBytes(reduction));
  const params = workspace.uniform([length, reduction.chunks]);
  const dispatch = workspace.dispatch(sumChunks, { size: length });
  const sum = (pass: GPUComputePassEncoder, gradient: GPUBuffer): void =>
    dispatch(pass, [params, scratch, gradient]);
  return { scratch, sum };
}
