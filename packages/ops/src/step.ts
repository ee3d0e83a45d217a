import type { FourierAxis } from "./fourier.ts";
import type { PaddingMode, WindowAxis } from "./window.ts";

/**
 * The vocabulary between operators and kernels. A plan lowers an operator to a chain of steps; a backend has
 * one kernel family per step family. A step holds plain numbers only: every default, shape and padding is
 * resolved, so that no kernel has an opinion of its own.
 *
 * `inputs` and `outputs` are indices into the plan's `values`. Tensors are row-major [N, C, ...spatial];
 * `planes` is N * C where channels do not interact.
 */
export type Step =
  | MaxPoolStep
  | MaxPoolVjpStep
  | AvgPoolStep
  | BlurStep
  | ConvStep
  | ConvVjpStep
  | FourierStep
  | DetailStep
  | DetailVjpStep
  | RegionStep
  | ElementwiseStep;

export type StepFamily = Step["family"];

interface StepBase {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** x -> values, or values and int32 indices (flat within the spatial plane) where there are two outputs. */
export interface MaxPoolStep extends StepBase {
  readonly family: "maxpool";
  readonly planes: number;
  readonly axes: readonly WindowAxis[];
}

/** x, gy -> gx. The winners are found again from x. */
export interface MaxPoolVjpStep extends StepBase {
  readonly family: "maxpoolVjp";
  readonly planes: number;
  readonly axes: readonly WindowAxis[];
}

/** x -> y, or gy -> gx with `adjoint`. */
export interface AvgPoolStep extends StepBase {
  readonly family: "avgpool";
  readonly planes: number;
  readonly axes: readonly WindowAxis[];
  readonly countIncludePad: boolean;
  /** Divides every sum where given, whatever the window holds. */
  readonly divisor: number | null;
  readonly adjoint: boolean;
}

/** Separable correlation with fixed taps. x -> y, or gy -> gx with `adjoint`. Padding may be negative (crops). */
export interface BlurStep extends StepBase {
  readonly family: "blur";
  readonly planes: number;
  readonly axes: readonly (WindowAxis & { readonly taps: readonly number[] })[];
  readonly mode: PaddingMode;
  readonly adjoint: boolean;
}

/** x, weight [outChannels, inChannels / groups, ...kernel] and, where there is a third input, bias -> y. */
export interface ConvStep extends StepBase {
  readonly family: "conv";
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly axes: readonly WindowAxis[];
  readonly mode: PaddingMode;
  /** Clamp the result at zero. */
  readonly relu: boolean;
}

/** `x`: gy, weight -> gx. `weight`: x, gy -> gweight. `bias`: gy -> gbias. */
export interface ConvVjpStep extends StepBase {
  readonly family: "convVjp";
  readonly of: "x" | "weight" | "bias";
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly axes: readonly WindowAxis[];
  readonly mode: PaddingMode;
}

/**
 * A chain of one complex matrix per axis, `fourierMatrix(axis)`, or its conjugate transpose with `adjoint`.
 * One input is real, two are re and im; one output takes the real part, two take re and im.
 */
export interface FourierStep extends StepBase {
  readonly family: "fourier";
  readonly planes: number;
  readonly axes: readonly FourierAxis[];
  readonly adjoint: boolean;
}

/** An axis of detail-preserving pooling: `out` disjoint blocks of `stride` voxels, the rest dropped. */
export interface BlockAxis {
  readonly size: number;
  readonly out: number;
  readonly stride: number;
}

interface DetailBase extends StepBase {
  readonly batch: number;
  readonly channels: number;
  readonly axes: readonly BlockAxis[];
  readonly asymmetric: boolean;
  readonly normalisation: "mean" | "sum" | "none";
  /** `exp-half`: G = exp(lambda) / 2, `exp`: G = exp(lambda), both with A = exp(alpha); `direct`: G = lambda / 2, A = alpha. */
  readonly parametrisation: "exp-half" | "exp" | "direct";
  readonly epsilon: number;
  /** alpha is used as min(alpha, alphaMax) where this is a number; the gradient ignores the clamp, as the Lua code does. */
  readonly alphaMax: number | null;
}

/** x, lambda [C], alpha [C] and, where there is a fourth input, the prediction -> y. */
export interface DetailStep extends DetailBase {
  readonly family: "detail";
}

/** x, lambda, alpha, gy (and, fifth, the prediction) -> gx, glambda, galpha (and, fourth, gprediction). */
export interface DetailVjpStep extends DetailBase {
  readonly family: "detailVjp";
}

/** Crop and zero-pad: out[i] = in[i + start] per axis where that exists, else 0. */
export interface RegionStep extends StepBase {
  readonly family: "region";
  readonly planes: number;
  readonly axes: readonly { readonly size: number; readonly out: number; readonly start: number }[];
}

/**
 * `add`: a, b -> a + b. `reluVjp`: y, g -> g where y > 0, else 0. `magnitude`: re, im -> |re + i im|.
 * `magnitudeVjp`: re, im, g -> g re / |.|, g im / |.| (0 where the magnitude is 0).
 */
export interface ElementwiseStep extends StepBase {
  readonly family: "elementwise";
  readonly function: "add" | "reluVjp" | "magnitude" | "magnitudeVjp";
  readonly length: number;
}
