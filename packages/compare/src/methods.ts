import { seededGaussian } from "@halfband/measure";
import { type AnyOperator, HalfbandError, operators, type Tensor } from "@halfband/ops";
import { REFERENCE } from "./reading.ts";

export type Family = "naive" | "blur" | "spectral" | "detail";

/** An operator with its options for given strides; `weight` is what `conv` multiplies with. */
export interface MethodCall {
  readonly operator: AnyOperator;
  readonly options: Readonly<Record<string, unknown>>;
  readonly weight: { readonly data: Float32Array; readonly shape: readonly number[] } | null;
}

/** A way to make a scan smaller: one operator with fixed settings. */
export interface Method {
  readonly id: string;
  readonly title: string;
  readonly family: Family;
  /** Figure of "The Hidden Cost of Downsampling" that shows it. */
  readonly figure: 2 | 5 | null;
  readonly linear: boolean;
  /** One sentence for a reader of scans. */
  readonly explanation: string;
  /** Name of the operator in `@halfband/ops`, and what it is set to beside the stride. */
  readonly operator: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** The operator's options for a stride per spatial axis; axes of stride 1 are left alone. */
  call(stride: readonly number[], channels?: number): MethodCall;
  /** Downsamples [N, C, ...spatial] on the tensor's backend, with the operator's own border. The caller owns the result. */
  apply(x: Tensor, stride: readonly number[]): Tensor;
}

type Draft = Omit<Method, "apply" | "call" | "linear"> & {
  /** All options for a stride, where they are not just `options` and the stride itself. */
  readonly resolve?: (stride: readonly number[]) => Readonly<Record<string, unknown>>;
  /** Values of a convolution kernel of the given number of taps. */
  readonly taps?: (count: number) => readonly number[];
};

const operatorNamed = (name: string): AnyOperator =>
  operators.find(({ definition }) => definition.name === name)!;

const CONV_KERNEL = 3;
/** Seed of the random convolution. */
const CONV_SEED = 1;

/** Seeded normal weights around a mean of one, over their sum: mixed signs, as in a network, and the mean is kept. */
function randomTaps(count: number): number[] {
  const next = seededGaussian(CONV_SEED);
  const taps = Array.from({ length: count }, () => 1 + 1.5 * next());
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

const centreTap = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (i === (count - 1) / 2 ? 1 : 0));

/** Depthwise kernel [C, 1, ...k], the same for every channel. */
function depthwise(taps: readonly number[], channels: number, kernel: readonly number[]) {
  const data = new Float32Array(channels * taps.length);
  for (let c = 0; c < channels; c++) data.set(taps, c * taps.length);
  return { data, shape: [channels, 1, ...kernel] };
}

function define(draft: Draft): Method {
  const { resolve, taps, ...described } = draft;
  const operator = operatorNamed(draft.operator);
  const call = (stride: readonly number[], channels = 1): MethodCall => {
    const options = resolve?.(stride) ?? { ...draft.options, stride };
    if (taps === undefined) return { operator, options, weight: null };
    const kernel: readonly number[] = stride.map((s) => (s === 1 ? 1 : CONV_KERNEL));
    const count = kernel.reduce<number>((product, k) => product * k, 1);
    const padding = kernel.map((k) => (k - 1) / 2);
    const weight = depthwise(taps(count), channels, kernel);
    return { operator, options: { stride, padding, paddingMode: "reflect", groups: channels }, weight };
  };
  const apply = (x: Tensor, stride: readonly number[]): Tensor => {
    const { options, weight } = call(stride, x.shape[1]);
    return x.backend.scope(() =>
      weight ? operator(x, x.backend.tensor(weight.data, weight.shape), options) : operator(x, options),
    ) as Tensor;
  };
  return Object.freeze({ ...described, linear: operator.definition.semantics.linear, call, apply });
}

/** Window of `size` on the axes that shrink. */
const windowOf = (size: number) => (stride: readonly number[]) => ({
  kernelSize: stride.map((s) => (s === 1 ? 1 : size)),
});
const windowAndStride = (size: number) => (stride: readonly number[]) => ({
  ...windowOf(size)(stride),
  stride,
});
/** Window as wide as the stride. */
const windowOfStride = (stride: readonly number[]) => ({ kernelSize: stride });

const blur = (id: string, taps: number, title: string, figure: 5 | null): Method =>
  define({
    id,
    title,
    family: "blur",
    figure,
    explanation: `Blurs over ${taps} voxels per axis before dropping every second one: less false detail, softer edges.`,
    operator: "blurPool",
    options: { kernelSize: taps },
    resolve: windowAndStride(taps),
  });

/**
 * Every method that `compare` knows, in the order of the figures.
 *
 * @example methods.map(({ id }) => id); // ["maxpool", "stride", "conv", "avgpool", ...]
 */
export const methods: readonly Method[] = Object.freeze([
  define({
    id: "maxpool",
    title: "MaxPool 2",
    family: "naive",
    figure: 2,
    explanation:
      "Keeps only the brightest voxel of every block: bright structures swell, dark ones and the mean are lost.",
    operator: "maxPool",
    options: { kernelSize: 2 },
    resolve: windowOfStride,
  }),
  define({
    id: "stride",
    title: "Strided conv 3 (centre tap)",
    family: "naive",
    figure: 2,
    explanation:
      "Keeps every second voxel and drops the rest: whatever is finer than the new grid returns as false detail.",
    operator: "conv",
    options: { kernelSize: CONV_KERNEL, weights: "centre tap" },
    taps: centreTap,
  }),
  define({
    id: "conv",
    title: "Strided conv 3 (random weights)",
    family: "naive",
    figure: 2,
    explanation:
      "Mixes 3 voxels per axis with random weights, as an untrained network does, and drops every second result: false detail at edges, and a slight displacement.",
    operator: "conv",
    options: { kernelSize: CONV_KERNEL, weights: "random, sum 1", seed: CONV_SEED },
    taps: randomTaps,
  }),
  define({
    id: "avgpool",
    title: "AvgPool 2",
    family: "blur",
    figure: 5,
    explanation: "Averages every block of voxels: a slight blur that removes part of the false detail.",
    operator: "avgPool",
    options: { kernelSize: 2 },
    resolve: windowOfStride,
  }),
  blur("blurpool3", 3, "BlurPool 3", null),
  blur("blurpool", 4, "BlurPool 4", 5),
  blur("blurpool5", 5, "BlurPool 5", null),
  define({
    id: "flc",
    title: "FLC",
    family: "spectral",
    figure: 5,
    explanation:
      "Keeps the centre of k-space, as a scan at half the matrix would: no false detail, faint ringing at sharp edges.",
    operator: "flcPool",
    options: {},
  }),
  define({
    id: "asap",
    title: "ASAP",
    family: "spectral",
    figure: 5,
    explanation:
      "Keeps the centre of k-space under a Hamming taper: no false detail and less ringing, a little softer.",
    operator: "asapPool",
    options: {},
  }),
  define({
    id: "maxblurpool",
    title: "MaxBlurPool 2 + 4",
    family: "blur",
    figure: null,
    explanation:
      "Takes the brightest of neighbouring voxels, then blurs before dropping: less false detail than MaxPool, but still brighter than the scan.",
    operator: "maxBlurPool",
    options: { max: { kernelSize: 2 }, blur: { kernelSize: 4 } },
    resolve: (stride) => ({
      max: windowOf(2)(stride),
      blur: windowAndStride(4)(stride),
    }),
  }),
  define({
    id: "spectral",
    title: "Spectral (Hann)",
    family: "spectral",
    figure: null,
    explanation:
      "Keeps the centre of k-space, faded out to its edge as scanners' raw-data filters do: no false detail, no ringing, softest of the k-space methods.",
    operator: "spectralPool",
    options: { window: "hann" },
  }),
  define({
    id: "dpp",
    title: "Detail-preserving pooling",
    family: "detail",
    figure: null,
    explanation:
      "Averages every block but counts voxels that stand out more: crisp small structures, some false detail.",
    operator: "detailPreservingPool",
    options: { asymmetric: false },
  }),
  define({
    id: REFERENCE,
    title: "k-space crop (reference)",
    family: "spectral",
    figure: null,
    explanation:
      "What the scanner would have measured at the lower resolution; every other method is held against it.",
    operator: "spectralPool",
    options: { nyquist: "drop" },
  }),
]);

/** The methods of the seed's figures 2 and 5 and those that go beyond them; what `compare` shows unless told. */
export const defaultMethods: readonly string[] = Object.freeze(
  methods.map(({ id }) => id).filter((id) => id !== "blurpool3" && id !== "blurpool5"),
);

/**
 * The method of an id.
 *
 * @throws `INVALID_OPTION` with all ids.
 * @example findMethod("flc").explanation;
 */
export function findMethod(id: string): Method {
  const found = methods.find((method) => method.id === id);
  if (found) return found;
  const ids = methods.map((method) => method.id).join(", ");
  throw new HalfbandError("INVALID_OPTION", `There is no method "${id}"; expected one of ${ids}.`, {
    op: "compare",
    option: "method",
    got: id,
    expected: ids,
  });
}
