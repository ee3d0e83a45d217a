// The control block: 32-bit words in the shared memory by which the calling thread hands out the chunks of a job. Words
// that are written often lie on cache lines of their own.
import type { Kernel } from "../core.ts";

/** Words per cache line. */
const LINE = 16;

export const Word = {
  /** Chunks that are finished. */
  done: 0,
  /** Counts jobs; threads without work sleep on it. */
  epoch: LINE,
  /** Threads asleep, or about to be. */
  sleepers: 2 * LINE,
  /** 1 once threads must end. */
  stop: 3 * LINE,
  /** 1 where a kernel threw. */
  failed: 3 * LINE + 1,
  /** Threads, the calling one among them. */
  threads: 3 * LINE + 2,
  /** The job: written while the tickets are closed. */
  chunks: 4 * LINE,
  kernel: 4 * LINE + 1,
  out: 4 * LINE + 2,
  input: 4 * LINE + 3,
  params: 4 * LINE + 4,
  scratch: 4 * LINE + 5,
  scratchStride: 4 * LINE + 6,
  begin: 4 * LINE + 7,
  end: 4 * LINE + 8,
  /** A ticket for each thread's share: tag of the job in the upper 24 bits, next chunk to take in the lower 8. */
  tickets: 5 * LINE,
} as const;

/** Word of the ticket for the share of a thread. */
export const ticketWord = (thread: number): number => Word.tickets + thread * LINE;

/** Of the block for so many threads. */
export const controlBytes = (threads: number): number => ticketWord(threads) * 4;

const CHUNK_BITS = 8;
/** In the place of a chunk: nothing to take. */
export const CLOSED = (1 << CHUNK_BITS) - 1;
/** Chunks that a job may have at most. */
export const MOST_CHUNKS = CLOSED - 1;

/** The ticket of a job with this chunk next. Tags repeat after 16 million jobs, no thread stands still that long. */
export const ticketOf = (job: number, chunk: number): number => (job << CHUNK_BITS) | chunk;

/** First of the chunks that are a thread's share; the next thread's first ends them. */
export const shareOf = (thread: number, chunks: number, threads: number): number =>
  Math.floor((thread * chunks) / threads);

/** The kernels of a module, in the order of their names: the same on every thread. */
export function kernelNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module)
    .filter(({ kind, name }) => kind === "function" && name !== "heapBase")
    .map(({ name }) => name)
    .sort();
}

/**
 * Takes chunks of the job at hand and runs them until none is left: those of the thread's own share first, which is the
 * same part of the data from job to job and lies in its caches, then those of others.
 */
export function runChunks(words: Int32Array, kernels: readonly Kernel[], thread: number): void {
  const threads = words[Word.threads];
  for (let i = 0; i < threads; i++) runShare(words, kernels, thread, (thread + i) % threads, threads);
}

/**
 * A ticket changes hands by compare-and-exchange: that it succeeds proves that the words read before it were those of
 * the ticket's own job.
 */
function runShare(
  words: Int32Array,
  kernels: readonly Kernel[],
  thread: number,
  share: number,
  threads: number,
): void {
  const word = ticketWord(share);
  for (;;) {
    const ticket = Atomics.load(words, word);
    const chunk = ticket & CLOSED;
    const chunks = words[Word.chunks];
    if (chunk >= shareOf(share + 1, chunks, threads)) return;
    const kernel = words[Word.kernel];
    const out = words[Word.out];
    const input = words[Word.input];
    const params = words[Word.params];
    const scratch = words[Word.scratch] + thread * words[Word.scratchStride];
    const begin = words[Word.begin];
    const items = words[Word.end] - begin;
    if (Atomics.compareExchange(words, word, ticket, ticket + 1) !== ticket) continue;
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
