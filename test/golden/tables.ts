import { resampleAffine } from "@halfband/nifti";
import { asapPool, blurPool, type FourierAxis, flcPool, windowGain } from "@halfband/ops";
import type { Outcome } from "./check.ts";
import type { Manifest } from "./manifest.ts";

const close = (got: readonly number[], want: readonly number[], tolerance: number): boolean =>
  got.length === want.length &&
  got.every((v, i) => Math.abs(v - want[i]) <= tolerance * Math.max(1, Math.abs(want[i])));

const outcome = (
  name: string,
  got: readonly number[],
  want: readonly number[],
  tolerance = 1e-12,
): Outcome =>
  close(got, want, tolerance)
    ? { name, status: "passed" }
    : { name, status: "failed", reason: `got ${got}, expected ${want}` };

const axisOf = (plan: { params: unknown }) => (plan.params as { axes: readonly FourierAxis[] }).axes[0];
const bins = ({ frequency, out }: FourierAxis) => Array.from({ length: out }, (_, i) => frequency + i);

/** The manifest's affines and tables: facts about geometry, taps, windows and bins that need no backend. */
export function checkTables({ affines, tables }: Manifest): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const { name, affine, geometry, expectedAffine } of affines) {
    const matrix = [0, 4, 8, 12].map((row) => affine.slice(row, row + 4));
    // The affine's columns are x, y, z; a grid's axes z, y, x.
    const grid = geometry.offset.map((offset, a) => ({ offset, spacing: geometry.spacing[a] })).reverse();
    outcomes.push(outcome(name, resampleAffine(matrix, grid).flat(), expectedAffine));
  }
  for (const [k, taps] of Object.entries(tables.blurTaps)) {
    const plan = blurPool.plan({ shape: [1, 1, 16] }, { kernelSize: Number(k) });
    outcomes.push(outcome(`taps.${k}`, (plan.params as { axes: { taps: number[] }[] }).axes[0].taps, taps));
  }
  for (const [n, window] of Object.entries(tables.numpyHamming)) {
    const size = Number(n);
    const got = window.map(
      (_, j) => windowGain({ kind: "hammingRootPublished" }, j - Math.floor(size / 2), size) ** 2,
    );
    outcomes.push(outcome(`hamming.${n}`, got, window));
  }
  for (const { n, outSize, referenceBins, referenceDelta, centeredBins } of tables.flcBins) {
    const published = axisOf(flcPool.plan({ shape: [1, 1, n] }, { variant: "published" }));
    const centered = axisOf(asapPool.plan({ shape: [1, 1, n] }, { size: "published", bins: "centered" }));
    const got = [published.out, published.shift, ...bins(published), ...bins(centered)];
    outcomes.push(outcome(`bins.${n}`, got, [outSize, referenceDelta, ...referenceBins, ...centeredBins]));
  }
  return outcomes;
}
