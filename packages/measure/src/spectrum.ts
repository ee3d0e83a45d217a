import { fft } from "@halfband/ops";
import { outputSize, type Pair, type Plane } from "./plane.ts";

/** DFT of a plane, row-major, frequency 0 at index 0, unnormalised. */
export interface Spectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly shape: Pair;
}

/** Signed frequency of bin `i`: -N/2 .. N/2-1 (N even) or -(N-1)/2 .. (N-1)/2 (N odd). */
export const signedFrequency = (i: number, size: number): number => (2 * i < size ? i : i - size);

function transformPlane(
  re: Float64Array,
  im: Float64Array,
  [rows, columns]: Pair,
  way: "forward" | "inverse",
): void {
  const line = fft(columns);
  for (let i = 0; i < rows; i++) {
    const from = i * columns;
    line[way](re.subarray(from, from + columns), im.subarray(from, from + columns));
  }
  fft(rows)[way](re, im, columns);
}

/**
 * Two-dimensional DFT of a real plane: X[k] = sum_n x[n] exp(-2 pi i k n / N) on both axes.
 *
 * @example spectrum({ data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] }).re; // [10, -2, -4, 0]
 */
export function spectrum(x: Plane): Spectrum {
  const re = Float64Array.from(x.data);
  const im = new Float64Array(re.length);
  transformPlane(re, im, x.shape, "forward");
  return { re, im, shape: x.shape };
}

/** Real part of the inverse DFT. The spectrum is left as it is. */
export function inverseSpectrum(X: Spectrum): Plane {
  const re = X.re.slice();
  transformPlane(re, X.im.slice(), X.shape, "inverse");
  return { data: re, shape: X.shape };
}

/** Squared magnitudes |X[k]|^2. */
export function power({ re, im }: Spectrum): Float64Array {
  return re.map((value, i) => value * value + im[i] * im[i]);
}

/**
 * 1 for the bins of an axis inside the band of the new Nyquist K = N / (2 s), else 0. `open`: |k| < K, what an
 * ideal low-resolution scan holds; `closed`: |k| <= K, what a stride does not fold. An axis of spacing 1 is not
 * downsampled: every bin belongs to both.
 */
export function axisBand(size: number, spacing: number, edge: "open" | "closed"): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    const k = Math.abs(signedFrequency(i, size));
    const beyond = 2 * k * spacing - size;
    const tolerance = 1e-9 * size; // spacing = N / M need not be exact
    return spacing === 1 || beyond < -tolerance || (edge === "closed" && beyond <= tolerance) ? 1 : 0;
  });
}

/** The spectrum times one real gain per axis and bin. */
export function weightSpectrum(X: Spectrum, rows: Float64Array, columns: Float64Array): Spectrum {
  const width = X.shape[1];
  const weight = (values: Float64Array) =>
    values.map((value, i) => value * rows[Math.floor(i / width)] * columns[i % width]);
  return { re: weight(X.re), im: weight(X.im), shape: X.shape };
}

/** The spectrum restricted to the open or closed band of the new Nyquist. */
export const bandSpectrum = (X: Spectrum, spacing: Pair, edge: "open" | "closed"): Spectrum =>
  weightSpectrum(X, axisBand(X.shape[0], spacing[0], edge), axisBand(X.shape[1], spacing[1], edge));

/** The image restricted to a band at its own size: `open` gives the `lp` of METRICS.md section 12. */
export const lowpass = (x: Plane, spacing: Pair, edge: "open" | "closed" = "open"): Plane =>
  inverseSpectrum(bandSpectrum(spectrum(x), spacing, edge));

/** Per-bin factors exp(-2 pi i k d / N); for even N the lone Nyquist bin gets cos(pi d), which keeps it real. */
function shiftFactors(size: number, d: number): { re: Float64Array; im: Float64Array } {
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const angle = (-2 * Math.PI * signedFrequency(i, size) * d) / size;
    re[i] = Math.cos(angle);
    im[i] = 2 * i === size ? 0 : Math.sin(angle);
  }
  return { re, im };
}

/** A spectrum whose image is moved by `d` samples per axis towards higher indices. */
export function shiftSpectrum(X: Spectrum, d: Pair): Spectrum {
  const [rows, columns] = X.shape;
  const a = shiftFactors(rows, d[0]);
  const b = shiftFactors(columns, d[1]);
  const re = new Float64Array(X.re.length);
  const im = new Float64Array(X.re.length);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) {
      const c = a.re[i] * b.re[j] - a.im[i] * b.im[j];
      const s = a.re[i] * b.im[j] + a.im[i] * b.re[j];
      re[at] = X.re[at] * c - X.im[at] * s;
      im[at] = X.re[at] * s + X.im[at] * c;
    }
  }
  return { re, im, shape: X.shape };
}

/**
 * Moves a plane by `d` samples per axis (fractions allowed, circular) towards higher indices.
 *
 * @example phaseShift({ data: Float64Array.of(1, 0, 0, 0), shape: [1, 4] }, [0, 1]).data; // [0, 1, 0, 0]
 */
export const phaseShift = (x: Plane, d: Pair): Plane =>
  d[0] === 0 && d[1] === 0 ? x : inverseSpectrum(shiftSpectrum(spectrum(x), d));

/**
 * The low-resolution scan y*: the open band of X, inverse DFT of size N / spacing, mean kept (METRICS.md
 * section 0). What an MRI scanner measures when the acquisition matrix shrinks at fixed field of view.
 *
 * @example kspaceCrop({ data: Float64Array.of(1, 1, 1, 1), shape: [2, 2] }, [2, 2]).data; // [1]
 */
export const kspaceCrop = (x: Plane, spacing: Pair): Plane => cropSpectrum(spectrum(x), spacing);

/** `kspaceCrop` of a plane whose spectrum is at hand. */
export function cropSpectrum(X: Spectrum, spacing: Pair): Plane {
  const shape: Pair = [outputSize(X.shape[0], spacing[0]), outputSize(X.shape[1], spacing[1])];
  const kept = [0, 1].map((a) => axisBand(X.shape[a], spacing[a], "open"));
  const re = new Float64Array(shape[0] * shape[1]);
  const im = new Float64Array(re.length);
  const scale = re.length / X.re.length;
  for (let i = 0; i < X.shape[0]; i++) {
    if (kept[0][i] === 0) continue;
    const row = modulo(signedFrequency(i, X.shape[0]), shape[0]);
    for (let j = 0; j < X.shape[1]; j++) {
      if (kept[1][j] === 0) continue;
      const at = row * shape[1] + modulo(signedFrequency(j, X.shape[1]), shape[1]);
      re[at] = X.re[i * X.shape[1] + j] * scale;
      im[at] = X.im[i * X.shape[1] + j] * scale;
    }
  }
  return inverseSpectrum({ re, im, shape });
}

export const modulo = (k: number, size: number): number => ((k % size) + size) % size;

/** Where bin j of `from` samples goes on an axis of `to` samples, and with what share. */
function upsampledBins(j: number, from: number, to: number): readonly { at: number; share: number }[] {
  if (2 * j !== from) return [{ at: modulo(signedFrequency(j, from), to), share: 1 }];
  return [
    { at: j, share: 0.5 },
    { at: to - j, share: 0.5 },
  ];
}

/**
 * Band-limited interpolation U(y): the spectrum of `y` zero-padded to `shape` (an even size's Nyquist bin goes
 * half to either side), mean kept (METRICS.md section 12).
 *
 * @example upsample({ data: Float64Array.of(1, -1), shape: [1, 2] }, [1, 4]).data; // [1, 0, -1, 0]
 */
export function upsample(y: Plane, shape: Pair): Plane {
  const Y = spectrum(y);
  const re = new Float64Array(shape[0] * shape[1]);
  const im = new Float64Array(re.length);
  const scale = re.length / Y.re.length;
  const columns = Array.from({ length: y.shape[1] }, (_, j) => upsampledBins(j, y.shape[1], shape[1]));
  for (let i = 0; i < y.shape[0]; i++) {
    for (const row of upsampledBins(i, y.shape[0], shape[0])) {
      for (let j = 0; j < y.shape[1]; j++) {
        for (const column of columns[j]) {
          const at = row.at * shape[1] + column.at;
          const share = row.share * column.share * scale;
          re[at] += share * Y.re[i * y.shape[1] + j];
          im[at] += share * Y.im[i * y.shape[1] + j];
        }
      }
    }
  }
  return inverseSpectrum({ re, im, shape });
}
