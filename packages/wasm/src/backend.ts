import {
  Backend,
  type Device,
  elementCount,
  HalfbandError,
  type OperatorCase,
  operators,
  type Shape,
} from "@halfband/ops";
import { type Build, Core, type Precision } from "./core.ts";
import { WasmDevice } from "./device.ts";
import { compileEmbedded, type LoadModule, runs } from "./module.ts";

export interface WasmOptions {
  /** Threads to compute with; this build has one. */
  readonly threads?: number | "auto";
  /** `relaxed` fuses multiply and add where the engine can; `baseline` gives the same bits everywhere. */
  readonly simd?: "auto" | "baseline" | "relaxed";
  /**
   * `auto` lets large 3x3 convolutions run by Winograd's algorithm, which rounds more (5e-5 of max|x| times the sum of
   * absolute weights at most); `highest` leaves it out.
   */
  readonly precision?: Precision;
  /** Run every kernel on a small image first, so that the engine has compiled it well before the first real call. */
  readonly warmup?: boolean;
  /** Why this backend was chosen, for `backend.info`. */
  readonly reason?: string;
  /** Gives the compiled module of a build; the embedded copy unless given. Platforms that forbid compiling need it. */
  readonly load?: LoadModule;
}

/**
 * A backend on WebAssembly SIMD, in the caller's thread.
 *
 * @throws `UNSUPPORTED` where the engine lacks SIMD (or relaxed SIMD, if asked for), or for more than one thread.
 * @example
 * const backend = await createWasmBackend();
 * const y = flcPool(backend.tensor(new Float32Array(64 * 64), [1, 1, 64, 64]));
 */
export async function createWasmBackend(options: WasmOptions = {}): Promise<Backend> {
  const { reason, precision, load } = options;
  const backend = new Backend(await createWasmDevice(chooseBuild(options), reason, precision, load));
  if (options.warmup) await warmUp(backend);
  return backend;
}

/** What runs plans in the caller's thread: for a worker that serves another thread's backend. */
export async function createWasmDevice(
  build: Build,
  reason = "WebAssembly was asked for.",
  precision: Precision = "auto",
  load: LoadModule = compileEmbedded,
): Promise<Device> {
  const core = new Core(await load(build), build, precision);
  return new WasmDevice(core, { device: "wasm", build, threads: 1, reason });
}

/** The build that the options ask for and this engine runs. */
export function chooseBuild({ threads = "auto", simd = "auto", precision = "auto" }: WasmOptions): Build {
  checkOptions(threads, simd, precision);
  return supportedBuild(simd);
}

function checkOptions(threads: number | "auto", simd: string, precision: string): void {
  if (threads !== "auto" && threads !== 1) {
    throw new HalfbandError(
      "UNSUPPORTED",
      `createBackend: threads is ${threads}; this build runs on one thread, expected 1 or "auto".`,
      {
        op: "createBackend",
        option: "threads",
        got: threads,
        expected: '1 or "auto"',
      },
    );
  }
  checkChoice("simd", simd, ["auto", "baseline", "relaxed"]);
  checkChoice("precision", precision, ["auto", "highest"]);
}

function checkChoice(option: string, got: string, expected: readonly string[]): void {
  if (expected.includes(got)) return;
  const list = `${expected
    .slice(0, -1)
    .map((value) => `"${value}"`)
    .join(", ")} or "${expected.at(-1)}"`;
  throw new HalfbandError("INVALID_OPTION", `createBackend: ${option} is "${got}"; expected ${list}.`, {
    op: "createBackend",
    option,
    got,
    expected,
  });
}

function supportedBuild(simd: "auto" | "baseline" | "relaxed"): Build {
  const build = simd === "relaxed" || (simd === "auto" && runs("relaxed")) ? "relaxed" : "simd";
  if (runs(build)) return build;
  const feature = build === "simd" ? "WebAssembly SIMD" : "relaxed WebAssembly SIMD";
  throw new HalfbandError("UNSUPPORTED", `createBackend: this engine has no ${feature}.`, {
    op: "createBackend",
    option: "simd",
  });
}

/** Calls after which V8 compiles a small function well. */
const WARM_CALLS = 40;
/** Time for the engine's background compilation, in milliseconds. */
const WARM_WAIT = 20;

/** Runs every kernel of a backend on a small image. */
export async function warmUp(backend: Backend): Promise<void> {
  for (const operator of operators) {
    backend.scope(() => {
      const { operands, cases } = operator.definition;
      const { shapes, options } = cases[0] as OperatorCase<Record<string, unknown>>;
      const zeros = (shape: Shape) => backend.tensor(new Float32Array(elementCount(shape)), shape);
      const tensors = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, zeros(shape)]));
      const optional = Object.fromEntries(
        Object.entries(tensors).filter(([name]) => !operands.includes(name)),
      );
      const plan = operator.plan(...operands.map((name: string) => tensors[name]), {
        ...options,
        ...optional,
      });
      const outputs = plan.values.flatMap(({ role, shape, dtype }) =>
        role === "output" ? [backend.empty(shape, dtype)] : [],
      );
      for (let i = 0; i < WARM_CALLS; i++) backend.execute(plan, [...Object.values(tensors), ...outputs]);
    });
  }
  await new Promise((resolve) => setTimeout(resolve, WARM_WAIT));
}
