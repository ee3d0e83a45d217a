// Every implementation of a job in turn, in short rounds, in this one process; results are checked first.
import { readFileSync, writeFileSync } from "node:fs";
import { coldStarts } from "./cold/cold.ts";
import { type Asked, benchCommand, inputFiles, outputFile } from "./command.ts";
import { measure, type Refusal, type Row } from "./measure.ts";
import { avx512IsHidden, runWithoutAvx512 } from "./native/hide-avx512.ts";
import { dispatchMicroseconds } from "./ops/dispatch.ts";
import { jobs, named } from "./ops/jobs.ts";
import { ownBackends } from "./ops/own.ts";
import { writeReport } from "./report/report.ts";
import { sizes } from "./report/sizes.ts";
import { machine, merged, printHead, printRefusal, printRow, type Results } from "./results.ts";
import { loadRivals } from "./rivals/src/index.ts";
import { timeRound } from "./timers/tinybench.ts";

interface AskedHere extends Asked {
  readonly rivals?: true;
  readonly hideAvx512?: true;
  readonly from?: string[];
  readonly markdown?: string;
}

const command = benchCommand(
  "npm run bench --",
  "Times halfband beside plain loops and, if asked, other libraries.",
  [
    "npm run bench -- --filter flcPool --json rows.json",
    'npm run bench -- --rivals --filter "conv 3 stride 1 1x64x64x64" --filter blurPool',
    "npm run bench -- --from node20.json --from node24.json --markdown page.md",
  ],
)
  .option("--rivals", "time other libraries too (installs about 600 MB the first time)")
  .option("--hide-avx512", "let native rivals run their AVX2 code")
  .option(
    "--from <file>",
    "measure nothing, use what an earlier --json left; of one engine, later jobs replace",
    inputFiles,
  )
  .option("--markdown <file>", "write a page of tables and a chart; implies --rivals", outputFile)
  .parse();
const values = command.opts<AskedHere>();

if (values.hideAvx512 && !avx512IsHidden()) process.exit(runWithoutAvx512());

async function run(): Promise<Results> {
  const withRivals = values.rivals === true || values.markdown !== undefined;
  const rivals = withRivals ? await loadRivals() : [];
  const rows: Row[] = [];
  const refusals: Refusal[] = [];
  for await (const job of jobs(await ownBackends(), rivals, named(values.filter ?? []))) {
    const measured = await measure(job, values.rounds, timeRound);
    if (rows.length === 0) printHead();
    rows.push(...measured.rows);
    refusals.push(...measured.refusals);
    measured.rows.forEach(printRow);
    measured.refusals.forEach(printRefusal);
    job.dispose();
  }
  if (rows.length === 0)
    command.error(`error: no job's "operator shape" holds ${values.filter?.join(" or ")}.`);
  return {
    engine: `Node.js ${process.version}${avx512IsHidden() ? ", AVX-512 hidden" : ""}`,
    machine: machine(),
    rivals: withRivals,
    rows,
    refusals,
    starts: withRivals && values.filter === undefined ? await coldStarts() : [],
    sizes: withRivals ? await sizes() : [],
    dispatchMicroseconds: await dispatchMicroseconds(),
  };
}

const results = values.from
  ? merged(values.from.flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as Results[]))
  : [await run()];
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
if (values.markdown) await writeReport(results, values.markdown);
// Some rivals keep timers or pools alive.
process.exit();
