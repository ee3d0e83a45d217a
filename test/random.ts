/** Deterministic values in [-1, 1): a linear congruential generator, good enough to tell voxels apart. */
export function noise(length: number, seed: number): Float32Array {
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
