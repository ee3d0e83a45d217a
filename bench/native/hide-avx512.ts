// Runs the benchmark on a processor that seems to have no AVX-512: the goals against native code were set on one.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = new URL("../../native/hide-avx512.c", import.meta.url);

/** The environment variable of the process that does not see AVX-512. */
const HIDDEN = "HALFBAND_BENCH_AVX512_HIDDEN";

export const avx512IsHidden = (): boolean => process.env[HIDDEN] !== undefined;

/** Starts this program again with AVX-512 hidden, and returns its exit status. Needs Linux, x86-64 and a C compiler. */
export function runWithoutAvx512(): number {
  const folder = mkdtempSync(join(tmpdir(), "halfband-bench-"));
  const library = join(folder, "hide-avx512.so");
  try {
    execFileSync("cc", ["-O2", "-shared", "-fPIC", "-o", library, fileURLToPath(source)], {
      stdio: "inherit",
    });
    const env = { ...process.env, LD_PRELOAD: library, [HIDDEN]: "1" };
    return spawnSync(process.execPath, process.argv.slice(1), { env, stdio: "inherit" }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
