import { type Affine, baseAffine, resampleAffine } from "./affine.ts";
import type { NiftiHeader } from "./header.ts";
import type { Volume } from "./volume.ts";
import type { TensorLike } from "./write.ts";

/** nibabel's code for a form that is no longer the scanner's own. */
const ALIGNED = 2;

/** The header of `volume` moved to the tensor's shape and grid; every form from its own matrix, codes as they are. */
export function resampledHeader(volume: Volume, { shape: tensorShape, grid }: TensorLike): NiftiHeader {
  const { header, spatialAxes } = volume;
  const shape = fileShape(volume, tensorShape);
  const pixdim = [...header.pixdim];
  spatialAxes.forEach((axis, a) => {
    pixdim[axis + 1] *= grid[a].spacing;
  });
  const moved = (affine: Affine) => resampleAffine(affine, grid, spatialAxes);
  const qform = header.qform && moved(header.qform);
  return {
    ...header,
    ...forms(header, moved, { shape, pixdim }),
    ...sliceTiming(volume, shape, grid),
    shape,
    pixdim,
    qform,
    // Spacing does not turn the axes: the quaternion stays, and pixdim carries the new lengths.
    qoffset: qform ? qform.slice(0, 3).map((row) => row[3]) : header.qoffset,
    littleEndian: true,
    pair: false,
  };
}

/** File order. Channels that an operator changed become the fifth dimension. */
function fileShape(volume: Volume, [times, channels, ...spatial]: readonly number[]): readonly number[] {
  const { shape, spatialAxes } = volume;
  const xyz = [1, 1, 1];
  spatialAxes.forEach((axis, a) => {
    xyz[axis] = spatial[a];
  });
  const kept = channels === volume.channels;
  const full = [...xyz, times, ...(kept ? shape.slice(4) : [channels])];
  const rank = Math.max(
    kept ? shape.length : Math.min(shape.length, 4),
    full.findLastIndex((size) => size > 1) + 1,
  );
  return full.slice(0, rank);
}

/**
 * Where neither form counts, readers put the origin at the centre of whatever shape they find. If that is not where
 * the samples lie, an sform says so.
 */
function forms(
  header: NiftiHeader,
  moved: (affine: Affine) => Affine,
  resampled: Pick<NiftiHeader, "shape" | "pixdim">,
): Pick<NiftiHeader, "sform" | "sformCode"> {
  if (header.sformCode > 0 || header.qformCode > 0) {
    return { sform: moved(header.sform), sformCode: header.sformCode };
  }
  const want = moved(baseAffine(header));
  const assumed = baseAffine(resampled);
  const size = Math.max(...want.flat().map(Math.abs));
  const differs = want.some((row, i) =>
    row.some((value, j) => Math.abs(value - assumed[i][j]) > 1e-6 * size),
  );
  return differs ? { sform: want, sformCode: ALIGNED } : { sform: header.sform, sformCode: 0 };
}

/** Slice times count slices of the scan; they say nothing about slices that were resampled. */
function sliceTiming(
  { header, spatialAxes }: Volume,
  shape: readonly number[],
  grid: TensorLike["grid"],
): Partial<NiftiHeader> {
  const axis = ((header.dimInfo >> 4) & 3) - 1;
  const a = spatialAxes.indexOf(axis);
  if (a < 0 || (shape[axis] === header.shape[axis] && grid[a].spacing === 1 && grid[a].offset === 0))
    return {};
  return { sliceStart: 0, sliceEnd: 0, sliceCode: 0, sliceDuration: 0 };
}
