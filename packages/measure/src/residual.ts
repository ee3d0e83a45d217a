import { acEnergy, coEnergy, isFlat, type Plane } from "./plane.ts";

export interface Residual {
  /** Relative squared residual with both means removed, 0..inf. */
  readonly raw: number;
  /** The same after the best gain, 0..inf; never above `raw`. */
  readonly gainMatched: number;
  /** The gain g that best maps the reference onto y; 1 keeps contrast. `null` where the reference is flat. */
  readonly gain: number | null;
}

/**
 * Residual against the k-space crop, KSR: how far a downsampled image (offset removed) is from the low-resolution
 * scan y*, as sum |y - c - g y*|^2 / sum |y* - mean|^2. Holds aliasing, blur and distortion together; 0 best.
 * METRICS.md section 3.
 *
 * @example
 * const t = trial(plainStride([2, 2]), zonePlate(256));
 * residual(t.centred, t.reference).raw; // 2.321
 */
export function residual(y: Plane, reference: Plane): Residual {
  if (isFlat(reference)) return { raw: 0, gainMatched: 0, gain: null };
  const scale = acEnergy(reference);
  const gain = coEnergy(y, reference) / scale;
  return {
    raw: residualEnergy(y, reference, 1) / scale,
    gainMatched: residualEnergy(y, reference, gain) / scale,
    gain,
  };
}

/** sum |y - mean(y) - g (y* - mean(y*))|^2, by direct summation: the expanded square would cancel near zero. */
function residualEnergy(y: Plane, reference: Plane, gain: number): number {
  const scaled = {
    data: Float64Array.from(y.data, (value, i) => value - gain * reference.data[i]),
    shape: y.shape,
  };
  return acEnergy(scaled);
}
