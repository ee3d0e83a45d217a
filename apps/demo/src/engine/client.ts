import type { FromWorker, JobName, Jobs, Progress, ToWorker } from "./protocol.ts";

export interface CallOptions<Event> {
  readonly onEvent?: (event: Event) => void;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (reason: Error) => void;
  readonly onEvent: ((event: never) => void) | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "halfband" });
const pending = new Map<number, Pending>();
let last = 0;

worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
  const job = pending.get(data.id);
  if (job === undefined) return;
  if ("event" in data) return job.onEvent?.(data.event as never);
  if ("progress" in data) return job.onProgress?.(data.progress);
  pending.delete(data.id);
  if ("result" in data) job.resolve(data.result as never);
  else job.reject(data.cancelled ? aborted() : new Error(data.error));
};

worker.onerror = (event) => {
  for (const job of pending.values()) job.reject(new Error(event.message || "The computing worker failed."));
  pending.clear();
};

const aborted = (): Error => new DOMException("Cancelled", "AbortError");

export const isAborted = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "AbortError";

/** Runs a job in the worker. After the signal, no further event arrives and the promise rejects. */
export function call<K extends JobName>(
  name: K,
  params: Jobs[K]["params"],
  options: CallOptions<Jobs[K]["event"]> = {},
): Promise<Jobs[K]["result"]> {
  const { signal, onEvent, onProgress } = options;
  const id = ++last;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    pending.set(id, { resolve: resolve as Pending["resolve"], reject, onEvent, onProgress });
    signal?.addEventListener("abort", () => {
      if (!pending.delete(id)) return;
      worker.postMessage({ cancel: id } satisfies ToWorker);
      reject(aborted());
    });
    worker.postMessage({ id, name, params } satisfies ToWorker);
  });
}
