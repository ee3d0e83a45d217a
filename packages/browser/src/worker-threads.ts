import type { ThreadHost } from "@halfband/wasm";
import { askWorker } from "./start-worker.ts";

/** Threads that are workers of the worker this runs in; or why there are none. */
export function workerThreads(newWorker: () => Worker): ThreadHost | string {
  if (typeof Worker === "undefined") return "workers of this browser cannot start workers";
  return {
    available: navigator.hardwareConcurrency,
    startThread(start) {
      const worker = newWorker();
      return {
        ready: askWorker(worker, { kind: "thread", start }, "ready").then(() => undefined),
        stop: () => worker.terminate(),
      };
    },
  };
}
