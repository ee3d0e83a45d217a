import type { ConvStep } from "@halfband/ops";
import type { Core, SplitKernel } from "../core.ts";
import type { Launch, Selection } from "../kernel.ts";
import { outputTarget } from "./conv.ts";
import { PreparedCorrelation, type Slab } from "./conv-correlation.ts";
import {
  type Correlation,
  forwardCorrelation,
  mapTriple,
  packedLayout,
  product,
  stride3x3,
  type Triple,
  volumeAxes,
} from "./conv-geometry.ts";
import { PACK_NANOSECONDS, PRODUCTS_PER_NANOSECOND } from "./conv-panels.ts";
import { ownSlabs } from "./conv-slabs.ts";
import { Tables } from "./conv-tables.ts";
import { launchTiles, type TileWeights, type Tiling } from "./conv-tiled.ts";

/** Order of the 32-bit words of `FewParams` in assembly/inline/few.ts. */
const FewWord = {
  sweep: 0,
  terms: 1,
  panels: 2,
  panelBytes: 3,
  bias: 4,
  rows: 5,
  columns: 6,
} as const;
const FEW_WORDS = 7;

/** Packed input at a time: it stays in the second-level cache. */
const PACKED_BYTES = 512 << 10;
/** Quads of tiles worked on at a time, as in the kernel, and bytes of scratch beside their V, and for a weight. */
const QUADS = 32;
const SCRATCH_BYTES = 256;
const WEIGHT_SCRATCH_BYTES = 64;

/** Input channels per group up to which, and output channels from which, the transforms pay. */
const MOST_TERMS = 7;
const LEAST_OUTPUTS = 16;
/** Outputs of one plane from which they do, and the part of them that must be of use: quads reach over the border. */
const LEAST_POSITIONS = 2048;
const LEAST_USE = 0.8;

const termsOf = (step: ConvStep): number => step.inChannels / step.groups;

/** Quads of tiles in a plane. */
const quadsOf = ([, rows, columns]: Triple<number>): number => Math.ceil(rows / 2) * Math.ceil(columns / 8);

/** True where few input channels were measured to be summed faster this way than directly. */
export function fewPays(step: ConvStep): boolean {
  if (step.axes.length !== 2 || stride3x3(step.axes) !== 1) return false;
  if (termsOf(step) > MOST_TERMS || step.outChannels / step.groups < LEAST_OUTPUTS) return false;
  const out = mapTriple(volumeAxes(step.axes), (axis) => axis.out);
  return product(out) >= LEAST_POSITIONS && product(out) >= LEAST_USE * 16 * quadsOf(out);
}

/** The convolution in tiles of 2 x 2 outputs: windows of 4 voxels that move by 2 along rows and columns. */
function tiled(step: ConvStep): Correlation {
  const plain = forwardCorrelation(volumeAxes(step.axes), step.inChannels / step.groups, step.mode);
  const [{ out, taps }] = plain.sweeps;
  const [slices, rows, columns] = plain.axes;
  const window = [0, 1, 2, 3].map((index) => ({ index, position: index }));
  return {
    ...plain,
    axes: [slices, { ...rows, stride: 2 }, { ...columns, stride: 2 }],
    sweeps: [
      { out: [out[0], Math.ceil(out[1] / 2), Math.ceil(out[2] / 2)], taps: [taps[0], window, window] },
    ],
  };
}

/** A bias, the largest weight, the weights, and 16 transformed ones as vectors. */
const panelBytes = (step: ConvStep): number =>
  Math.ceil((8 + termsOf(step) * 36) / 16) * 16 + termsOf(step) * 256;

const scratchBytes = (step: ConvStep): number => SCRATCH_BYTES + QUADS * (termsOf(step) * 256 + 16);

export const selectFew = (step: ConvStep): Selection => ({
  kernel: "conv2d_f32_winograd2x2",
  workspaceBytes:
    packedLayout(tiled(step), PACKED_BYTES).bytes + scratchBytes(step) + step.outChannels * panelBytes(step),
});

/** For 3 x 3 at stride 1 in the plane, with at most about `packedBytes` of packed input at a time. */
export function prepareFew(
  step: ConvStep,
  core: Core,
  bound: ReadonlyMap<number, number>,
  packedBytes = PACKED_BYTES,
): Launch {
  const tables = new Tables(core);
  const correlation = tiled(step);
  const own = ownSlabs(step, correlation, core, packedBytes, (bytes) => packedLayout(correlation, bytes));
  const layout = own ?? packedLayout(correlation, packedBytes);
  const plain = outputTarget(step);
  const target = { ...plain, rowBytes: 2 * plain.rowBytes, columnBytes: 2 * plain.columnBytes };
  const prepared = new PreparedCorrelation(core, correlation, layout, [target], tables);
  if (step.relu) prepared.setFloor(0);
  const options = {
    itemNanoseconds: (2 * step.axes[1].out * 9 * termsOf(step) * plain.channels) / PRODUCTS_PER_NANOSECOND,
    scratchBytes: scratchBytes(step),
  };
  const tiling: Tiling = {
    correlation,
    layout,
    prepared,
    weights: new FewWeights(step, core, prepared, tables),
    kernel: "conv2d_f32_winograd2x2",
    options,
    items: (extent) => extent[1],
    ownSlabs: own !== undefined,
  };
  return launchTiles(step, tiling, bound, tables);
}

/** The panels of all groups, and the kernel's parameters. */
class FewWeights implements TileWeights {
  readonly params: number;
  private readonly address: number;
  private readonly groupBytes: number;
  private readonly transform: SplitKernel;

  constructor(
    private readonly step: ConvStep,
    private readonly core: Core,
    prepared: PreparedCorrelation,
    private readonly tables: Tables,
  ) {
    const bytes = panelBytes(step);
    this.groupBytes = (step.outChannels / step.groups) * bytes;
    this.address = tables.reserve(step.groups * this.groupBytes);
    this.transform = tables.split("convfew_weights_f32", {
      itemNanoseconds: bytes * PACK_NANOSECONDS,
      scratchBytes: WEIGHT_SCRATCH_BYTES,
    });
    const words = new Int32Array(FEW_WORDS);
    words[FewWord.sweep] = prepared.params[0];
    words[FewWord.terms] = termsOf(step);
    words[FewWord.panelBytes] = bytes;
    this.params = tables.i32(words);
  }

  private get words(): Int32Array {
    return this.core.i32(this.params, FEW_WORDS);
  }

  pack(weight: number, bias: number | undefined): void {
    this.words[FewWord.bias] = bias ?? 0;
    this.transform.run(this.address, weight, this.params, 0, this.step.outChannels);
  }

  use(group: number): void {
    this.words[FewWord.panels] = this.address + group * this.groupBytes;
  }

  /** Sets the outputs of a slab along rows and columns, none of them beyond the border. */
  turnTo([, , tiles]: Triple<number>, [, y, x]: Triple<number>): void {
    const [height, width] = this.step.axes;
    const { words } = this;
    words[FewWord.rows] = height.out - 2 * y;
    words[FewWord.columns] = Math.min(width.out - 2 * x, 2 * tiles);
  }

  copyFor({ sweep, extent, origin }: Slab): number {
    this.turnTo(extent, origin);
    const words = this.words.slice();
    words[FewWord.sweep] = sweep;
    return this.tables.i32(words);
  }
}
