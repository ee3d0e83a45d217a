/** Sizes of a real image before and after the crop of its spectrum; the last `to` is even. */
export interface CropSizes {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * Crops the half spectrum of a real plane or volume (last axis 0 .. N/2, complex numbers interleaved) to the centred
 * bins, as flcPool does: a bin at frequency -M/2 on some axes is the mean of that bin and the one at +M/2 on them.
 */
export function cropSpectrum(
  from: Float32Array,
  to: Float32Array,
  { from: N, to: M }: CropSizes,
  scale: number,
): void {
  const rank = N.length;
  const [depth, outDepth] = rank === 3 ? [N[0], M[0]] : [1, 1];
  const [rows, outRows] = [N[rank - 2], M[rank - 2]];
  const [bins, nyquist] = [N[rank - 1] / 2 + 1, M[rank - 1] / 2];
  const at = (u: number, v: number) => 2 * bins * (u * rows + v);
  let o = 0;
  for (let a = 0; a < outDepth; a++) {
    const u = binOf(a, outDepth, depth);
    for (let b = 0; b < outRows; b++) {
      const v = binOf(b, outRows, rows);
      const minus = at(u.bin, v.bin);
      const plus = at(u.opposite, v.opposite);
      for (let k = 0; k < 2 * nyquist; k++) to[o + k] = (scale * (from[minus + k] + from[plus + k])) / 2;
      // The last axis' own bin -M/2 is not stored: it is the conjugate of the mirrored bin +M/2.
      const mirror = at((depth - u.bin) % depth, (rows - v.bin) % rows) + 2 * nyquist;
      to[o + 2 * nyquist] = (scale * (from[plus + 2 * nyquist] + from[mirror])) / 2;
      to[o + 2 * nyquist + 1] = (scale * (from[plus + 2 * nyquist + 1] - from[mirror + 1])) / 2;
      o += 2 * nyquist + 2;
    }
  }
}

/** Where output bin `i` of an axis comes from; `opposite` differs for the unpaired frequency -M/2 only. */
function binOf(i: number, M: number, N: number): { bin: number; opposite: number } {
  if (2 * i === M) return { bin: N - i, opposite: i };
  const bin = 2 * i < M ? i : N - M + i;
  return { bin, opposite: bin };
}
