import {
  Backend,
  checkOptions,
  type Device,
  elementCount,
  HalfbandError,
  type OperatorCase,
  operators,
  type Shape,
} from "@halfband/ops";
import { type Build, Core, type Precision } from "./core.ts";
import { WasmDevice } from "./device.ts";
import { TileTrial } from "./kernels/conv-trial.ts";
import { type LoadModule, runs } from "./module.ts";
import { chooseThreads, type ThreadHost } from "./threads/host.ts";

export interface WasmOptions {
  /**
   * Threads to compute with, the calling one among them. `auto` takes one per processor, at most 8, where memory can be
   * shared, and starts them once there was work to share; a number starts them at once. One where `load` is given.
   */
  readonly threads?: number | "auto";
  /** `relaxed` fuses multiply and add where the engine can; `baseline` gives the same bits everywhere. */
  readonly simd?: "auto" | "baseline" | "relaxed";
  /**
   * `auto` lets large 3x3 convolutions run by Winograd's algorithm, which rounds more (5e-5 of max|x| times the sum of
   * absolute weights at most); `highest` leaves it out.
   */
  readonly precision?: Precision;
  /**
   * Run every kernel on a small image first, so that the engine has compiled it well before the first real call, and
   * time which tiles of direct convolutions are faster here.
   */
  readonly warmup?: boolean;
  /** Why this backend was chosen, for `backend.info`. */
  readonly reason?: string;
  /**
   * Gives the compiled module of a build (`simd` or `relaxed`); the embedded copy unless given. Platforms that forbid
   * compiling need it.
   */
  readonly load?: LoadModule;
  /** Where threads come from, or why there are none. Node's unless given. */
  readonly threadHost?: () => ThreadHost | string;
  /** Jobs that take less than this on one thread are not split, in nanoseconds. Default 10 000. */
  readonly splitFrom?: number;
}

const OPTIONS = [
  "threads",
  "simd",
  "precision",
  "warmup",
  "reason",
  "load",
  "threadHost",
  "splitFrom",
] as const satisfies readonly (keyof WasmOptions)[];

/** Options with a way to load the module, which every entry of the package has its own default for. */
type Loadable = WasmOptions & Required<Pick<WasmOptions, "load">>;

/** The options with an entry's own way to load the module, and threads, unless the caller brings a module. */
export function loadedBy(load: LoadModule, options: WasmOptions): Loadable {
  checkOptions(options, OPTIONS, "createWasmBackend");
  const threads = options.threads ?? (options.load ? 1 : "auto");
  return { ...options, threads, load: options.load ?? load };
}

/** `createWasmBackend` of every entry. */
export async function createBackend(options: Loadable): Promise<Backend> {
  const { core, device } = await createCore(options);
  const backend = new Backend(device);
  if (options.warmup) {
    const trial = new TileTrial(core);
    await warmUp(backend);
    trial.choose();
  }
  return backend;
}

/** `createWasmDevice` of every entry. */
export async function createDevice(options: Loadable): Promise<Device> {
  const { core, device } = await createCore(options);
  if (options.warmup) {
    const trial = new TileTrial(core);
    await compiled();
    trial.choose();
  }
  return device;
}

async function createCore(options: Loadable): Promise<{ core: Core; device: Device }> {
  const { simd = "auto", precision = "auto", reason = "WebAssembly was asked for." } = options;
  const { load, threads = "auto", threadHost, splitFrom } = options;
  checkChoice("simd", simd, ["auto", "baseline", "relaxed"]);
  checkChoice("precision", precision, ["auto", "highest"]);
  if (splitFrom !== undefined && !(splitFrom >= 0)) {
    throw new HalfbandError(
      "INVALID_OPTION",
      `createBackend: splitFrom is ${splitFrom}; expected nanoseconds, 0 or more.`,
      { op: "createBackend", option: "splitFrom", got: splitFrom, expected: "a number of at least 0" },
    );
  }
  const build = supportedBuild(simd);
  const { count, host, note } = chooseThreads(threads, threadHost);
  const own = host && {
    count,
    startThread: host.startThread,
    ...(splitFrom !== undefined && { splitFrom }),
  };
  const core = new Core(await load(build, count > 1), build, precision, count > 1 ? own : undefined);
  if (threads !== "auto") await startAll(core, threads);
  return { core, device: new WasmDevice(core, note === undefined ? reason : `${reason} ${note}`) };
}

async function startAll({ pool }: Core, threads: number): Promise<void> {
  try {
    await pool?.start();
  } catch (cause) {
    throw new HalfbandError(
      "UNSUPPORTED",
      `createBackend: threads is ${threads}, but ${pool?.failure}; expected 1 or "auto".`,
      { op: "createBackend", option: "threads", got: threads, expected: '1 or "auto"', cause },
    );
  }
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
  await compiled();
}

const compiled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, WARM_WAIT));
