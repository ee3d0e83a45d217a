/**
 * `values` as `outer * inner` blocks of equal length, `inner` fastest, with the two orders exchanged. Turns file
 * order (channel, time, voxel) into tensor order (time, channel, voxel) and, called the other way round, back.
 * Returns `values` itself where nothing moves.
 */
export function swapBlocks(values: Float32Array, outer: number, inner: number): Float32Array {
  if (outer === 1 || inner === 1) return values;
  const length = values.length / (outer * inner);
  const out = new Float32Array(values.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const from = (o * inner + i) * length;
      out.set(values.subarray(from, from + length), (i * outer + o) * length);
    }
  }
  return out;
}
