import type { ConvStep } from "@halfband/ops";
import type { Core, SplitOptions } from "../core.ts";
import type { PreparedCorrelation, Slab } from "./conv-correlation.ts";
import { type Correlation, largestOut, type PackedLayout, product } from "./conv-geometry.ts";
import type { Tables } from "./conv-tables.ts";

/** Order of the 32-bit words of `Slab` in assembly/conv-slabs.ts. */
const SlabWord = { sweep: 0, params: 1, packItems: 2, items: 3, outOffset: 4 } as const;
const SLAB_WORDS = 5;
/** Order of the 32-bit words of `ImageParams` there. */
const ImageWord = { inputBytes: 0, outputBytes: 1, packedBytes: 2, slabs: 3, first: 4 } as const;

/** Slabs of all images per thread that are aimed at, and the least with which threads come out even. */
const WANTED_SLABS = 8;
const LEAST_SLABS = 4;
/** What may be packed, by what there is: slabs overlap. */
const MOST_PACKING = 1.25;

/**
 * The layout in slabs that threads pack for themselves: where those of all images are many enough for the threads, and
 * overlap little. `layoutWithin` gives that of at most about so many bytes.
 */
export function ownSlabs(
  step: ConvStep,
  c: Correlation,
  core: Core,
  mostBytes: number,
  layoutWithin: (bytes: number) => PackedLayout,
): PackedLayout | undefined {
  if (core.threads === 1 || step.groups > 1 || step.axes.length !== 2) return undefined;
  const whole = layoutWithin(Number.MAX_SAFE_INTEGER).bytes;
  const out = largestOut(c);
  for (let parts = Math.ceil((WANTED_SLABS * core.threads) / step.batch); parts > 0; parts--) {
    const layout = layoutWithin(Math.min(mostBytes, whole / parts));
    const slabs = layout.slab.reduce((count, size, axis) => count * Math.ceil(out[axis] / size), 1);
    if (slabs * layout.bytes > MOST_PACKING * whole) continue;
    return slabs * step.batch >= LEAST_SLABS * core.threads ? layout : undefined;
  }
  return undefined;
}

/** The convolution kernel of a slab, which works on packed input. */
export interface SlabKernel {
  /** Without what is added to it for slabs. */
  readonly name: string;
  /** About what one item takes, and scratch bytes. */
  readonly options: Required<Omit<SplitOptions, "work">>;
  /** Parameters of a slab, and its items. */
  params(slab: Slab): number;
  items(slab: Slab): number;
}

/** Convolves all images of `step` in one run; `prepared` points at the weights. */
export function convolveSlabs(
  step: ConvStep,
  c: Correlation,
  layout: PackedLayout,
  prepared: PreparedCorrelation,
  { name, options, params, items }: SlabKernel,
  tables: Tables,
): (x: number, y: number) => void {
  const slabs = prepared.slabs();
  const table = slabs.flatMap((slab) => {
    const words = new Array<number>(SLAB_WORDS);
    words[SlabWord.sweep] = slab.sweep;
    words[SlabWord.params] = params(slab);
    words[SlabWord.packItems] = slab.packItems;
    words[SlabWord.items] = items(slab);
    words[SlabWord.outOffset] = slab.offset;
    return words;
  });
  const packedBytes = Math.ceil(layout.bytes / 64) * 64;
  const words = [];
  words[ImageWord.inputBytes] = c.channels * product(c.source) * 4;
  words[ImageWord.outputBytes] = step.outChannels * product([1, step.axes[0].out, step.axes[1].out]) * 4;
  words[ImageWord.packedBytes] = packedBytes;
  words[ImageWord.slabs] = slabs.length;
  words[ImageWord.first] = tables.i32(table);
  const address = tables.i32(words);
  const kernel = tables.split(`${name}_slabs`, {
    itemNanoseconds: options.itemNanoseconds * Math.max(...slabs.map(items)),
    scratchBytes: packedBytes + options.scratchBytes,
  });
  return (x, y) => kernel.run(y, x, address, 0, step.batch * slabs.length);
}
