import { cpus } from "node:os";
import {
  type AnyOperator,
  type Backend,
  elementCount,
  isHalfbandError,
  operators,
  type Plan,
  type Schema,
  valuesOf,
} from "@halfband/ops";
import { type BackendOptions, createBackend } from "../backend.ts";
import { findOperator } from "./operators.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface BenchOptions {
  readonly operator?: readonly string[];
  /** [N, C, ...spatial] each. */
  readonly shape?: readonly (readonly number[])[];
  readonly device?: BackendOptions["device"];
  readonly threads?: BackendOptions["threads"];
  readonly simd?: BackendOptions["simd"];
  /** Time to measure each line of the table. */
  readonly seconds: number;
}

/** A feature map, a slice and a volume. */
const SHAPES = [
  [1, 32, 128, 128],
  [1, 1, 256, 256],
  [1, 1, 64, 64, 64],
];
/** Time for the operator and for the copy in turn, so that a disturbance hits both. */
const ROUND_MS = 20;

interface Case {
  readonly operator: string;
  readonly shape: readonly number[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly plan: Plan;
}

interface Line {
  readonly operator: string;
  readonly shape: readonly number[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly outputShape: readonly number[];
  readonly kernel: string | null;
  readonly runs: number;
  readonly minMs: number;
  readonly medianMs: number;
  /** Bytes of the input by the shortest time. */
  readonly gigabytesPerSecond: number;
  /** Shortest time to copy the input, and the operator's by it. */
  readonly copyMs: number;
  readonly timesCopy: number;
}

/** `halfband bench`: how fast operators run here, beside copying their input. */
export async function benchOperators(options: BenchOptions, terminal: Terminal): Promise<void> {
  const { operator: names, shape: shapes = SHAPES, device = "wasm", threads, simd, seconds } = options;
  const chosen = names ? names.map(findOperator) : operators;
  using backend = await createBackend({
    device,
    ...(threads === undefined ? {} : { threads }),
    ...(simd === undefined ? {} : { simd }),
  });
  const cases = casesOf(chosen, shapes, backend, names !== undefined);
  const progress = terminal.progress("bench", 100);
  const lines: Line[] = [];
  try {
    for (const [i, one] of cases.entries()) {
      const label = `${one.operator} ${one.shape.join("x")}`;
      const onProgress = (share: number) =>
        progress.update(Math.floor((100 * (i + share)) / cases.length), label);
      lines.push(measure(one, backend, 1000 * seconds, onProgress));
    }
  } finally {
    progress.end();
  }
  const processor = cpus()[0]?.model.trim() ?? "unknown";
  terminal.data({ backend: backend.info, node: process.version, processor, lines });
  terminal.result(summary(lines, backend, processor));
}

/** Downsampling by 2 with the operators' defaults. What was not asked for by name may refuse a shape, but not all. */
function casesOf(
  chosen: readonly AnyOperator[],
  shapes: readonly (readonly number[])[],
  backend: Backend,
  byName: boolean,
): Case[] {
  const taken = new Set<readonly number[]>();
  const cases: Case[] = [];
  let refusal: unknown;
  for (const operator of chosen) {
    for (const shape of shapes) {
      try {
        cases.push(caseOf(operator, shape, backend));
        taken.add(shape);
      } catch (error) {
        if (byName || !isHalfbandError(error)) throw error;
        refusal = error;
      }
    }
  }
  if (taken.size < shapes.length) throw refusal;
  return cases;
}

function caseOf({ plan, definition }: AnyOperator, shape: readonly number[], backend: Backend): Case {
  const { name, operands, params } = definition;
  const [, channels, ...spatial] = shape;
  const weight = [channels, channels, ...spatial.map(() => 3)];
  const options = optionsOf(name, params, spatial);
  const specs = operands.map((operand: string) => ({
    shape: operand === "weight" ? weight : shape,
    backend,
  }));
  return { operator: name, shape, options, plan: plan(...specs, options) };
}

/** What has no default, and what makes the output half as large. */
const optionsOf = (name: string, params: Schema, spatial: readonly number[]): Record<string, unknown> => ({
  ...(params.kernelSize?.required ? { kernelSize: 2 } : {}),
  ...(params.outputSize?.required ? { outputSize: spatial.map((size) => Math.ceil(size / 2)) } : {}),
  ...(params.stride ? { stride: 2 } : {}),
  ...(name === "conv" ? { padding: 1 } : {}),
  ...(name === "convBlurPool" ? { conv: { padding: 1 } } : {}),
});

function measure(
  { operator, shape, options, plan }: Case,
  backend: Backend,
  budgetMs: number,
  onProgress: (share: number) => void,
): Line {
  backend.empty(shape).dispose(); // says what is too large before arrays are filled
  const image = randomImage(elementCount(shape));
  const copied = new Float32Array(image.length);
  const times: number[] = [];
  let copyMs = Number.POSITIVE_INFINITY;
  backend.scope(() => {
    const inputs = valuesOf(plan, "input").map((i) => {
      const value = plan.values[i];
      return backend.tensor(randomImage(elementCount(value.shape)), value.shape);
    });
    const outputs = valuesOf(plan, "output").map((i) => {
      const { shape, dtype } = plan.values[i];
      return backend.empty(shape, dtype);
    });
    using run = backend.prepare(plan);
    const compute = () => run(...inputs, ...outputs);
    const start = performance.now();
    // Engines compile a kernel well after its first calls.
    timeFor(Math.min(5 * ROUND_MS, budgetMs), compute);
    for (let spent = 0; spent < budgetMs || times.length === 0; spent = performance.now() - start) {
      onProgress(Math.min(1, spent / budgetMs));
      times.push(...timeFor(ROUND_MS, compute));
      copyMs = Math.min(copyMs, ...timeFor(ROUND_MS / 4, () => copied.set(image)));
    }
  });
  times.sort((a, b) => a - b);
  const [minMs] = times;
  return {
    operator,
    shape,
    options,
    outputShape: plan.shape,
    kernel: plan.kernel,
    runs: times.length,
    minMs,
    medianMs: times[times.length >> 1],
    gigabytesPerSecond: image.byteLength / minMs / 1e6,
    copyMs,
    timesCopy: minMs / copyMs,
  };
}

/** Times of single runs, ms, for about as long as asked; one at least. */
function timeFor(ms: number, run: () => void): number[] {
  const times: number[] = [];
  const first = performance.now();
  for (let from = first; ; ) {
    run();
    const to = performance.now();
    times.push(to - from);
    if (to - first >= ms) return times;
    from = to;
  }
}

/** Noise of ordinary size: no denormal numbers, which processors add more slowly. */
const randomImage = (length: number): Float32Array => {
  let state = 12345;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};

const milliseconds = (ms: number): string => (ms < 1 ? ms.toFixed(4) : ms.toFixed(2));

function summary(lines: readonly Line[], { info }: Backend, processor: string): string {
  const rows = lines.map(({ operator, shape, minMs, medianMs, gigabytesPerSecond, timesCopy }) => [
    operator,
    shape.join("x"),
    milliseconds(minMs),
    milliseconds(medianMs),
    gigabytesPerSecond.toFixed(2),
    timesCopy.toFixed(2),
  ]);
  return [
    `${info.device}, build ${info.build}, ${info.threads === 1 ? "1 thread" : `${info.threads} threads`}; Node.js ${process.version}, ${processor}.`,
    "",
    table(["operator", "shape", "min, ms", "median, ms", "GB/s", "x copy"], rows, [
      "left",
      "left",
      ...Array(4).fill("right" as const),
    ]),
    "",
    "Downsampling by 2, data in place. GB/s: the input's bytes by the shortest time. x copy: that time in units of what",
    "copying the input once takes.",
  ].join("\n");
}
