// Every way to halve an image (or nearly), with the sample positions that SEMANTICS section 10 gives for it.
import * as ops from "@halfband/ops";
import {
  type Backend,
  elementCount,
  type Plan,
  type Shape,
  type Tensor,
  type TensorSpec,
} from "@halfband/ops";

export interface AxisPlace {
  readonly offset: number;
  readonly spacing: number;
}

export interface Method {
  readonly name: string;
  /** Where sample m of an axis of `size` voxels sits. */
  place(size: number): AxisPlace;
  /** Smallest axis that is reduced; shorter ones are left alone. */
  readonly smallest: number;
  /** Linear with a point-symmetric response. */
  readonly linear: boolean;
  plan(x: TensorSpec): Plan;
  call(x: Tensor): Tensor;
}

export const UNTOUCHED: AxisPlace = { offset: 0, spacing: 1 };
const every =
  (offset: number, spacing = 2) =>
  (): AxisPlace => ({ offset, spacing });

/** `reduced` on axes that are long enough, else 1. */
const perAxis = (shape: Shape, smallest: number, reduced: (size: number) => number): number[] =>
  shape.slice(2).map((size) => (size < smallest ? 1 : reduced(size)));

type Options = Record<string, unknown>;
type Unary = ((x: Tensor, options: never) => Tensor) & { plan(x: TensorSpec, options: never): Plan };

/** `options` makes the call's options from the stride (1 or 2) of every axis. */
function unary(
  name: string,
  operator: Unary,
  place: Method["place"],
  options: (stride: number[], shape: Shape) => Options,
  { smallest = 4, linear = true } = {},
): Method {
  const of = ({ shape }: TensorSpec) =>
    options(
      perAxis(shape, smallest, () => 2),
      shape,
    ) as never;
  return {
    name,
    place,
    smallest,
    linear,
    plan: (x) => operator.plan(x, of(x)),
    call: (x) => operator(x, of(x)),
  };
}

const nonLinear = { linear: false };
const kernels = (size: number, stride: readonly number[]) => stride.map((s) => (s === 1 ? 1 : size));

const blur = (kernelSize: number, offset: number, variant?: "kornia" | "timm"): Method =>
  unary(`blurPool ${kernelSize}${variant ? ` ${variant}` : ""}`, ops.blurPool, every(offset), (stride) => ({
    stride,
    kernelSize: kernels(kernelSize, stride),
    ...(variant && { variant }),
  }));

const maxBlur = (kernelSize: number, offset: number): Method =>
  unary(
    `maxBlurPool ${kernelSize}`,
    ops.maxBlurPool,
    every(offset),
    (stride) => ({ blur: { stride, kernelSize: kernels(kernelSize, stride) } }),
    nonLinear,
  );

/** floor(3 L / 4) - floor(L / 4): what the published crop keeps of L voxels. */
const publishedSize = (size: number): number => Math.floor((3 * size) / 4) - Math.floor(size / 4);

function asapLarge(size: number): AxisPlace {
  const before = Math.trunc(size / 2 - 1);
  const padded = size + before + Math.trunc(size / 2);
  const kept = publishedSize(padded);
  return { offset: (Math.floor(kept / 4) * padded) / kept - before, spacing: padded / kept };
}

const anySize = (size: number): number => Math.max(1, Math.round(size * 0.6));

const convOptions = (stride: number[]) => ({
  stride,
  padding: stride.map((s) => (s === 1 ? 0 : 1)),
  groups: 1,
});

/** A mean of 3 voxels per reduced axis, the same for every channel, as a depthwise convolution. */
function boxConv(): Method {
  const smallest = 4;
  const parts = ({ shape }: TensorSpec) => {
    const stride = perAxis(shape, smallest, () => 2);
    const weight = [shape[1], 1, ...kernels(3, stride)];
    return { options: { ...convOptions(stride), groups: shape[1] }, weight };
  };
  return {
    name: "conv 3, stride 2, padding 1",
    place: every(0),
    smallest,
    linear: true,
    plan: (x) => ops.conv.plan(x, { shape: parts(x).weight }, parts(x).options),
    call(x) {
      const { options, weight } = parts(x);
      const taps = elementCount(weight.slice(2));
      const tensor = x.backend.tensor(new Float32Array(elementCount(weight)).fill(1 / taps), weight);
      const y = ops.conv(x, tensor, options);
      tensor.dispose();
      return y;
    },
  };
}

export const methods: readonly Method[] = [
  unary("maxPool 2", ops.maxPool, every(0.5), (stride) => ({ kernelSize: stride }), nonLinear),
  unary("avgPool 2", ops.avgPool, every(0.5), (stride) => ({ kernelSize: stride })),
  blur(3, 0),
  blur(4, 0.5),
  blur(5, 0),
  blur(3, 0, "kornia"),
  blur(4, 0.5, "kornia"),
  blur(3, 0, "timm"),
  blur(4, -0.5, "timm"),
  maxBlur(3, 0.5),
  maxBlur(4, 1),
  boxConv(),
  unary(
    "flcPool",
    ops.flcPool,
    (size) => ({ offset: 0, spacing: size / Math.floor(size / 2) }),
    (stride) => ({ stride }),
  ),
  unary(
    "asapPool",
    ops.asapPool,
    (size) => ({ offset: 0, spacing: size / Math.floor(size / 2) }),
    (stride) => ({ stride }),
  ),
  unary(
    "asapPool published",
    ops.asapPool,
    (size) => ({ offset: 0, spacing: size / publishedSize(size) }),
    (stride) => ({ stride, variant: "published" }),
  ),
  unary(
    "asapPool published, one zero",
    ops.asapPool,
    (size) => ({ offset: 0, spacing: (size + 1) / publishedSize(size + 1) }),
    (stride) => ({ stride, variant: "published", zeroPad: "one" }),
  ),
  unary("asapPool published, large", ops.asapPool, asapLarge, (stride) => ({
    stride,
    variant: "published",
    zeroPad: "large",
  })),
  unary(
    "spectralPool to 60 %",
    ops.spectralPool,
    (size) => ({ offset: 0, spacing: size / anySize(size) }),
    (_, shape) => ({ outputSize: shape.slice(2).map((size) => (size < 4 ? size : anySize(size))) }),
  ),
  unary(
    "spectralPool, k-space crop",
    ops.spectralPool,
    (size) => ({ offset: 0, spacing: size / Math.floor(size / 2) }),
    (stride) => ({ stride, nyquist: "drop", window: "hamming" }),
  ),
  unary("detailPreservingPool", ops.detailPreservingPool, every(0.5), (stride) => ({ stride }), nonLinear),
];

/** Expected places of a method's samples on every axis of `spatial`. */
export const placesOf = ({ place, smallest }: Method, spatial: readonly number[]): AxisPlace[] =>
  spatial.map((size) => (size < smallest ? UNTOUCHED : place(size)));

/** f, then g on what f made. */
export const after = (f: readonly AxisPlace[], g: readonly AxisPlace[]): AxisPlace[] =>
  f.map(({ offset, spacing }, a) => ({
    offset: offset + spacing * g[a].offset,
    spacing: spacing * g[a].spacing,
  }));

/** Runs methods one after the other and gives back what lies between. */
export function chain(backend: Backend, data: Float32Array, shape: Shape, steps: readonly Method[]): Tensor {
  let tensor = backend.tensor(data, shape);
  for (const step of steps) {
    const next = step.call(tensor);
    tensor.dispose();
    tensor = next;
  }
  return tensor;
}
