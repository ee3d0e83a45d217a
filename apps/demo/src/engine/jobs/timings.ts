import { backendOf } from "../backends.ts";
import type { Context } from "../context.ts";
import { type DeviceName, deviceNames, deviceTitles } from "../devices.ts";
import type { Backend, Method } from "../halfband.ts";
import { methodOf } from "../method.ts";
import type { Axis, Timing, VolumeRequest } from "../protocol.ts";
import { scanOf } from "./scans.ts";

const RUNS = 3;

/** Each method on one time point of the scan, on every device of this machine: data uploaded before, result read back. */
export async function timings(request: VolumeRequest, context: Context<Timing>) {
  const { volume } = await scanOf(request.scan);
  const axes = [...volume.spatialAxes] as Axis[];
  const stride = axes.map((axis) => request.stride[axis]);
  const source = volume.tensor({ tensor: (data, shape) => ({ data, shape }) });
  const data = source.data.subarray(0, source.data.length / source.shape[0]);
  const shape = [1, ...source.shape.slice(1)];
  const methods = request.methods.map((choice) => methodOf(choice, axes));
  let done = 0;
  for (const device of deviceNames) {
    const backend = await backendOf(device).catch((error: Error) => error);
    const x = backend instanceof Error ? null : backend.tensor(data, shape);
    for (const method of methods) {
      context.progress({
        done: done++,
        total: deviceNames.length * methods.length,
        label: `${method.title} on ${deviceTitles[device]}`,
      });
      await context.turn();
      if (backend instanceof Error || x === null)
        context.emit({
          method: method.id,
          device,
          milliseconds: null,
          threads: null,
          note: (backend as Error).message,
        });
      else context.emit(await timed(method, x, stride, device, backend));
    }
    x?.dispose();
  }
  return { result: undefined };
}

async function timed(
  method: Method,
  x: Parameters<Method["apply"]>[0],
  stride: readonly number[],
  device: DeviceName,
  backend: Backend,
): Promise<Timing> {
  const { build, threads } = backend.info;
  const once = async (): Promise<number> => {
    const began = performance.now();
    const y = method.apply(x, stride);
    try {
      await y.data();
    } finally {
      y.dispose();
    }
    return performance.now() - began;
  };
  try {
    await once();
    const runs: number[] = [];
    for (let i = 0; i < RUNS; i++) runs.push(await once());
    runs.sort((a, b) => a - b);
    return { method: method.id, device, milliseconds: runs[Math.floor(RUNS / 2)], threads, note: build };
  } catch (error) {
    return { method: method.id, device, milliseconds: null, threads, note: (error as Error).message };
  }
}
