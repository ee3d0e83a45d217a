import { backendOf } from "../backends.ts";
import { buffersOf, type Context } from "../context.ts";
import { deflated } from "../gzip.ts";
import {
  type Backend,
  type Grid,
  type Method,
  orient,
  orientationOf,
  type Pair,
  type Plane,
  type Volume,
  writeNifti,
} from "../halfband.ts";
import { idOf, methodOf } from "../method.ts";
import type {
  Axis,
  Jobs,
  MethodChoice,
  PanelEvent,
  Sampling,
  StoredVolume,
  VolumeRequest,
  VolumeResult,
} from "../protocol.ts";
import { stemOf } from "../stem.ts";
import { scanOf } from "./scans.ts";
import { sceneOf, shown, turned } from "./scene.ts";

/** Results of the latest request, so that looking at them and downloading them computes nothing again. */
const results = new Map<string, StoredVolume>();
const KEPT_BYTES = 512 * 2 ** 20;

const keyOf = ({ scan, stride, times, device }: VolumeRequest, choice: MethodChoice): string =>
  JSON.stringify([scan, stride, times, device, choice]);

function keep(key: string, stored: StoredVolume): void {
  results.set(key, stored);
  let bytes = 0;
  for (const [other, { data }] of [...results].reverse()) {
    bytes += data.byteLength;
    if (bytes > KEPT_BYTES && other !== key) results.delete(other);
  }
}

const axesOf = (volume: Volume): Axis[] => [...volume.spatialAxes] as Axis[];

/** Every method on the whole scan, all time points, with each operator's own border. */
export async function volume(request: VolumeRequest, context: Context<VolumeResult>) {
  for (const [index, choice] of request.methods.entries()) {
    const stored = await computed(request, choice, context, index);
    context.emit(summaryOf(idOf(choice), stored));
  }
  return { result: undefined };
}

async function computed(
  request: VolumeRequest,
  choice: MethodChoice,
  context: Context<never> | Context<VolumeResult>,
  index = 0,
): Promise<StoredVolume> {
  const key = keyOf(request, choice);
  const known = results.get(key);
  if (known) return known;
  const { volume } = await scanOf(request.scan);
  const method = methodOf(choice, axesOf(volume));
  const stride = axesOf(volume).map((axis) => request.stride[axis]);
  const backend = await backendOf(request.device);
  const source = volume.tensor({ tensor: (data, shape) => ({ data, shape }) });
  const [times, channels, ...spatial] = source.shape;
  const length = source.data.length / times;
  const points: Downsampled[] = [];
  const began = performance.now();
  for (let t = 0; t < times; t++) {
    const total = request.methods.length * times;
    context.progress({
      done: index * times + t,
      total,
      label: times > 1 ? `${method.title}, time point ${t + 1} of ${times}` : method.title,
    });
    await context.turn();
    points.push(
      await downsample(source.data.subarray(t * length, (t + 1) * length), [1, channels, ...spatial], {
        method,
        stride,
        times: request.times,
        backend,
      }),
    );
  }
  const stored = joined(points, performance.now() - began);
  keep(key, stored);
  return stored;
}

type Downsampled = Omit<StoredVolume, "milliseconds">;

interface Application {
  readonly method: Method;
  readonly stride: readonly number[];
  readonly times: number;
  readonly backend: Backend;
}

async function downsample(
  data: Float32Array,
  shape: readonly number[],
  { method, stride, times, backend }: Application,
): Promise<Downsampled> {
  let x = backend.tensor(data, shape);
  try {
    for (let t = 0; t < times; t++) {
      const y = method.apply(x, stride);
      x.dispose();
      x = y;
    }
    return { data: (await x.data()) as Float32Array, shape: x.shape, grid: x.grid };
  } finally {
    x.dispose();
  }
}

function joined(points: readonly Downsampled[], milliseconds: number): StoredVolume {
  const [{ data, shape, grid }] = points;
  if (points.length === 1) return { data, shape, grid, milliseconds };
  const all = new Float32Array(points.length * data.length);
  for (const [t, point] of points.entries()) all.set(point.data, t * data.length);
  return { data: all, shape: [points.length, ...shape.slice(1)], grid, milliseconds };
}

function summaryOf(method: string, { data, shape, milliseconds }: StoredVolume): VolumeResult {
  let [sum, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const [times, , ...spatial] = shape;
  return {
    method,
    shape: [...spatial.reverse(), ...(times > 1 ? [times] : [])],
    milliseconds,
    mean: sum / data.length,
    min,
    max,
  };
}

/** The slices of computed volumes that lie at a slice of the scan. */
export async function volumePanels(
  { place, request }: Jobs["volumePanels"]["params"],
  context: Context<PanelEvent>,
) {
  await context.turn();
  const { volume, info } = await scanOf(place.scan);
  const scene = await sceneOf(place, { stride: [1, 1, 1], times: 1 } satisfies Sampling);
  const plane = shown(scene.plane, scene);
  context.emit({
    kind: "original",
    plane: { ...plane, data: plane.data.slice() },
    spectrum: null,
    window: info.window,
    spectrumWindow: null,
    orientation: scene.orientation,
    zooms: turned(scene.zooms, scene.orientation),
    cropped: false,
  });
  const axes = axesOf(volume);
  for (const choice of request.methods) {
    const stored = results.get(keyOf(request, choice));
    if (stored === undefined) continue;
    const cut = cutAt(stored, axes, place);
    const picture = orient(cut, orientationOf(volume.axisCodes, place.axis, scene.axes as Pair));
    context.emit(
      {
        kind: "panel",
        method: idOf(choice),
        plane: picture,
        difference: null,
        spectrum: null,
        figures: null,
      },
      buffersOf(picture.data),
    );
  }
  return { result: undefined };
}

/** Sample of the smaller grid that lies nearest to a voxel of the scan. */
function nearest(grid: Grid[number], index: number, size: number): number {
  return Math.min(size - 1, Math.max(0, Math.round((index - grid.offset) / grid.spacing)));
}

/** A slice across one voxel axis, rows along the higher of the other two. */
function cutAt(
  { data, shape, grid }: StoredVolume,
  axes: readonly Axis[],
  place: { axis: Axis; index: number; time: number },
): Plane {
  const [, channels, ...spatial] = shape;
  const sizes: number[] = [1, 1, 1];
  const steps: number[] = [0, 0, 0];
  let step = 1;
  for (let a = axes.length - 1; a >= 0; a--) {
    sizes[axes[a]] = spatial[a];
    steps[axes[a]] = step;
    step *= spatial[a];
  }
  const across = axes.indexOf(place.axis);
  const at = across < 0 ? 0 : nearest(grid[across], place.index, spatial[across]);
  const [columns, rows] = [0, 1, 2].filter((axis) => axis !== place.axis);
  const start = place.time * channels * step + at * steps[place.axis];
  const out = new Float32Array(sizes[rows] * sizes[columns]);
  for (let i = 0, to = 0; i < sizes[rows]; i++) {
    for (let j = 0; j < sizes[columns]; j++) out[to++] = data[start + i * steps[rows] + j * steps[columns]];
  }
  return { data: out, shape: [sizes[rows], sizes[columns]] };
}

/** The first method's result as a file, in its right place in space. */
export async function nifti(request: VolumeRequest, context: Context<never>) {
  const [choice] = request.methods;
  const { volume, info } = await scanOf(request.scan);
  const { data, shape, grid } = await computed(request, choice, context);
  context.progress({ done: 1, total: 1, label: "Packing the file" });
  await context.turn();
  const bytes = await deflated(await writeNifti({ shape, grid, data: async () => data }, volume));
  const name = `${stemOf(info.name)}_${idOf(choice)}.nii.gz`;
  return { result: { bytes, name }, transfer: buffersOf(bytes) };
}
