import { defineOperator, type OutputAxis } from "../../define.ts";
import type { SpectralWindow } from "../../fourier.ts";
import { choice } from "../../params.ts";
import { fail } from "../../refuse.ts";
import {
  cropRules,
  type FourierPool,
  flcPoolParams,
  fourierCrop,
  fourierSemantics,
  lowerFourier,
  lowerFourierVjp,
} from "../flcPool/flcPool.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

/** One axis: zeros around it, the windowed crop, and the part of the result that is kept. */
export interface AsapAxis {
  readonly size: number;
  readonly padBefore: number;
  readonly padded: number;
  readonly cropStart: number;
  readonly out: number;
}

export interface AsapPool extends FourierPool {
  /** [N, C] of the image. */
  readonly batch: readonly [number, number];
  readonly borders: readonly AsapAxis[];
}

/** The published paddings: nothing, one zero at the end, or about half the size on both sides. */
function zeroBorder(size: number, zeroPad: "none" | "one" | "large"): [before: number, after: number] {
  if (zeroPad === "one") return [0, 1];
  return zeroPad === "large" ? [Math.trunc(size / 2 - 1), Math.trunc(size / 2)] : [0, 0];
}

function border(
  size: number,
  stride: number,
  zeroPad: "none" | "one" | "large",
  cropped: (padded: number) => number,
): AsapAxis {
  const [padBefore, padAfter] = stride === 1 ? [0, 0] : zeroBorder(size, zeroPad);
  const padded = size + padBefore + padAfter;
  const out = cropped(padded);
  if (stride === 1 || zeroPad !== "large") return { size, padBefore, padded, cropStart: 0, out };
  const cropStart = Math.floor(out / 4);
  return { size, padBefore, padded, cropStart, out: Math.floor((3 * out) / 4) - cropStart };
}

const hasBorder = ({ borders }: AsapPool): boolean => borders.some(({ size, padded }) => size !== padded);
const isCropped = ({ borders, axes }: AsapPool): boolean => borders.some(({ out }, a) => out !== axes[a].out);

/** Region steps into the padded image and out of the larger result; `start` is where output 0 lies. */
const padRegion = ({ borders }: AsapPool) =>
  borders.map(({ size, padded, padBefore }) => ({ size, out: padded, start: -padBefore }));
const cropRegion = ({ borders, axes }: AsapPool) =>
  borders.map(({ out, cropStart }, a) => ({ size: axes[a].out, out, start: cropStart }));
const reversed = (region: ReturnType<typeof padRegion>) =>
  region.map(({ size, out, start }) => ({ size: out, out: size, start: -start }));

/**
 * `flcPool` with a tapered spectrum: less ringing for a little more blur.
 *
 * Takes `x` [N, C, ...spatial]; gives [N, C, ...out], sizes and sample positions as `flcPool`. The gain of
 * frequency k is the square root of a Hamming window over the input's whole band, sqrt(0.54 + 0.46 cos(pi k / K)),
 * K = floor(size / 2), so 0.735 at the cut. `windowAlign: "published"` has it half a bin off for even sizes;
 * `zeroPad` surrounds the image with zeros as the published classes do. Never transposes.
 *
 * @throws `INVALID_OPTION` for published rules on strides over 2, `INVALID_SHAPE` where nothing is left.
 * @see Grabinski et al., Fix your downsampling ASAP, 2023
 * @example
 * const y = asapPool(x, { stride: 2 });
 */
export const asapPool = defineOperator({
  name: "asapPool",
  summary: "The centre of the spectrum under a Hamming taper.",
  source: "Grabinski et al., Fix your downsampling ASAP, 2023",
  operands: ["x"],
  outputs: ["y"],
  params: {
    ...flcPoolParams,
    windowAlign: choice(["centered", "published"], {
      doc: "Where the window peaks: zero frequency, or half a bin off for even sizes.",
    }),
    zeroPad: choice(["none", "one", "large"], {
      doc: "Zeros around the image before the transform.",
      default: "none",
    }),
  },
  gradients: ["x"],
  semantics: fourierSemantics,
  independent: { each: "plane", tensors: ["x"] },
  resolve(options, { x: [batch, channels, ...spatial] }) {
    const rules = cropRules(options);
    const align = options.windowAlign ?? (options.variant === "published" ? "published" : "centered");
    const crop = (size: number, a: number) => {
      const window: SpectralWindow =
        align === "published"
          ? { kind: "hammingRootPublished" }
          : { kind: "hammingRoot", half: Math.floor(size / 2) };
      return fourierCrop({ op: "asapPool", size, stride: options.stride[a], ...rules, window });
    };
    const borders = spatial.map((size, a) =>
      border(size, options.stride[a], options.zeroPad, (padded) => crop(padded, a).out),
    );
    const empty = borders.findIndex(({ out }) => out < 1);
    if (empty >= 0) {
      fail(
        "INVALID_SHAPE",
        "asapPool",
        `spatial axis ${empty} has ${spatial[empty]} voxels, which zeroPad "large" crops to nothing; use zeroPad "none".`,
        { option: "zeroPad", got: spatial[empty] },
      );
    }
    return {
      planes: batch * channels,
      batch: [batch, channels],
      borders,
      axes: borders.map(({ padded }, a) => crop(padded, a)),
    } satisfies AsapPool;
  },
  output({ borders, axes }) {
    return {
      axes: borders.map(({ out, padded, padBefore, cropStart }, a): OutputAxis => {
        const spacing = padded / axes[a].out;
        return { out, grid: { offset: cropStart * spacing - padBefore, spacing } };
      }),
    };
  },
  lower(params, graph, { x }, { y }) {
    let input = x;
    if (hasBorder(params)) {
      input = graph.temporary([...params.batch, ...params.borders.map(({ padded }) => padded)]);
      graph.step({
        family: "region",
        planes: params.planes,
        axes: padRegion(params),
        inputs: [x],
        outputs: [input],
      });
    }
    if (!isCropped(params)) return lowerFourier(params, graph, { x: input }, { y });
    const whole = graph.temporary([...params.batch, ...params.axes.map(({ out }) => out)]);
    lowerFourier(params, graph, { x: input }, { y: whole });
    graph.step({
      family: "region",
      planes: params.planes,
      axes: cropRegion(params),
      inputs: [whole],
      outputs: [y],
    });
  },
  lowerVjp(params, graph, { gy }, { x }) {
    let gradient = gy;
    if (isCropped(params)) {
      gradient = graph.temporary([...params.batch, ...params.axes.map(({ out }) => out)]);
      graph.step({
        family: "region",
        planes: params.planes,
        axes: reversed(cropRegion(params)),
        inputs: [gy],
        outputs: [gradient],
      });
    }
    if (!hasBorder(params)) return lowerFourierVjp(params, graph, { gy: gradient }, { x });
    const padded = graph.temporary([...params.batch, ...params.borders.map((axis) => axis.padded)]);
    lowerFourierVjp(params, graph, { gy: gradient }, { x: padded });
    graph.step({
      family: "region",
      planes: params.planes,
      axes: reversed(padRegion(params)),
      inputs: [padded],
      outputs: [x],
    });
  },
  reference,
  get cases() {
    return cases();
  },
});
