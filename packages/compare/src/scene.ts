import {
  type Affine,
  difference,
  kspaceCrop,
  type Pair,
  type Plane,
  phaseShift,
  planeOf,
  residual,
} from "@halfband/measure";
import { resampleAffine, type Volume } from "@halfband/nifti";
import { type AxisGrid, HalfbandError } from "@halfband/ops";
import type { Samples } from "./apply.ts";
import { gather, range } from "./gather.ts";
import { centredCrop, replaceNonFinite, type Slice, spatialShape, timePoint } from "./slice.ts";

/** What is downsampled: a slice, or the whole volume of which a slice is shown. Everything in voxel order. */
export interface Scene {
  readonly input: Samples;
  readonly stride: readonly number[];
  /** The slice that is shown. */
  shown(samples: Samples): Plane;
  /** Centre offset removed by a Fourier phase shift: sample m lies where sample m of the reference does. */
  centred(samples: Samples): Samples;
  /** The k-space crop with `factor` times fewer samples per axis: the low-resolution scan. */
  reference(factor: number): Samples;
  /** Affine of the shown slice. */
  affine(samples: Samples): Affine;
}

/** Step of every application on every axis. */
export const STRIDE = 2;

/** Voxels per sample removed: input offset and spacing per axis against the samples'. */
const shiftOf = (input: Samples, { grid }: Samples): number[] =>
  grid.map(({ offset, spacing }, a) => (offset - input.grid[a].offset) / spacing);

const sampled = ({ grid }: Samples, factor: number): AxisGrid[] =>
  grid.map(({ offset, spacing }) => ({ offset, spacing: spacing * factor }));

const planeOfSamples = ({ data, shape }: Omit<Samples, "grid">): Plane => planeOf([shape[0], shape[1]], data);

/** The slice alone. */
export function sliceScene(volume: Volume, slice: Slice): Scene {
  const { plane, start, axes, index, axis } = slice;
  const grid = start.map((offset) => ({ offset, spacing: 1 }));
  const input: Samples = { data: plane.data, shape: plane.shape, grid };
  const across = "xyz".indexOf(axis);
  return {
    input,
    stride: [STRIDE, STRIDE],
    shown: planeOfSamples,
    centred: (samples) => {
      const shift = shiftOf(input, samples) as unknown as Pair;
      return { ...samples, data: phaseShift(planeOfSamples(samples), shift).data };
    },
    reference: (factor) => ({ ...kspaceCrop(plane, [factor, factor]), grid: sampled(input, factor) }),
    affine: (samples) =>
      resampleAffine(volume.affine, [{ offset: index, spacing: 1 }, ...samples.grid], [across, ...axes]),
  };
}

/** Replaces every plane across `axis` of a volume by `f` of it. */
function mapPlanes(
  { data, shape }: Omit<Samples, "grid">,
  axis: number,
  f: (plane: Plane) => Plane,
): Omit<Samples, "grid"> {
  const others = [0, 1, 2].filter((a) => a !== axis) as unknown as Pair;
  const planes = Array.from({ length: shape[axis] }, (_, i) => {
    const kept = shape.map((size, a) => (a === axis ? [i] : range(0, size)));
    return f({ data: gather(data, shape, kept), shape: [shape[others[0]], shape[others[1]]] });
  });
  const out = [...shape];
  out[others[0]] = planes[0].shape[0];
  out[others[1]] = planes[0].shape[1];
  const step = [out[1] * out[2], out[2], 1];
  const result = new Float64Array(out[0] * step[0]);
  planes.forEach((plane, i) => {
    const [rows, columns] = plane.shape;
    for (let r = 0, at = 0; r < rows; r++) {
      const from = i * step[axis] + r * step[others[0]];
      for (let c = 0; c < columns; c++) result[from + c * step[others[1]]] = plane.data[at++];
    }
  });
  return { data: result, shape: out };
}

/** The whole volume, cropped like the slice and to a multiple across it. */
export function volumeScene(volume: Volume, slice: Slice, multiple: number): Scene {
  const full = [...spatialShape(volume)].reverse();
  const crops = full.map((size) => centredCrop(size, multiple));
  if (crops.some(({ length }) => length < 2 * multiple)) {
    throw new HalfbandError(
      "INVALID_SHAPE",
      `The scan has ${spatialShape(volume).join(" x ")} voxels; downsampling it as a volume needs at least ${2 * multiple} on each axis: compare a slice instead.`,
      { op: "compare", option: "volume", got: spatialShape(volume), expected: 2 * multiple },
    );
  }
  const kept = crops.map(({ start, length }) => range(start, length));
  const data = gather(timePoint(volume, slice.time), full, kept);
  replaceNonFinite(data);
  const grid = crops.map(({ start }) => ({ offset: start, spacing: 1 }));
  const input: Samples = { data, shape: crops.map(({ length }) => length), grid };
  const across = 2 - "xyz".indexOf(slice.axis);
  /** The sample whose block holds the slice. */
  const position = ({ shape, grid: to }: Samples): number => {
    const m = Math.floor((slice.index - grid[across].offset) / to[across].spacing);
    return Math.min(shape[across] - 1, Math.max(0, m));
  };
  return {
    input,
    stride: [STRIDE, STRIDE, STRIDE],
    shown: (samples) => {
      const { shape } = samples;
      const sizes = shape.filter((_, a) => a !== across);
      const at = shape.map((size, a) => (a === across ? [position(samples)] : range(0, size)));
      return planeOf([sizes[0], sizes[1]], gather(samples.data, shape, at));
    },
    centred: (samples) => {
      const [z, y, x] = shiftOf(input, samples);
      const inPlane = mapPlanes(samples, 0, (plane) => phaseShift(plane, [y, x]));
      return { ...mapPlanes(inPlane, 1, (plane) => phaseShift(plane, [z, 0])), grid: samples.grid };
    },
    reference: (factor) => {
      const inPlane = mapPlanes(input, 0, (plane) => kspaceCrop(plane, [factor, factor]));
      return {
        ...mapPlanes(inPlane, 1, (plane) => kspaceCrop(plane, [factor, 1])),
        grid: sampled(input, factor),
      };
    },
    affine: (samples) => {
      const { offset, spacing } = samples.grid[across];
      const place = { offset: offset + spacing * position(samples), spacing };
      return resampleAffine(
        volume.affine,
        samples.grid.map((axis, a) => (a === across ? place : axis)),
      );
    },
  };
}

/** Figures of a whole downsampled volume; those of METRICS.md that need no single plane. */
export interface VolumeFigures {
  readonly shape: readonly number[];
  readonly outMean: number;
  readonly outMin: number;
  readonly outMax: number;
  /** Brightness change as a share of the scan's data range. */
  readonly meanPreservation: number | null;
  /** Residual to the three-dimensional k-space crop. */
  readonly ksrRaw: number;
  readonly ksrGainMatched: number;
  readonly gain: number | null;
}

/** All voxels in one row, for sums that do not care where they are. */
const flattened = ({ data }: Samples): Plane => planeOf([1, data.length], data);

function rangeAndMean(data: Samples["data"]) {
  let [sum, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    sum += data[i];
    if (data[i] < min) min = data[i];
    if (data[i] > max) max = data[i];
  }
  return { mean: sum / data.length, min, max };
}

export function volumeFigures(
  scene: Scene,
  output: Samples,
  centred: Samples,
  reference: Samples,
): VolumeFigures {
  const before = rangeAndMean(scene.input.data);
  const after = rangeAndMean(output.data);
  const { raw, gainMatched, gain } = residual(flattened(centred), flattened(reference));
  const span = before.max - before.min;
  return {
    shape: output.shape,
    outMean: after.mean,
    outMin: after.min,
    outMax: after.max,
    meanPreservation: span > 0 ? (after.mean - before.mean) / span : null,
    ksrRaw: raw,
    ksrGainMatched: gainMatched,
    gain,
  };
}

/** Shown difference to the k-space crop, both at the reference's sample positions. */
export const shownDifference = (scene: Scene, centred: Samples, reference: Samples): Plane =>
  difference(scene.shown(centred), scene.shown({ ...reference, grid: centred.grid }));
