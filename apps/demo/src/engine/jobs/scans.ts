import { buffersOf, type Context } from "../context.ts";
import { inflated } from "../gzip.ts";
import { percentile, planeOf, readNifti, type Volume, type Window } from "../halfband.ts";
import type { Jobs, PerVoxelAxis, Progress, ScanInfo, ScanSource } from "../protocol.ts";

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

export async function openScan({ id, source }: Jobs["open"]["params"], context: Context<never>) {
  let scan = open.get(id);
  if (scan === undefined) {
    if (id.startsWith(OWN)) for (const other of open.keys()) if (other.startsWith(OWN)) open.delete(other);
    scan = read(id, source, context);
    open.set(id, scan);
    scan.catch(() => open.delete(id));
  }
  return { result: (await scan).info };
}

const STEPS = ["Loading", "Unpacking", "Reading the voxels"] as const;

async function read(id: string, source: ScanSource, context: Context<never>): Promise<OpenScan> {
  const step = (done: number, label: string = STEPS[done]) => {
    context.progress({ done, total: STEPS.length, label });
    return context.turn();
  };
  await step(0);
  const stored = await Promise.all(partsOf(source).map((part) => bytesOf(part, context.progress)));
  await step(1);
  const [file, image] = await Promise.all(stored.map((bytes) => inflated(new Uint8Array(bytes))));
  await step(2);
  const volume = await readNifti(image ? { header: file, image } : file);
  const { header, axisCodes } = volume;
  const shape = alongAxes(volume.shape);
  const info: ScanInfo = {
    id,
    name: nameOf(source),
    shape,
    zooms: alongAxes(volume.zooms),
    times: volume.shape[3] ?? 1,
    axisCodes,
    dataType: header.dataType,
    description: header.description,
    ...rangeOf(volume.data),
    warnings: header.warnings,
    window: windowOf(volume.data, shape),
  };
  return { volume, info };
}

/** Where bundled scans stay for use without a network; the service worker leaves it alone. */
const KEPT_SCANS = "halfband-scans";
/** Milliseconds after reading: keeping can wait until the first pictures are there. */
const KEEP_DELAY = 1000;

const partsOf = (source: ScanSource): readonly (string | File)[] =>
  typeof source === "object" && "header" in source ? [source.header, source.image] : [source];

function nameOf(source: ScanSource): string {
  const [part] = partsOf(source);
  return typeof part === "string" ? part.slice(part.lastIndexOf("/") + 1) : part.name;
}

async function bytesOf(part: string | File, progress: (p: Progress) => void): Promise<ArrayBuffer> {
  if (typeof part === "string") return download(part, progress);
  return part.arrayBuffer().catch((error: Error) => {
    throw new Error(`The file cannot be read (${error.message}). Was it moved, or is it open elsewhere?`);
  });
}

async function download(address: string, progress: (p: Progress) => void): Promise<ArrayBuffer> {
  const cache = await caches?.open(KEPT_SCANS).catch(() => undefined);
  const kept = await cache?.match(address);
  if (kept) return kept.arrayBuffer();
  const response = await fetch(address).catch(() => {
    throw new Error("The scan could not be loaded: there is no connection.");
  });
  if (!response.ok)
    throw new Error(`The scan could not be loaded: ${response.status} ${response.statusText}.`);
  const bytes = await received(response, progress);
  setTimeout(() => void cache?.put(address, new Response(bytes)).catch(() => undefined), KEEP_DELAY);
  return bytes;
}

/** The body of an answer, with word of how much has come. */
async function received(response: Response, progress: (p: Progress) => void): Promise<ArrayBuffer> {
  const total = Number(response.headers.get("content-length"));
  if (!(total > 0) || response.body === null) return response.arrayBuffer();
  let come = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      come += chunk.length;
      // A compressed answer is longer than it says.
      const done = Math.min(1, come / total);
      progress({ done, total: STEPS.length, label: `Loading, ${Math.round(100 * done)} %` });
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counted)).arrayBuffer();
}

function rangeOf(data: Float32Array): Pick<ScanInfo, "nonFinite" | "range"> {
  let [nonFinite, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!Number.isFinite(value)) nonFinite++;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return { nonFinite, range: min <= max ? { min, max } : null };
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
