import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Milliseconds from the first line of a program to its first result, in fresh processes. */
export interface ColdStart {
  readonly impl: string;
  readonly minMs: number;
  readonly medianMs: number;
}

const PROGRAMS = {
  "halfband (the package `halfband`)": "halfband",
  "halfband (`@halfband/wasm` alone)": "halfband-wasm",
  "tfjs-backend-wasm": "tfjs",
  "onnxruntime-web": "onnxruntime-web",
  "onnxruntime-node": "onnxruntime-node",
  "limit: an empty module imported, a module of this size compiled and called": "limit",
};
const RUNS = 9;

/** Every program in turn, several times over. */
export function coldStarts(): ColdStart[] {
  const times = new Map(Object.values(PROGRAMS).map((program) => [program, [] as number[]]));
  for (let run = 0; run < RUNS; run++) {
    for (const program of times.keys()) times.get(program)!.push(start(program));
  }
  return Object.entries(PROGRAMS).map(([impl, program]) => {
    const sorted = times.get(program)!.sort((a, b) => a - b);
    return { impl, minMs: sorted[0], medianMs: sorted[sorted.length >> 1] };
  });
}

function start(program: string): number {
  const file = fileURLToPath(new URL(`first/${program}.js`, import.meta.url));
  const output = execFileSync(process.execPath, [file], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Number(output.trim().split("\n").at(-1));
}
