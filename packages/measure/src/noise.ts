import { HalfbandError } from "@halfband/ops";
import { impulseResponse } from "./impulse.ts";
import { applyOperator, mean, type Pair, type Plane, type PlaneOperator, wholeStride } from "./plane.ts";
import { seededGaussian } from "./random.ts";

export interface NoiseFigures {
  /** Var(out) / Var(in) for white noise. */
  readonly gain: number;
  /** Standard deviation of the output for unit noise: sqrt(gain). */
  readonly sd: number;
  /** Mean of the output for zero-mean unit noise, in standard deviations of the input; 0 for linear operators. */
  readonly bias: number;
  /** Correlation between neighbouring output samples, per axis, -1..1. */
  readonly correlation: Pair;
}

/**
 * Noise of a linear operator in closed form: with the filter h found from impulses on a circular grid of
 * `shape`, the gain is the sum of h^2 and the lag-1 correlation the sum of h[t] h[t + s] over it. METRICS.md
 * section 8. `null` for non-linear operators and strides that are not whole.
 *
 * @example noiseOfLinear(plainStride([2, 2]), [16, 16]).gain; // 1
 */
export function noiseOfLinear(operator: PlaneOperator, shape: Pair): NoiseFigures | null {
  const stride = wholeStride(operator);
  if (!operator.linear || !stride) return null;
  const h = impulseResponse(operator, shape, stride);
  const gain = product(h, [0, 0]);
  const correlation = [product(h, [stride[0], 0]), product(h, [0, stride[1]])].map((c) =>
    gain === 0 ? 0 : c / gain,
  );
  return { gain, sd: Math.sqrt(gain), bias: 0, correlation: [correlation[0], correlation[1]] };
}

/** sum over the plane of x[n] x[n + lag], circular. */
function product(x: Plane, [down, right]: Pair): number {
  const [rows, columns] = x.shape;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const other = ((i + down) % rows) * columns;
    for (let j = 0; j < columns; j++)
      sum += x.data[i * columns + j] * x.data[other + ((j + right) % columns)];
  }
  return sum;
}

export interface NoiseOptions {
  /** Input samples drawn; default 2^22, which gives three digits. */
  readonly samples?: number;
  readonly seed?: number;
}

/** Side of the planes the noise is drawn in, before rounding to the stride. */
const BLOCK = 512;

/**
 * Noise of any operator, measured on white Gaussian noise of mean 0 and variance 1. METRICS.md section 8. A
 * maximum over 2 x 2 lifts the background by 1.03 and shrinks the deviation to 0.70.
 *
 * @example measureNoise(plainStride([2, 2]), { samples: 2 ** 18, seed: 1 }).sd; // 0.998
 */
export function measureNoise(
  operator: PlaneOperator,
  { samples = 2 ** 22, seed = 1 }: NoiseOptions = {},
): NoiseFigures {
  const shape = operator.spacing.map((s) => blockSide(s)) as unknown as Pair;
  const next = seededGaussian(seed);
  const blocks = Math.max(1, Math.round(samples / (shape[0] * shape[1])));
  const sums = { count: 0, value: 0, square: 0, down: 0, right: 0 };
  for (let block = 0; block < blocks; block++) {
    const data = Float64Array.from({ length: shape[0] * shape[1] }, next);
    const y = applyOperator(operator, { data, shape });
    sums.count += y.data.length;
    sums.value += mean(y) * y.data.length;
    sums.square += product(y, [0, 0]);
    sums.down += product(y, [1, 0]);
    sums.right += product(y, [0, 1]);
  }
  const bias = sums.value / sums.count;
  const gain = sums.square / sums.count - bias * bias;
  const correlation = [sums.down, sums.right].map((sum) => (sum / sums.count - bias * bias) / gain);
  return { gain, sd: Math.sqrt(gain), bias, correlation: [correlation[0], correlation[1]] };
}

function blockSide(spacing: number): number {
  for (let side = BLOCK; side > 0; side--)
    if (Math.abs(side / spacing - Math.round(side / spacing)) < 1e-9) return side;
  throw new HalfbandError(
    "UNSUPPORTED",
    `No noise plane of up to ${BLOCK} samples divides into a spacing of ${spacing}.`,
    {
      op: "measureNoise",
      got: spacing,
    },
  );
}
