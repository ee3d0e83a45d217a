import type { Volume } from "@halfband/nifti";
import { HalfbandError } from "@halfband/ops";

/** The greatest factor that `auto` chooses. */
const AUTO_MOST = 4;

const UNITS_IN_MM: Readonly<Record<string, number>> = {
  meter: 1000,
  mm: 1,
  micron: 0.001,
  um: 0.001,
  m: 1000,
};

function refuse(option: "factor" | "spacing", text: string, expected: string): never {
  throw new HalfbandError("INVALID_OPTION", `${option} is "${text}"; expected ${expected}.`, {
    op: "downsample",
    option,
    got: text,
    expected,
  });
}

/** One value per axis x, y, z of a scan, from one value or as many as it has axes; further ones must be neutral. */
function perAxis(values: readonly number[], axes: number, neutral: number): number[] | null {
  if (values.length === 1) return new Array<number>(axes).fill(values[0]);
  if (values.length < axes || values.length > 3 || values.slice(axes).some((value) => value !== neutral))
    return null;
  return values.slice(0, axes);
}

const spatialRank = (volume: Volume): number => Math.min(3, volume.shape.length);

/**
 * Factors for the spatial axes of the scan's tensor (z, y, x without those of size 1), from `2`, `2,2,1` (x, y, z) or
 * `auto`.
 *
 * @throws `INVALID_OPTION` for what is no factor, and for one larger than the scan.
 */
export function factorsOf(text: string, volume: Volume): number[] {
  if (text === "auto") return autoFactors(volume);
  const values = text.split(",").map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (values.some((value) => !(value >= 1)))
    refuse("factor", text, "a whole number of at least 1, one per axis such as 2,2,1, or auto");
  const axes = spatialRank(volume);
  const xyz = perAxis(values, axes, 1);
  if (xyz === null)
    refuse("factor", text, `one factor or ${axes}, as the scan is ${volume.shape.join(" x ")}`);
  xyz.forEach((factor, axis) => {
    const size = volume.shape[axis];
    const alone = size === 1 && values.length === 1;
    if (factor > size && !alone) {
      const name = "xyz"[axis];
      throw new HalfbandError(
        "INVALID_OPTION",
        `The factor ${factor} along ${name} is larger than the scan, which has ${size} voxels there.`,
        {
          op: "downsample",
          option: "factor",
          got: factor,
          expected: `1 to ${size}`,
        },
      );
    }
  });
  return volume.spatialAxes.map((axis) => xyz[axis]);
}

/** Brings the finest axes as near as whole factors allow to the coarsest. */
function autoFactors(volume: Volume): number[] {
  const zooms = volume.spatialAxes.map((axis) => volume.zooms[axis]);
  const coarsest = Math.max(...zooms);
  return zooms.map((zoom, a) => {
    const most = Math.min(AUTO_MOST, volume.shape[volume.spatialAxes[a]]);
    const distance = (factor: number) => Math.abs(Math.log((zoom * factor) / coarsest));
    let best = 1;
    for (let factor = 2; factor <= most; factor++) {
      if (distance(factor) < distance(best) - 1e-9) best = factor;
    }
    return best;
  });
}

/**
 * Output sizes of the tensor's spatial axes that come nearest to a spacing such as `2mm` or `2,2,3mm` (x, y, z). Axes
 * that are coarser already stay.
 */
export function sizesForSpacing(text: string, volume: Volume): number[] {
  const match = /^\s*([\d.,\s]+?)\s*(mm|um|m)?\s*$/.exec(text);
  const values = match?.[1].split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part))) ?? [];
  const expected = "a length such as 2mm, or one per axis such as 2,2,3mm";
  if (match === null || values.some((value) => !(value > 0 && Number.isFinite(value))))
    refuse("spacing", text, expected);
  const axes = spatialRank(volume);
  const xyz = perAxis(values, axes, Number.NaN);
  if (xyz === null)
    refuse("spacing", text, `one length or ${axes}, as the scan is ${volume.shape.join(" x ")}`);
  const unit = UNITS_IN_MM[match[2] ?? "mm"] / (UNITS_IN_MM[volume.header.spaceUnit] ?? 1);
  return volume.spatialAxes.map((axis) => {
    const size = volume.shape[axis];
    const wanted = Math.round((size * volume.zooms[axis]) / (xyz[axis] * unit));
    return Math.min(size, Math.max(1, wanted));
  });
}
