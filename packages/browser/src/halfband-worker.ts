// The script of the worker that `createBackend` starts, and of that worker's threads. It needs no other file.
import { HalfbandError } from "@halfband/ops";
import { createWasmDevice, serve } from "@halfband/wasm";
import { DeviceServer } from "./device-server.ts";
import { type Answer, failureOf, type Job, PROTOCOL } from "./protocol.ts";
import { pageThreads } from "./worker-threads.ts";

/** The global scope of a worker, as far as it is used here. */
interface WorkerScope {
  postMessage(answer: Answer, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Job>) => void): void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;
/** There once the device is; the page sends jobs after that only. */
let server: DeviceServer | undefined;

scope.addEventListener("message", ({ data: job }) => {
  if (job.kind === "start") void start(job);
  else if (job.kind === "thread") becomeThread(job);
  else server?.handle(job);
});

async function start({ protocol, options }: Extract<Job, { kind: "start" }>): Promise<void> {
  try {
    if (protocol !== PROTOCOL) {
      throw new HalfbandError(
        "UNSUPPORTED",
        "createBackend: the worker script is of another version of @halfband/browser; copy dist/halfband-worker.js again.",
        { op: "createBackend", option: "worker", got: PROTOCOL, expected: protocol },
      );
    }
    const post = (answer: Answer, transfer: Transferable[]) => scope.postMessage(answer, transfer);
    const device = await createWasmDevice({ ...options, threadHost: () => pageThreads(post) });
    server = new DeviceServer(device, post);
    scope.postMessage({ kind: "started", info: device.info });
  } catch (error) {
    scope.postMessage({ kind: "refused", failure: failureOf(error) });
  }
}

function becomeThread({ start }: Extract<Job, { kind: "thread" }>): void {
  try {
    serve(start, () => scope.postMessage({ kind: "ready" }));
    scope.close();
  } catch (error) {
    scope.postMessage({ kind: "refused", failure: failureOf(error) });
  }
}
