import type { Shader } from "../kernel.ts";
import { power } from "./power.wgsl.ts";
import { positions } from "./window.wgsl.ts";

/** What output and gradient of one block need. Channel parameters become G (exponent) and A (least weight). */
const block = /* wgsl */ `
${positions}
${power}
struct Params {
  size: vec4u,
  out: vec4u, // w: planes
  stride: vec4u,
  channels: u32,
  parametrisation: u32, // 0: exp-half, 1: exp, 2: direct
  epsilon: f32,
  alphaMax: f32,
}

override GIVEN: bool = false; // whether the prediction is an input, not the mean of the block
override ASYMMETRIC: bool = false;
override NORMALISATION: u32 = 0u; // 0: mean, 1: sum, 2: none
const MEAN = 0u;
const NONE = 2u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> lambda: array<f32>;
@group(0) @binding(3) var<storage, read> alpha: array<f32>;
@group(0) @binding(4) var<storage, read> prediction: array<f32>;

struct Block {
  first: u32,  // its first voxel
  voxels: u32,
  base: f32,   // values are taken relative to this one, so that close ones keep their digits
  goal: f32, // the mean relative to the base, or the prediction that was given, as it is
  V: f32,
  G: f32,
  A: f32,
}

fn isFinite(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) < INFINITY_BITS;
}

fn voxelOf(b: Block, q: u32) -> u32 {
  let row = q / params.stride.x;
  let slice = row / params.stride.y;
  let z = slice * params.size.y;
  return b.first + (z + row - slice * params.stride.y) * params.size.x + q - row * params.stride.x;
}

fn residual(b: Block, q: u32) -> f32 {
  let v = x[voxelOf(b, q)];
  let r = select((v - b.base) - b.goal, v - b.goal, GIVEN);
  let bits = bitcast<u32>(r);
  let clipped = ASYMMETRIC && bits >= 0x80000000u && bits <= 0xff800000u;
  return select(r, 0.0, clipped);
}

fn spread(r: f32) -> f32 {
  return r * r + params.epsilon;
}

fn blockOf(element: u32) -> Block {
  let output = place(element, params.out);
  let channel = output.w % params.channels;
  var b: Block;
  b.first = flat(vec4u(output.xyz * params.stride.xyz, output.w), params.size);
  b.voxels = params.stride.x * params.stride.y * params.stride.z;
  b.base = select(0.0, x[b.first], isFinite(x[b.first]));
  if (GIVEN) {
    b.goal = prediction[element];
  } else {
    var sum = 0.0;
    for (var q = 0u; q < b.voxels; q++) { sum += x[voxelOf(b, q)] - b.base; }
    b.goal = sum / f32(b.voxels);
  }
  b.V = 1.0;
  if (NORMALISATION != NONE) {
    var sum = 0.0;
    for (var q = 0u; q < b.voxels; q++) { sum += spread(residual(b, q)); }
    b.V = select(sum, sum / f32(b.voxels), NORMALISATION == MEAN);
  }
  let stored = alpha[channel];
  let bounded = select(stored, params.alphaMax, stored > params.alphaMax);
  if (params.parametrisation == 2u) {
    b.G = lambda[channel] * 0.5;
    b.A = bounded;
  } else {
    b.G = expOf(lambda[channel]) * select(1.0, 0.5, params.parametrisation == 0u);
    b.A = expOf(bounded);
  }
  return b;
}

// Sum of the weights, and the weighted mean of the block relative to its base.
struct Mean {
  total: f32,
  value: f32,
}

fn meanOf(b: Block) -> Mean {
  var total = 0.0;
  var weighted = 0.0;
  for (var q = 0u; q < b.voxels; q++) {
    let w = b.A + powOf(spread(residual(b, q)) / b.V, b.G);
    total += w;
    weighted += w * (x[voxelOf(b, q)] - b.base);
  }
  return Mean(total, weighted / total);
}
`;

export const detail: Shader = {
  name: "detail_f32",
  bindings: ["uniform", "read", "read", "read", "read", "write"],
  code: /* wgsl */ `
${block}
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = linearIndex(id, groups);
  if (element >= volume(params.out)) { return; }
  let b = blockOf(element);
  y[element] = b.base + meanOf(b).value;
}
`,
};

/** Gradients of one block each; what lambda and alpha get from it is summed per channel afterwards. */
export const detailVjp: Shader = {
  name: "detailVjp_f32",
  bindings: ["uniform", "read", "read", "read", "read", "read", "write", "write", "write"],
  code: /* wgsl */ `
${block}
@group(0) @binding(5) var<storage, read> gy: array<f32>;
@group(0) @binding(6) var<storage, read_write> gx: array<f32>;
@group(0) @binding(7) var<storage, read_write> shares: array<vec2f>; // of lambda and alpha
@group(0) @binding(8) var<storage, read_write> gprediction: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = linearIndex(id, groups);
  if (element >= volume(params.out)) { return; }
  let b = blockOf(element);
  let mean = meanOf(b);
  let g = gy[element];

  // gG and gA from the weights; gV through what the spreads are divided by.
  var gG = 0.0;
  var gA = 0.0;
  var gV = 0.0;
  for (var q = 0u; q < b.voxels; q++) {
    let ratio = spread(residual(b, q)) / b.V;
    let gw = g * ((x[voxelOf(b, q)] - b.base) - mean.value) / mean.total;
    let raised = powOf(ratio, b.G);
    gA += gw;
    gG += gw * raised * lnOf(ratio);
    gV -= gw * b.G * raised;
  }
  let count = f32(b.voxels);
  let spreading = select(select(gV, gV / count, NORMALISATION == MEAN) / b.V, 0.0, NORMALISATION == NONE);

  var gT = 0.0;
  for (var q = 0u; q < b.voxels; q++) {
    let r = residual(b, q);
    let u = spread(r);
    let i = voxelOf(b, q);
    let raised = powOf(u / b.V, b.G);
    let gw = g * ((x[i] - b.base) - mean.value) / mean.total;
    let gr = 2.0 * r * (gw * b.G * raised / u + spreading);
    gT -= gr;
    gx[i] = g * ((b.A + raised) / mean.total) + gr;
  }
  if (GIVEN) {
    gprediction[element] = gT;
  } else {
    for (var q = 0u; q < b.voxels; q++) { gx[voxelOf(b, q)] += gT / count; }
  }
  let direct = params.parametrisation == 2u;
  shares[element] = vec2f(gG * select(b.G, 0.5, direct), gA * select(b.A, 1.0, direct));
}
`,
};

/** Voxels behind the last whole block have no gradient. */
export const detailVjpRest: Shader = {
  name: "detailVjp_f32_rest",
  bindings: ["uniform", "write"],
  code: /* wgsl */ `
${positions}
struct Params { size: vec4u, out: vec4u, stride: vec4u }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gx: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = linearIndex(id, groups);
  if (element >= volume(params.size)) { return; }
  let voxel = place(element, params.size);
  if (any(voxel.xyz >= params.out.xyz * params.stride.xyz)) { gx[element] = 0.0; }
}
`,
};

/**
 * Sums of pairs over [batch, channel, inner], per channel and run of it, in a tree whose sums carry their rounding
 * errors along.
 */
const sums = /* wgsl */ `
const LANES = 64u;
struct Params { batch: u32, channels: u32, inner: u32, run: u32 }
struct Sum { value: vec2f, error: vec2f }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> terms: array<vec2f>;
var<workgroup> partial: array<Sum, LANES>;

fn plus(sum: Sum, term: vec2f) -> Sum {
  let value = sum.value + term;
  let taken = value - sum.value;
  let error = (sum.value - (value - taken)) + (term - taken);
  return Sum(value, sum.error + error);
}

// The sum of one run of a channel, in lane 0.
fn sumOf(channel: u32, run: u32, lane: u32) -> vec2f {
  let count = params.batch * params.inner;
  var sum = Sum(vec2f(0.0), vec2f(0.0));
  let end = min((run + 1u) * params.run, count);
  for (var k = run * params.run + lane; k < end; k += LANES) {
    let n = k / params.inner;
    sum = plus(sum, terms[(n * params.channels + channel) * params.inner + k - n * params.inner]);
  }
  partial[lane] = sum;
  for (var width = LANES / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (lane < width) {
      let other = partial[lane + width];
      let both = plus(partial[lane], other.value);
      partial[lane] = Sum(both.value, both.error + other.error);
    }
  }
  return partial[lane].value + partial[lane].error;
}
`;

export const channelSums: Shader = {
  name: "detailVjp_f32_sums",
  bindings: ["uniform", "read", "write"],
  code: /* wgsl */ `
${sums}
@group(0) @binding(2) var<storage, read_write> results: array<vec2f>; // [channel, run]

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let sum = sumOf(group.y, group.x, lane);
  if (lane == 0u) { results[group.y * groups.x + group.x] = sum; }
}
`,
};

export const channelTotals: Shader = {
  name: "detailVjp_f32_totals",
  bindings: ["uniform", "read", "write", "write"],
  code: /* wgsl */ `
${sums}
@group(0) @binding(2) var<storage, read_write> glambda: array<f32>;
@group(0) @binding(3) var<storage, read_write> galpha: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sum = sumOf(group.y, 0u, lane);
  if (lane == 0u) {
    glambda[group.y] = sum.x;
    galpha[group.y] = sum.y;
  }
}
`,
};
