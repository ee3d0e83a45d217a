// Runs every suite and ends with the count, taken from the runner's own report.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const report = `${root}/reports/vitest.json`;
mkdirSync(`${root}/reports`, { recursive: true });
rmSync(report, { force: true });

const reporter = process.stdout.isTTY ? "default" : "dot";
const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    `--reporter=${reporter}`,
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: "inherit" },
);

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
console.log(
  `${numPassedTests} passed, ${failed} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ""}`,
);
process.exit(status === 0 && failed === 0 && numPassedTests > 0 ? 0 : 1);
