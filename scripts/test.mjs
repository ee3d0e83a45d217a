// Runs every suite and ends with the count, taken from the runner's own reports.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const reports = `${root}/reports`;
mkdirSync(reports, { recursive: true });

/** Failures that are shown again at the end, and lines of each. */
const MOST_SHOWN = 20;
const MOST_LINES = 4;

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
  // A file that does not load, or a hook that throws, has no failed test; the file counts as one.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some(isFailed),
  );
  const failures = [
    ...broken.map(({ name, message }) => `${name}: ${message || "a hook failed, see above"}`),
    ...testResults.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(isFailed)
        .map(({ fullName, failureMessages }) => `${name}: ${fullName}\n  ${failureMessages[0]}`),
    ),
  ].map((failure) => failure.replaceAll(root, "").split("\n", MOST_LINES).join("\n"));
  const failed = numFailedTests + broken.length;
  const sound = status === 0 && failed === 0 && numPassedTests > 0;
  return { passed: numPassedTests, failed, skipped: numPendingTests, sound, failures };
}

const isFailed = ({ status }) => status === "failed";

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

// Once more at the end, where a reader of the log looks first.
const failures = suites.flatMap(({ failures }) => failures);
for (const failure of failures.slice(0, MOST_SHOWN)) console.log(`failed: ${failure}`);
if (failures.length > MOST_SHOWN) console.log(`and ${failures.length - MOST_SHOWN} more failures`);
const sum = (count) => suites.reduce((total, suite) => total + suite[count], 0);
if (sum("skipped") > 0) console.log(`${sum("skipped")} skipped`);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exit(suites.every(({ sound }) => sound) ? 0 : 1);
