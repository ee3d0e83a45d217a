// What one run of the benchmark leaves: `--json` writes it, and `docs/performance.md` is made of several.
import { cpus } from "node:os";
import type { ColdStart } from "./cold/cold.ts";
import type { Refusal, Row } from "./measure.ts";
import type { Size } from "./report/sizes.ts";

export interface Results {
  /** Such as `Node.js v20.20.2`. */
  readonly engine: string;
  readonly machine: string;
  /** Whether rivals took part. */
  readonly rivals: boolean;
  readonly rows: readonly Row[];
  readonly refusals: readonly Refusal[];
  readonly starts: readonly ColdStart[];
  readonly sizes: readonly Size[];
  /** What it takes to set a second thread to work that is awake. */
  readonly dispatchMicroseconds?: number;
}

export const machine = (): string => `${cpus()[0].model.trim()}, ${process.platform} ${process.arch}`;

const jobOf = ({ op, shape }: Row | Refusal): string => `${op} ${shape}`;

/** Runs of the same engine and machine made one: jobs measured again take the place of what was there. */
export function merged(runs: readonly Results[]): Results[] {
  const byEngine = new Map<string, Results>();
  for (const run of runs) {
    const key = `${run.engine}, ${run.machine}`;
    const before = byEngine.get(key);
    byEngine.set(key, before ? withJobsOf(before, run) : run);
  }
  return [...byEngine.values()];
}

/** A job's rows stay together: their ratios are of one run. */
function withJobsOf(before: Results, again: Results): Results {
  const measured = new Set([...again.rows, ...again.refusals].map(jobOf));
  const jobs = new Set([...before.rows, ...again.rows].map(jobOf));
  const rows = [...jobs].flatMap((job) =>
    (measured.has(job) ? again : before).rows.filter((row) => jobOf(row) === job),
  );
  const refusals = before.refusals.filter((refusal) => !measured.has(jobOf(refusal)));
  return { ...before, rows, refusals: [...refusals, ...again.refusals] };
}

/** Of the columns; numbers, to the right, below 0. */
const WIDTHS = [24, 16, 32, 9, -13, -13, -12, -9, 0];

function print(cells: readonly string[]): void {
  const padded = cells.map((cell, i) => (WIDTHS[i] < 0 ? cell.padStart(-WIDTHS[i]) : cell.padEnd(WIDTHS[i])));
  console.log(padded.join(" ").trimEnd());
}

/** What the columns of `printRow` are. */
export const printHead = (): void =>
  print(["operator", "shape", "implementation", "copies", "min", "median", "vs halfband", "vs limit"]);

export function printRow(row: Row): void {
  const { op, shape, impl, copies, minMs, medianMs, ratioToHalfband, ratioToLimit, checked } = row;
  const times = [minMs, medianMs].map((ms) => `${ms.toFixed(4)} ms`);
  const ratios = [ratioToHalfband, ratioToLimit].map((ratio) => `${ratio.toFixed(2)}x`);
  print([op, shape, impl, copies, times[0], times[1], ratios[0], ratios[1], checked ? "checked" : ""]);
}

export const printRefusal = ({ op, shape, impl, reason }: Refusal): void =>
  console.log(`${op} ${shape}: ${impl} ${reason}`);
