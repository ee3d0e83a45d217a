import {
  type AnyOperator,
  asapPool,
  avgPool,
  blurPool,
  conv,
  convBlurPool,
  detailPreservingPool,
  flcPool,
  maxBlurPool,
  maxPool,
  maxPoolWithIndices,
} from "@halfband/ops";
import type { GoldenCase } from "./manifest.ts";

/** A golden case as a call of ours: golden tensor names to ours, options without tensors. */
export interface Call {
  readonly operator: AnyOperator;
  readonly options: Record<string, unknown>;
  /** Our name of every golden input, output and gradient. */
  readonly names: Readonly<Record<string, string>>;
  /** The published class swaps the last two axes of its input and never swaps them back. */
  readonly transpose: boolean;
}

type Params = GoldenCase["params"];

const mode = (name: unknown) => (name === "zero" || name === "constant" ? "zeros" : name);
const published = (name: unknown) => (name === "reference" ? "published" : name);

const windowOf = (p: Params) => ({
  kernelSize: p.kernel,
  padding: p.padding,
  dilation: p.dilation,
  ceilMode: p.ceilMode,
});
const blurOf = (p: Params) => ({
  kernelSize: p.filterSize,
  stride: p.stride,
  padding: p.padding,
  paddingMode: mode(p.padMode),
});
const convOf = (p: Params) => ({
  stride: p.stride,
  padding: p.padding,
  dilation: p.dilation,
  groups: p.groups,
  paddingMode: mode(p.padMode),
});

const shared = { x: "x", y: "y", gx: "x", weight: "weight", bias: "bias", gweight: "weight", gbias: "bias" };

/** Our call for a case, or why there is none: DESIGN.md section 8 allows the historic FLC forms only. */
export function translate({ op, params: p, outputs }: GoldenCase): Call | string {
  const call = (operator: AnyOperator, options: Record<string, unknown>, more: Partial<Call> = {}): Call => ({
    operator,
    options,
    names: shared,
    transpose: false,
    ...more,
  });
  switch (op) {
    case "maxPool": {
      const options = { ...windowOf(p), stride: p.stride };
      if (!("indices" in outputs)) return call(maxPool, options);
      return call(maxPoolWithIndices, options, { names: { ...shared, y: "values", indices: "indices" } });
    }
    case "avgPool": {
      const { kernel: kernelSize, divisorOverride, ...rest } = p;
      return call(avgPool, { kernelSize, ...rest, divisorOverride: divisorOverride ?? undefined });
    }
    case "conv":
      return call(conv, convOf(p));
    case "blurPool":
      return call(blurPool, blurOf(p));
    case "maxBlurPool":
      return call(maxBlurPool, { max: windowOf(p.max as Params), blur: blurOf(p.blur as Params) });
    case "convBlurPool":
      return call(convBlurPool, {
        conv: convOf(p.conv as Params),
        relu: p.relu,
        blur: blurOf(p.blur as Params),
      });
    case "flc":
      if (p.part === "abs") return "modulus instead of the real part (code before October 2022)";
      if (p.scale !== 1) return "output scaled by prod(N) / prod(M) (code before February 2023)";
      if (p.separable) return "real part taken axis by axis";
      return call(flcPool, { stride: p.stride, size: published(p.size), bins: published(p.bins) });
    case "asap":
      return call(
        asapPool,
        {
          stride: p.stride,
          size: published(p.size),
          bins: published(p.bins),
          zeroPad: p.padding,
          windowAlign: published(p.windowAlign),
        },
        { transpose: p.transpose === true },
      );
    case "dpp":
      return call(
        detailPreservingPool,
        {
          stride: p.stride,
          asymmetric: p.asym,
          normalisation: p.norm,
          epsilon: p.eps,
          parametrisation: p.parametrisation,
          lambda: p.lambda,
          // The Lua module overwrites stored values over 10 before it uses them.
          alpha: p.parametrisation === "direct" ? p.alpha : (p.alpha as number[]).map((a) => Math.min(a, 10)),
        },
        {
          names: {
            ...shared,
            tilde: "prediction",
            gtilde: "prediction",
            filter: "filter",
            filterBias: "filterBias",
            gfilter: "filter",
            gfilterBias: "filterBias",
            lambda: "lambda",
            alpha: "alpha",
            glambda: "lambda",
            galpha: "alpha",
          },
        },
      );
    default:
      return `no operator for "${op}"`;
  }
}
