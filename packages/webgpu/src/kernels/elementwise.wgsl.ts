import type { Shader } from "../kernel.ts";
import { linear } from "../wgsl.ts";

const head = /* wgsl */ `
${linear}
struct Params { length: u32 }
@group(0) @binding(0) var<uniform> params: Params;
`;

export const add: Shader = {
  name: "elementwise_f32_add",
  bindings: ["uniform", "read", "read", "write"],
  code: /* wgsl */ `
${head}
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> sum: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = linearIndex(id, groups);
  if (i >= params.length) { return; }
  sum[i] = a[i] + b[i];
}
`,
};

/** Bits decide whether y > 0: not for a NaN, which a comparison of floats may get wrong on a GPU. */
export const reluVjp: Shader = {
  name: "elementwise_f32_reluVjp",
  bindings: ["uniform", "read", "read", "write"],
  code: /* wgsl */ `
${head}
@group(0) @binding(1) var<storage, read> y: array<u32>;
@group(0) @binding(2) var<storage, read> g: array<u32>;
@group(0) @binding(3) var<storage, read_write> gx: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = linearIndex(id, groups);
  if (i >= params.length) { return; }
  let bits = y[i];
  let positive = bits > 0u && bits <= 0x7f800000u;
  gx[i] = select(0u, g[i], positive);
}
`,
};

/** The larger part is taken out of the root, so that no square overflows or vanishes. Infinity goes before NaN. */
const modulus = /* wgsl */ `
const INFINITY = 0x7f800000u;

fn modulus(re: f32, im: f32) -> f32 {
  let a = bitcast<u32>(re) & 0x7fffffffu;
  let b = bitcast<u32>(im) & 0x7fffffffu;
  let large = bitcast<f32>(max(a, b));
  if (max(a, b) >= INFINITY) {
    let infinite = a == INFINITY || b == INFINITY;
    return select(large, bitcast<f32>(min(max(a, b), INFINITY)), infinite);
  }
  if (max(a, b) == 0u) { return 0.0; }
  let ratio = bitcast<f32>(min(a, b)) / large;
  return large * sqrt(1.0 + ratio * ratio);
}
`;

export const magnitude: Shader = {
  name: "elementwise_f32_magnitude",
  bindings: ["uniform", "read", "read", "write"],
  code: /* wgsl */ `
${head}
${modulus}
@group(0) @binding(1) var<storage, read> re: array<f32>;
@group(0) @binding(2) var<storage, read> im: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = linearIndex(id, groups);
  if (i >= params.length) { return; }
  y[i] = modulus(re[i], im[i]);
}
`,
};

export const magnitudeVjp: Shader = {
  name: "elementwise_f32_magnitudeVjp",
  bindings: ["uniform", "read", "read", "read", "write", "write"],
  code: /* wgsl */ `
${head}
${modulus}
@group(0) @binding(1) var<storage, read> re: array<f32>;
@group(0) @binding(2) var<storage, read> im: array<f32>;
@group(0) @binding(3) var<storage, read> g: array<f32>;
@group(0) @binding(4) var<storage, read_write> gre: array<f32>;
@group(0) @binding(5) var<storage, read_write> gim: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = linearIndex(id, groups);
  if (i >= params.length) { return; }
  let m = modulus(re[i], im[i]);
  if (m == 0.0) {
    gre[i] = 0.0;
    gim[i] = 0.0;
    return;
  }
  gre[i] = g[i] * (re[i] / m);
  gim[i] = g[i] * (im[i] / m);
}
`,
};
