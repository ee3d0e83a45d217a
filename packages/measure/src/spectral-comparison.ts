import { isFlat, type Plane } from "./plane.ts";
import { signedFrequency, spectrum } from "./spectrum.ts";

export interface RingCorrelation {
  /** Outer radius of each ring, in units of the new Nyquist (0..1). */
  readonly radius: readonly number[];
  /** Fourier ring correlation, -1..1; `null` where a ring is empty or holds no energy. */
  readonly correlation: readonly (number | null)[];
  /** Energy of the output in each ring. */
  readonly energy: readonly number[];
  /** Incoherent energy, 0..1. */
  readonly incoherentEnergy: number;
}

/**
 * Fourier ring correlation between a downsampled image (offset removed) and the low-resolution scan y*, and from
 * it the incoherent energy IE: the share of the output's energy that does not follow the true signal, so aliasing
 * and non-linear distortion but not blur. METRICS.md section 4. 0 best; an operator with a separable response has
 * a small floor, the IE for an input that is already band-limited.
 *
 * @example
 * const t = trial(plainStride([2, 2]), zonePlate(256));
 * ringCorrelation(t.centred, t.reference).incoherentEnergy; // 0.674
 */
export function ringCorrelation(y: Plane, reference: Plane, rings = 32): RingCorrelation {
  const Y = spectrum(y);
  const R = spectrum(reference);
  const cross = new Float64Array(rings);
  const own = new Float64Array(rings);
  const other = new Float64Array(rings);
  const [rows, columns] = y.shape;
  for (let at = 1; at < Y.re.length; at++) {
    const u = (2 * signedFrequency(Math.floor(at / columns), rows)) / rows;
    const v = (2 * signedFrequency(at % columns, columns)) / columns;
    const ring = ringOf(Math.sqrt(u * u + v * v), rings);
    if (ring >= rings) continue;
    cross[ring] += Y.re[at] * R.re[at] + Y.im[at] * R.im[at];
    own[ring] += Y.re[at] ** 2 + Y.im[at] ** 2;
    other[ring] += R.re[at] ** 2 + R.im[at] ** 2;
  }
  const correlation = Array.from(cross, (c, r) =>
    own[r] > 0 && other[r] > 0 ? c / Math.sqrt(own[r] * other[r]) : null,
  );
  const energy = own.reduce((sum, e) => sum + e, 0);
  const incoherent = correlation.reduce<number>((sum, c, r) => sum + (1 - (c ?? 0) ** 2) * own[r], 0);
  return {
    radius: Array.from(cross, (_, r) => (r + 1) / rings),
    correlation,
    energy: Array.from(own),
    incoherentEnergy: energy === 0 || isFlat(y) ? 0 : Math.max(0, incoherent / energy),
  };
}

/** Ring r holds r / rings < radius <= (r + 1) / rings. */
function ringOf(radius: number, rings: number): number {
  let ring = Math.max(0, Math.ceil(radius * rings) - 1);
  if (radius <= ring / rings)
    ring--; // the product above may round across a ring's edge
  else if (radius > (ring + 1) / rings) ring++;
  return ring;
}

export interface SpectrumDistance {
  /** Mean absolute difference of the magnitudes, spectra divided by M1 M2: in units of the image. */
  readonly am: number;
  /** The same over the mean magnitude of the reference: dimensionless, 0 best. */
  readonly amn: number;
}

/**
 * Distance between the magnitude spectra of a downsampled image and of the low-resolution scan, after the idea
 * of Grabinski et al. (2022); the normalisation is ours. METRICS.md section 5. Several feature maps: average.
 *
 * @example
 * const t = trial(plainStride([2, 2]), zonePlate(256));
 * spectrumDistance(t.centred, t.reference).amn; // 1.093
 */
export function spectrumDistance(y: Plane, reference: Plane): SpectrumDistance {
  const Y = spectrum(y);
  const R = spectrum(reference);
  let distance = 0;
  let magnitude = 0;
  for (let i = 0; i < Y.re.length; i++) {
    const r = Math.hypot(R.re[i], R.im[i]);
    distance += Math.abs(Math.hypot(Y.re[i], Y.im[i]) - r);
    magnitude += r;
  }
  const am = distance / Y.re.length ** 2;
  return { am, amn: distance === 0 || isFlat(reference) ? 0 : distance / magnitude };
}
