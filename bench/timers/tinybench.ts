import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Bench } from "tinybench";
import { ROUND_MS, type TimeRound } from "../measure.ts";

/** In Node, whose clock resolves single runs. */
export const timeRound: TimeRound = async (implementation, { isSlow, isFirst }) => {
  const bench = new Bench({
    time: ROUND_MS,
    iterations: isSlow ? 1 : 5,
    warmup: isFirst && !isSlow,
    warmupTime: 2 * ROUND_MS,
    warmupIterations: 1,
    retainSamples: true,
  });
  // What an implementation leaves to collect must not be paid by the next.
  bench.add(implementation.impl, () => implementation.run(), { beforeAll: collectGarbage });
  await bench.run();
  const { result } = bench.tasks[0];
  if (result.state !== "completed") throw new Error(`${implementation.impl} failed.`);
  return { minMs: result.latency.min, medianMs: result.latency.p50 };
};

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("() => gc()") as () => void;
