// The script of a pool's thread in Node. The build embeds it as text, so that no bundler can lose the file.
import { parentPort, workerData } from "node:worker_threads";
import { serve, type ThreadStart } from "./serve.ts";

serve(workerData as ThreadStart, () => parentPort?.postMessage("ready"));
