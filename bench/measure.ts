import type { Job } from "./ops/jobs.ts";
import type { Implementation } from "./rivals/src/rival.ts";

export interface Row {
  readonly op: string;
  readonly shape: string;
  readonly impl: string;
  readonly threads: number;
  readonly minMs: number;
  readonly medianMs: number;
  /** Its time by that of halfband's baseline build, both with copies or both without. */
  readonly ratioToHalfband: number;
  /** Its time by that of the physical limit. */
  readonly ratioToLimit: number;
  readonly copies: "included" | "resident";
  /** Its result was compared before it was timed. */
  readonly checked: boolean;
  readonly note?: string;
}

/** A rival with a known defect, which showed: it is reported, not timed. */
export interface Refusal {
  readonly op: string;
  readonly shape: string;
  readonly impl: string;
  readonly reason: string;
}

/** Times an implementation for about `ROUND_MS`; a slow one once. */
export type TimeRound = (
  implementation: Implementation,
  turn: { readonly isSlow: boolean; readonly isFirst: boolean },
) => Promise<{ readonly minMs: number; readonly medianMs: number }>;

/** Time for each implementation and round, ms: short, so that a disturbed stretch hits all alike. */
export const ROUND_MS = 20;
/** What runs longer than this takes part in the first rounds only. */
const SLOW_MS = 100;
const SLOW_ROUNDS = 3;

export async function measure(
  job: Job,
  rounds: number,
  timeRound: TimeRound,
): Promise<{ rows: Row[]; refusals: Refusal[] }> {
  const { sound, slow, refusals } = await check(job);
  const samples = new Map(sound.map((implementation) => [implementation, [] as number[]]));
  const minima = new Map(sound.map((implementation) => [implementation, Number.POSITIVE_INFINITY]));
  for (let round = 0; round < rounds; round++) {
    for (const implementation of sound) {
      const isSlow = slow.has(implementation);
      if (isSlow && round >= SLOW_ROUNDS) continue;
      const { minMs, medianMs } = await timeRound(implementation, { isSlow, isFirst: round === 0 });
      minima.set(implementation, Math.min(minima.get(implementation)!, minMs));
      samples.get(implementation)!.push(medianMs);
    }
  }
  const rows = sound.map((implementation): Row => {
    const { impl, copies, threads = 1, note, output, flops } = implementation;
    const minMs = minima.get(implementation)!;
    const ours = sound.find((other) => other.impl.startsWith("halfband") && other.copies === copies);
    const limit = sound.find((other) => other.impl.startsWith("limit"))!;
    const rate = flops === undefined ? "" : `; ${(flops / minMs / 1e6).toFixed(1)} GFLOP/s`;
    return {
      op: job.op,
      shape: job.shape,
      impl,
      threads,
      minMs,
      medianMs: median(samples.get(implementation)!),
      ratioToHalfband: minMs / minima.get(ours!)!,
      ratioToLimit: minMs / minima.get(limit)!,
      copies,
      checked: output !== undefined && sound.filter((other) => other.output).length > 1,
      ...(note === undefined ? {} : { note: `${note}${rate}` }),
    };
  });
  return { rows, refusals };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];

/** Runs everything once and compares it with halfband's baseline build, which conformance tests hold to float64. */
async function check(job: Job) {
  const sound: Implementation[] = [];
  const slow = new Set<Implementation>();
  const refusals: Refusal[] = [];
  let want: Float32Array | undefined;
  let largest = 0;
  for (const implementation of job.implementations) {
    const { impl, output, defect } = implementation;
    await implementation.run();
    const start = performance.now();
    await implementation.run();
    if (performance.now() - start > SLOW_MS) slow.add(implementation);
    const got = await output?.();
    want ??= got!.slice();
    largest ||= want.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
    const reason = got && difference(got, want, job.tolerance * largest);
    if (reason === undefined) sound.push(implementation);
    else if (defect === undefined) throw new Error(`${job.op} ${job.shape}: ${impl} ${reason}`);
    else refusals.push({ op: job.op, shape: job.shape, impl, reason: `${defect}: ${reason}` });
  }
  return { sound, slow, refusals };
}

function difference(got: Float32Array, want: Float32Array, allowed: number): string | undefined {
  if (got.length !== want.length) return `returned ${got.length} values, expected ${want.length}`;
  let worst = 0;
  let at = 0;
  for (let i = 0; i < got.length; i++) {
    const deviation = Math.abs(got[i] - want[i]);
    if (!(deviation <= worst)) [worst, at] = [deviation, i];
    if (Number.isNaN(worst)) break;
  }
  if (worst <= allowed) return undefined;
  return `returned ${got[at]} where ${want[at]} is right (element ${at})`;
}
