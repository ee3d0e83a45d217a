import type { Shader } from "../kernel.ts";
import { positions } from "./window.wgsl.ts";

export const region: Shader = {
  name: "region_f32",
  bindings: ["uniform", "read", "write"],
  code: /* wgsl */ `
${positions}
struct Region { size: vec4u, out: vec4u, start: vec4i }

@group(0) @binding(0) var<uniform> region: Region;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = linearIndex(id, groups);
  if (element >= volume(region.out)) { return; }
  let output = place(element, region.out);
  let source = vec3i(output.xyz) + region.start.xyz;
  if (any(source < vec3i(0)) || any(source >= vec3i(region.size.xyz))) {
    y[element] = 0u;
    return;
  }
  y[element] = x[flat(vec4u(vec3u(source), output.w), region.size)];
}
`,
};
