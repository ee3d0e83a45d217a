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

export function printRow(row: Row): void {
  const { op, shape, impl, copies, minMs, medianMs, ratioToHalfband, ratioToLimit, checked } = row;
  console.log(
    op.padEnd(24),
    shape.padEnd(16),
    impl.padEnd(32),
    copies.padEnd(9),
    `${minMs.toFixed(4).padStart(10)} ms`,
    `${medianMs.toFixed(4).padStart(10)} ms`,
    `${ratioToHalfband.toFixed(2).padStart(8)}x`,
    `${ratioToLimit.toFixed(2).padStart(8)}x limit`,
    checked ? "checked" : "",
  );
}

export const printRefusal = ({ op, shape, impl, reason }: Refusal): void =>
  console.log(`${op} ${shape}: ${impl} ${reason}`);
