import type { ConvStep, WindowAxis } from "@halfband/ops";
import type { Core } from "../core.ts";
import type { Launch } from "../kernel.ts";
import { paddedSources } from "./conv-geometry.ts";
import { PRODUCTS_PER_NANOSECOND } from "./conv-panels.ts";
import { Tables } from "./conv-tables.ts";

/** Order of the 32-bit words of `DepthwiseParams` in assembly/conv-depthwise.ts, and of the two strips behind them. */
const DepthwiseWord = {
  weight: 0,
  bias: 1,
  floor: 2,
  channels: 3,
  multiplier: 4,
  inputBytes: 5,
  inputRowBytes: 6,
  outputBytes: 7,
  outputRowBytes: 8,
  rows: 9,
  blocks: 10,
  rowTable: 11,
  zeroRow: 12,
  innerBytes: 13,
  innerStart: 14,
  lastStart: 15,
  strips: 16,
} as const;
const STRIP_WORDS = 4;
const DEPTHWISE_WORDS = DepthwiseWord.strips + 2 * STRIP_WORDS;

/** Rows of an item, and bytes of scratch, also for each padded row, as in the kernel. */
const ROWS = 16;
const ENDS_BYTES = 32;
const ROW_BYTES = 160;
/** Columns of zeros around a row of them: strips read that far over the border. */
const SPARE_COLUMNS = 24;

/** Kernels by taps and stride. */
const KERNELS: Readonly<Record<string, string>> = {
  "3,1": "conv2d_f32_depthwise3",
  "3,2": "conv2d_f32_depthwise3_s2",
  "5,1": "conv2d_f32_depthwise5",
  "5,2": "conv2d_f32_depthwise5_s2",
};
/** Columns of outputs that the strips need room for, and the padding that they may see. */
const LEAST_COLUMNS = 8;
const MOST_PADDING = 4;
/** Output channels of an input channel from which kernels with weights side by side are faster. */
const MOST_MULTIPLIER = 3;

/** The kernel for planes that do not interact; undefined where there is none. */
export function depthwiseName({ axes, groups, inChannels, outChannels }: ConvStep): string | undefined {
  if (axes.length !== 2 || groups !== inChannels || outChannels > MOST_MULTIPLIER * groups) return undefined;
  const [y, x] = axes;
  if (y.kernel !== x.kernel || y.stride !== x.stride || y.dilation !== 1 || x.dilation !== 1)
    return undefined;
  if (x.out < LEAST_COLUMNS || Math.max(x.padBefore, x.padAfter) > MOST_PADDING) return undefined;
  return KERNELS[`${x.kernel},${x.stride}`];
}

const paddedRows = ({ kernel, stride }: WindowAxis): number => (ROWS - 1) * stride + kernel;

export const depthwiseBytes = ({ axes: [y] }: ConvStep): number => ENDS_BYTES + paddedRows(y) * ROW_BYTES;

/** Weights are read where they lie: nothing is packed. */
export function prepareDepthwise(step: ConvStep, core: Core, name: string): Launch {
  const tables = new Tables(core);
  const [y, x] = step.axes;
  const params = tables.i32(parameters(step, tables));
  core.f32(params, DEPTHWISE_WORDS)[DepthwiseWord.floor] = step.relu ? 0 : Number.NEGATIVE_INFINITY;
  const kernel = tables.split(name, {
    itemNanoseconds: (ROWS * x.out * x.kernel * y.kernel) / PRODUCTS_PER_NANOSECOND,
    scratchBytes: depthwiseBytes(step),
  });
  const items = step.batch * step.outChannels * Math.ceil(y.out / ROWS);
  return {
    run([input, weight, bias = 0], [out]) {
      const words = core.i32(params, DEPTHWISE_WORDS);
      words[DepthwiseWord.weight] = weight;
      words[DepthwiseWord.bias] = bias;
      kernel.run(out, input, params, 0, items);
    },
    dispose: () => tables.dispose(),
  };
}

function parameters(step: ConvStep, tables: Tables): number[] {
  const [y, x] = step.axes;
  const last = lastOutputs(x);
  const rowTable = paddedSources(y, step.mode);
  const words: number[] = [];
  words[DepthwiseWord.channels] = step.outChannels;
  words[DepthwiseWord.multiplier] = step.outChannels / step.groups;
  words[DepthwiseWord.inputBytes] = y.size * x.size * 4;
  words[DepthwiseWord.inputRowBytes] = x.size * 4;
  words[DepthwiseWord.outputBytes] = y.out * x.out * 4;
  words[DepthwiseWord.outputRowBytes] = x.out * 4;
  words[DepthwiseWord.rows] = y.out;
  words[DepthwiseWord.blocks] = Math.ceil(y.out / ROWS);
  words[DepthwiseWord.rowTable] = tables.i32(rowTable);
  words[DepthwiseWord.zeroRow] = rowTable.includes(-1) ? zeroRow(x, tables) : 0;
  words[DepthwiseWord.innerBytes] = Math.max(0, Math.ceil((x.out - last - 4) / 4)) * 16;
  words[DepthwiseWord.innerStart] = (4 * x.stride - x.padBefore) * 4;
  words[DepthwiseWord.lastStart] = (x.out - last) * 4;
  words.push(...strip(step, 0, 4, tables), ...strip(step, x.out - last, last, tables));
  return words;
}

/** Outputs of the last strip: 8 where more than 4 windows may see padding, and not in step with the whole vectors. */
function lastOutputs({ size, out, kernel, stride, padBefore, padAfter }: WindowAxis): number {
  const seesPadding = (out - 1) * stride + kernel - padBefore > size;
  if (!seesPadding && out % 4 === 0) return 0;
  return Math.max(0, padAfter) > stride ? 8 : 4;
}

const zeroRow = (x: WindowAxis, tables: Tables): number =>
  tables.i32(new Int32Array(x.size + 2 * SPARE_COLUMNS)) + SPARE_COLUMNS * 4;

/** The words of a strip for `count` outputs from `first` on: whole vectors of the row, then what is not so in it. */
function strip({ axes: [, x], mode }: ConvStep, first: number, count: number, tables: Tables): number[] {
  const window = first * x.stride;
  const start = window - x.padBefore;
  const columns = (count - 1) * x.stride + x.kernel;
  const fixes = paddedSources(x, mode)
    .slice(window, window + columns)
    .flatMap((source, i) =>
      source >= 0 && source === start + i ? [] : [i * 4, source < 0 ? -1 : source * 4],
    );
  // Even and odd columns are taken from whole vectors, which reach one column further.
  const vectors = Math.ceil((columns + x.stride - 1) / 4);
  const address = tables.i32(fixes);
  return [start * 4, vectors, address, address + fixes.length * 4];
}
