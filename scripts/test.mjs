// Runs every suite and ends with the count, taken from the runner's own reports.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const reports = `${root}/reports`;
mkdirSync(reports, { recursive: true });

/** Runs vitest by `command`, names the tests that were not run, and gives the counts. */
function runSuite(name, command, args, env = {}) {
  const report = `${reports}/${name}.json`;
  rmSync(report, { force: true });
  const reporter = process.stdout.isTTY ? "default" : "dot";
  const [program, ...before] = command;
  const { status, error } = spawnSync(
    program,
    [
      ...before,
      "node_modules/vitest/vitest.mjs",
      "run",
      `--reporter=${reporter}`,
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...args,
    ],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ...env },
      shell: process.platform === "win32",
    },
  );
  if (error) throw error;
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  for (const { assertionResults } of testResults) {
    for (const { status, fullName } of assertionResults) {
      if (status === "skipped" || status === "pending") console.log(`not run: ${fullName}`);
    }
  }
  // A file that does not load has no test to fail; it counts as one.
  const broken = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  const failed = numFailedTests + broken;
  const sound = status === 0 && failed === 0 && numPassedTests > 0;
  return { passed: numPassedTests, failed, skipped: numPendingTests, sound };
}

const chosen = process.argv.slice(2);
const suites = [runSuite("vitest", [process.execPath], chosen)];
if (chosen.length === 0) {
  // Node 20 has no relaxed SIMD: what runs on that build runs again in an engine that has it.
  console.log("Conformance and kernels on the relaxed build, in Node 24:");
  suites.push(
    runSuite("relaxed", ["npx", "-y", "node@24"], ["test/conformance", "packages/wasm/test"], {
      HALFBAND_CORE: "core.relaxed.wasm",
    }),
  );
}

const sum = (count) => suites.reduce((total, suite) => total + suite[count], 0);
const skipped = sum("skipped");
console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(suites.every(({ sound }) => sound) ? 0 : 1);
