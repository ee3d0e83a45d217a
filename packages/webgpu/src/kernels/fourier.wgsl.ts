import type { Shader } from "../kernel.ts";
import { directProduct, paramsStruct, type Tile, tiledProduct, tileName } from "./tiled-product.ts";

/**
 * A matrix times one axis of a tensor: [outer, size, inner] -> [outer, rows, inner]. A second source continues the
 * first along that axis: the imaginary part behind the real one, or a correction behind both.
 */
export const fourierParams = [
  "tiles", // workgroups, or elements where there are no tiles
  "rowTiles",
  "rows",
  "columns", // outer * inner
  "rowStride",
  "depth", // columns of the matrix
  "firstDepth", // of them those of the first source
  "inner",
  "firstSize", // of the axis of the first source, and where on it the matrix begins
  "firstStart",
  "secondSize",
  "secondStart",
] as const;

export interface FourierCase {
  readonly tile: Tile | null;
  readonly pair: boolean;
  /** The axis is the last one, so that its elements are neighbours. */
  readonly contiguous: boolean;
}

export function fourierShader({ tile, pair, contiguous }: FourierCase): Shader {
  const loads = contiguous ? "depth" : "columns";
  return {
    name: `fourier_product_${tileName(tile)}${pair ? "_pair" : ""}${contiguous ? "_contiguous" : ""}`,
    bindings: pair ? ["uniform", "read", "read", "write", "read"] : ["uniform", "read", "read", "write"],
    code: /* wgsl */ `
${paramsStruct(fourierParams)}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> matrix: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
${pair ? "@group(0) @binding(4) var<storage, read> second: array<f32>;" : ""}

struct Column { valid: bool, first: u32, ${pair ? "second: u32" : ""} }
alias Depth = u32;

fn spanOf(tile: u32) -> Span {
  let row = (tile % params.rowTiles) * ${tile ? 4 * tile.rows : 1}u;
  let column = (tile / params.rowTiles) * ${tile ? 4 * tile.columns : 1}u;
  return Span(row, column, 0u, params.depth, 0u, 0u);
}

fn elementAt(index: u32) -> Span {
  return Span(index / params.columns, index % params.columns, 0u, params.depth, 0u, 0u);
}

fn columnAt(span: Span, column: u32) -> Column {
  let outer = column / params.inner;
  let inner = column % params.inner;
  return Column(
    column < params.columns,
    (outer * params.firstSize + params.firstStart) * params.inner + inner,
    ${pair ? "(outer * params.secondSize + params.secondStart) * params.inner + inner," : ""}
  );
}

fn depthAt(span: Span, k: u32) -> Depth { return k; }

fn leftAt(span: Span, row: u32, k: u32) -> f32 {
  if (row >= params.rows) { return 0.0; }
  return matrix[row * params.depth + k];
}

fn rightAt(column: Column, k: Depth) -> f32 {
  if (!column.valid) { return 0.0; }
  ${pair ? "if (k >= params.firstDepth) { return second[column.second + (k - params.firstDepth) * params.inner]; }" : ""}
  return x[column.first + k * params.inner];
}

fn initialAt(span: Span, row: u32) -> f32 { return 0.0; }

fn placeOf(span: Span, row: u32, column: u32) -> u32 {
  return (column / params.inner * params.rows + row) * params.inner + column % params.inner;
}

fn finish(sum: f32) -> f32 { return sum; }
${tile ? tiledProduct(tile, "params.tiles", loads) : directProduct("params.tiles")}
`,
  };
}
