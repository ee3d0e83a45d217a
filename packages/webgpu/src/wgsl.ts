/** Invocations of a workgroup of the shaders that begin with `linear`. */
export const WORKGROUP = 64;

/**
 * Text that shaders with one invocation per element begin with: `linearIndex` numbers the invocations of a
 * dispatch whose workgroups lie in rows (`linearGroups`).
 */
export const linear = /* wgsl */ `
const WORKGROUP = ${WORKGROUP}u;

fn linearIndex(id: vec3u, groups: vec3u) -> u32 {
  return id.y * groups.x * WORKGROUP + id.x;
}
`;
