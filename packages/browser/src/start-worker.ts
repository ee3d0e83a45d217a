import { type BackendInfo, HalfbandError } from "@halfband/ops";
import { askWorker } from "./ask-worker.ts";
import { type Job, PROTOCOL } from "./protocol.ts";
import { provideThreads } from "./worker-threads.ts";

type Start = Extract<Job, { kind: "start" }>;

/** Runs the script at an address; unless given, the file beside this module, which bundlers find by the form of the call. */
export const newWorker = (address?: string | URL): Worker =>
  address === undefined
    ? new Worker(new URL("./halfband-worker.js", import.meta.url), { type: "module" })
    : new Worker(address, { type: "module" });

/** Starts the worker script and waits until it computes. `end` stops it, and its threads. */
export async function startWorker(
  address: string | URL | undefined,
  options: Start["options"],
): Promise<{ worker: Worker; info: BackendInfo; end: () => void }> {
  let end = () => {};
  try {
    const worker = newWorker(address);
    const endThreads = provideThreads(worker, () => newWorker(address));
    end = () => {
      worker.terminate();
      endThreads();
    };
    const { info } = await askWorker(worker, { kind: "start", protocol: PROTOCOL, options }, "started");
    return { worker, info, end };
  } catch (error) {
    end();
    if (error instanceof HalfbandError) throw error;
    throw notStarted(address, error);
  }
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
