import { defineOperator, type Indices, type Semantics } from "../../define.ts";
import type { FourierAxis, SpectralWindow } from "../../fourier.ts";
import { choice, type Parsed, perAxis } from "../../params.ts";
import type { Graph } from "../../plan.ts";
import { fail } from "../../refuse.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

export const flcPoolParams = {
  stride: perAxis({ doc: "Downsampling factor; 1 leaves an axis alone.", min: 1, default: 2 }),
  size: choice(["floor", "ceil", "published"], {
    doc: "Rounding of size / stride; published: floor(3N/4) - floor(N/4), stride 2 only.",
  }),
  bins: choice(["centered", "published"], {
    doc: "Which frequencies are kept; published puts zero frequency one bin off for sizes 2 mod 4, stride 2 only.",
  }),
  variant: choice(["published"], {
    doc: "Sets everything that is not given to what the published code does.",
  }),
};

export interface FourierPool {
  readonly planes: number;
  readonly axes: readonly FourierAxis[];
}

interface AxisRequest {
  readonly op: string;
  readonly size: number;
  readonly stride: number;
  readonly rounding: "floor" | "ceil" | "published";
  readonly bins: "centered" | "published";
  readonly window?: SpectralWindow;
}

/** The crop of one axis: how many bins are kept, from which frequency on, and where zero frequency lands. */
export function fourierCrop({
  op,
  size,
  stride,
  rounding,
  bins,
  window = { kind: "none" },
}: AxisRequest): FourierAxis {
  const common = { size, nyquist: "half", domain: "image" } as const;
  if (stride === 1) {
    return { ...common, out: size, frequency: -Math.floor(size / 2), shift: 0, window: { kind: "none" } };
  }
  if (stride !== 2 && (rounding === "published" || bins === "published")) {
    fail(
      "INVALID_OPTION",
      op,
      `the published code knows strides 1 and 2 only, not ${stride}; use size "floor" and bins "centered".`,
      { option: "stride", got: stride, expected: 2 },
    );
  }
  const quarters = Math.floor((3 * size) / 4) - Math.floor(size / 4);
  const out =
    rounding === "published"
      ? quarters
      : Math.max(1, rounding === "ceil" ? Math.ceil(size / stride) : Math.floor(size / stride));
  if (out < 1) {
    fail("INVALID_SHAPE", op, `a spatial axis of ${size} voxel has no published size; use size "floor".`, {
      option: "size",
      got: size,
    });
  }
  if (bins === "centered") return { ...common, out, frequency: -Math.floor(out / 2), shift: 0, window };
  const half = Math.floor(size / 2);
  const quarter = Math.floor(size / 4);
  return { ...common, out, frequency: quarter - half, shift: half - quarter - Math.floor(out / 2), window };
}

export const fourierSemantics: Semantics<FourierPool> = {
  linear: true,
  keepsConstants: true,
  support: "circular",
  nonFinite: "One NaN or infinity leaves no finite voxel in its plane.",
  // Rounding grows with the square root of the reduction.
  tolerance: ({ axes }) => 1e-6 * Math.max(1, ...axes.map(({ size }) => Math.sqrt(size / 512))),
  gain: () => 1,
};

/** Sample m of an axis cropped from `size` to `out` bins sits at m size / out. */
export const fourierOutput = ({ axes }: FourierPool) => ({
  axes: axes.map(({ size, out }) => ({ out, grid: { offset: 0, spacing: size / out } })),
});

export function lowerFourier(
  { planes, axes }: FourierPool,
  graph: Graph,
  { x }: Indices,
  { y }: Indices,
): void {
  graph.step({ family: "fourier", planes, axes, adjoint: false, inputs: [x], outputs: [y] });
}

export function lowerFourierVjp(
  { planes, axes }: FourierPool,
  graph: Graph,
  { gy }: Indices,
  { x }: Indices,
): void {
  graph.step({ family: "fourier", planes, axes, adjoint: true, inputs: [gy], outputs: [x] });
}

/** `size` and `bins` where they were given, else by the variant. */
export function cropRules(options: Pick<Parsed<typeof flcPoolParams>, "size" | "bins" | "variant">) {
  const published = options.variant === "published";
  return {
    rounding: options.size ?? (published ? "published" : "floor"),
    bins: options.bins ?? (published ? "published" : "centered"),
  } as const;
}

/**
 * Frequency low cut: the centre of the spectrum, back in the image domain at the smaller size.
 *
 * Takes `x` [N, C, ...spatial]; gives [N, C, ...out], `out = max(1, floor(size / stride))`: the real part of the
 * inverse transform of the lowest `out` frequencies per axis, scaled so that means and kept waves keep their
 * height. Sample m sits at `m size / out`, which is `stride m` only where the stride divides the size. Borders
 * are circular. Free of aliasing but for the half-weight Nyquist bin of even outputs.
 *
 * @throws `INVALID_OPTION` for published rules on strides over 2.
 * @see Grabinski et al., FrequencyLowCut Pooling, ECCV 2022
 * @example
 * const y = flcPool(x, { stride: 2 });
 */
export const flcPool = defineOperator({
  name: "flcPool",
  summary: "The centre of the spectrum (k-space crop), back in the image domain.",
  source: "Grabinski et al., FrequencyLowCut Pooling, ECCV 2022",
  operands: ["x"],
  outputs: ["y"],
  params: flcPoolParams,
  gradients: ["x"],
  semantics: fourierSemantics,
  independent: { each: "plane", tensors: ["x"] },
  resolve(options, { x: [batch, channels, ...spatial] }) {
    const rules = cropRules(options);
    const axes = spatial.map((size, a) =>
      fourierCrop({ op: "flcPool", size, stride: options.stride[a], ...rules }),
    );
    return { planes: batch * channels, axes } satisfies FourierPool;
  },
  output: fourierOutput,
  lower: lowerFourier,
  lowerVjp: lowerFourierVjp,
  reference,
  get cases() {
    return cases();
  },
});
