import type { Shader } from "../kernel.ts";
import { positions } from "./window.wgsl.ts";

/**
 * Sums over boxes: per axis, a table says which voxels an output takes and with what weight (compressed rows).
 * Rows, slices and blocks of 16 are summed on their own, so that rounding grows with their number only.
 */
export const taps: Shader = {
  name: "taps_f32",
  bindings: ["uniform", "read", "read", "read", "read", "write"],
  code: /* wgsl */ `
${positions}
// rows: where the tables of each axis begin in rows; of output m they say taps rows[m] .. rows[m + 1] - 1.
struct Params { size: vec4u, out: vec4u, rows: vec4u, divisors: vec4u }
struct Tap { source: u32, weight: f32 }

// Whether sums are divided by the product of one number per axis.
override DIVIDE: bool = false;
const BLOCK = 16u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> taps: array<Tap>;
@group(0) @binding(3) var<storage, read> divisors: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

fn rowSum(begin: u32, end: u32, base: u32) -> f32 {
  var total = 0.0;
  for (var block = begin; block < end; block += BLOCK) {
    var sum = 0.0;
    for (var t = block; t < min(block + BLOCK, end); t++) {
      sum += taps[t].weight * x[base + taps[t].source];
    }
    total += sum;
  }
  return total;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = linearIndex(id, groups);
  if (element >= volume(params.out)) { return; }
  let output = place(element, params.out);
  let row = params.rows.xyz + output.xyz;
  let first = vec3u(rows[row.x], rows[row.y], rows[row.z]);
  let end = vec3u(rows[row.x + 1u], rows[row.y + 1u], rows[row.z + 1u]);
  var total = 0.0;
  for (var c = first.z; c < end.z; c++) {
    var slice = 0.0;
    for (var b = first.y; b < end.y; b++) {
      let base = flat(vec4u(0u, taps[b].source, taps[c].source, output.w), params.size);
      slice += taps[b].weight * rowSum(first.x, end.x, base);
    }
    total += taps[c].weight * slice;
  }
  if (DIVIDE) {
    let at = params.divisors.xyz + output.xyz;
    total = total / (divisors[at.x] * divisors[at.y] * divisors[at.z]);
  }
  y[element] = total;
}
`,
};
