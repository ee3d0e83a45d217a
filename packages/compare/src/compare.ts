import {
  type Affine,
  frequencyResponse,
  METRICS_VERSION,
  measure,
  type Pair,
  type Plane,
  type PlaneOperator,
  percentile,
  type Report,
  zonePlate,
} from "@halfband/measure";
import type { Volume } from "@halfband/nifti";
import { type Backend, type BackendInfo, type Grid, HalfbandError } from "@halfband/ops";
import { applyMethod, planeOperator, readsAtOnce, type Samples } from "./apply.ts";
import { defaultMethods, findMethod, type Method } from "./methods.ts";
import { orient, orientPair } from "./orientation.ts";
import { pause } from "./pause.ts";
import { displaySize } from "./pixels.ts";
import { countOf } from "./reading.ts";
import {
  type Scene,
  STRIDE,
  shownDifference,
  sliceScene,
  type VolumeFigures,
  volumeFigures,
  volumeScene,
} from "./scene.ts";
import { extractSlice, type Slice, type SliceOptions, spatialShape } from "./slice.ts";
import { logSpectrum, spectrumPeak } from "./spectrum.ts";

/** The part of an `AbortSignal` that is used. */
export interface Abortable {
  readonly aborted: boolean;
  throwIfAborted(): void;
}

export interface CompareOptions extends Omit<SliceOptions, "multiple"> {
  /** Ids of methods; default `defaultMethods`. */
  readonly methods?: readonly string[];
  /** How often each method is applied in a row, one panel per number; default [1, 2]. */
  readonly times?: readonly number[];
  /** Downsample the whole volume, all three axes, and show the slice of the result. Default: the slice alone. */
  readonly volume?: boolean;
  /** Arithmetic of the metrics, see `PlaneOperatorOptions`. Panels are always the backend's. */
  readonly precision?: "float32" | "float64";
  /**
   * Frequency responses, zone-plate metrics and simulated noise, which do not depend on the scan; default true.
   * Without them the comparison is several times faster.
   */
  readonly patterns?: boolean;
  /** Called before each panel with what is being worked on, and once at the end with done = total. */
  readonly onProgress?: (done: number, total: number, label: string) => void;
  readonly signal?: Abortable;
}

/** Ends of a grey or colour scale. */
export interface Window {
  readonly low: number;
  readonly high: number;
}

export type MethodDescription = Omit<Method, "call" | "apply">;

/** Gain by frequency along one axis of the slice: the transfer function, or for others the describing function. */
export interface ResponseCurve {
  /** 0: down the rows of the voxel order, 1: along its columns. */
  readonly axis: 0 | 1;
  readonly kind: "linear" | "describing";
  /** Cycles per voxel of the scan, 0 to 0.5. */
  readonly frequency: readonly number[];
  readonly magnitude: readonly number[];
}

/** One method applied once or several times. Planes are turned for display; grid and affine are in voxel order. */
export interface Panel {
  readonly method: string;
  readonly times: number;
  readonly plane: Plane;
  /** Centre offset removed, minus the k-space crop of the same size. */
  readonly difference: Plane;
  /** Decibels, zero frequency in the middle. */
  readonly spectrum: Plane;
  /** The zone plate through the method, from 0 to 1. */
  readonly zonePlate: Plane;
  /** Sample m lies at voxel `offset + spacing m` of the scan; rows and columns (in volume mode z, y, x). */
  readonly grid: Grid;
  readonly zooms: Pair;
  readonly affine: Affine;
  /** Metrics of the method on the slice; in volume mode too, where the method then runs in the plane alone. */
  readonly report: Report;
  readonly responses: readonly ResponseCurve[];
  /** Metrics of the whole volume, in volume mode. */
  readonly volume: VolumeFigures | null;
}

/** The k-space crop that the panels applied `times` times are held against. */
export interface ReferencePanel {
  readonly times: number;
  readonly plane: Plane;
  readonly spectrum: Plane;
}

export interface Comparison {
  readonly scan: {
    readonly shape: readonly number[];
    readonly zooms: readonly number[];
    readonly axisCodes: string;
    readonly affine: Affine;
    readonly description: string;
  };
  readonly slice: Slice;
  readonly volume: boolean;
  readonly stride: number;
  readonly times: readonly number[];
  readonly backend: BackendInfo;
  readonly precision: "float32" | "float64";
  readonly metricsVersion: string;
  readonly methods: readonly MethodDescription[];
  /** The slice at full size, turned for display. */
  readonly original: { readonly plane: Plane; readonly spectrum: Plane; readonly zonePlate: Plane };
  readonly references: readonly ReferencePanel[];
  /** In the order of `methods`, each with all its `times`. */
  readonly panels: readonly Panel[];
  /** Grey scale of all planes: percentiles 1 and 99.5 of the original. */
  readonly window: Window;
  /** Scale of all differences: a fifth of the grey scale to either side. */
  readonly differenceWindow: Window;
  /** Scale of all spectra, decibels. */
  readonly spectrumWindow: Window;
  /** Width and height in pixels at which the slice has square millimetres; for every panel. */
  readonly displaySize: readonly [width: number, height: number];
}

/** Everything that the panels of one comparison share. */
interface Bench {
  readonly volume: Volume;
  readonly slice: Slice;
  readonly scene: Scene;
  readonly backend: Backend;
  readonly precision: "float32" | "float64";
  readonly inVolume: boolean;
  readonly patterns: boolean;
  readonly references: ReadonlyMap<number, Samples>;
  readonly peak: number;
}

const ZONE_PLATE_SIZE = 256;

/** Noise of non-linear methods is simulated: this many samples give two digits. */
const NOISE = { samples: 2 ** 18, seed: 1 } as const;

/**
 * Every method on one slice of a scan, side by side: pictures, the difference to the k-space crop, spectra, zone
 * plates, frequency responses and metrics. Borders are joined (circular) for every method, as in k-space. The
 * slice is cropped to a multiple of twice the total stride; `slice.cropped` says so.
 *
 * @throws `INVALID_OPTION`, `INVALID_SHAPE`; the signal's reason once aborted.
 * @example
 * const comparison = await compare(await readNifti(bytes), backend, { axis: "z", methods: ["maxpool", "flc"] });
 * for (const { method, times, report } of comparison.panels) console.log(method, times, report.values.ksrRaw);
 * const picture = toRgba(comparison.panels[0].plane, comparison.window);
 */
export async function compare(
  volume: Volume,
  backend: Backend,
  options: CompareOptions = {},
): Promise<Comparison> {
  const chosen = uniqueMethods(options.methods ?? defaultMethods);
  const times = checkTimes(options.times ?? [1, 2]);
  const total = chosen.length * times.length;
  const bench = prepareBench(volume, backend, options, times);
  const panels: Panel[] = [];
  for (const method of chosen) {
    let output = bench.scene.input;
    for (let t = 1; t <= times[times.length - 1]; t++) {
      const wanted = times.includes(t);
      if (wanted) options.onProgress?.(panels.length, total, `${method.title}, ${countOf(t)}`);
      await pause();
      options.signal?.throwIfAborted();
      output = await applyMethod(method, output, bench.scene.stride, backend);
      if (wanted) panels.push(panelOf(bench, method, t, output));
    }
  }
  await pause();
  options.signal?.throwIfAborted();
  options.onProgress?.(total, total, "Done");
  return assemble(bench, chosen, times, panels);
}

const uniqueMethods = (ids: readonly string[]): Method[] => [...new Set(ids)].map(findMethod);

function checkTimes(times: readonly number[]): number[] {
  const sorted = [...new Set(times)].sort((a, b) => a - b);
  if (sorted.length > 0 && sorted.every((t) => Number.isInteger(t) && t >= 1 && t <= 4)) return sorted;
  throw new HalfbandError(
    "INVALID_OPTION",
    `times is [${times.join(", ")}]; expected whole numbers from 1 to 4.`,
    { op: "compare", option: "times", got: times, expected: "whole numbers from 1 to 4" },
  );
}

function prepareBench(
  volume: Volume,
  backend: Backend,
  options: CompareOptions,
  times: readonly number[],
): Bench {
  const { axis, index, time } = options;
  const multiple = 2 * STRIDE ** times[times.length - 1];
  const slice = extractSlice(volume, {
    multiple,
    ...(axis === undefined ? {} : { axis }),
    ...(index === undefined ? {} : { index }),
    ...(time === undefined ? {} : { time }),
  });
  const { volume: inVolume = false, patterns = true } = options;
  const scene = inVolume ? volumeScene(volume, slice, multiple) : sliceScene(volume, slice);
  return {
    volume,
    slice,
    scene,
    backend,
    inVolume,
    patterns,
    precision: options.precision ?? (readsAtOnce(backend) ? "float32" : "float64"),
    references: new Map(times.map((t) => [t, scene.reference(STRIDE ** t)])),
    peak: spectrumPeak(slice.plane),
  };
}

function panelOf(bench: Bench, method: Method, times: number, output: Samples): Panel {
  const { scene, slice, backend, precision, patterns, peak } = bench;
  const reference = bench.references.get(times)!;
  const centred = scene.centred(output);
  const shown = orient(scene.shown(output), slice.orientation);
  const operator = planeOperator(method, backend, { times, precision });
  const report = measure(operator, slice.plane, {
    dataRange: rangeOf(slice.plane),
    noise: patterns && NOISE,
    patterns,
    parameters: { ...method.options, operator: method.operator, stride: STRIDE, times },
    padding: "circular",
    normalised: false,
    zooms: slice.zooms,
    affine: slice.affine,
    axes: slice.axes,
  });
  const factor = STRIDE ** times;
  return {
    method: method.id,
    times,
    plane: shown,
    difference: orient(shownDifference(scene, centred, reference), slice.orientation),
    spectrum: logSpectrum(shown, peak),
    zonePlate: operator.apply(zonePlate(ZONE_PLATE_SIZE)),
    grid: output.grid,
    zooms: [slice.zooms[0] * factor, slice.zooms[1] * factor],
    affine: scene.affine(output),
    report,
    responses: patterns ? curvesOf(operator, report) : [],
    volume: bench.inVolume ? volumeFigures(scene, output, centred, reference) : null,
  };
}

const rangeOf = (plane: Plane): number => percentile(plane, 100) - percentile(plane, 0);

function curvesOf(operator: PlaneOperator, report: Report): ResponseCurve[] {
  return ([0, 1] as const).flatMap((axis): ResponseCurve[] => {
    const exact = frequencyResponse(operator, axis);
    if (exact) {
      const frequency = Array.from(exact.curve, (_, k) => k / exact.size);
      return [{ axis, kind: "linear", frequency, magnitude: Array.from(exact.curve) }];
    }
    const samples = report.response?.[axis]?.samples;
    if (!samples) return [];
    return [
      {
        axis,
        kind: "describing",
        frequency: samples.map((sample) => sample.frequency),
        magnitude: samples.map((sample) => sample.magnitude),
      },
    ];
  });
}

/** Percentiles of a plane as the ends of a scale; never empty. */
function windowOf(plane: Plane, low: number, high: number): Window {
  const ends = { low: percentile(plane, low), high: percentile(plane, high) };
  return ends.high > ends.low ? ends : { low: ends.low, high: ends.low + 1 };
}

function assemble(
  bench: Bench,
  chosen: readonly Method[],
  times: readonly number[],
  panels: readonly Panel[],
): Comparison {
  const { volume, slice, scene, peak } = bench;
  const { orientation } = slice;
  const plane = orient(slice.plane, orientation);
  const spectrum = logSpectrum(plane, peak);
  const window = windowOf(plane, 1, 99.5);
  const reach = (window.high - window.low) / 5;
  return {
    scan: {
      shape: spatialShape(volume).concat(volume.shape.slice(3)),
      zooms: [...volume.zooms],
      axisCodes: volume.axisCodes,
      affine: volume.affine,
      description: volume.header.description,
    },
    slice,
    volume: bench.inVolume,
    stride: STRIDE,
    times,
    backend: bench.backend.info,
    precision: bench.precision,
    metricsVersion: METRICS_VERSION,
    methods: chosen.map(({ call, apply, ...described }) => described),
    original: { plane, spectrum, zonePlate: zonePlate(ZONE_PLATE_SIZE) },
    references: times.map((t) => {
      const reference = orient(scene.shown(bench.references.get(t)!), orientation);
      return { times: t, plane: reference, spectrum: logSpectrum(reference, peak) };
    }),
    panels,
    window,
    differenceWindow: { low: -reach, high: reach },
    spectrumWindow: windowOf(spectrum, 2, 99.9),
    displaySize: displaySize(plane.shape, orientPair(slice.zooms, orientation)),
  };
}
