/** A way to do a job. `output` is read after a run, to check the result before it is timed. */
export interface Implementation {
  readonly impl: string;
  /** Whether data in JavaScript arrays is carried in and out on every run. */
  readonly copies: "included" | "resident";
  readonly threads?: number;
  /** What the figure contains. */
  readonly note?: string | undefined;
  /** A known defect of the library: where its result differs, it is reported and not timed. */
  readonly defect?: string | undefined;
  /** Of limits: the arithmetic done per run, to state a rate. */
  readonly flops?: number;
  run(): void | Promise<void>;
  output?(): Float32Array | Promise<Float32Array>;
  dispose?(): void;
}

/** What is to be computed, in the words of no library. Per-axis settings are the same on every axis. */
export type Task = {
  /** [N, C, ...spatial], row-major. */
  readonly shape: readonly number[];
  readonly outShape: readonly number[];
  readonly x: Float32Array;
} & (
  | {
      readonly op: "maxPool" | "avgPool";
      readonly kernelSize: number;
      readonly stride: number;
      readonly padding: number;
    }
  | { readonly op: "blurPool"; readonly kernelSize: number }
  | { readonly op: "maxBlurPool"; readonly maxSize: number; readonly kernelSize: number }
  | {
      readonly op: "conv" | "depthwiseConv";
      readonly weight: Float32Array;
      /** Padded by half of it. */
      readonly kernelSize: 1 | 3;
      readonly stride: number;
    }
  | { readonly op: "convBlurPool"; readonly weight: Float32Array; readonly kernelSize: number }
  | { readonly op: "flcPool" }
);

export interface Rival {
  /** The implementations it offers for a task; none where it lacks the operator. */
  prepare(task: Task): Promise<Implementation[]>;
}

export const spatialOf = (shape: readonly number[]): number[] => shape.slice(2);

export const planeCount = ([n, c]: readonly number[]): number => n * c;

/** Binomial taps that sum to 1. */
export function binomial(size: number): number[] {
  let taps = [1];
  for (let k = 1; k < size; k++)
    taps = Array.from({ length: k + 1 }, (_, i) => (taps[i - 1] ?? 0) + (taps[i] ?? 0));
  return taps.map((tap) => tap / 2 ** (size - 1));
}

/** Reflecting pad before and after an axis that blurPool takes by default. */
export const blurPadding = (size: number): [number, number] => [(size - 1) >> 1, size >> 1];

/** flcPool of a line of even length n: the real part of transform, crop and inverse; n/2 x n, row-major. */
export function flcMatrix(n: number): Float32Array {
  const m = n >> 1;
  const low = -(m >> 1);
  return Float32Array.from({ length: m * n }, (_, at) => {
    const phase = 2 * Math.PI * (Math.floor(at / n) / m - (at % n) / n);
    let sum = 0;
    for (let k = low; k < low + m; k++) sum += Math.cos(phase * k);
    return sum / n;
  });
}

/** Where both outputs have an unpaired frequency, flcPool is not separable: (wave x wave) of the plane, on a board. */
export const flcWave = (n: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin((Math.PI * i) / 2) / n);

export const checkerboard = (rows: number, columns: number): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) =>
    (Math.floor(i / columns) + (i % columns)) % 2 === 0 ? 1 : -1,
  );
