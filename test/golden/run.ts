// Runs every golden case of a manifest on every backend. HALFBAND_GOLDEN_DIR names another directory.
import { fileURLToPath } from "node:url";
import { availableBackends, webGpuBackend } from "../backends.ts";
import { checkCase, type Outcome } from "./check.ts";
import { Goldens } from "./manifest.ts";
import { checkTables } from "./tables.ts";

const dir = process.env.HALFBAND_GOLDEN_DIR ?? fileURLToPath(new URL("../../golden", import.meta.url));
const goldens = new Goldens(dir);
const lines: string[] = [];
let failed = 0;

function report(title: string, outcomes: readonly Outcome[]): void {
  const count = (status: Outcome["status"]) => outcomes.filter((o) => o.status === status).length;
  for (const o of outcomes) if (o.status === "failed") console.log(`${title}: ${o.name} failed: ${o.reason}`);
  const reasons = new Map<string, number>();
  for (const o of outcomes)
    if (o.status === "not expressible") reasons.set(o.reason, (reasons.get(o.reason) ?? 0) + 1);
  for (const [reason, n] of reasons) console.log(`${title}: ${n} not expressible: ${reason}`);
  failed += count("failed");
  const run = outcomes.length - count("not expressible");
  lines.push(
    `${title}: ${run} run, ${count("passed")} passed, ${count("failed")} failed, ${count("not expressible")} not expressible`,
  );
}

report("affines and tables", checkTables(goldens.manifest));
const backends = new Map(await availableBackends());
const webgpu = await webGpuBackend();
if (typeof webgpu !== "string") backends.set("webgpu", webgpu);
else {
  console.log(`webgpu: not run: ${webgpu}`);
  if (process.env.CI) failed++;
}
for (const [name, backend] of backends) {
  const outcomes: Outcome[] = [];
  for (const golden of goldens.manifest.cases) outcomes.push(await checkCase(goldens, golden, backend));
  report(name, outcomes);
  backend.dispose();
}
for (const line of lines) console.log(line);
process.exitCode = failed > 0 ? 1 : 0;
