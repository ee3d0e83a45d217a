// What a scanner did: the same phantom acquired at 90 x 90, and reconstructed by the scanner to 180 x 180 from a
// 90 x 90 acquisition. The downsampled 180 image against the native one, METRICS section 13.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readNifti } from "@halfband/nifti";
import { asapPool, avgPool, type Backend, blurPool, flcPool, maxPool, type Tensor } from "@halfband/ops";
import { afterAll, describe, expect, it } from "vitest";
import { availableBackends } from "../backends.ts";

const folder = fileURLToPath(new URL("../../../shared/data/local-only", import.meta.url));
const files = ["kspace_pair_native90_u16.nii.gz", "kspace_pair_zerofill180_u16.nii.gz"].map((file) =>
  join(folder, file),
);

/** In-plane halving of [1, 1, z, y, x], in the order of the error that METRICS finds. */
const halvings: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  FLC: (x) => flcPool(x, { stride: [1, 2, 2] }),
  ASAP: (x) => asapPool(x, { stride: [1, 2, 2] }),
  AvgPool: (x) => avgPool(x, { kernelSize: [1, 2, 2] }),
  "BlurPool 3": (x) => blurPool(x, { kernelSize: [1, 3, 3], stride: [1, 2, 2], paddingMode: "circular" }),
  "BlurPool 5": (x) => blurPool(x, { kernelSize: [1, 5, 5], stride: [1, 2, 2], paddingMode: "circular" }),
  MaxPool: (x) => maxPool(x, { kernelSize: [1, 2, 2] }),
};

/** A square complex plane, row-major. */
interface Spectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Unnormalised discrete Fourier transform of a real n x n plane, by two matrix products. */
function transform(plane: ArrayLike<number>, n: number): Spectrum {
  const cos = Float64Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n));
  const sin = Float64Array.from({ length: n }, (_, i) => -Math.sin((2 * Math.PI * i) / n));
  const along = ({ re, im }: Spectrum): Spectrum => {
    // Transforms the last axis and transposes, so that doing it twice gives the two-dimensional transform.
    const out = { re: new Float64Array(n * n), im: new Float64Array(n * n) };
    for (let row = 0; row < n; row++) {
      for (let k = 0; k < n; k++) {
        for (let i = 0; i < n; i++) {
          const [c, s] = [cos[(k * i) % n], sin[(k * i) % n]];
          out.re[k * n + row] += re[row * n + i] * c - im[row * n + i] * s;
          out.im[k * n + row] += re[row * n + i] * s + im[row * n + i] * c;
        }
      }
    }
    return out;
  };
  return along(along({ re: Float64Array.from(plane), im: new Float64Array(n * n) }));
}

/** exp(-2 pi i k t / n) for the signed frequencies k of a plane; the real part alone at the Nyquist frequency. */
function phases(t: number, n: number): Spectrum {
  const signed = Array.from({ length: n }, (_, i) => (i <= n / 2 ? i : i - n));
  const angle = (k: number) => (-2 * Math.PI * k * t) / n;
  return {
    re: Float64Array.from(signed, (k) => Math.cos(angle(k))),
    im: Float64Array.from(signed, (k) => (2 * k === n ? 0 : Math.sin(angle(k)))),
  };
}

/** Relative error of `gain * shifted y` against `want` at the best gain, by Parseval. */
function errorAt(y: Spectrum, want: Spectrum, n: number, rows: number, columns: number): number {
  const [p, q] = [phases(rows, n), phases(columns, n)];
  let [yy, yw, ww] = [0, 0, 0];
  for (let k = 0, i = 0; k < n; k++) {
    for (let l = 0; l < n; l++, i++) {
      const c = p.re[k] * q.re[l] - p.im[k] * q.im[l];
      const s = p.re[k] * q.im[l] + p.im[k] * q.re[l];
      const re = y.re[i] * c - y.im[i] * s;
      const im = y.re[i] * s + y.im[i] * c;
      yy += re * re + im * im;
      yw += re * want.re[i] + im * want.im[i];
      ww += want.re[i] ** 2 + want.im[i] ** 2;
    }
  }
  return Math.sqrt(Math.max(0, 1 - yw ** 2 / (yy * ww)));
}

interface Registered {
  readonly error: number;
  /** Voxels by which y was moved along its columns (x) and its rows (y). */
  readonly x: number;
  readonly y: number;
}

/** The sub-voxel shift of least error: a pattern search that halves its step. */
function register(y: Spectrum, want: Spectrum, n: number): Registered {
  let best = { error: errorAt(y, want, n, 0, 0), x: 0, y: 0 };
  for (let step = 0.5; step > 1e-3; ) {
    const tries = [
      [step, 0],
      [-step, 0],
      [0, step],
      [0, -step],
    ].map(([dx, dy]) => ({
      error: errorAt(y, want, n, best.y + dy, best.x + dx),
      x: best.x + dx,
      y: best.y + dy,
    }));
    const better = tries.reduce((a, b) => (b.error < a.error ? b : a));
    if (better.error < best.error) best = better;
    else step /= 2;
  }
  return best;
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

async function compare(backend: Backend): Promise<Record<string, Registered & { range: string }>> {
  const [native, filled] = await Promise.all(files.map(async (file) => readNifti(await readFile(file))));
  const [n, , slices] = native.shape;
  const spectra = (data: ArrayLike<number>) =>
    Array.from({ length: slices }, (_, z) =>
      transform(Array.prototype.slice.call(data, z * n * n, (z + 1) * n * n), n),
    );
  const want = spectra(native.data);
  const x = filled.tensor(backend);
  const rows: Record<string, Registered & { range: string }> = {};
  for (const [name, halve] of Object.entries(halvings)) {
    const y = halve(x);
    expect(y.shape).toEqual([1, 1, slices, n, n]);
    const found = spectra(await y.data()).map((spectrum, z) => register(spectrum, want[z], n));
    y.dispose();
    const errors = found.map(({ error }) => error);
    rows[name] = {
      error: mean(errors),
      x: mean(found.map((r) => r.x)),
      y: mean(found.map((r) => r.y)),
      range: `${Math.min(...errors).toFixed(3)}..${Math.max(...errors).toFixed(3)}`,
    };
  }
  x.dispose();
  return rows;
}

describe("a scan acquired at half the resolution", async () => {
  if (!files.every((file) => existsSync(file))) {
    it.skip("not run: ../shared/data/local-only with the k-space pair is not beside the project");
    return;
  }
  const backends = await availableBackends();
  afterAll(() => {
    for (const backend of backends.values()) backend.dispose();
  });
  const rows = await compare(backends.get("wasm")!);
  console.info("operator     NRMSE  (min..max)      shift along x, y in low-resolution voxels");
  for (const [name, { error, range, x, y }] of Object.entries(rows)) {
    console.info(
      `${name.padEnd(12)} ${error.toFixed(3)}  (${range})  ${x.toFixed(2).padStart(6)} ${y.toFixed(2).padStart(6)}`,
    );
  }

  it("FLC is nearest to it, then ASAP, AvgPool, BlurPool 3, BlurPool 5, MaxPool", () => {
    const errors = Object.values(rows).map(({ error }) => error);
    expect(errors).toEqual(errors.toSorted((a, b) => a - b));
    expect(new Set(errors).size).toBe(errors.length);
  });

  it("FLC is within 6.5 % of it", () => {
    expect(rows.FLC.error).toBeLessThan(0.065);
  });

  it.each(["AvgPool", "MaxPool"])("%s lies half an input voxel further along x, as its grid says", (name) => {
    expect(rows[name].x).toBeGreaterThan(0.23);
    expect(rows[name].x).toBeLessThan(0.27);
  });

  it.each(["FLC", "ASAP", "BlurPool 3", "BlurPool 5"])(
    "%s lies on the first voxel along x, as its grid says",
    (name) => {
      expect(Math.abs(rows[name].x)).toBeLessThan(0.02);
    },
  );
});
