import { ROUND_MS, type TimeRound } from "../measure.ts";
import type { Implementation } from "../rivals/src/rival.ts";

/** A page's clock moves in steps of 5 us even where it is isolated from others: this long, that is half a percent. */
const BATCH_MS = 1;
const BATCHES = 5;

/** In pages: as many runs between two looks at the clock as make a millisecond, and the mean of them. */
export const timeRound: TimeRound = async (implementation, { isSlow, isFirst }) => {
  // What an implementation leaves to collect must not be paid by the next.
  (globalThis as { gc?: () => void }).gc?.();
  if (isFirst && !isSlow) await runFor(implementation, 2 * ROUND_MS);
  let count = 1;
  let spent = 0;
  const means: number[] = [];
  while (means.length < (isSlow ? 1 : BATCHES) || spent < (isSlow ? 0 : ROUND_MS)) {
    const elapsed = await runTimes(implementation, count);
    spent += elapsed;
    if (elapsed < BATCH_MS)
      count = Math.ceil(count * Math.min(10, (1.2 * BATCH_MS) / Math.max(elapsed, 0.01)));
    else means.push(elapsed / count);
  }
  means.sort((a, b) => a - b);
  return { minMs: means[0], medianMs: means[means.length >> 1] };
};

async function runTimes({ run }: Implementation, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const pending = run();
    if (pending) await pending;
  }
  return performance.now() - start;
}

async function runFor(implementation: Implementation, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) await implementation.run();
}
