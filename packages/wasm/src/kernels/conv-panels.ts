import type { Core, SplitKernel, Tile } from "../core.ts";
import type { Sweep, Triple } from "./conv-geometry.ts";
import type { Tables } from "./conv-tables.ts";

/** Order of the 32-bit words of `PanelParams` in assembly/conv-pack.ts. */
const PanelWord = {
  channels: 0,
  lanes: 1,
  blocks: 2,
  summed: 3,
  taps: 4,
  tapOffsets: 5,
  groupBytes: 6,
  channelBytes: 7,
  summedBytes: 8,
  panelBytes: 9,
  bias: 10,
} as const;
const PANEL_WORDS = 11;

/** How a weight is read: `channels` are those a kernel computes, `summed` those it sums over. Strides in bytes. */
export interface WeightView {
  readonly groups: number;
  readonly channels: number;
  readonly summed: number;
  readonly groupBytes: number;
  readonly channelBytes: number;
  readonly summedBytes: number;
  readonly kernel: Triple<number>;
}

/** About how many products the kernels make in a nanosecond: for the splitting of work among threads. */
export const PRODUCTS_PER_NANOSECOND = 20;
/** About how long packing one value takes. */
export const PACK_NANOSECONDS = 0.5;

/** Output channels x columns of a tile. A lone output channel has a kernel of its own. */
export const kernelCase = (channels: number, tile: Tile = "4x8"): "1x16" | Tile =>
  channels === 1 ? "1x16" : tile;

/** Quads, 4 neighbouring columns, of a tile. */
export const tileQuads = (channels: number, tile: Tile = "4x8"): number =>
  kernelCase(channels, tile) === "4x8" ? 2 : 4;

/** The weights of one sweep, packed for the kernels: per block of channels { bias[lanes], weight[term][lanes] }. */
export class Panels {
  readonly lanes: number;
  readonly blocks: number;
  /** Terms of the sum. */
  readonly terms: number;
  readonly panelBytes: number;
  private readonly address: number;
  private readonly params: number;
  private readonly packPanels: SplitKernel;

  constructor(
    private readonly core: Core,
    private readonly view: WeightView,
    sweep: Sweep,
    tables: Tables,
  ) {
    const lanes = view.channels === 1 ? 1 : 4;
    const tapOffsets = sweep.taps[0].flatMap((z) =>
      sweep.taps[1].flatMap((y) =>
        sweep.taps[2].map((x) => ((z.index * view.kernel[1] + y.index) * view.kernel[2] + x.index) * 4),
      ),
    );
    this.lanes = lanes;
    this.blocks = Math.ceil(view.channels / lanes);
    this.terms = tapOffsets.length * view.summed;
    this.panelBytes = (1 + this.terms) * lanes * 4;
    const itemNanoseconds = this.terms * lanes * PACK_NANOSECONDS;
    this.packPanels = tables.split("convpanels_f32", { itemNanoseconds });
    this.address = tables.reserve(view.groups * this.blocks * this.panelBytes);
    const words = new Int32Array(PANEL_WORDS);
    words[PanelWord.channels] = view.channels;
    words[PanelWord.lanes] = lanes;
    words[PanelWord.blocks] = this.blocks;
    words[PanelWord.summed] = view.summed;
    words[PanelWord.taps] = tapOffsets.length;
    words[PanelWord.tapOffsets] = tables.i32(tapOffsets);
    words[PanelWord.groupBytes] = view.groupBytes;
    words[PanelWord.channelBytes] = view.channelBytes;
    words[PanelWord.summedBytes] = view.summedBytes;
    words[PanelWord.panelBytes] = this.panelBytes;
    this.params = tables.i32(words);
  }

  /** Packs the weight, and the bias where there is one, at these addresses. */
  pack(weight: number, bias: number | undefined): void {
    this.core.i32(this.params, PANEL_WORDS)[PanelWord.bias] = bias ?? 0;
    this.packPanels.run(this.address, weight, this.params, 0, this.view.groups * this.blocks);
  }

  /** Address of a panel. */
  panel(group: number, block: number): number {
    return this.address + (group * this.blocks + block) * this.panelBytes;
  }
}

/** Scratch of the kernel for 4x16 tiles: a tile, and its inputs. */
export const wideBytes = (terms: number): number => 256 + terms * 64;

/** The convolution kernel for a number of output channels, summing `terms` products over packed input at `work`. */
export class TileKernel {
  private readonly kernel: SplitKernel;
  private readonly tileQuads: number;
  private readonly input: number;

  constructor(rank: number, channels: number, terms: number, work: number, tables: Tables, tile?: Tile) {
    const form = kernelCase(channels, tile);
    this.tileQuads = tileQuads(channels, tile);
    const products = terms * this.tileQuads * (channels === 1 ? 4 : 16);
    this.kernel = tables.split(`conv${rank}d_f32_${form}`, {
      itemNanoseconds: products / PRODUCTS_PER_NANOSECOND,
      ...(form === "4x16" ? { scratchBytes: wideBytes(terms) } : { work }),
    });
    this.input = work;
  }

  /** Computes `blocks` panels' channels of the slab that `params` tell of. */
  run(out: number, params: number, quads: number, blocks: number): void {
    this.kernel.run(out, this.input, params, 0, Math.ceil(quads / this.tileQuads) * blocks);
  }
}
