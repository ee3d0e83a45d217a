import { linear } from "../wgsl.ts";

/**
 * What shaders over three spatial axes share: `place` and `flat` between an element's number and its position
 * (x, y, z, plane). Vectors hold x first, so that the fastest axis is component 0.
 */
export const positions = /* wgsl */ `
${linear}
fn place(element: u32, counts: vec4u) -> vec4u {
  let row = element / counts.x;
  let slice = row / counts.y;
  let plane = slice / counts.z;
  return vec4u(element - row * counts.x, row - slice * counts.y, slice - plane * counts.z, plane);
}

fn flat(position: vec4u, counts: vec4u) -> u32 {
  return ((position.w * counts.z + position.z) * counts.y + position.y) * counts.x + position.x;
}

fn volume(counts: vec4u) -> u32 {
  return counts.x * counts.y * counts.z * counts.w;
}
`;

/** Parameters of sliding windows, `windowWords` on the host. */
export const windows = /* wgsl */ `
${positions}
struct Window {
  size: vec4u,
  out: vec4u,
  kernel: vec4i,
  stride: vec4i,
  dilation: vec4i,
  pad: vec4i,
}

struct Taps { begin: vec3i, first: vec3i, end: vec3i }

// Taps first .. end - 1 of an output's window lie in the image; tap q reads voxel begin + q * dilation.
fn tapsOf(window: Window, output: vec4u) -> Taps {
  let begin = vec3i(output.xyz) * window.stride.xyz - window.pad.xyz;
  let step = window.dilation.xyz;
  if (all(step == vec3i(1))) {
    return Taps(begin, max(vec3i(0), -begin), min(window.kernel.xyz, vec3i(window.size.xyz) - begin));
  }
  let first = max(vec3i(0), (step - 1 - begin) / step);
  let end = min(window.kernel.xyz, (vec3i(window.size.xyz) - begin + step - 1) / step);
  return Taps(begin, first, end);
}
`;
