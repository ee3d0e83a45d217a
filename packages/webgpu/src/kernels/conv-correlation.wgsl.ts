import type { Shader } from "../kernel.ts";
import { eachAxis, readVoxel, windowIndices } from "./conv-windows.wgsl.ts";
import { directProduct, paramsStruct, type Tile, tiledProduct, tileName } from "./tiled-product.ts";

/** Of the convolution and of its gradient by x: a product of weights [rows, depth] and voxels [depth, columns]. */
export const correlationParams = [
  "tiles", // workgroups, or elements where there are no tiles
  "rowTiles",
  "columnTiles",
  "rows", // channels written per group
  "columns", // images times windows
  "rowStride", // voxels of the written tensor, per channel
  "depth", // channels read per group times taps
  "taps", // that matter to these windows
  "windows", // per image
  "windows1", // of them along the last axis but one, and along the last
  "windows2",
  "first", // voxel written for the first window, and the distances to the next ones
  "stride0",
  "stride1",
  "stride2",
  "voxels", // of the read tensor, per channel
  "summed", // channels read per group
  "groups",
  "weightGroup", // strides of the weights in elements
  "weightRow",
  "weightSummed",
  "biased", // 1 or 0
  "relu", // 1 or 0
  "tapTable", // places in the tables
  "offsets0",
  "offsets1",
  "offsets2",
  "step0",
  "step1",
  "step2",
  "lists0",
  "lists1",
  "lists2",
] as const;

export interface CorrelationCase {
  readonly rank: number;
  readonly tile: Tile | null;
  /** Windows have lists of positions: voxels of a gradient that padding repeats. */
  readonly lists: boolean;
}

export const correlationName = ({ rank, tile, lists }: CorrelationCase): string =>
  `${rank}d_f32_${tileName(tile)}${lists ? "_folded" : ""}`;

export function correlationShader(options: CorrelationCase): Shader {
  const { rank, tile, lists } = options;
  return {
    name: `conv_correlation_${correlationName(options)}`,
    bindings: ["uniform", "read", "read", "read", "read", "write"],
    code: /* wgsl */ `
${paramsStruct(correlationParams)}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tables: array<i32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;

struct Column { valid: bool, image: u32, ${eachAxis(rank, (a) => `${lists ? "window" : "at"}${a}: i32`, ", ")} }
struct Depth { channel: u32, ${eachAxis(rank, (a) => `tap${a}: i32`, ", ")} }

fn spanOf(tile: u32) -> Span {
  let rest = tile / params.rowTiles;
  let row = (tile % params.rowTiles) * ${tile ? 4 * tile.rows : 1}u;
  let column = (rest % params.columnTiles) * ${tile ? 4 * tile.columns : 1}u;
  return Span(row, column, 0u, params.depth, rest / params.columnTiles, 0u);
}

${elementAt}

fn columnAt(span: Span, column: u32) -> Column {
  let image = column / params.windows;
  let window = column % params.windows;
  ${windowIndices(rank)}
  return Column(
    column < params.columns,
    (image * params.groups + span.group) * params.summed * params.voxels,
    ${eachAxis(rank, (a) => (lists ? `i32(w${a})` : `i32(params.offsets${a} + w${a} * params.step${a})`), ", ")},
  );
}

fn depthAt(span: Span, k: u32) -> Depth {
  let tap = params.tapTable + (k % params.taps) * ${rank + 1}u;
  return Depth((k / params.taps) * params.voxels, ${eachAxis(rank, (_, i) => `tables[tap + ${i + 1}u]`, ", ")});
}

fn leftAt(span: Span, row: u32, k: u32) -> f32 {
  if (row >= params.rows) { return 0.0; }
  let channel = span.group * params.weightGroup + row * params.weightRow + (k / params.taps) * params.weightSummed;
  return weight[channel + u32(tables[params.tapTable + (k % params.taps) * ${rank + 1}u])];
}

${lists ? rightFolded(rank) : rightPlain(rank)}

fn initialAt(span: Span, row: u32) -> f32 {
  if (params.biased == 0u || row >= params.rows) { return 0.0; }
  return bias[span.group * params.rows + row];
}

fn placeOf(span: Span, row: u32, column: u32) -> u32 {
  let channel = (column / params.windows * params.groups + span.group) * params.rows + row;
  let window = column % params.windows;
  ${windowIndices(rank)}
  return channel * params.rowStride + params.first + ${eachAxis(rank, (a) => `w${a} * params.stride${a}`, " + ")};
}

// By bits, so that NaN is kept: what is below zero lies between -0 and -infinity.
fn finish(sum: f32) -> f32 {
  let bits = bitcast<u32>(sum);
  return select(sum, 0.0, params.relu != 0u && bits >= 0x80000000u && bits <= 0xff800000u);
}
${tile ? tiledProduct(tile, "params.tiles") : directProduct("params.tiles")}
`,
  };
}

/** Neighbouring invocations compute neighbouring voxels. */
const elementAt = /* wgsl */ `
fn elementAt(index: u32) -> Span {
  let rest = index / params.columns;
  return Span(rest % params.rows, index % params.columns, 0u, params.depth, rest / params.rows, 0u);
}`;

const rightPlain = (rank: number): string => /* wgsl */ `
fn rightAt(column: Column, depth: Depth) -> f32 {
  if (!column.valid) { return 0.0; }
  ${eachAxis(rank, (a) => `let offset${a} = tables[column.at${a} + depth.tap${a}];`)}
  ${readVoxel(rank, "column.image + depth.channel")}
}`;

/** The sum over all positions of the window: products are taken once, of the sum. */
const rightFolded = (rank: number): string => /* wgsl */ `
fn rightAt(column: Column, depth: Depth) -> f32 {
  if (!column.valid) { return 0.0; }
  var sum = 0.0;
  ${eachAxis(
    rank,
    (a) => `
  let list${a} = i32(params.lists${a}) + column.window${a};
  for (var e${a} = tables[list${a}]; e${a} < tables[list${a} + 1]; e${a}++) {
    let offset${a} = tables[i32(params.offsets${a}) + tables[e${a}] + depth.tap${a}];
    if (offset${a} < 0) { continue; }`,
  )}
    sum += x[column.image + depth.channel + u32(${eachAxis(rank, (a) => `offset${a}`, " + ")})];
  ${"}".repeat(rank)}
  return sum;
}`;
