import { buffersOf } from "../context.ts";
import { inflated } from "../gzip.ts";
import { percentile, planeOf, readNifti, type Volume, type Window } from "../halfband.ts";
import type { Jobs, PerVoxelAxis, ScanInfo } from "../protocol.ts";

interface OpenScan {
  readonly volume: Volume;
  readonly info: ScanInfo;
}

const open = new Map<string, Promise<OpenScan>>();

/** The user's own scan; only the latest is kept, since one may fill the memory. */
const OWN = "file:";

export function scanOf(id: string): Promise<OpenScan> {
  const scan = open.get(id);
  if (scan === undefined) throw new Error("This scan is not open any more.");
  return scan;
}

/** Sizes and voxel sizes along x, y and z, whatever the file has. */
const alongAxes = (values: readonly number[]): PerVoxelAxis => [
  values[0] ?? 1,
  values[1] ?? 1,
  values[2] ?? 1,
];

export async function openScan({ id, source }: Jobs["open"]["params"]) {
  let scan = open.get(id);
  if (scan === undefined) {
    if (id.startsWith(OWN)) for (const other of open.keys()) if (other.startsWith(OWN)) open.delete(other);
    scan = read(id, source);
    open.set(id, scan);
    scan.catch(() => open.delete(id));
  }
  return { result: (await scan).info };
}

async function read(id: string, source: string | File): Promise<OpenScan> {
  const stored = await (typeof source === "string" ? download(source) : source.arrayBuffer());
  const volume = await readNifti(await inflated(new Uint8Array(stored)));
  const { header, axisCodes } = volume;
  const shape = alongAxes(volume.shape);
  const info: ScanInfo = {
    id,
    name: typeof source === "string" ? source.slice(source.lastIndexOf("/") + 1) : source.name,
    shape,
    zooms: alongAxes(volume.zooms),
    times: volume.shape[3] ?? 1,
    axisCodes,
    dataType: header.dataType,
    description: header.description,
    nonFinite: countNonFinite(volume.data),
    warnings: header.warnings,
    window: windowOf(volume.data, shape),
  };
  return { volume, info };
}

/** Where bundled scans stay for use without a network; the service worker leaves it alone. */
const KEPT_SCANS = "halfband-scans";
/** Milliseconds after reading: keeping can wait until the first pictures are there. */
const KEEP_DELAY = 1000;

async function download(address: string): Promise<ArrayBuffer> {
  const cache = await caches?.open(KEPT_SCANS).catch(() => undefined);
  const kept = await cache?.match(address);
  if (kept) return kept.arrayBuffer();
  const response = await fetch(address);
  if (!response.ok)
    throw new Error(`The scan could not be loaded: ${response.status} ${response.statusText}.`);
  const bytes = await response.arrayBuffer();
  setTimeout(() => void cache?.put(address, new Response(bytes)).catch(() => undefined), KEEP_DELAY);
  return bytes;
}

function countNonFinite(data: Float32Array): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) count++;
  return count;
}

/** Percentiles 1 and 99.5 of the middle slice along z. */
function windowOf(data: Float32Array, [width, height, depth]: PerVoxelAxis): Window {
  const length = width * height;
  const start = length * Math.floor(depth / 2);
  const finite = data.slice(start, start + length).map((value) => (Number.isFinite(value) ? value : 0));
  const plane = planeOf([height, width], finite);
  const [low, high] = [percentile(plane, 1), percentile(plane, 99.5)];
  return { low, high: high > low ? high : low + 1 };
}

/** A copy of one time point for the page's viewer. */
export async function voxels({ scan, time }: Jobs["voxels"]["params"]) {
  const { volume, info } = await scanOf(scan);
  const length = info.shape.reduce((product, size) => product * size, 1);
  const result = volume.data.slice(time * length, (time + 1) * length);
  return { result, transfer: buffersOf(result) };
}
