import type { Kernel } from "../core.ts";
import { controlBytes, kernelNames, runChunks, Word, watch } from "./control.ts";

/** What a thread is started with. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  /** Shared among all threads of a pool. */
  readonly memory: WebAssembly.Memory;
  /** Address of the control block. */
  readonly control: number;
  /** From 1: the calling thread is 0. */
  readonly thread: number;
  /** All of them. */
  readonly threads: number;
}

/**
 * What a thread of the pool does: takes chunks of jobs, until the pool stops. It returns to its event loop only then.
 *
 * @param ready called once the thread is able to work.
 */
export function serve({ module, memory, control, thread, threads }: ThreadStart, ready: () => void): void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = kernelNames(module).map((name) => exports[name] as Kernel);
  const words = new Int32Array(memory.buffer, control, controlBytes(threads) / 4);
  ready();
  while (Atomics.load(words, Word.stop) === 0) {
    const epoch = Atomics.load(words, Word.epoch);
    runChunks(words, kernels, thread);
    if (watch(words, Word.epoch, epoch)) continue;
    Atomics.add(words, Word.sleepers, 1);
    Atomics.wait(words, Word.epoch, epoch);
    Atomics.sub(words, Word.sleepers, 1);
  }
}
