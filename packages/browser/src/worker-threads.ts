import type { ThreadHost } from "@halfband/wasm";
import { askWorker } from "./ask-worker.ts";
import { type Answer, errorOf, failureOf } from "./protocol.ts";

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

/**
 * Threads that the page starts for the worker this runs in, asked by `post`. A worker had better not start them itself:
 * Firefox may never return from `new Worker` there while a debugger or automation is attached.
 */
export const pageThreads = (post: (answer: Answer, transfer: Transferable[]) => void): ThreadHost => ({
  available: navigator.hardwareConcurrency,
  startThread(start) {
    const { port1, port2 } = new MessageChannel();
    const ready = new Promise<void>((resolve, reject) => {
      port1.onmessage = ({ data }: MessageEvent<Answer>) =>
        data.kind === "refused" ? reject(errorOf(data.failure)) : resolve();
    });
    post({ kind: "startThread", start, port: port2 }, [port2]);
    return { ready, stop: () => port1.postMessage("stop") };
  },
});

/** The page's side of `pageThreads`: starts threads for a worker that asks. Returns what ends them all. */
export function provideThreads(worker: Worker, newWorker: () => Worker): () => void {
  const threads = new Set<Worker>();
  let ended = false;
  const provide = async ({ start, port }: Extract<Answer, { kind: "startThread" }>) => {
    try {
      const thread = newWorker();
      threads.add(thread);
      port.onmessage = () => {
        thread.terminate();
        threads.delete(thread);
      };
      port.postMessage(await askWorker(thread, { kind: "thread", start }, "ready"));
    } catch (error) {
      port.postMessage({ kind: "refused", failure: failureOf(error) } satisfies Answer);
    }
  };
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    if (data.kind === "startThread" && !ended) void provide(data);
  });
  return () => {
    ended = true;
    for (const thread of threads) thread.terminate();
  };
}
