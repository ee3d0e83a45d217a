import type { Core, SplitKernel } from "../core.ts";
import { type Correlation, largestOut, type PackedLayout, type Sweep, type Triple } from "./conv-geometry.ts";
import { PACK_NANOSECONDS } from "./conv-panels.ts";
import type { Tables } from "./conv-tables.ts";

/** Order of the 32-bit words of `SweepParams` in assembly/conv-params.ts. */
export const SweepWord = {
  channels: 0,
  sourceChannelBytes: 1,
  sourceSliceBytes: 2,
  sourceRowBytes: 3,
  sliceTable: 4,
  rowTable: 5,
  columnTable: 6,
  tableColumns: 7,
  columnOrigin: 8,
  interiorTable: 9,
  columnStride: 10,
  phases: 11,
  pitch: 12,
  packedRows: 13,
  packedRowBytes: 14,
  offsets: 15,
  offsetsEnd: 16,
  sliceStep: 17,
  rowStep: 18,
  panels: 19,
  panelBytes: 20,
  blocks: 21,
  outChannels: 22,
  outRows: 23,
  outColumns: 24,
  outSlices: 25,
  outChannelBytes: 26,
  outSliceBytes: 27,
  outRowBytes: 28,
  floor: 29,
} as const;
export const SWEEP_WORDS = 30;

/** Where the outputs of a sweep lie, in bytes. */
export interface SweepTarget {
  readonly channels: number;
  readonly channelBytes: number;
  readonly sliceBytes: number;
  readonly rowBytes: number;
  readonly columnBytes: number;
}

/**
 * Called for every sweep of every slab: `offset` bytes into the output lie `quads` groups of 4 columns, of `extent`
 * slices, rows and columns from `origin` on.
 */
export type SlabVisitor = (
  sweep: number,
  params: number,
  offset: number,
  quads: number,
  extent: Triple<number>,
  origin: Triple<number>,
) => void;

/** A slab with parameters of its own. */
export interface Slab {
  /** Address of its `SweepParams`. */
  readonly sweep: number;
  /** Items of its packing. */
  readonly packItems: number;
  /** Bytes into the output. */
  readonly offset: number;
  readonly extent: Triple<number>;
  readonly origin: Triple<number>;
}

/** Groups of 4 columns. */
const quadsOf = ([slices, rows, columns]: Triple<number>): number => slices * rows * Math.ceil(columns / 4);

/** A correlation in a core's memory: its tables and packed input. It owns both. */
export class PreparedCorrelation {
  /** Per sweep the address of its `SweepParams`. */
  readonly params: readonly number[];
  private readonly out: Triple<number>;
  private readonly sources: Triple<number>;
  private readonly pack: SplitKernel;
  private readonly vectors: number;
  private packed: number | undefined;

  constructor(
    private readonly core: Core,
    private readonly correlation: Correlation,
    private readonly layout: PackedLayout,
    private readonly targets: readonly SweepTarget[],
    private readonly tables: Tables,
    packing = "convpack_f32",
    packedChannels = 1,
  ) {
    // Items: the vectors of `packedChannels` channels in a row.
    this.vectors = Math.ceil(correlation.channels / packedChannels);
    const itemNanoseconds = (layout.rowBytes / 4 / this.vectors) * PACK_NANOSECONDS;
    this.pack = tables.split(packing, { itemNanoseconds });
    this.out = largestOut(correlation);
    const { axes, source } = correlation;
    // A slab's rows are packed to the full count, beyond the last window too.
    const spareRows = new Array<number>(layout.rows).fill(-1);
    const columns = columnTables(correlation, layout);
    this.sources = [
      tables.i32(axes[0].sources),
      tables.i32([...axes[1].sources, ...spareRows]),
      tables.i32(columns.sources.flat()),
    ];
    const words: Record<number, number> = {
      [SweepWord.channels]: correlation.channels,
      [SweepWord.sourceChannelBytes]: source[0] * source[1] * source[2] * 4,
      [SweepWord.sourceSliceBytes]: source[1] * source[2] * 4,
      [SweepWord.sourceRowBytes]: source[2] * 4,
      [SweepWord.columnTable]: this.sources[2],
      [SweepWord.tableColumns]: columns.sources[0].length,
      [SweepWord.interiorTable]: tables.i32(columns.interiors.flat()),
      [SweepWord.columnStride]: axes[2].stride,
      [SweepWord.phases]: layout.phases.length,
      [SweepWord.pitch]: layout.pitch,
      [SweepWord.packedRows]: layout.rows,
      [SweepWord.packedRowBytes]: layout.rowBytes,
      [SweepWord.sliceStep]: axes[0].stride * layout.sliceBytes,
      [SweepWord.rowStep]: axes[1].stride * layout.rowBytes,
    };
    this.params = correlation.sweeps.map((sweep, i) => this.sweepParams(sweep, targets[i], words));
    this.setFloor(Number.NEGATIVE_INFINITY);
  }

  private sweepParams(sweep: Sweep, target: SweepTarget, packing: Record<number, number>): number {
    const offsets = tapOffsets(sweep, this.correlation, this.layout);
    const words = new Int32Array(SWEEP_WORDS);
    for (const [word, value] of Object.entries(packing)) words[Number(word)] = value;
    words[SweepWord.offsets] = this.tables.i32(offsets);
    words[SweepWord.offsetsEnd] = words[SweepWord.offsets] + offsets.length * 4;
    words[SweepWord.outChannels] = target.channels;
    words[SweepWord.outChannelBytes] = target.channelBytes;
    words[SweepWord.outSliceBytes] = target.sliceBytes;
    words[SweepWord.outRowBytes] = target.rowBytes;
    return this.tables.i32(words);
  }

  /** Where slabs are packed. */
  get work(): number {
    this.packed ??= this.tables.reserve(this.layout.bytes);
    return this.packed;
  }

  /** Clamps the results of all sweeps from below. */
  setFloor(floor: number): void {
    for (const params of this.params) this.core.f32(params, SWEEP_WORDS)[SweepWord.floor] = floor;
  }

  /** Points a sweep at its weight panels: `blocks` of them, for `channels` output channels. */
  setPanels(sweep: number, address: number, panelBytes: number, blocks: number, channels: number): void {
    const words = this.core.i32(this.params[sweep], SWEEP_WORDS);
    words[SweepWord.panels] = address;
    words[SweepWord.panelBytes] = panelBytes;
    words[SweepWord.blocks] = blocks;
    words[SweepWord.outChannels] = channels;
  }

  /** Packs the image and group at `input` slab by slab and calls `visit` while each lies in the workspace. */
  run(input: number, visit: SlabVisitor): void {
    this.eachSlab((z, y, x) => {
      this.packSlab(input, z, y, x);
      for (let sweep = 0; sweep < this.params.length; sweep++) this.visitSlab(sweep, z, y, x, visit);
    });
  }

  /**
   * As `run`, for slabs of one slice: what the windows of two slices share is packed once. The slice at a position of
   * the padded axis lies in the workspace at that position modulo the slices of a window.
   */
  runInRing(input: number, visit: SlabVisitor): void {
    const { stride } = this.correlation.axes[0];
    const { slab, bytes, sliceBytes, rows } = this.layout;
    const slices = bytes / sliceBytes;
    for (let y = 0; y < this.out[1]; y += slab[1]) {
      for (let z = 0; z < this.out[0]; z++) {
        this.setOrigin(z, y, 0);
        const words = this.core.i32(this.params[0], SWEEP_WORDS);
        const end = z * stride + slices;
        for (let slice = z === 0 ? 0 : end - stride; slice < end; slice++) {
          words[SweepWord.sliceTable] = this.sources[0] + slice * 4;
          const to = this.work + (slice % slices) * sliceBytes;
          this.pack.run(to, input, this.params[0], 0, rows * this.vectors);
        }
        this.visitSlab(0, z, y, 0, visit);
      }
    }
  }

  /** Every slab of the first sweep, for kernels that pack what they work on; the panels must be set. */
  slabs(): Slab[] {
    const slabs: Slab[] = [];
    this.eachSlab((z, y, x) => {
      const packItems = this.setOrigin(z, y, x);
      this.visitSlab(0, z, y, x, (_, params, offset, __, extent, origin) => {
        const sweep = this.tables.i32(this.core.i32(params, SWEEP_WORDS).slice());
        slabs.push({ sweep, packItems, offset, extent, origin });
      });
    });
    return slabs;
  }

  private eachSlab(visit: (z: number, y: number, x: number) => void): void {
    const { out } = this;
    const { slab } = this.layout;
    for (let z = 0; z < out[0]; z += slab[0]) {
      for (let y = 0; y < out[1]; y += slab[1]) {
        for (let x = 0; x < out[2]; x += slab[2]) visit(z, y, x);
      }
    }
  }

  /** Sets the parameters of an image and group that are one slab; what is packed, and the quads of the first sweep. */
  whole(): { packItems: number; quads: number } {
    const { slab } = this.layout;
    this.setExtent(0, slab);
    return { packItems: this.setOrigin(0, 0, 0), quads: quadsOf(slab) };
  }

  private packSlab(input: number, z: number, y: number, x: number): void {
    this.pack.run(this.work, input, this.params[0], 0, this.setOrigin(z, y, x));
  }

  /** Sets which slab is packed; how many items that is. */
  private setOrigin(z: number, y: number, x: number): number {
    const { axes } = this.correlation;
    const words = this.core.i32(this.params[0], SWEEP_WORDS);
    words[SweepWord.sliceTable] = this.sources[0] + z * axes[0].stride * 4;
    words[SweepWord.rowTable] = this.sources[1] + y * axes[1].stride * 4;
    words[SweepWord.columnOrigin] = x;
    const slices = Math.min(
      this.layout.bytes / this.layout.sliceBytes,
      axes[0].sources.length - z * axes[0].stride,
    );
    return slices * this.layout.rows * this.vectors;
  }

  private visitSlab(sweep: number, z: number, y: number, x: number, visit: SlabVisitor): void {
    const { out } = this.correlation.sweeps[sweep];
    const params = this.params[sweep];
    const { slab } = this.layout;
    const slices = Math.min(slab[0], out[0] - z);
    const rows = Math.min(slab[1], out[1] - y);
    const columns = Math.min(slab[2], out[2] - x);
    if (slices <= 0 || rows <= 0 || columns <= 0) return;
    const extent = [slices, rows, columns] as const;
    this.setExtent(sweep, extent);
    const { sliceBytes, rowBytes, columnBytes } = this.targets[sweep];
    visit(sweep, params, z * sliceBytes + y * rowBytes + x * columnBytes, quadsOf(extent), extent, [z, y, x]);
  }

  private setExtent(sweep: number, [slices, rows, columns]: Triple<number>): void {
    const words = this.core.i32(this.params[sweep], SWEEP_WORDS);
    words[SweepWord.outSlices] = slices;
    words[SweepWord.outRows] = rows;
    words[SweepWord.outColumns] = columns;
  }
}

/** Offsets of all terms of the sum: taps outermost, channels innermost, as the weight panels have them. */
function tapOffsets({ taps }: Sweep, c: Correlation, layout: PackedLayout): number[] {
  const stride = c.axes[2].stride;
  const offsets: number[] = [];
  for (const z of taps[0]) {
    for (const y of taps[1]) {
      for (const x of taps[2]) {
        const row = z.position * layout.sliceBytes + y.position * layout.rowBytes;
        const phase = layout.phases.indexOf(x.position % stride);
        const column = phase * layout.pitch + Math.floor(x.position / stride);
        for (let channel = 0; channel < c.channels; channel++) {
          offsets.push(row + (channel * layout.phases.length * layout.pitch + column) * 4);
        }
      }
    }
  }
  return offsets;
}

/** Per phase the source of every column of every slab, and { first, end } of the longest evenly spaced run. */
function columnTables(c: Correlation, layout: PackedLayout): { sources: number[][]; interiors: number[][] } {
  const { stride, sources } = c.axes[2];
  const out = largestOut(c)[2];
  const length = (Math.ceil(out / layout.slab[2]) - 1) * layout.slab[2] + layout.pitch;
  const tables = layout.phases.map((phase) =>
    Array.from({ length }, (_, column) => sources[column * stride + phase] ?? -1),
  );
  return { sources: tables, interiors: tables.map((table) => longestRun(table, stride)) };
}

function longestRun(table: readonly number[], step: number): [number, number] {
  let best: [number, number] = [0, 0];
  for (let first = 0, end = 0; first < table.length; first = end) {
    end = first + 1;
    if (table[first] < 0) continue;
    while (end < table.length && table[end] === table[end - 1] + step) end++;
    if (end - first > best[1] - best[0]) best = [first, end];
  }
  return best;
}
