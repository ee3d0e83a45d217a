// The order of TensorFlow and its relatives: channels last.

/** [N, C, ...spatial] to [N, ...spatial, C]. */
export const channelsLast = ([n, c, ...spatial]: readonly number[]): number[] => [n, ...spatial, c];

export function toChannelsLast(x: Float32Array, [, channels, ...spatial]: readonly number[]): Float32Array {
  const voxels = spatial.reduce((a, b) => a * b, 1);
  const out = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const [plane, voxel] = [Math.floor(i / voxels), i % voxels];
    out[(Math.floor(plane / channels) * voxels + voxel) * channels + (plane % channels)] = x[i];
  }
  return out;
}

/** `shape` is [N, C, ...spatial], the shape of what is returned. */
export function fromChannelsLast(y: Float32Array, [, channels, ...spatial]: readonly number[]): Float32Array {
  const voxels = spatial.reduce((a, b) => a * b, 1);
  return Float32Array.from(y, (_, i) => {
    const [plane, voxel] = [Math.floor(i / voxels), i % voxels];
    return y[(Math.floor(plane / channels) * voxels + voxel) * channels + (plane % channels)];
  });
}

/** Every plane or volume turned about its centre. */
export function reversed(x: Float32Array, [, , ...spatial]: readonly number[]): Float32Array {
  const voxels = spatial.reduce((a, b) => a * b, 1);
  return Float32Array.from(x, (_, i) => x[i - (i % voxels) + voxels - 1 - (i % voxels)]);
}
