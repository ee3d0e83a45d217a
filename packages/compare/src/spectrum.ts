import { type Pair, type Plane, spectrum } from "@halfband/measure";

/** Weaker frequencies are shown as this, decibels. */
const FLOOR = -200;

/** Largest magnitude of a plane's spectrum per sample, the 0 dB of `logSpectrum`. */
export function spectrumPeak(x: Plane): number {
  const { re, im } = spectrum(x);
  let peak = 0;
  for (let i = 0; i < re.length; i++) peak = Math.max(peak, Math.hypot(re[i], im[i]));
  return peak / re.length;
}

/**
 * Magnitudes of a plane's spectrum in decibels against `peak`, zero frequency in the middle (row floor(M1 / 2),
 * column floor(M2 / 2)). Spectra are divided by their number of samples, so that a plane and its downsampled
 * version compare bin by bin.
 *
 * @example logSpectrum(panel.plane, spectrumPeak(original));
 */
export function logSpectrum(x: Plane, peak: number): Plane {
  const { re, im } = spectrum(x);
  const [rows, columns] = x.shape;
  const middle: Pair = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const data = new Float64Array(re.length);
  for (let i = 0, at = 0; i < rows; i++) {
    const row = ((i + middle[0]) % rows) * columns;
    for (let j = 0; j < columns; j++, at++) {
      const magnitude = Math.hypot(re[at], im[at]) / re.length / (peak || 1);
      data[row + ((j + middle[1]) % columns)] = Math.max(FLOOR, 20 * Math.log10(magnitude));
    }
  }
  return { data, shape: x.shape };
}
