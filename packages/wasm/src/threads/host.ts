import { HalfbandError, show } from "@halfband/ops";
import type { ThreadStart } from "./serve.ts";

/** A thread of a pool, as its starter sees it. */
export interface Thread {
  /** Settled once it is able to work, or is known not to start. */
  readonly ready: Promise<void>;
  /** Ends it, if it did not end by itself. */
  stop(): void;
}

/** Starts a thread that runs `serve` with these; it keeps no process alive. */
export type StartThread = (start: ThreadStart) => Thread;

/** What the engine offers. */
export interface ThreadHost {
  readonly startThread: StartThread;
  /** Threads that run at a time, at least 1. */
  readonly available: number;
}

type WorkerThreads = typeof import("node:worker_threads");
type Os = typeof import("node:os");

/** Node and its like hand out their modules without an import, which bundlers for browsers would stumble over. */
interface Builtins {
  getBuiltinModule?(name: "node:worker_threads"): WorkerThreads | undefined;
  getBuiltinModule?(name: "node:os"): Os | undefined;
}

/** Worker threads of Node and engines with the same interface; or why there are none. Loads their module only with the first. */
export function nodeThreads(): ThreadHost | string {
  const { process, navigator } = globalThis as {
    process?: Builtins;
    navigator?: { readonly hardwareConcurrency?: number };
  };
  const available =
    navigator?.hardwareConcurrency ?? process?.getBuiltinModule?.("node:os")?.availableParallelism();
  if (!process?.getBuiltinModule || available === undefined) return "this engine has no worker threads";
  return { available, startThread: startNodeThread };
}

function startNodeThread(workerData: ThreadStart): Thread {
  let worker: InstanceType<WorkerThreads["Worker"]> | undefined;
  const start = async () => {
    const { process } = globalThis as { process?: Builtins };
    const threads = process?.getBuiltinModule?.("node:worker_threads");
    if (threads === undefined) throw new Error("this engine has no worker threads");
    const { script } = await import("../generated/thread.ts");
    const address = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
    const started = new threads.Worker(address, { workerData });
    worker = started;
    await new Promise<void>((resolve, reject) => {
      started.once("message", () => resolve());
      started.once("error", reject);
    });
  };
  return {
    ready: start().finally(() => worker?.unref()),
    stop: () => void worker?.terminate(),
  };
}

/** Why memory cannot be shared with other threads here; undefined where it can. */
export function sharingRefused(): string | undefined {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (crossOriginIsolated === false) return "this page is not cross-origin isolated";
  if (typeof SharedArrayBuffer === "undefined") return "this engine has no shared memory";
  return undefined;
}

/** Threads that a pool may have. */
const MOST_THREADS = 64;
/** More gain little, since kernels are bound by memory then. */
const MOST_AUTO = 8;

/** How many threads to compute with, and who starts them; `note` says why there is only one where more were wished. */
export interface ThreadChoice {
  readonly count: number;
  readonly host?: ThreadHost;
  readonly note?: string;
}

/**
 * @throws `INVALID_OPTION` for what is no number of threads, `UNSUPPORTED` for more than one where there are none.
 */
export function chooseThreads(
  threads: number | "auto",
  findHost: () => ThreadHost | string = nodeThreads,
): ThreadChoice {
  if (threads !== "auto" && !(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    const expected = `"auto" or an integer from 1 to ${MOST_THREADS}`;
    throw refusal("INVALID_OPTION", threads, `threads is ${show(threads)}; expected ${expected}`, expected);
  }
  if (threads === 1) return { count: 1 };
  const host = sharingRefused() ?? findHost();
  if (typeof host === "string") {
    if (threads === "auto") return { count: 1, note: `One thread: ${host}.` };
    throw refusal(
      "UNSUPPORTED",
      threads,
      `threads is ${threads}, but ${host}; expected 1 or "auto"`,
      '1 or "auto"',
    );
  }
  const count = threads === "auto" ? Math.min(host.available, MOST_AUTO) : threads;
  return { count, host };
}

function refusal(code: "INVALID_OPTION" | "UNSUPPORTED", got: unknown, message: string, expected: string) {
  return new HalfbandError(code, `createBackend: ${message}.`, {
    op: "createBackend",
    option: "threads",
    got,
    expected,
  });
}
