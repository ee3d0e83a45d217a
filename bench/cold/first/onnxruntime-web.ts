import { loaders } from "../../rivals/src/index.ts";
import type { Task } from "../../rivals/src/rival.ts";
import { first, SHAPE } from "./shared.ts";

await first(async (x) => {
  const pool = { op: "maxPool", kernelSize: 2, stride: 2, padding: 0 } as const;
  const task: Task = { ...pool, shape: SHAPE, outShape: [1, 1, 128, 128], x };
  const [implementation] = await (await loaders["onnxruntime-web"]()).prepare(task);
  await implementation.run();
  return implementation.output!();
});
