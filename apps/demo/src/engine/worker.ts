import { backendOf } from "./backends.ts";
import { Cancelled, type Context } from "./context.ts";
import { preloadWebGpu } from "./halfband.ts";
import { panels } from "./jobs/panels.ts";
import { pattern, peaks } from "./jobs/patterns.ts";
import { png } from "./jobs/png.ts";
import { openScan, voxels } from "./jobs/scans.ts";
import { timings } from "./jobs/timings.ts";
import { nifti, volume, volumePanels } from "./jobs/volume.ts";
import type { FromWorker, JobName, Jobs, ToWorker } from "./protocol.ts";

type Handlers = {
  [K in JobName]: (
    params: Jobs[K]["params"],
    context: Context<Jobs[K]["event"]>,
  ) => Promise<{ result: Jobs[K]["result"]; transfer?: readonly Transferable[] }>;
};

const handlers: Handlers = {
  preload: async () => {
    await preloadWebGpu();
    return { result: undefined };
  },
  backend: async (device) => {
    const { build, threads } = (await backendOf(device)).info;
    return { result: { build, threads } };
  },
  open: openScan,
  voxels,
  panels,
  pattern,
  peaks,
  volume,
  volumePanels,
  timings,
  nifti,
  png,
};

/** The part of a worker's global scope that is used; the DOM types describe the page's instead. */
interface WorkerScope {
  postMessage(message: FromWorker, transfer: readonly Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
const cancelled = new Set<number>();
const running = new Set<number>();

scope.onmessage = ({ data }) => {
  if ("cancel" in data) {
    if (running.has(data.cancel)) cancelled.add(data.cancel);
    return;
  }
  void run(data.id, data.name, data.params);
};

async function run(id: number, name: JobName, params: unknown): Promise<void> {
  running.add(id);
  const context: Context<unknown> = {
    emit: (event, transfer = []) => scope.postMessage({ id, event }, transfer),
    progress: (progress) => scope.postMessage({ id, progress }, []),
    async turn() {
      await nextTask();
      if (cancelled.has(id)) throw new Cancelled();
    },
  };
  try {
    const handler = handlers[name] as Handlers[JobName];
    const { result, transfer = [] } = await handler(params as never, context as never);
    scope.postMessage({ id, result }, transfer);
  } catch (error) {
    const message = messageOf(error);
    scope.postMessage({ id, error: message, cancelled: error instanceof Cancelled }, []);
  } finally {
    running.delete(id);
    cancelled.delete(id);
  }
}

function messageOf(error: unknown): string {
  // The engine's own word for an array that it cannot make.
  if (error instanceof RangeError && /allocat|array length/i.test(error.message))
    return "This takes more memory than the browser gives a page. Use a smaller scan or fewer methods.";
  return error instanceof Error ? error.message : String(error);
}

// Compiling goes on while the first scan is on its way.
void backendOf("wasm");

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** Resolves after everything that is already queued, without the delay that timers get. */
const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
