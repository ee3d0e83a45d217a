// npm run bench [-- --filter flcPool] [--rivals] [--rounds 7] [--json out.json] [--markdown docs/performance.md]
// [--hide-avx512] (native rivals then run their AVX2 code)
// Every implementation of a job in turn, in short rounds, in this one process; results are checked first.
// With --from FILE (again and again) nothing is measured: the page is made of what earlier runs left.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { coldStarts } from "./cold/cold.ts";
import { measure, type Refusal, type Row } from "./measure.ts";
import { avx512IsHidden, runWithoutAvx512 } from "./native/hide-avx512.ts";
import { dispatchMicroseconds } from "./ops/dispatch.ts";
import { jobs, named } from "./ops/jobs.ts";
import { ownBackends } from "./ops/own.ts";
import { writeReport } from "./report/report.ts";
import { sizes } from "./report/sizes.ts";
import { machine, printRefusal, printRow, type Results } from "./results.ts";
import { loadRivals } from "./rivals/src/index.ts";
import { timeRound } from "./timers/tinybench.ts";

const { values } = parseArgs({
  options: {
    filter: { type: "string", multiple: true, default: [] },
    rivals: { type: "boolean", default: false },
    rounds: { type: "string", default: "7" },
    json: { type: "string" },
    from: { type: "string", multiple: true },
    markdown: { type: "string" },
    "hide-avx512": { type: "boolean", default: false },
  },
});

if (values["hide-avx512"] && !avx512IsHidden()) process.exit(runWithoutAvx512());

async function run(): Promise<Results> {
  const withRivals = values.rivals || values.markdown !== undefined;
  const rivals = withRivals ? await loadRivals() : [];
  const rows: Row[] = [];
  const refusals: Refusal[] = [];
  for await (const job of jobs(await ownBackends(), rivals, named(values.filter))) {
    const measured = await measure(job, Number(values.rounds), timeRound);
    rows.push(...measured.rows);
    refusals.push(...measured.refusals);
    measured.rows.forEach(printRow);
    measured.refusals.forEach(printRefusal);
    job.dispose();
  }
  return {
    engine: `Node.js ${process.version}${avx512IsHidden() ? ", AVX-512 hidden" : ""}`,
    machine: machine(),
    rivals: withRivals,
    rows,
    refusals,
    starts: withRivals && values.filter.length === 0 ? coldStarts() : [],
    sizes: withRivals ? await sizes() : [],
    dispatchMicroseconds: await dispatchMicroseconds(),
  };
}

const results = values.from
  ? values.from.flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as Results[])
  : [await run()];
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
if (values.markdown) await writeReport(results, values.markdown);
// Some rivals keep timers or pools alive.
process.exit();
