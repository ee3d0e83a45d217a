// The script of the worker that `createBackend` starts. It needs no other file.
import { HalfbandError } from "@halfband/ops";
import { createWasmDevice } from "@halfband/wasm";
import { DeviceServer } from "./device-server.ts";
import { type Answer, failureOf, type Job, PROTOCOL } from "./protocol.ts";

/** The global scope of a worker, as far as it is used here. */
interface WorkerScope {
  postMessage(answer: Answer, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Job>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
/** There once the device is; the page sends jobs after that only. */
let server: DeviceServer | undefined;

scope.addEventListener("message", ({ data: job }) => {
  if (job.kind === "start") void start(job);
  else server?.handle(job);
});

async function start({ protocol, build, precision }: Extract<Job, { kind: "start" }>): Promise<void> {
  try {
    if (protocol !== PROTOCOL) {
      throw new HalfbandError(
        "UNSUPPORTED",
        "createBackend: the worker script is of another version of @halfband/browser; copy dist/halfband-worker.js again.",
        { op: "createBackend", option: "worker", got: PROTOCOL, expected: protocol },
      );
    }
    server = new DeviceServer(await createWasmDevice(build, undefined, precision), (answer, transfer) =>
      scope.postMessage(answer, transfer),
    );
    scope.postMessage({ kind: "started" });
  } catch (error) {
    scope.postMessage({ kind: "refused", failure: failureOf(error) });
  }
}
