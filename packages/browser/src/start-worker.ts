import { type BackendInfo, HalfbandError } from "@halfband/ops";
import { type Answer, errorOf, type Job, PROTOCOL } from "./protocol.ts";

type Start = Extract<Job, { kind: "start" }>;

/** Runs the script at an address; unless given, the file beside this module, which bundlers find by the form of the call. */
export const newWorker = (address?: string | URL): Worker =>
  address === undefined
    ? new Worker(new URL("./halfband-worker.js", import.meta.url), { type: "module" })
    : new Worker(address, { type: "module" });

/** Starts the worker script and waits until it computes. */
export async function startWorker(
  address: string | URL | undefined,
  options: Start["options"],
): Promise<{ worker: Worker; info: BackendInfo }> {
  let worker: Worker | undefined;
  try {
    worker = newWorker(address);
    const answer = await askWorker(worker, { kind: "start", protocol: PROTOCOL, options }, "started");
    return { worker, info: answer.info };
  } catch (error) {
    worker?.terminate();
    if (error instanceof HalfbandError) throw error;
    throw notStarted(address, error);
  }
}

/** Sends a worker its first message and waits for the answer to it. */
export function askWorker<K extends "started" | "ready">(
  worker: Worker,
  job: Job,
  expected: K,
): Promise<Extract<Answer, { kind: K }>> {
  const listening = new AbortController();
  const { signal } = listening;
  return new Promise<Extract<Answer, { kind: K }>>((resolve, reject) => {
    const failed = (event: ErrorEvent) => {
      event.preventDefault();
      reject(new Error(event.message || "it could not be loaded"));
    };
    const answered = ({ data }: MessageEvent<Answer>) => {
      if (data.kind === expected) resolve(data as Extract<Answer, { kind: K }>);
      else if (data.kind === "refused") reject(errorOf(data.failure));
    };
    worker.addEventListener("error", failed, { signal });
    worker.addEventListener("message", answered, { signal });
    worker.postMessage(job);
  }).finally(() => listening.abort());
}

function notStarted(address: string | URL | undefined, cause: unknown): HalfbandError {
  const where = String(address ?? "halfband-worker.js beside the bundle");
  return new HalfbandError(
    "UNSUPPORTED",
    `createBackend: the worker script (${where}) did not start: ${(cause as Error).message}. ` +
      "Serve dist/halfband-worker.js of @halfband/browser from the page's own origin under a policy that allows it (worker-src), " +
      "give its address as the option worker, or compute on the page with worker: false.",
    { op: "createBackend", option: "worker", got: where, cause },
  );
}
