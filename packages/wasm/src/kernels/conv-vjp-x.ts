import type { ConvVjpStep, PaddingMode, WindowAxis } from "@halfband/ops";
import type { Core } from "../core.ts";
import type { Launch } from "../kernel.ts";
import { PreparedCorrelation, type SlabVisitor, type SweepTarget } from "./conv-correlation.ts";
import {
  type Correlation,
  mapTriple,
  packedLayout,
  paddedSources,
  product,
  readExtent,
  type Sweep,
  type Tap,
  type Triple,
  volumeAxes,
} from "./conv-geometry.ts";
import { PACK_NANOSECONDS, Panels, TileKernel, type WeightView } from "./conv-panels.ts";
import { Tables } from "./conv-tables.ts";

/** Packed gradient of y at a time. */
const PACKED_BYTES = 4 << 20;
/** Gradient of the padded x at a time: as many blocks of channels as fit, at least one. */
const PADDED_BYTES = 64 << 20;

/** Order of the 32-bit words of `FoldParams` in assembly/conv-vjp.ts. */
const FoldWord = {
  slices: 0,
  rows: 1,
  columns: 2,
  paddedChannelBytes: 3,
  sliceStarts: 4,
  sliceOffsets: 5,
  rowStarts: 6,
  rowOffsets: 7,
  columnOffsets: 8,
  extras: 9,
  extrasEnd: 10,
} as const;

/**
 * One axis of the padded x, whose gradient is stored [phase][length]: position p is at phase p mod stride. The
 * positions of one phase are a stride-1 correlation of gy with the taps that reach them.
 */
interface AdjointAxis {
  readonly phases: readonly { readonly phase: number; readonly out: number; readonly taps: readonly Tap[] }[];
  readonly length: number;
  /** Zeros before the first voxel of gy, so that every tap starts inside the packed axis. */
  readonly lead: number;
}

function adjointAxis(axis: WindowAxis): AdjointAxis {
  const { kernel, stride, dilation } = axis;
  const extent = readExtent(axis);
  const lead = Math.floor((dilation * (kernel - 1)) / stride);
  const phases = new Map<number, Tap[]>();
  for (let index = 0; index < kernel; index++) {
    const reach = index * dilation;
    const taps = phases.get(reach % stride) ?? [];
    taps.push({ index, position: lead - Math.floor(reach / stride) });
    phases.set(reach % stride, taps);
  }
  return {
    phases: [...phases].map(([phase, taps]) => ({ phase, taps, out: Math.ceil((extent - phase) / stride) })),
    length: Math.ceil(extent / stride),
    lead,
  };
}

/** Where the gradient of the padded x lies: byte steps of one voxel along each axis, and of one channel. */
interface PaddedLayout {
  readonly axes: Triple<AdjointAxis>;
  readonly steps: Triple<number>;
  readonly channelBytes: number;
}

function paddedLayoutOf(step: ConvVjpStep): PaddedLayout {
  const axes = mapTriple(volumeAxes(step.axes), adjointAxis);
  const [slices, rows, columns] = mapTriple(axes, (axis) => axis.phases.length * axis.length);
  return { axes, steps: [rows * columns * 4, columns * 4, 4], channelBytes: slices * rows * columns * 4 };
}

/** One sweep over gy per combination of phases, and where each starts in the padded gradient. */
function phaseSweeps({ axes, steps }: PaddedLayout): { sweep: Sweep; origin: number }[] {
  return axes[0].phases.flatMap((z, i) =>
    axes[1].phases.flatMap((y, j) =>
      axes[2].phases.map((x, k) => ({
        sweep: { out: [z.out, y.out, x.out], taps: [z.taps, y.taps, x.taps] },
        origin: i * axes[0].length * steps[0] + j * axes[1].length * steps[1] + k * axes[2].length * steps[2],
      })),
    ),
  );
}

function adjointCorrelation(step: ConvVjpStep, padded: PaddedLayout): Correlation {
  const out = mapTriple(volumeAxes(step.axes), (axis) => axis.out);
  return {
    channels: step.outChannels / step.groups,
    source: out,
    axes: mapTriple(padded.axes, ({ lead, length }, a) => ({
      stride: 1,
      sources: Array.from({ length: length + lead }, (_, i) =>
        i >= lead && i - lead < out[a] ? i - lead : -1,
      ),
    })),
    sweeps: phaseSweeps(padded).map(({ sweep }) => sweep),
  };
}

/** The weight with the roles of its channels exchanged. */
function transposedView(step: ConvVjpStep): WeightView {
  const kernel = mapTriple(volumeAxes(step.axes), (axis) => axis.kernel);
  const [channels, summed] = [step.inChannels / step.groups, step.outChannels / step.groups];
  const taps = product(kernel);
  return {
    groups: step.groups,
    channels,
    summed,
    groupBytes: summed * channels * taps * 4,
    channelBytes: taps * 4,
    summedBytes: channels * taps * 4,
    kernel,
  };
}

/** Channels of one group worked on at a time: whole panels of 4. */
function channelsAtATime(step: ConvVjpStep, padded: PaddedLayout): number {
  const channels = step.inChannels / step.groups;
  return Math.min(channels, Math.max(1, Math.floor(PADDED_BYTES / (4 * padded.channelBytes))) * 4);
}

export function inputGradientBytes(step: ConvVjpStep): number {
  const padded = paddedLayoutOf(step);
  const { bytes } = packedLayout(adjointCorrelation(step, padded), PACKED_BYTES);
  return bytes + channelsAtATime(step, padded) * padded.channelBytes;
}

/** gy, weight -> gx: correlate gy into the gradient of the padded x, then add that to the voxels it came from. */
export function inputGradient(step: ConvVjpStep, core: Core, boundWeight: number | undefined): Launch {
  const tables = new Tables(core);
  const padded = paddedLayoutOf(step);
  const correlation = adjointCorrelation(step, padded);
  const view = transposedView(step);
  const target: SweepTarget = {
    channels: view.channels,
    channelBytes: padded.channelBytes,
    sliceBytes: padded.steps[0],
    rowBytes: padded.steps[1],
    columnBytes: 4,
  };
  const targets = correlation.sweeps.map(() => target);
  const layout = packedLayout(correlation, PACKED_BYTES);
  const prepared = new PreparedCorrelation(core, correlation, layout, targets, tables);
  const panels = correlation.sweeps.map((sweep) => new Panels(core, view, sweep, tables));
  const pack = (weight: number): void => {
    for (const p of panels) p.pack(weight, undefined);
  };
  if (boundWeight !== undefined) pack(boundWeight);

  const chunk = channelsAtATime(step, padded);
  const gradient = tables.reserve(chunk * padded.channelBytes);
  const origins = phaseSweeps(padded).map(({ origin }) => gradient + origin);
  const tiles = panels.map(
    ({ terms }) => new TileKernel(step.axes.length, view.channels, terms, prepared.work, tables),
  );
  const foldParams = foldTables(step, padded, tables);
  const volume = volumeAxes(step.axes);
  const rows = volume[0].size * volume[1].size;
  const channelBytes = rows * volume[2].size * 4;
  const fold = tables.split("convvjp_fold_f32", { itemNanoseconds: volume[2].size * PACK_NANOSECONDS });
  const outputBytes = view.summed * product(mapTriple(volume, (axis) => axis.out)) * 4;
  let blocks = 0;
  const visit: SlabVisitor = (sweep, params, offset, quads) =>
    tiles[sweep].run(origins[sweep] + offset, params, quads, blocks);

  const runChannels = (gy: number, gx: number, group: number, first: number): void => {
    const channels = Math.min(chunk, view.channels - first);
    blocks = Math.ceil(channels / panels[0].lanes);
    panels.forEach((p, sweep) => {
      prepared.setPanels(sweep, p.panel(group, first / p.lanes), p.panelBytes, blocks, channels);
    });
    prepared.run(gy, visit);
    fold.run(gx + first * channelBytes, gradient, foldParams, 0, channels * rows);
  };
  return {
    run([gy, weight], [gx]) {
      if (boundWeight === undefined) pack(weight);
      for (let plane = 0; plane < step.batch * step.groups; plane++) {
        for (let first = 0; first < view.channels; first += chunk) {
          runChannels(
            gy + plane * outputBytes,
            gx + plane * view.channels * channelBytes,
            plane % step.groups,
            first,
          );
        }
      }
    },
    dispose: () => tables.dispose(),
  };
}

/** Per voxel of one axis, the offsets of the padded positions that read it. */
function readers(axis: WindowAxis, mode: PaddingMode, adjoint: AdjointAxis, step: number): number[][] {
  const offsets: number[][] = Array.from({ length: axis.size }, () => []);
  paddedSources(axis, mode).forEach((source, p) => {
    const phase = adjoint.phases.findIndex((candidate) => candidate.phase === p % axis.stride);
    if (source < 0 || phase < 0) return;
    offsets[source].push((phase * adjoint.length + Math.floor(p / axis.stride)) * step);
  });
  return offsets;
}

/** Lists as one array and, per list, where it starts; one start more marks the end. */
function startsOf(lists: readonly number[][]): number[] {
  const starts = [0];
  for (const list of lists) starts.push(starts[starts.length - 1] + list.length);
  return starts;
}

function foldTables(step: ConvVjpStep, padded: PaddedLayout, tables: Tables): number {
  const volume = volumeAxes(step.axes);
  const [slices, rows, columns] = mapTriple(volume, (axis, a) =>
    readers(axis, step.mode, padded.axes[a], padded.steps[a]),
  );
  const extras = columns.flatMap((list, column) => list.slice(1).flatMap((offset) => [column, offset]));
  const words = [];
  words[FoldWord.slices] = slices.length;
  words[FoldWord.rows] = rows.length;
  words[FoldWord.columns] = columns.length;
  words[FoldWord.paddedChannelBytes] = padded.channelBytes;
  words[FoldWord.sliceStarts] = tables.i32(startsOf(slices));
  words[FoldWord.sliceOffsets] = tables.i32(slices.flat());
  words[FoldWord.rowStarts] = tables.i32(startsOf(rows));
  words[FoldWord.rowOffsets] = tables.i32(rows.flat());
  words[FoldWord.columnOffsets] = tables.i32(columns.map((list) => list[0] ?? -1));
  words[FoldWord.extras] = tables.i32(extras);
  words[FoldWord.extrasEnd] = words[FoldWord.extras] + extras.length * 4;
  return tables.i32(words);
}
