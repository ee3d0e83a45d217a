import { type Answer, errorOf, type Job } from "./protocol.ts";

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
