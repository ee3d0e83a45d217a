import type { Shader } from "../kernel.ts";
import { windows } from "./window.wgsl.ts";

/**
 * Voxels are read as bits and ranked as integers: NaN above everything, both zeros equal. A GPU may take floats
 * for never NaN and compare accordingly; integers it cannot misjudge, and values come out bit for bit.
 */
const winner = /* wgsl */ `
${windows}
@group(0) @binding(0) var<uniform> window: Window;
@group(0) @binding(1) var<storage, read> x: array<u32>;

const NAN = 0xffffffffu;

fn rank(bits: u32) -> u32 {
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return NAN; }
  if (bits == 0x80000000u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

// Index within its plane of the voxel that an output takes: the last NaN, else the first of the largest.
fn winnerOf(output: vec4u) -> u32 {
  let taps = tapsOf(window, output);
  let plane = vec4u(0u, 0u, 0u, output.w);
  let base = flat(plane, window.size);
  var best = 0u;
  var index = 0u;
  for (var c = taps.first.z; c < taps.end.z; c++) {
    let z = taps.begin.z + c * window.dilation.z;
    for (var b = taps.first.y; b < taps.end.y; b++) {
      let y = taps.begin.y + b * window.dilation.y;
      let row = (u32(z) * window.size.y + u32(y)) * window.size.x;
      for (var a = taps.first.x; a < taps.end.x; a++) {
        let i = row + u32(taps.begin.x + a * window.dilation.x);
        let candidate = rank(x[base + i]);
        if (candidate > best || candidate == NAN) {
          best = candidate;
          index = i;
        }
      }
    }
  }
  return index;
}
`;

export const maxpool: Shader = {
  name: "maxpool_f32",
  bindings: ["uniform", "read", "write"],
  code: /* wgsl */ `
${winner}
@group(0) @binding(2) var<storage, read_write> values: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = linearIndex(id, groups);
  if (element >= volume(window.out)) { return; }
  let output = place(element, window.out);
  values[element] = x[flat(vec4u(0u, 0u, 0u, output.w), window.size) + winnerOf(output)];
}
`,
};

export const maxpoolIndices: Shader = {
  name: "maxpool_f32_indices",
  bindings: ["uniform", "read", "write", "write"],
  code: /* wgsl */ `
${winner}
@group(0) @binding(2) var<storage, read_write> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = linearIndex(id, groups);
  if (element >= volume(window.out)) { return; }
  let output = place(element, window.out);
  let index = winnerOf(output);
  values[element] = x[flat(vec4u(0u, 0u, 0u, output.w), window.size) + index];
  indices[element] = index;
}
`,
};

export const maxpoolWinners: Shader = {
  name: "maxpool_f32_winners",
  bindings: ["uniform", "read", "write"],
  code: /* wgsl */ `
${winner}
@group(0) @binding(2) var<storage, read_write> indices: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = linearIndex(id, groups);
  if (element >= volume(window.out)) { return; }
  indices[element] = winnerOf(place(element, window.out));
}
`,
};

/** Each voxel collects the gradients of the windows it won, in the order of the outputs. */
export const maxpoolVjp: Shader = {
  name: "maxpoolVjp_f32",
  bindings: ["uniform", "read", "read", "write"],
  code: /* wgsl */ `
${windows}
@group(0) @binding(0) var<uniform> window: Window;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read> gy: array<f32>;
@group(0) @binding(3) var<storage, read_write> gx: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = linearIndex(id, groups);
  if (element >= volume(window.size)) { return; }
  let voxel = place(element, window.size);
  let own = element - flat(vec4u(0u, 0u, 0u, voxel.w), window.size);
  let reach = (window.kernel.xyz - 1) * window.dilation.xyz;
  let last = vec3i(voxel.xyz) + window.pad.xyz;
  let begin = vec3u(max(last - reach + window.stride.xyz - 1, vec3i(0)) / window.stride.xyz);
  let end = min(vec3u(last / window.stride.xyz + 1), window.out.xyz);
  var total = 0.0;
  for (var z = begin.z; z < end.z; z++) {
    for (var y = begin.y; y < end.y; y++) {
      let row = flat(vec4u(0u, y, z, voxel.w), window.out);
      var sum = 0.0;
      for (var x = begin.x; x < end.x; x++) {
        if (indices[row + x] == own) { sum += gy[row + x]; }
      }
      total += sum;
    }
  }
  gx[element] = total;
}
`,
};
