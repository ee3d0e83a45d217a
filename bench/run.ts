// npm run bench [-- --filter flcPool] [--rivals] [--rounds 7] [--json out.json] [--markdown docs/performance.md]
// Every implementation of a job in turn, in short rounds, in this one process; results are checked first.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createWasmBackend } from "@halfband/wasm";
import { coldStarts } from "./cold/cold.ts";
import { measure, type Refusal, type Row } from "./measure.ts";
import { jobs } from "./ops/jobs.ts";
import { report } from "./report/report.ts";
import { sizes } from "./report/sizes.ts";
import { loadRivals } from "./rivals/src/index.ts";

const { values } = parseArgs({
  options: {
    filter: { type: "string" },
    rivals: { type: "boolean", default: false },
    rounds: { type: "string", default: "7" },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});

async function backends() {
  const baseline = await createWasmBackend({ simd: "baseline", warmup: true });
  const best = await createWasmBackend({ simd: "auto", warmup: true });
  return best.info.build === baseline.info.build ? [baseline] : [baseline, best];
}

function print({
  op,
  shape,
  impl,
  copies,
  minMs,
  medianMs,
  ratioToHalfband,
  ratioToLimit,
  checked,
}: Row): void {
  console.log(
    op.padEnd(24),
    shape.padEnd(16),
    impl.padEnd(30),
    copies.padEnd(9),
    `${minMs.toFixed(4).padStart(10)} ms`,
    `${medianMs.toFixed(4).padStart(10)} ms`,
    `${ratioToHalfband.toFixed(2).padStart(8)}x`,
    `${ratioToLimit.toFixed(2).padStart(8)}x limit`,
    checked ? "checked" : "",
  );
}

const withRivals = values.rivals || values.markdown !== undefined;
const rivals = withRivals ? await loadRivals() : [];
const rows: Row[] = [];
const refusals: Refusal[] = [];
for await (const job of jobs(await backends(), rivals, values.filter)) {
  const measured = await measure(job, Number(values.rounds));
  rows.push(...measured.rows);
  refusals.push(...measured.refusals);
  measured.rows.forEach(print);
  for (const { op, shape, impl, reason } of measured.refusals)
    console.log(`${op} ${shape}: ${impl} ${reason}`);
  job.dispose();
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
if (values.markdown) {
  writeFileSync(values.markdown, report({ rows, refusals, starts: coldStarts(), sizes: await sizes() }));
}
// Some rivals keep timers or pools alive.
process.exit();
