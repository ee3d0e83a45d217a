// npm run bench [-- --filter flcPool] [-- --json out.json] [-- --rounds 5]
// Every implementation of a job in turn, in short rounds, in this one process; results are checked first.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createWasmBackend } from "@halfband/wasm";
import { Bench } from "tinybench";
import { type Implementation, type Job, jobs } from "./ops/jobs.ts";

interface Row {
  op: string;
  shape: string;
  impl: string;
  threads: number;
  minMs: number;
  medianMs: number;
  ratioToHalfband: number;
  ratioToLimit: number;
  copies: "included" | "resident";
  checked: boolean;
}

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    filter: { type: "string" },
    rounds: { type: "string", default: "5" },
    simd: { type: "string", default: "auto" },
  },
});

/** Compares the outputs of all implementations that have one with the first. */
function check({ op, shape, tolerance, implementations }: Job): Set<Implementation> {
  const withOutput = implementations.filter((implementation) => implementation.output);
  for (const implementation of withOutput) implementation.run();
  const want = withOutput[0].output!();
  const largest = want.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
  for (const { impl, output } of withOutput) {
    const got = output!();
    const deviation = got.reduce((max, v, i) => Math.max(max, Math.abs(v - want[i])), 0);
    if (got.length !== want.length || !(deviation <= tolerance * largest)) {
      throw new Error(
        `${op} ${shape}: ${impl} deviates by ${deviation} from ${withOutput[0].impl}; allowed are ${tolerance * largest}.`,
      );
    }
  }
  return new Set(withOutput.length > 1 ? withOutput : []);
}

async function time(job: Job, rounds: number): Promise<Row[]> {
  const checked = check(job);
  const samples = new Map<Implementation, { min: number; medians: number[] }>();
  for (const implementation of job.implementations)
    samples.set(implementation, { min: Number.POSITIVE_INFINITY, medians: [] });
  for (let round = 0; round < rounds; round++) {
    const bench = new Bench({
      time: 30,
      iterations: 3,
      warmupTime: round === 0 ? 60 : 0,
      warmupIterations: round === 0 ? 3 : 0,
      retainSamples: true,
    });
    for (const [i, implementation] of job.implementations.entries()) bench.add(String(i), implementation.run);
    await bench.run();
    bench.tasks.forEach(({ result }, i) => {
      const sample = samples.get(job.implementations[i])!;
      if (result.state !== "completed")
        throw new Error(`${job.op} ${job.shape}: ${job.implementations[i].impl} failed.`);
      sample.min = Math.min(sample.min, result.latency.min);
      sample.medians.push(result.latency.p50);
    });
  }
  const minOf = (i: number) => samples.get(job.implementations.at(i)!)!.min;
  return job.implementations.map((implementation): Row => {
    const { min, medians } = samples.get(implementation)!;
    return {
      op: job.op,
      shape: job.shape,
      impl: implementation.impl,
      threads: 1,
      minMs: min,
      medianMs: medians.sort((a, b) => a - b)[medians.length >> 1],
      ratioToHalfband: min / minOf(0),
      ratioToLimit: min / minOf(-1),
      copies: implementation.copies,
      checked: checked.has(implementation),
    };
  });
}

const backend = await createWasmBackend({ simd: values.simd as "auto", warmup: true });
const rows: Row[] = [];
for (const job of jobs(backend, values.filter)) {
  const timed = await time(job, Number(values.rounds));
  rows.push(...timed);
  for (const { op, shape, impl, minMs, medianMs, ratioToHalfband, ratioToLimit, checked } of timed) {
    const text = [
      op.padEnd(36),
      shape.padEnd(14),
      impl.padEnd(24),
      `${minMs.toFixed(4).padStart(10)} ms`,
      `${medianMs.toFixed(4).padStart(10)} ms`,
    ];
    console.log(
      ...text,
      `${ratioToHalfband.toFixed(2).padStart(8)}x`,
      `${ratioToLimit.toFixed(2).padStart(8)}x limit`,
      checked ? "checked" : "",
    );
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
backend.dispose();
