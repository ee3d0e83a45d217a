import type { Shader } from "../kernel.ts";
import { linear, WORKGROUP } from "../wgsl.ts";
import { eachAxis, readVoxel, windowIndices } from "./conv-windows.wgsl.ts";
import { paramsStruct, SPAN, type Tile, tiledProduct, tileName } from "./tiled-product.ts";

/**
 * Of the gradients by weight and bias: a product of gy [rows, positions] and voxels [positions, columns], cut into
 * chunks of positions whose sums are added up by `sumChunks`.
 */
export const weightParams = [
  "tiles", // workgroups
  "rowTiles",
  "columnTiles",
  "chunks",
  "chunkLength", // positions of a chunk
  "positions", // images times windows
  "rows", // channels of gy per group
  "columns", // channels of x per group times taps; 1 for the bias
  "rowStride",
  "groups",
  "taps",
  "summed", // channels of x per group
  "voxels", // of x, per channel
  "windows", // per image
  "windows1", // of them along the last axis but one, and along the last
  "windows2",
  "tapTable", // places in the tables
  "offsets0",
  "offsets1",
  "offsets2",
  "step0",
  "step1",
  "step2",
] as const;

const gradientAt = /* wgsl */ `
fn leftAt(span: Span, row: u32, k: u32) -> f32 {
  if (row >= params.rows) { return 0.0; }
  let channel = (k / params.windows * params.groups + span.group) * params.rows + row;
  return gy[channel * params.windows + k % params.windows];
}`;

const voxelAt = (rank: number): string => /* wgsl */ `
struct Column { valid: bool, channel: u32, ${eachAxis(rank, (a) => `at${a}: i32`, ", ")} }
struct Depth { image: u32, ${eachAxis(rank, (a) => `start${a}: i32`, ", ")} }

fn columnAt(span: Span, column: u32) -> Column {
  let tap = params.tapTable + (column % params.taps) * ${rank + 1}u;
  return Column(
    column < params.columns,
    (span.group * params.summed + column / params.taps) * params.voxels,
    ${eachAxis(rank, (a, i) => `i32(params.offsets${a}) + tables[tap + ${i + 1}u]`, ", ")},
  );
}

fn depthAt(span: Span, k: u32) -> Depth {
  let window = k % params.windows;
  ${windowIndices(rank)}
  return Depth(
    k / params.windows * params.groups * params.summed * params.voxels,
    ${eachAxis(rank, (a) => `i32(w${a} * params.step${a})`, ", ")},
  );
}

fn rightAt(column: Column, depth: Depth) -> f32 {
  if (!column.valid) { return 0.0; }
  ${eachAxis(rank, (a) => `let offset${a} = tables[column.at${a} + depth.start${a}];`)}
  ${readVoxel(rank, "column.channel + depth.image")}
}`;

const bindings = (voxels: boolean): string => /* wgsl */ `
${paramsStruct(weightParams)}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
${
  voxels
    ? `@group(0) @binding(3) var<storage, read> tables: array<i32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;`
    : ""
}`;

const spanOf = (rows: number, columns: number): string => /* wgsl */ `
fn spanOf(tile: u32) -> Span {
  let columnTile = tile / params.rowTiles;
  let group = columnTile / params.columnTiles;
  let chunk = group / params.groups;
  let begin = chunk * params.chunkLength;
  return Span(
    (tile % params.rowTiles) * ${rows}u,
    (columnTile % params.columnTiles) * ${columns}u,
    begin,
    min(begin + params.chunkLength, params.positions),
    group % params.groups,
    chunk,
  );
}

fn placeOf(span: Span, row: u32, column: u32) -> u32 {
  let channel = (span.chunk * params.groups + span.group) * params.rows + row;
  return channel * params.columns + column;
}`;

export function weightShader(rank: number, tile: Tile): Shader {
  return {
    name: `conv_weight_${rank}d_${tileName(tile)}`,
    bindings: ["uniform", "read", "write", "read", "read"],
    code: /* wgsl */ `
${bindings(true)}
${spanOf(4 * tile.rows, 4 * tile.columns)}
${gradientAt}
${voxelAt(rank)}
fn initialAt(span: Span, row: u32) -> f32 { return 0.0; }
fn finish(sum: f32) -> f32 { return sum; }
${tiledProduct(tile, "params.tiles")}
`,
  };
}

/** One workgroup per sum: for few channels, whose tiles would be mostly empty, and for the bias (rank 0). */
export function reductionShader(rank: number): Shader {
  return {
    name: rank === 0 ? "conv_bias" : `conv_weight_${rank}d_reduction`,
    bindings: rank === 0 ? ["uniform", "read", "write"] : ["uniform", "read", "write", "read", "read"],
    code: /* wgsl */ `
${SPAN}
${bindings(rank > 0)}
${spanOf(1, 1)}
${gradientAt}
${rank > 0 ? voxelAt(rank) : ""}
const WORKGROUP = ${WORKGROUP}u;
const BLOCK = 16u;
var<workgroup> parts: array<f32, ${WORKGROUP}>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let tile = workgroup.x + workgroup.y * grid.x;
  if (tile >= params.tiles) { return; }
  let span = spanOf(tile);
  ${rank > 0 ? "let column = columnAt(span, span.column);" : ""}
  var sum = 0.0;
  for (var base = span.begin + invocation; base < span.end; base += WORKGROUP * BLOCK) {
    var part = 0.0;
    for (var k = base; k < min(base + WORKGROUP * BLOCK, span.end); k += WORKGROUP) {
      let g = leftAt(span, span.row, k);
      part = ${rank > 0 ? "fma(g, rightAt(column, depthAt(span, k)), part)" : "part + g"};
    }
    sum += part;
  }
  parts[invocation] = sum;
  workgroupBarrier();
  for (var width = WORKGROUP / 2u; width > 0u; width /= 2u) {
    if (invocation < width) { parts[invocation] += parts[invocation + width]; }
    workgroupBarrier();
  }
  if (invocation == 0u) { result[placeOf(span, span.row, span.column)] = parts[0]; }
}
`,
  };
}

/** Adds up the chunks of every sum. */
export const sumChunks: Shader = {
  name: "conv_sum_chunks",
  bindings: ["uniform", "read", "write"],
  code: /* wgsl */ `
${linear}
struct Params { length: u32, chunks: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> total: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = linearIndex(id, groups);
  if (i >= params.length) { return; }
  var sum = 0.0;
  for (var base = 0u; base < params.chunks; base += 16u) {
    var part = 0.0;
    for (var chunk = base; chunk < min(base + 16u, params.chunks); chunk++) {
      part += sums[chunk * params.length + i];
    }
    sum += part;
  }
  total[i] = sum;
}
`,
};
