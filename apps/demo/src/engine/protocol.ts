import type { DeviceName } from "./devices.ts";
import type { Backend, Grid, MetricKey, Orientation, Plane, Window } from "./halfband.ts";

/** Voxel axes, 0 is x. */
export type Axis = 0 | 1 | 2;
export type PerVoxelAxis = readonly [x: number, y: number, z: number];

/** An operator with options of the user's own. Per-axis options are numbers or x, y, z. */
export interface CustomMethod {
  readonly id: string;
  readonly operator: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** What `conv` and its kin multiply with. */
  readonly weights?: "centre" | "box";
}

/** The id of a method of `@halfband/compare`, or an operator with own options. */
export type MethodChoice = string | CustomMethod;

/** The address of a scan, a file of the user's own, or the two files of a pair. */
export type ScanSource = string | File | { readonly header: File; readonly image: File };

export interface ScanInfo {
  readonly id: string;
  readonly name: string;
  /** Sizes along x, y, z; 1 where the file has fewer axes. */
  readonly shape: PerVoxelAxis;
  readonly zooms: PerVoxelAxis;
  readonly times: number;
  readonly axisCodes: string;
  readonly dataType: string;
  readonly description: string;
  /** Voxels that are NaN or infinite; slices have 0 there. */
  readonly nonFinite: number;
  /** Least and greatest of the others; null where there are none. */
  readonly range: { readonly min: number; readonly max: number } | null;
  /** What of the file is not as it is meant to be, a sentence each. */
  readonly warnings: readonly string[];
  /** Percentiles 1 and 99.5 of the middle slices. */
  readonly window: Window;
}

/** How one or several applications go: factor per application and voxel axis. */
export interface Sampling {
  readonly stride: PerVoxelAxis;
  readonly times: number;
}

export interface SlicePlace {
  readonly scan: string;
  readonly axis: Axis;
  readonly index: number;
  readonly time: number;
}

/** Numbers under a picture. */
export interface Figures {
  /** Share of the contrast that is false detail; null where the method is not linear. */
  readonly falseDetail: number | null;
  /** Energy of the difference to the k-space crop, as a share of the crop's. */
  readonly residual: number;
  /** Change of the mean as a share of the data range. */
  readonly brightness: number | null;
  readonly edges: number | null;
}

export type Values = Readonly<Record<MetricKey, number | null>>;

export type PanelEvent =
  | {
      readonly kind: "original";
      readonly plane: Plane;
      readonly spectrum: Plane | null;
      readonly window: Window;
      readonly spectrumWindow: Window | null;
      readonly orientation: Orientation;
      /** Millimetres per voxel down and across the display. */
      readonly zooms: readonly [number, number];
      readonly cropped: boolean;
    }
  | {
      readonly kind: "panel";
      readonly method: string;
      readonly plane: Plane;
      readonly difference: Plane | null;
      readonly spectrum: Plane | null;
      readonly figures: Figures | null;
    }
  | { readonly kind: "failure"; readonly method: string; readonly message: string }
  | {
      readonly kind: "metrics";
      readonly method: string;
      readonly values: Values;
      readonly reasons: Readonly<Partial<Record<MetricKey, string>>>;
      readonly curve: Curve | null;
    };

/** Gain by frequency, cycles per voxel, along the rows' direction. */
export interface Curve {
  readonly frequency: readonly number[];
  readonly magnitude: readonly number[];
  /** The finest detail that the result's voxels can carry. */
  readonly limit: number;
}

export interface PanelsRequest extends Sampling {
  readonly place: SlicePlace;
  readonly methods: readonly MethodChoice[];
  readonly device: DeviceName;
  /** Differences and spectra beside the pictures. */
  readonly extras: boolean;
  readonly figures: boolean;
  readonly metrics: "none" | "slice" | "all";
}

export interface PatternRequest extends Sampling {
  readonly pattern: "zone-plate" | "point";
  /** Voxels by which the pattern moved, diagonally. */
  readonly shift: number;
  readonly methods: readonly MethodChoice[];
}

export interface PatternFrame {
  readonly input: Plane;
  readonly outputs: readonly { readonly method: string; readonly plane: Plane; readonly peak: number }[];
}

export interface PeakCurves {
  readonly shifts: readonly number[];
  readonly peaks: readonly { readonly method: string; readonly values: readonly number[] }[];
}

export interface VolumeRequest extends Sampling {
  readonly scan: string;
  readonly methods: readonly MethodChoice[];
  readonly device: DeviceName;
}

export interface VolumeResult {
  readonly method: string;
  /** x, y, z and time points. */
  readonly shape: readonly number[];
  readonly milliseconds: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export interface Timing {
  readonly method: string;
  readonly device: DeviceName;
  /** Median; null where the method does not run there. */
  readonly milliseconds: number | null;
  /** Null where the device is not there. */
  readonly threads: number | null;
  /** The build; or why the method does not run. */
  readonly note: string;
}

/** What computes. */
export type BackendNote = Pick<Backend["info"], "build" | "threads">;

export interface Job<Params, Result, Event = never> {
  readonly params: Params;
  readonly result: Result;
  readonly event: Event;
}

/** What the worker can be asked for. */
export interface Jobs {
  /** Fetches what the worker may want later. */
  preload: Job<null, void>;
  open: Job<{ readonly id: string; readonly source: ScanSource }, ScanInfo>;
  voxels: Job<{ readonly scan: string; readonly time: number }, Float32Array>;
  backend: Job<DeviceName, BackendNote>;
  panels: Job<PanelsRequest, void, PanelEvent>;
  pattern: Job<PatternRequest, PatternFrame>;
  peaks: Job<Omit<PatternRequest, "pattern" | "shift">, PeakCurves>;
  volume: Job<VolumeRequest, void, VolumeResult>;
  volumePanels: Job<{ readonly place: SlicePlace; readonly request: VolumeRequest }, void, PanelEvent>;
  timings: Job<VolumeRequest, void, Timing>;
  nifti: Job<VolumeRequest, { readonly bytes: Uint8Array; readonly name: string }>;
  png: Job<{ readonly width: number; readonly height: number; readonly data: Uint8ClampedArray }, Uint8Array>;
}

export type JobName = keyof Jobs;

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly label: string;
}

export type ToWorker =
  | { readonly id: number; readonly name: JobName; readonly params: unknown }
  | { readonly cancel: number };

export type FromWorker = { readonly id: number } & (
  | { readonly event: unknown }
  | { readonly progress: Progress }
  | { readonly result: unknown }
  | { readonly error: string; readonly cancelled: boolean }
);

/** A downsampled volume as the worker keeps it: [time, channel, ...spatial]. */
export interface StoredVolume {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly grid: Grid;
  readonly milliseconds: number;
}
