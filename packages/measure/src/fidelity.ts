import { acEnergy, difference, energy, mean, type Pair, type Plane } from "./plane.ts";

/**
 * Peak signal-to-noise ratio in dB of `a` against `b`, 10 log10(R^2 / mean squared difference); +Infinity where
 * the mean square is below 1e-24 R^2 (identical). `range` is R. METRICS.md section 12.
 *
 * @example psnr(planeOf([1, 2], Float64Array.of(1, 2)), planeOf([1, 2], Float64Array.of(0, 1)), 10); // 20
 */
export function psnr(a: Plane, b: Plane, range: number): number {
  const meanSquare = energy(difference(a, b)) / a.data.length;
  return meanSquare < 1e-24 * range * range
    ? Number.POSITIVE_INFINITY
    : 10 * Math.log10((range * range) / meanSquare);
}

/**
 * Normalised root-mean-square error ||a - b|| / ||b - mean(b)||: 0 best, 1 = as bad as a flat image. METRICS.md
 * section 12. `null` where `b` has no contrast.
 */
export function nrmse(a: Plane, b: Plane): number | null {
  const contrast = acEnergy(b);
  return contrast === 0 ? null : Math.sqrt(energy(difference(a, b)) / contrast);
}

const SSIM_TAPS = Float64Array.from({ length: 11 }, (_, i) => Math.exp(-((i - 5) ** 2) / 4.5));
const SSIM_SUM = SSIM_TAPS.reduce((sum, tap) => sum + tap, 0);

/** Separable 11 x 11 Gaussian (sigma 1.5, sum 1) where it fits. */
function gaussian11([rows, columns]: Pair, value: (i: number) => number): Float64Array {
  const width = columns - 10;
  const across = new Float64Array(rows * width);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < width; j++, at++) {
      for (let t = 0; t < 11; t++) across[at] += (SSIM_TAPS[t] / SSIM_SUM) * value(i * columns + j + t);
    }
  }
  const out = new Float64Array((rows - 10) * width);
  for (let at = 0; at < out.length; at++) {
    for (let t = 0; t < 11; t++) out[at] += (SSIM_TAPS[t] / SSIM_SUM) * across[at + t * width];
  }
  return out;
}

/**
 * Structural similarity (Wang et al. 2004) of `a` and `b`: 11 x 11 Gaussian window of sigma 1.5, K1 = 0.01,
 * K2 = 0.03, population moments, mean over positions where the window fits. -1..1, 1 best. METRICS.md section
 * 12. `null` below 11 x 11.
 *
 * @example ssim(zonePlate(32, 0.9), zonePlate(32, 0.8), 1); // 0.579
 */
export function ssim(a: Plane, b: Plane, range: number): number | null {
  if (Math.min(...a.shape) < 11 || range === 0) return null;
  const u = a.data;
  const v = b.data;
  const meanA = gaussian11(a.shape, (i) => u[i]);
  const meanB = gaussian11(a.shape, (i) => v[i]);
  const squareA = gaussian11(a.shape, (i) => u[i] * u[i]);
  const squareB = gaussian11(a.shape, (i) => v[i] * v[i]);
  const product = gaussian11(a.shape, (i) => u[i] * v[i]);
  const c1 = (0.01 * range) ** 2;
  const c2 = (0.03 * range) ** 2;
  let sum = 0;
  for (let i = 0; i < meanA.length; i++) {
    const both = meanA[i] * meanB[i];
    const squares = meanA[i] ** 2 + meanB[i] ** 2;
    const numerator = (2 * both + c1) * (2 * (product[i] - both) + c2);
    sum += numerator / ((squares + c1) * (squareA[i] + squareB[i] - squares + c2));
  }
  return sum / meanA.length;
}

/** The value below which `percent` of the samples lie, interpolated linearly between order statistics. */
export function percentile({ data }: Plane, percent: number): number {
  const sorted = Float64Array.from(data).sort();
  const position = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

export interface Preservation {
  /** (mean y - mean x) / R: 0 best, > 0 brighter. */
  readonly mean: number;
  /** The same for the 1st and the 99th percentile. */
  readonly p1: number;
  readonly p99: number;
}

/** How far brightness moved, as a share of the data range R. Shows the bias of MaxPool. METRICS.md section 12. */
export function preservation(y: Plane, x: Plane, range: number): Preservation | null {
  if (range === 0) return null;
  return {
    mean: (mean(y) - mean(x)) / range,
    p1: (percentile(y, 1) - percentile(x, 1)) / range,
    p99: (percentile(y, 99) - percentile(x, 99)) / range,
  };
}

/** Sum of gradient magnitudes by circular central differences, per input voxel. */
function gradientSum({ data, shape: [rows, columns] }: Plane, spacing: Pair): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const up = ((i + rows - 1) % rows) * columns;
    const down = ((i + 1) % rows) * columns;
    for (let j = 0; j < columns; j++) {
      const vertical = (data[down + j] - data[up + j]) / (2 * spacing[0]);
      const left = data[i * columns + ((j + columns - 1) % columns)];
      const horizontal = (data[i * columns + ((j + 1) % columns)] - left) / (2 * spacing[1]);
      sum += Math.hypot(vertical, horizontal);
    }
  }
  return sum;
}

/**
 * Edge retention: total gradient of the downsampled image (offset removed) over that of the low-resolution scan
 * y*, both per input voxel. 1 = as sharp, above sharper or noisier, below blurred. METRICS.md section 12. `null`
 * where the reference has no edges.
 */
export function edgeRetention(y: Plane, reference: Plane, spacing: Pair): number | null {
  const edges = gradientSum(reference, spacing);
  return edges === 0 ? null : gradientSum(y, spacing) / edges;
}
