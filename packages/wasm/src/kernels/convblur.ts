import { type BlurStep, type ConvStep, type WindowAxis, windowExtent } from "@halfband/ops";
import type { Core, SplitKernel } from "../core.ts";
import type { FusedKernel } from "../fusion.ts";
import type { Launch, Selection } from "../kernel.ts";
import { blur as blurFamily, prepareBlur } from "./blur.ts";
import { sourcesOf } from "./blur-row.ts";
import { convFamily } from "./conv.ts";
import { Tables } from "./conv-tables.ts";

/**
 * The convolution writes slabs of output rows of all channels, and the blur takes them from the second-level cache.
 * Each row is computed once: outputs that need rows of two neighbouring slabs are blurred from a seam, a copy of
 * those rows. Slabs and seams are ordinary steps of both families.
 */
const SLAB_BYTES = 512 << 10;
/** Rows of a slab come in fours, as the tiles of Winograd's algorithm do. */
const ROW_UNIT = 4;
/** Map in slabs' bytes from which fusion pays: smaller ones stay in the cache between the steps. */
const LEAST_MAP = 8;
/** Positions of a slab: with fewer, packing weights for every slab would show. */
const LEAST_POSITIONS = 2048;
/** Positions of the map per input channel: with fewer, weights packed for three kinds of slab outgrow it. */
const POSITIONS_PER_CHANNEL = 128;

/** Order of the 32-bit words of `CopyParams` in assembly/convblur.ts. */
const CopyWord = { bytes: 0, fromStep: 1, toStep: 2 } as const;
const COPY_WORDS = 3;
/** About how long copying a byte takes. */
const COPY_NANOSECONDS = 0.1;

/** Some blurred rows, from `first` on, and the `rows` rows of the map from `base` on that they are blurred from. */
interface Part {
  readonly step: BlurStep;
  readonly base: number;
  readonly rows: number;
  readonly first: number;
}

interface Slab {
  readonly conv: ConvStep;
  /** Rows of the image that the source address is moved by. */
  readonly shift: number;
  readonly base: number;
  readonly rows: number;
  /** Outputs that need the slab before, too, and those that need this slab alone. */
  readonly seam: Part | undefined;
  readonly inside: Part | undefined;
}

/** An axis cut down to some outputs: their windows lie the same way in `size` voxels from `base` on. */
function cut<A extends WindowAxis>(axis: A, first: number, out: number, base: number, size: number): A {
  const padBefore = axis.padBefore + base - first * axis.stride;
  const padAfter = (out - 1) * axis.stride + windowExtent(axis.kernel, axis.dilation) - padBefore - size;
  return { ...axis, size, out, padBefore, padAfter };
}

function convSlab(conv: ConvStep, base: number, rows: number): Pick<Slab, "conv" | "shift"> {
  const [y, x] = conv.axes;
  const start = base * y.stride - y.padBefore;
  const end = start + (rows - 1) * y.stride + windowExtent(y.kernel, y.dilation);
  // All slabs that see no padding are one step, at different addresses.
  const shift = start >= 0 && end <= y.size ? start : 0;
  const axis = { ...cut(y, base, rows, shift, y.size), size: y.size };
  return { conv: { ...conv, batch: 1, axes: [axis, x] }, shift };
}

/** The outputs first .. end - 1 from rows of the map, unless padding makes them need others. */
function part(blur: BlurStep, first: number, end: number, base: number, rows: number): Part | undefined {
  const [y, x] = blur.axes;
  const axis = cut(y, first, end - first, base, rows);
  for (let output = first; output < end; output++) {
    const got = sourcesOf(axis, output - first, blur.mode).map((row) => (row < 0 ? row : row + base));
    if (sourcesOf(y, output, blur.mode).some((row, j) => row !== got[j])) return undefined;
  }
  return { step: { ...blur, axes: [axis, x] }, base, rows, first };
}

function rowsPerSlab({ outChannels, axes: [y, x] }: ConvStep, bytes: number): number {
  const fitting = Math.floor(bytes / (outChannels * x.out * 4));
  const rows = Math.max(fitting, Math.ceil(LEAST_POSITIONS / x.out), ROW_UNIT * ROW_UNIT);
  return Math.min(y.out, Math.ceil(rows / ROW_UNIT) * ROW_UNIT);
}

/** Hands out the outputs of a blur in order, as long as the rows of the map under them are acceptable. */
class Outputs {
  private next = 0;

  constructor(private readonly blur: BlurStep) {}

  get left(): number {
    return this.blur.axes[0].out - this.next;
  }

  /**
   * The next outputs with rows low .. high of the map under them; undefined where there are none. They are blurred from
   * rows base .. end - 1 where these are given, else from the fewest that they need.
   */
  take(
    accepts: (low: number, high: number) => boolean,
    base = Number.POSITIVE_INFINITY,
    end = 0,
  ): Part | undefined {
    const first = this.next;
    for (; this.left > 0; this.next++) {
      const rows = sourcesOf(this.blur.axes[0], this.next, this.blur.mode).filter((row) => row >= 0);
      const [low, high] = [Math.min(...rows), Math.max(...rows)];
      if (!accepts(low, high)) break;
      base = Math.min(base, low);
      end = Math.max(end, high + 1);
    }
    const taken = this.next > first ? part(this.blur, first, this.next, base, end - base) : undefined;
    if (taken === undefined) this.next = first;
    return taken;
  }
}

/** Cuts the map into slabs; undefined where it is small or an output needs rows that lie further apart. */
function slabsOf(conv: ConvStep, blur: BlurStep, bytes: number): Slab[] | undefined {
  if (conv.axes.length !== 2 || blur.adjoint) return undefined;
  // Rows of planes that are blurred along x alone cannot be written apart.
  if (blur.axes[0].kernel === 1 && blur.axes[0].stride === 1) return undefined;
  const [y, x] = conv.axes;
  const perSlab = rowsPerSlab(conv, bytes);
  const positions = y.out * x.out;
  if (positions * conv.outChannels * 4 < LEAST_MAP * bytes) return undefined;
  if (positions < (POSITIONS_PER_CHANNEL * conv.inChannels) / conv.groups || perSlab === y.out)
    return undefined;

  const outputs = new Outputs({ ...blur, planes: conv.outChannels });
  const slabs: Slab[] = [];
  for (let base = 0; base < y.out; base += perSlab) {
    const end = Math.min(base + perSlab, y.out);
    const seam = outputs.take((low, high) => low >= base - perSlab && low < base && high < end);
    const inside = outputs.take((low, high) => low >= base && high < end, base, end);
    slabs.push({ ...convSlab(conv, base, end - base), base, rows: end - base, seam, inside });
  }
  return outputs.left === 0 ? slabs : undefined;
}

/** Distinct steps of the slabs: most slabs share one. */
const distinct = <S>(steps: readonly (S | undefined)[]): S[] => [
  ...new Map(steps.flatMap((step) => (step ? [[JSON.stringify(step), step]] : []))).values(),
];

const partsOf = (slabs: readonly Slab[]): Part[] =>
  slabs.flatMap(({ seam, inside }) => [seam, inside].filter((part) => part !== undefined));

const rowBytesOf = (conv: ConvStep): number => conv.axes[1].out * 4;
const slabBytes = (conv: ConvStep, slabs: readonly Slab[]): number =>
  slabs[0].rows * conv.outChannels * rowBytesOf(conv);
/** Rows of the map that a seam copies. */
const seamBytes = (conv: ConvStep, slabs: readonly Slab[]): number =>
  Math.max(...slabs.map(({ seam }) => seam?.rows ?? 0)) * conv.outChannels * rowBytesOf(conv);

/** What follows the rank and type in a kernel's name. */
const caseOf = ({ kernel }: Selection): string => kernel.slice(kernel.indexOf("_f32_") + 5);

/** Convolution, then blur, in slabs of about `bytes`: the map between is never stored as a whole. */
export const convblurWithin = (bytes: number): FusedKernel<ConvStep, BlurStep> => ({
  families: ["conv", "blur"],
  select(conv, blur, precision, build, tile) {
    const slabs = slabsOf(conv, blur, bytes);
    if (slabs === undefined) return undefined;
    const convs = distinct(slabs.map((slab) => slab.conv)).map((step) =>
      convFamily.select(step, precision, build, tile),
    );
    const blurs = distinct(partsOf(slabs).map(({ step }) => step)).map((step) => blurFamily.select(step));
    const scratch = [...convs, ...blurs].reduce((sum, { workspaceBytes }) => sum + workspaceBytes, 0);
    return {
      kernel: `convblur2d_f32_${caseOf(convs[0])}_${caseOf(blurs[0])}`,
      workspaceBytes: slabBytes(conv, slabs) + seamBytes(conv, slabs) + scratch,
    };
  },
  prepare(conv, blur, core, bound) {
    return new SlabLaunch(conv, blur, slabsOf(conv, blur, bytes) ?? [], core, bound);
  },
});

export const convblur = convblurWithin(SLAB_BYTES);

interface PreparedSlab extends Slab {
  readonly runConv: Launch;
  readonly runSeam: Launch | undefined;
  readonly runInside: Launch | undefined;
}

class SlabLaunch implements Launch {
  private readonly slabs: readonly PreparedSlab[];
  private readonly launches = new Map<string, Launch>();
  private readonly tables: Tables;
  /** Rows of the map, [channel][row][column], of one slab, and of the seam between two. */
  private readonly map: number;
  private readonly seam: number;
  private readonly copy: SplitKernel;
  private readonly copyParams: number;
  private readonly source: number[] = [];
  private readonly target: number[] = [];

  constructor(
    private readonly conv: ConvStep,
    private readonly blur: BlurStep,
    slabs: readonly Slab[],
    private readonly core: Core,
    bound: ReadonlyMap<number, number>,
  ) {
    this.tables = new Tables(core);
    this.map = this.tables.reserve(slabBytes(conv, slabs));
    this.seam = this.tables.reserve(seamBytes(conv, slabs));
    this.copyParams = this.tables.reserve(COPY_WORDS * 4);
    const itemNanoseconds = (seamBytes(conv, slabs) / conv.outChannels) * COPY_NANOSECONDS;
    this.copy = this.tables.split("convblur_copy_f32", { itemNanoseconds });
    const blurPart = (part: Part | undefined) =>
      part && this.prepared(part.step, () => prepareBlur(part.step, core, blur.axes[0].out));
    this.slabs = slabs.map((slab) => ({
      ...slab,
      runConv: this.prepared(slab.conv, () => convFamily.prepare(slab.conv, core, bound)),
      runSeam: blurPart(slab.seam),
      runInside: blurPart(slab.inside),
    }));
  }

  private prepared(step: ConvStep | BlurStep, prepare: () => Launch): Launch {
    const key = JSON.stringify(step);
    const launch = this.launches.get(key) ?? prepare();
    this.launches.set(key, launch);
    return launch;
  }

  run(inputs: readonly number[], outputs: readonly number[]): void {
    const { conv, blur, source, target } = this;
    const [y, x] = conv.axes;
    const imageBytes = conv.inChannels * y.size * x.size * 4;
    const outBytes = conv.outChannels * blur.axes[0].out * blur.axes[1].out * 4;
    for (let image = 0; image < conv.batch; image++) {
      const out = outputs[0] + image * outBytes;
      for (const [i, slab] of this.slabs.entries()) {
        for (let operand = 0; operand < inputs.length; operand++) source[operand] = inputs[operand];
        source[0] += image * imageBytes + slab.shift * x.size * 4;
        target[0] = this.map;
        slab.runConv.run(source, target);
        if (slab.seam) {
          this.copyToSeam(slab, slab.seam);
          this.blurPart(slab.runSeam, slab.seam, this.seam, out);
        }
        if (slab.inside) this.blurPart(slab.runInside, slab.inside, this.map, out);
        const next = this.slabs[i + 1]?.seam;
        if (next) this.copyToSeam(slab, next);
      }
    }
  }

  /** Copies the rows of every channel that a slab and a seam share. */
  private copyToSeam(slab: Slab, seam: Part): void {
    const rowBytes = rowBytesOf(this.conv);
    const first = Math.max(slab.base, seam.base);
    const end = Math.min(slab.base + slab.rows, seam.base + seam.rows);
    const words = this.core.i32(this.copyParams, COPY_WORDS);
    words[CopyWord.bytes] = (end - first) * rowBytes;
    words[CopyWord.toStep] = seam.rows * rowBytes;
    words[CopyWord.fromStep] = slab.rows * rowBytes;
    const to = this.seam + (first - seam.base) * rowBytes;
    const from = this.map + (first - slab.base) * rowBytes;
    this.copy.run(to, from, this.copyParams, 0, this.conv.outChannels);
  }

  /** Blurs the rows of a part, which lie at `from`, to their place in the output. */
  private blurPart(launch: Launch | undefined, part: Part, from: number, out: number): void {
    const { source, target } = this;
    source[0] = from;
    target[0] = out + part.first * this.blur.axes[1].out * 4;
    launch?.run(source, target);
  }

  dispose(): void {
    for (const launch of this.launches.values()) launch.dispose();
    this.tables.dispose();
  }
}
