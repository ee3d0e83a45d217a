import { HalfbandError } from "@halfband/ops";
import type { Build, Precision } from "@halfband/wasm";
import { type Answer, errorOf, PROTOCOL } from "./protocol.ts";
import type { WorkerLike } from "./worker-device.ts";

/**
 * Starts the worker script and waits until it computes.
 *
 * @param address of the script; unless given, the file beside this module, which bundlers find by the form of the call.
 */
export async function startWorker(
  address: string | URL | undefined,
  build: Build,
  precision: Precision,
): Promise<WorkerLike> {
  let worker: Worker | undefined;
  try {
    worker =
      address === undefined
        ? new Worker(new URL("./halfband-worker.js", import.meta.url), { type: "module" })
        : new Worker(address, { type: "module" });
    await started(worker, build, precision);
    return worker;
  } catch (error) {
    worker?.terminate();
    if (error instanceof HalfbandError) throw error;
    throw notStarted(address, error);
  }
}

function started(worker: Worker, build: Build, precision: Precision): Promise<void> {
  const listening = new AbortController();
  const { signal } = listening;
  return new Promise<void>((resolve, reject) => {
    const failed = (event: ErrorEvent) => {
      event.preventDefault();
      reject(new Error(event.message || "it could not be loaded"));
    };
    const answered = ({ data }: MessageEvent<Answer>) => {
      if (data.kind === "started") resolve();
      else if (data.kind === "refused") reject(errorOf(data.failure));
    };
    worker.addEventListener("error", failed, { signal });
    worker.addEventListener("message", answered, { signal });
    worker.postMessage({ kind: "start", protocol: PROTOCOL, build, precision });
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
