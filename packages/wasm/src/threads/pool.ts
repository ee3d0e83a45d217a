import type { Kernel } from "../core.ts";
import {
  CLOSED,
  controlBytes,
  MOST_CHUNKS,
  runChunks,
  shareOf,
  ticketOf,
  ticketWord,
  Word,
  watch,
} from "./control.ts";
import type { StartThread, Thread } from "./host.ts";
import type { ThreadStart } from "./serve.ts";

/** Shorter jobs run on the calling thread alone, in nanoseconds: where threads are awake, and where all sleep. */
const LEAST_AWAKE = 10e3;
const LEAST_ASLEEP = 12 * LEAST_AWAKE;
/** A chunk should take at least this long, in nanoseconds. */
const LEAST_CHUNK = 4e3;
/** Chunks per thread, so that one that comes late or runs slowly takes fewer. */
const CHUNKS_PER_THREAD = 4;
/** Work that could have been shared, in nanoseconds, before threads that were not asked for by number start. */
const START_AFTER = 20e6;

/** A kernel and its scratch. */
export interface SplitJob {
  /** Position of the kernel among `kernelNames`. */
  readonly kernel: number;
  /** Of thread 0; every thread has its own, `scratchStride` bytes further. */
  readonly scratch: number;
  readonly scratchStride: number;
}

/**
 * Threads that share the memory of one core and take chunks of its kernels' items. The calling thread takes chunks
 * too, and waits for chunks that others have begun, never for threads that are late or asleep: with none at all the
 * work is done as well. It owns its threads.
 */
export class Pool {
  private readonly words: Int32Array;
  private kernels: readonly Kernel[] = [];
  private readonly threads: Thread[] = [];
  private readonly least: number;
  private job = 0;
  /** Nanoseconds of work that went by without threads. */
  private missed = 0;
  /** Nanoseconds of short jobs that threads slept through since they were woken last. */
  private slept = 0;
  private ended = false;
  private failed: string | undefined;

  /**
   * @param findKernels in the order of `kernelNames`.
   * @param wanted threads, the calling one among them.
   * @param least nanoseconds of work below which a job stays on the calling thread, for tests.
   */
  constructor(
    private readonly shared: Omit<ThreadStart, "thread" | "threads">,
    private readonly findKernels: () => readonly Kernel[],
    private readonly wanted: number,
    private readonly startThread: StartThread,
    least = LEAST_AWAKE,
  ) {
    this.least = Math.max(1, least);
    this.words = new Int32Array(shared.memory.buffer, shared.control, controlBytes(wanted) / 4).fill(0);
    this.words[Word.threads] = wanted;
    this.close();
  }

  /** Threads that jobs may run on, the calling one among them. */
  get size(): number {
    return this.failed === undefined ? this.wanted : 1;
  }

  /** Why threads did not start. */
  get failure(): string | undefined {
    return this.failed;
  }

  /** Starts the threads; settled once all of them are able to work, or one failed and the others were stopped. */
  async start(): Promise<void> {
    if (this.threads.length > 0 || this.ended) return;
    this.kernels = this.findKernels();
    try {
      for (let thread = 1; thread < this.wanted; thread++) {
        this.threads.push(this.startThread({ ...this.shared, thread, threads: this.wanted }));
      }
      await Promise.all(this.threads.map(({ ready }) => ready));
    } catch (error) {
      this.failed = `threads did not start (${(error as Error).message})`;
      this.stop();
      throw error;
    }
  }

  /** Whether a job that takes this long on one thread had better be split. */
  takes(nanoseconds: number): boolean {
    if (nanoseconds < this.least || this.ended) return false;
    if (this.threads.length === 0) {
      this.missed += nanoseconds;
      // Where they cannot start, the calling thread goes on alone, as it does now.
      if (this.missed > START_AFTER) this.start().catch(() => undefined);
      return false;
    }
    const asleep = Atomics.load(this.words, Word.sleepers) >= this.threads.length;
    if (!asleep || nanoseconds >= Math.min(LEAST_ASLEEP, 12 * this.least)) return true;
    // One short job is not worth waking threads for, but a row of them is.
    this.slept += nanoseconds;
    if (this.slept < LEAST_ASLEEP) return false;
    this.slept = 0;
    return true;
  }

  /** Runs items `begin` .. `end` - 1, which take about `nanoseconds` on one thread; returns when all are done. */
  run(
    { kernel, scratch, scratchStride }: SplitJob,
    nanoseconds: number,
    out: number,
    input: number,
    params: number,
    begin: number,
    end: number,
  ): void {
    const { words } = this;
    const wanted = Math.min(
      this.size * CHUNKS_PER_THREAD,
      nanoseconds / Math.min(LEAST_CHUNK, this.least / 4),
    );
    const chunks = Math.max(1, Math.min(end - begin, Math.floor(wanted), MOST_CHUNKS));
    this.close();
    words[Word.chunks] = chunks;
    words[Word.kernel] = kernel;
    words[Word.out] = out;
    words[Word.input] = input;
    words[Word.params] = params;
    words[Word.scratch] = scratch;
    words[Word.scratchStride] = scratchStride;
    words[Word.begin] = begin;
    words[Word.end] = end;
    Atomics.store(words, Word.done, 0);
    this.job = (this.job + 1) & 0xffffff;
    for (let thread = 0; thread < this.wanted; thread++) {
      Atomics.store(words, ticketWord(thread), ticketOf(this.job, shareOf(thread, chunks, this.wanted)));
    }
    this.wake(chunks - 1);
    runChunks(words, this.kernels, 0);
    this.join(chunks);
  }

  private close(): void {
    const ticket = ticketOf(this.job, CLOSED);
    for (let thread = 0; thread < this.wanted; thread++)
      Atomics.store(this.words, ticketWord(thread), ticket);
  }

  private wake(most: number): void {
    Atomics.add(this.words, Word.epoch, 1);
    if (Atomics.load(this.words, Word.sleepers) > 0) Atomics.notify(this.words, Word.epoch, most);
  }

  private join(chunks: number): void {
    const { words } = this;
    for (;;) {
      const done = Atomics.load(words, Word.done);
      if (done === chunks) break;
      if (!watch(words, Word.done, done)) Atomics.wait(words, Word.done, done);
    }
    if (Atomics.exchange(words, Word.failed, 0) !== 0) throw new Error("A kernel failed.");
  }

  /** Ends the threads. */
  stop(): void {
    this.ended = true;
    Atomics.store(this.words, Word.stop, 1);
    this.wake(Number.POSITIVE_INFINITY);
    for (const thread of this.threads.splice(0)) thread.stop();
  }
}
