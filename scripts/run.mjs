// The one entry of every root command. It needs nothing but Node and npm: it brings pnpm, installs what the
// lockfile pins, builds, and then does what the command says.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };

function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}
const pnpm = (...args) => run("npx", ["-y", packageManager, ...args]);
const node = (...args) => run(process.execPath, args);

const setUp = () => pnpm("install", "--frozen-lockfile", "--reporter=append-only");
const build = () => pnpm("exec", "turbo", "run", "build", "--output-logs=errors-only");
const biome = (...args) => pnpm("exec", "biome", ...args);

const rest = process.argv.slice(3);
const commands = {
  build: () => {},
  start: () =>
    node(
      "packages/halfband/dist/cli.js",
      "compare",
      "test/data/nifti/colin27_t1_u8.nii.gz",
      "--out",
      "halfband-report",
      ...rest,
    ),
  test: () => {
    check();
    node("scripts/test.mjs", ...rest);
  },
  "test:unit": () => pnpm("exec", "vitest", "run", ...rest),
  "test:golden": () => {
    // In browsers first, so that the lines of the runner come last.
    pnpm(
      "exec",
      "vitest",
      "run",
      "--reporter=dot",
      "-t",
      "goldens",
      "packages/browser/test/conformance.test.ts",
      "packages/browser/test/firefox.test.ts",
    );
    node("test/dist/golden/run.js", ...rest);
  },
  "test:nifti": () => node("test/dist/nifti/run.js", ...rest),
  figures: () => node("scripts/figures.mjs"),
  demo: () => pnpm("--filter", "demo", "start", ...rest),
  docs: () => node("scripts/docs.mjs"),
  bench: () => node("bench/dist/run.js", ...rest),
  "bench:browser": () => node("bench/dist/browser/run.js", ...rest),
  check,
  format: () => biome("check", "--write", "."),
};
function check() {
  biome("check", "--error-on-warnings", ".");
  pnpm("exec", "tsc", "-p", "tsconfig.tests.json");
  pnpm("exec", "tsc", "-p", "apps/demo/tsconfig.tests.json");
  node("scripts/check-imports.mjs");
}

const command = commands[process.argv[2]];
if (!command) {
  console.error(`Unknown command "${process.argv[2]}"; expected one of ${Object.keys(commands).join(", ")}.`);
  process.exit(2);
}
setUp();
build();
command();
