import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeOneOperator } from "./one-operator.ts";

/** Milliseconds from the first line of a program to its first result, in fresh processes. */
export interface ColdStart {
  readonly impl: string;
  readonly minMs: number;
  readonly medianMs: number;
}

/** Names of rows that goals are read from. */
export const OWN_START = "halfband (`@halfband/wasm` alone)";
export const IMPORT_START = "limit: halfband's modules imported, nothing called";
export const ONE_START = "limit: halfband built with max pooling alone";
export const EMPTY_START = "limit: an empty module imported, a module of this size compiled and called";

const PROGRAMS = {
  "halfband (the package `halfband`)": "halfband",
  [OWN_START]: "halfband-wasm",
  "tfjs-backend-wasm": "tfjs",
  "onnxruntime-web": "onnxruntime-web",
  "onnxruntime-node": "onnxruntime-node",
  [IMPORT_START]: "halfband-imported",
  [ONE_START]: "one-operator/halfband-wasm",
  [EMPTY_START]: "limit",
};
const RUNS = 9;

/** Every program in turn, several times over; then those that gain by it with Node's compile cache, where it has one. */
export async function coldStarts(): Promise<ColdStart[]> {
  await makeOneOperator();
  const starts = measured(Object.entries(PROGRAMS), process.env);
  if (!("enableCompileCache" in module)) return starts;
  const cache = mkdtempSync(join(tmpdir(), "halfband-bench-"));
  try {
    const scripts = Object.entries(PROGRAMS).filter(([impl]) => /^halfband|^tfjs/.test(impl));
    const env = { ...process.env, NODE_COMPILE_CACHE: cache };
    measured(scripts, env, 1); // fills the cache
    return [
      ...starts,
      ...measured(scripts, env).map((start) => ({ ...start, impl: `${start.impl}, NODE_COMPILE_CACHE set` })),
    ];
  } finally {
    rmSync(cache, { recursive: true });
  }
}

function measured(
  programs: readonly (readonly [impl: string, program: string])[],
  env: NodeJS.ProcessEnv,
  runs = RUNS,
): ColdStart[] {
  const times = programs.map((): number[] => []);
  for (let run = 0; run < runs; run++) {
    for (const [i, [, program]] of programs.entries()) times[i].push(start(program, env));
  }
  return programs.map(([impl], i) => {
    const sorted = times[i].sort((a, b) => a - b);
    return { impl, minMs: sorted[0], medianMs: sorted[sorted.length >> 1] };
  });
}

function start(program: string, env: NodeJS.ProcessEnv): number {
  const file = fileURLToPath(new URL(`first/${program}.js`, import.meta.url));
  const output = execFileSync(process.execPath, [file], {
    encoding: "utf8",
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Number(output.trim().split("\n").at(-1));
}
