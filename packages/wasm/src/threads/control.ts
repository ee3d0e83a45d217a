// The control block: 32-bit words in the shared memory by which the calling thread hands out the chunks of a job. Words
// that are written often lie on cache lines of their own.
import type { Kernel } from "../core.ts";

/** Words per cache line. */
const LINE = 16;

export const Word = {
  /** Tag of the job in the upper 24 bits, next chunk to take in the lower 8. */
  ticket: 0,
  /** Chunks that are finished. */
  done: LINE,
  /** Counts jobs; threads without work sleep on it. */
  epoch: 2 * LINE,
  /** Threads asleep, or about to be. */
  sleepers: 3 * LINE,
  /** 1 once threads must end. */
  stop: 4 * LINE,
  /** 1 where a kernel threw. */
  failed: 4 * LINE + 1,
  /** The job: written while the ticket is closed. */
  chunks: 5 * LINE,
  kernel: 5 * LINE + 1,
  out: 5 * LINE + 2,
  input: 5 * LINE + 3,
  params: 5 * LINE + 4,
  scratch: 5 * LINE + 5,
  scratchStride: 5 * LINE + 6,
  begin: 5 * LINE + 7,
  end: 5 * LINE + 8,
} as const;

export const CONTROL_BYTES = 6 * LINE * 4;

const CHUNK_BITS = 8;
/** In the place of a chunk: nothing to take. */
export const CLOSED = (1 << CHUNK_BITS) - 1;
/** Chunks that a job may have at most. */
export const MOST_CHUNKS = CLOSED - 1;

/** The ticket of a job with this chunk next. Tags repeat after 16 million jobs, no thread stands still that long. */
export const ticketOf = (job: number, chunk: number): number => (job << CHUNK_BITS) | chunk;

/** The kernels of a module, in the order of their names: the same on every thread. */
export function kernelNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module)
    .filter(({ kind, name }) => kind === "function" && name !== "heapBase")
    .map(({ name }) => name)
    .sort();
}

/**
 * Takes chunks of the job at hand and runs them until none is left. A ticket changes hands by compare-and-exchange: that
 * it succeeds proves that the words read before it were those of the ticket's own job.
 */
export function runChunks(words: Int32Array, kernels: readonly Kernel[], thread: number): void {
  for (;;) {
    const ticket = Atomics.load(words, Word.ticket);
    const chunk = ticket & CLOSED;
    const chunks = words[Word.chunks];
    if (chunk >= chunks) return;
    const kernel = words[Word.kernel];
    const out = words[Word.out];
    const input = words[Word.input];
    const params = words[Word.params];
    const scratch = words[Word.scratch] + thread * words[Word.scratchStride];
    const begin = words[Word.begin];
    const items = words[Word.end] - begin;
    if (Atomics.compareExchange(words, Word.ticket, ticket, ticket + 1) !== ticket) continue;
    try {
      const first = begin + Math.floor((chunk * items) / chunks);
      kernels[kernel](out, input, params, scratch, first, begin + Math.floor(((chunk + 1) * items) / chunks));
    } catch {
      Atomics.store(words, Word.failed, 1);
    }
    if (Atomics.add(words, Word.done, 1) === chunks - 1 && thread > 0) Atomics.notify(words, Word.done);
  }
}

/** How long a thread watches a word before it goes to sleep, in milliseconds, and looks between two of the clock. */
const WATCH_MS = 0.1;
const LOOKS = 64;

/** Newer engines tell the processor that this is a wait. */
const { pause } = Atomics as { pause?(): void };

/** Waits until the word is no longer `value`; gives up after a moment. True where it changed. */
export function watch(words: Int32Array, word: number, value: number): boolean {
  const end = performance.now() + WATCH_MS;
  do {
    for (let i = 0; i < LOOKS; i++) {
      if (Atomics.load(words, word) !== value) return true;
      pause?.();
    }
  } while (performance.now() < end);
  return false;
}
