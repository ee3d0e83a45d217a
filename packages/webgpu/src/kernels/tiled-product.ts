import { linear, WORKGROUP } from "../wgsl.ts";
import { linearGroups } from "../workspace.ts";

// Products of a left matrix [rows, depth] and a right one [depth, columns], neither of which needs to exist in memory:
// a family says in WGSL how to read an element. It declares
//
//   struct Column { ... }                              what is known of a column before the depth is
//   struct Depth { ... }                               what is known of a depth before the column is
//   fn spanOf(tile: u32) -> Span                       the part of the product that a workgroup computes
//   fn columnAt(span: Span, column: u32) -> Column
//   fn depthAt(span: Span, k: u32) -> Depth
//   fn leftAt(span: Span, row: u32, k: u32) -> f32     0 beyond the last row
//   fn rightAt(column: Column, depth: Depth) -> f32    0 beyond the last column
//   fn initialAt(span: Span, row: u32) -> f32          what the sum starts with
//   fn placeOf(span: Span, row: u32, column: u32) -> u32    of an element in the buffer `result`
//   fn finish(sum: f32) -> f32                         what is stored of a sum
//
// and the members `rows`, `columns` and `rowStride` (between rows in `result`) of `params`.
//
// Sums run in blocks: partial sums of 8 or 16 products are added up, so that rounding grows with depth / 16 + 16 or
// so, not with the depth.

/** Invocations of a workgroup; each computes 4 x 4 elements, `rows` or `columns` apart. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
}

/** Products per partial sum where each invocation computes one element. */
const BLOCK = 16;

/** Columns of the left matrix that a workgroup holds at a time: at least one read of the right one per invocation. */
const tileDepth = ({ rows }: Tile): number => Math.max(8, rows);

/** Below this many workgroups a GPU would be left idle, so that smaller tiles do better. */
const FEW_WORKGROUPS = 96;

export const tileRows = (tile: Tile): number => 4 * tile.rows;
export const tileColumns = (tile: Tile): number => 4 * tile.columns;

/** Workgroups that cover a product. */
const tilesOf = (tile: Tile, rows: number, columns: number): number =>
  Math.ceil(rows / tileRows(tile)) * Math.ceil(columns / tileColumns(tile));

/** The tile that wastes least of `copies` products; null where one invocation per element does as well. */
export function tileFor(rows: number, columns: number, copies = 1): Tile | null {
  if (rows <= 2) return null;
  if (rows <= 8) return { rows: 2, columns: 32 };
  if (rows <= 16) return { rows: 4, columns: 32 };
  const large = { rows: rows <= 32 ? 8 : 16, columns: 16 };
  return copies * tilesOf(large, rows, columns) < FEW_WORKGROUPS ? { rows: 8, columns: 8 } : large;
}

export const tileName = (tile: Tile | null): string =>
  tile === null ? "direct" : `tile${tileRows(tile)}x${tileColumns(tile)}`;

/** WGSL of what both ways share: first row and column of a workgroup, its range of depth, its group and chunk. */
export const SPAN = /* wgsl */ `
struct Span { row: u32, column: u32, begin: u32, end: u32, group: u32, chunk: u32 }
`;

const four = (of: (i: number) => string, separator = "\n"): string => [0, 1, 2, 3].map(of).join(separator);

/** Each invocation reads its own columns, which it has located before. */
const COLUMNS_OF_INVOCATION = four(
  (i) => `let column${i} = columnAt(span, span.column + at.x + ${i}u * COLUMNS);`,
);
const LOAD_COLUMNS = /* wgsl */ `for (var k = at.y; k < DEPTH; k += ROWS) {
      var values = vec4f();
      if (base + k < span.end) {
        let depth = depthAt(span, base + k);
        values = vec4f(${four((i) => `rightAt(column${i}, depth)`, ", ")});
      }
      rightTile[k * RIGHT_PITCH + at.x] = values;
    }`;

const LOAD_DEPTH = /* wgsl */ `for (var slot = invocation; slot < COLUMNS * DEPTH; slot += ROWS * COLUMNS) {
      let k = slot % DEPTH;
      let c = slot / DEPTH;
      var values = vec4f();
      if (base + k < span.end) {
        let depth = depthAt(span, base + k);
        let column = span.column + c;
        values = vec4f(${four((i) => `rightAt(columnAt(span, column + ${i}u * COLUMNS), depth)`, ", ")});
      }
      rightTile[k * RIGHT_PITCH + c] = values;
    }`;

/**
 * `main` with tiles of both matrices in workgroup memory. `tiles` is the name of the number of workgroups; `loads`
 * says along what neighbouring invocations read the right matrix, which is where its elements are neighbours.
 */
export function tiledProduct(tile: Tile, tiles: string, loads: "columns" | "depth" = "columns"): string {
  const { rows, columns } = tile;
  const depth = tileDepth(tile);
  return /* wgsl */ `
${SPAN}
const ROWS = ${rows}u;
const COLUMNS = ${columns}u;
const DEPTH = ${depth}u;
// Odd, so that neighbours in depth fall into different banks.
const PITCH = ${rows + 1}u;
const RIGHT_PITCH = ${columns + 1}u;
var<workgroup> leftTile: array<vec4f, ${depth * (rows + 1)}>;
var<workgroup> rightTile: array<vec4f, ${depth * (columns + 1)}>;

@compute @workgroup_size(${columns}, ${rows})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_id) at: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let tile = workgroup.x + workgroup.y * grid.x;
  if (tile >= ${tiles}) { return; }
  let span = spanOf(tile);
  ${loads === "columns" ? COLUMNS_OF_INVOCATION : ""}
  ${four((i) => `var sum${i} = vec4f(initialAt(span, span.row + at.y + ${i}u * ROWS));`)}
  for (var base = span.begin; base < span.end; base += DEPTH) {
    for (var slot = invocation; slot < ROWS * DEPTH; slot += ROWS * COLUMNS) {
      let k = slot % DEPTH;
      let r = slot / DEPTH;
      var values = vec4f();
      if (base + k < span.end) {
        let row = span.row + r;
        values = vec4f(${four((i) => `leftAt(span, row + ${i}u * ROWS, base + k)`, ", ")});
      }
      leftTile[k * PITCH + r] = values;
    }
    ${loads === "columns" ? LOAD_COLUMNS : LOAD_DEPTH}
    workgroupBarrier();
    ${four((i) => `var part${i} = vec4f();`)}
    for (var k = 0u; k < DEPTH; k++) {
      let l = leftTile[k * PITCH + at.y];
      let r = rightTile[k * RIGHT_PITCH + at.x];
      ${four((i) => `part${i} = fma(vec4f(l[${i}]), r, part${i});`)}
    }
    ${four((i) => `sum${i} += part${i};`)}
    workgroupBarrier();
  }
  let row = span.row + at.y;
  ${four(
    (j) => `
  if (span.column + at.x + ${j}u * COLUMNS < params.columns) {
    let place = placeOf(span, row, span.column + at.x + ${j}u * COLUMNS);
    ${four((i) => `if (row + ${i}u * ROWS < params.rows) { result[place + ${i}u * ROWS * params.rowStride] = finish(sum${i}[${j}]); }`)}
  }`,
  )}
}
`;
}

/** Workgroups in rows, for `tiles` of them. */
export const tileGroups = (tiles: number): [number, number, number] => linearGroups(tiles * WORKGROUP);

/**
 * `main` with one element per invocation: `fn elementAt(index: u32) -> Span` names its row and column, `elements` is
 * the number of them.
 */
export const directProduct = (elements: string): string => /* wgsl */ `
${linear}
${SPAN}
const BLOCK = ${BLOCK}u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = linearIndex(id, groups);
  if (index >= ${elements}) { return; }
  let span = elementAt(index);
  let column = columnAt(span, span.column);
  var sum = initialAt(span, span.row);
  for (var base = span.begin; base < span.end; base += BLOCK) {
    var part = 0.0;
    for (var k = base; k < min(base + BLOCK, span.end); k++) {
      part = fma(leftAt(span, span.row, k), rightAt(column, depthAt(span, k)), part);
    }
    sum += part;
  }
  result[placeOf(span, span.row, span.column)] = finish(sum);
}
`;

/** Members of a uniform of whole numbers, in the order of their values. */
export const paramsStruct = (names: readonly string[]): string =>
  `struct Params { ${names.map((name) => `${name}: u32`).join(", ")} }`;
