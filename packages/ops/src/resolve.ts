import type { PaddingRule } from "./params.ts";
import { atMost, fail } from "./refuse.ts";
import { type PaddingMode, type WindowAxis, windowExtent, windowGrid, windowSize } from "./window.ts";

interface WindowRequest {
  readonly op: string;
  readonly spatial: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation?: readonly number[];
  readonly padding: PaddingRule;
  /** Pooling: `undefined`, padding never holds values. Otherwise what lies beyond the border, which limits padding. */
  readonly mode?: PaddingMode;
  readonly ceilMode?: boolean;
}

/** Resolves padding rules and output sizes of a windowed operator and checks that every axis yields an output. */
export function windowAxes(request: WindowRequest): WindowAxis[] {
  const { op, spatial, kernel, stride, padding, mode } = request;
  const dilation = request.dilation ?? kernel.map(() => 1);
  return spatial.map((size, a) => {
    const [padBefore, padAfter] = axisPadding(op, padding, a, kernel[a], stride[a], dilation[a]);
    const axis = { size, kernel: kernel[a], stride: stride[a], dilation: dilation[a], padBefore, padAfter };
    checkPadding(op, a, axis);
    if (mode === undefined) checkPoolPadding(op, a, axis);
    else checkPaddingMode(op, a, axis, mode);
    const out = windowSize(axis, request.ceilMode);
    if (out < 1) {
      const needed = windowExtent(axis.kernel, axis.dilation) - padBefore - padAfter;
      fail(
        "INVALID_SHAPE",
        op,
        `spatial axis ${a} has ${size} voxels, padded by ${padBefore} and ${padAfter}; a kernel of ${axis.kernel}${axis.dilation > 1 ? ` with dilation ${axis.dilation}` : ""} needs at least ${needed}.`,
        { option: "kernelSize", got: size, expected: needed },
      );
    }
    return trimmed(axis, out);
  });
}

/**
 * The axis without what meets no voxel: taps behind the image, the step behind the one window, the step between the
 * voxels of a single tap. Kernels take memory for what is left; the samples sit where they did.
 */
function trimmed(axis: Padded, out: number): WindowAxis {
  const reach = axis.size + axis.padBefore + axis.padAfter;
  const kernel = Math.min(axis.kernel, Math.ceil(reach / axis.dilation));
  const stride = out === 1 ? Math.min(axis.stride, reach) : axis.stride;
  const dilation = kernel === 1 ? 1 : axis.dilation;
  if (kernel === axis.kernel && stride === axis.stride) return { ...axis, dilation, out };
  return { ...axis, kernel, stride, dilation, out, grid: windowGrid(axis) };
}

/** The voxels of a window where windows are blocks side by side from the first voxel on, without padding; else 0. */
export const blockRows = ({
  size,
  out,
  kernel,
  stride,
  dilation,
  padBefore,
  padAfter,
}: WindowAxis): number =>
  windowExtent(kernel, dilation) <= stride && padBefore === 0 && padAfter === 0 && out * stride <= size
    ? stride
    : 0;

function axisPadding(
  op: string,
  rule: PaddingRule,
  a: number,
  kernel: number,
  stride: number,
  dilation: number,
): readonly [number, number] {
  if (rule === "valid") return [0, 0];
  if (rule !== "same") return rule[a];
  if (stride !== 1) {
    fail(
      "INVALID_OPTION",
      op,
      `padding "same" is defined for stride 1; the stride of axis ${a} is ${stride}.`,
      { option: "padding", got: "same", expected: "numbers, since the stride is not 1" },
    );
  }
  const total = dilation * (kernel - 1);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

type Padded = Omit<WindowAxis, "out">;

/** Lines are padded as they are worked on, once per thread. */
const MOST_PADDING = 2 ** 16;

/** Refuses padding that takes more memory than any image needs. */
export function checkPadding(
  op: string,
  a: number,
  { padBefore, padAfter }: Pick<Padded, "padBefore" | "padAfter">,
): void {
  const amount = Math.max(padBefore, padAfter);
  atMost("INVALID_OPTION", op, `padding of axis ${a}`, amount, MOST_PADDING, "padding");
}

/** PyTorch's rule: padding of at most half the window, so that every window meets a voxel. */
function checkPoolPadding(op: string, a: number, { kernel, dilation, padBefore, padAfter }: Padded): void {
  const limit = Math.floor(windowExtent(kernel, dilation) / 2);
  for (const amount of [padBefore, padAfter]) {
    if (amount >= 0 && amount <= limit) continue;
    fail(
      "INVALID_OPTION",
      op,
      `padding of axis ${a} is ${amount}; expected 0 to ${limit}, half of the window of ${windowExtent(kernel, dilation)}.`,
      { option: "padding", got: amount, expected: `0 to ${limit}` },
    );
  }
}

function checkPaddingMode(
  op: string,
  a: number,
  { size, padBefore, padAfter }: Padded,
  mode: PaddingMode,
): void {
  const limit = mode === "reflect" ? size - 1 : mode === "circular" ? size : Number.POSITIVE_INFINITY;
  const amount = Math.max(padBefore, padAfter);
  if (amount <= limit) return;
  fail(
    "INVALID_SHAPE",
    op,
    `spatial axis ${a} has ${size} voxels, so "${mode}" can pad at most ${limit}, not ${amount}; use a smaller kernel, paddingMode "replicate" or "zeros", or stride 1 and kernelSize 1 on this axis.`,
    { option: "paddingMode", got: amount, expected: limit },
  );
}

/** `kernelSize` where it was given; else `fallback`, but 1 on axes that keep their size (stride 1). */
export const kernelOrDefault = (
  kernelSize: readonly number[] | undefined,
  stride: readonly number[],
  fallback: number,
): readonly number[] => kernelSize ?? stride.map((s) => (s === 1 ? 1 : fallback));

/** Checks the shape of a further tensor. */
export function expectShape(
  op: string,
  option: string,
  got: readonly number[],
  expected: readonly number[],
): void {
  if (got.length === expected.length && got.every((size, i) => size === expected[i])) return;
  fail("INVALID_SHAPE", op, `${option} is [${got.join(", ")}]; expected [${expected.join(", ")}].`, {
    option,
    got,
    expected,
  });
}
