import type { Core, Kernel } from "../core.ts";
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

/** Products per call: short calls let the optimised code take over soon, and a call costs nothing beside them. */
export const PRODUCTS_PER_CALL = 1 << 20;

/** Output channels x columns of a tile. A lone output channel has a kernel of its own. */
export const kernelCase = (channels: number): "1x16" | "4x8" => (channels === 1 ? "1x16" : "4x8");

/** The weights of one sweep, packed for the kernels: per block of channels { bias[lanes], weight[term][lanes] }. */
export class Panels {
  readonly lanes: number;
  readonly blocks: number;
  /** Terms of the sum. */
  readonly terms: number;
  readonly panelBytes: number;
  private readonly address: number;
  private readonly params: number;
  private readonly packPanels: Kernel;

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
    this.packPanels = core.kernel("convpanels_f32");
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
    this.packPanels(this.address, weight, this.params, 0, 0, this.view.groups * this.blocks);
  }

  /** Address of a panel. */
  panel(group: number, block: number): number {
    return this.address + (group * this.blocks + block) * this.panelBytes;
  }
}

/** The convolution kernel for a number of output channels. */
export class TileKernel {
  private readonly kernel: Kernel;
  private readonly tileQuads: number;

  constructor(core: Core, rank: number, channels: number) {
    this.kernel = core.kernel(`conv${rank}d_f32_${kernelCase(channels)}`);
    this.tileQuads = channels === 1 ? 4 : 2;
  }

  /** Computes `blocks` panels' channels of the slab in `work`. */
  run(
    out: number,
    params: number,
    work: number,
    quads: number,
    panels: Panels,
    blocks = panels.blocks,
  ): void {
    const items = Math.ceil(quads / this.tileQuads) * blocks;
    const itemsPerCall = Math.ceil(PRODUCTS_PER_CALL / (32 * panels.terms));
    for (let begin = 0; begin < items; begin += itemsPerCall) {
      this.kernel(out, 0, params, work, begin, Math.min(begin + itemsPerCall, items));
    }
  }
}
