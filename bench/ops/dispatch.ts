import { type Backend, maxPool } from "@halfband/ops";
import { createWasmBackend } from "@halfband/wasm";

const ROUNDS = 200;
const CALLS = 50;

/** Pooling of 16 x 16 voxels, which takes a fraction of a microsecond. */
function tinyJob(backend: Backend): () => void {
  const x = backend.tensor(new Float32Array(256), [1, 1, 16, 16]);
  const y = backend.empty([1, 1, 8, 8]);
  const run = backend.prepare(maxPool.plan(x, { kernelSize: 2 }));
  return () => run(x, y);
}

function fastestCall(run: () => void): number {
  const began = performance.now();
  for (let i = 0; i < CALLS; i++) run();
  return (performance.now() - began) / CALLS;
}

/** Microseconds to hand a job to a second thread that is awake and to wait for it: a tiny job split, less the same whole. */
export async function dispatchMicroseconds(): Promise<number> {
  const whole = await createWasmBackend({ simd: "baseline", threads: 1 });
  const split = await createWasmBackend({ simd: "baseline", threads: 2, splitFrom: 0 });
  const runs = [whole, split].map(tinyJob);
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, run] of runs.entries()) best[i] = Math.min(best[i], fastestCall(run));
  }
  whole.dispose();
  split.dispose();
  return 1000 * (best[1] - best[0]);
}
