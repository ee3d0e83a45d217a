import type { VoxelType } from "./datatype.ts";

/** `value = stored * slope + intercept`. */
export interface Scaling {
  readonly slope: number;
  readonly intercept: number;
}

export const UNSCALED: Scaling = { slope: 1, intercept: 0 };

export interface ValueRange {
  /** Over the finite values; both 0 where there is none. */
  readonly min: number;
  readonly max: number;
  /** Whether every finite value is a whole number. */
  readonly whole: boolean;
  readonly nan: number;
  readonly infinite: number;
}

export function rangeOf(values: Float32Array): ValueRange {
  let min = Infinity;
  let max = -Infinity;
  let whole = true;
  let nan = 0;
  let infinite = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // x - x is 0 for finite numbers alone: cheaper here than two calls for every voxel.
    if (value - value !== 0) {
      if (Number.isNaN(value)) nan++;
      else infinite++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    if (whole && value !== Math.floor(value)) whole = false;
  }
  return min > max ? { min: 0, max: 0, whole, nan, infinite } : { min, max, whole, nan, infinite };
}

/**
 * The scaling under which no finite value is clipped. The scan's own is kept where its voxels were integers and the
 * values fit it; whole numbers (labels) that fit are stored as they are; anything else is spread over the whole
 * range of the type. NaN counts as the value 0 it is stored as.
 */
export function chooseScaling(values: Float32Array, type: VoxelType, own: Scaling | null): Scaling {
  if (!type.range) return UNSCALED;
  const range = rangeOf(values);
  const min = range.nan > 0 ? Math.min(0, range.min) : range.min;
  const max = range.nan > 0 ? Math.max(0, range.max) : range.max;
  if (own && fits(min, max, type.range, own)) return own;
  if (range.whole && fits(min, max, type.range, UNSCALED)) return UNSCALED;
  return spread(min, max, type.range);
}

function fits(
  min: number,
  max: number,
  [least, greatest]: readonly [number, number],
  scaling: Scaling,
): boolean {
  const ends = [min, max].map((value) => Math.round((value - scaling.intercept) / scaling.slope));
  return Math.min(...ends) >= least && Math.max(...ends) <= greatest;
}

/**
 * Both numbers are exact in float32, because that is what a NIfTI-1 header stores. Rounding the slope moves the ends
 * of the range by no more than the rounding of the values themselves.
 */
function spread(min: number, max: number, [least, greatest]: readonly [number, number]): Scaling {
  const intercept = Math.fround(min - (least * (max - min)) / (greatest - least));
  const exact = Math.max((max - intercept) / greatest, least < 0 ? (min - intercept) / least : 0);
  if (!(exact > 0)) return { slope: 1, intercept };
  return { slope: Math.max(Math.fround(exact), 2 ** -149), intercept };
}
