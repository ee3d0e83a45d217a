import { HalfbandError } from "@halfband/ops";
import { aliasToSignal, foldClasses, outOfBandEnergyRatio } from "./aliasing.ts";
import { edgeRetention, nrmse, preservation, psnr, ssim } from "./fidelity.ts";
import { type Affine, downsampledAffine } from "./geometry.ts";
import { METRICS_VERSION, type MetricKey, metrics } from "./metrics.ts";
import { measureNoise, type NoiseOptions, noiseOfLinear } from "./noise.ts";
import { aliasVisibility, checkerboardLeak, chirpVisibility, moire, pointPeaks } from "./patterns.ts";
import {
  applyOperator,
  extremes,
  inner,
  mean,
  type Pair,
  type Plane,
  type PlaneOperator,
  wholeStride,
} from "./plane.ts";
import { residual } from "./residual.ts";
import {
  type AxisResponse,
  type DescribingSample,
  describingFunction,
  frequencyResponse,
  type ResponseSample,
  stepOvershoot,
} from "./response.ts";
import {
  FRACTIONAL_SHIFTS,
  inputPolyphaseSpread,
  integerShifts,
  invarianceUpToIndex,
  shiftEquivarianceError,
} from "./shift.ts";
import { type RingCorrelation, ringCorrelation, spectrumDistance } from "./spectral-comparison.ts";
import { upsample } from "./spectrum.ts";
import { fillMargin, removeOffset, type Trial, type TrialOptions, trial, withoutMargin } from "./trial.ts";

export interface MeasureOptions extends TrialOptions {
  /** R of PSNR and SSIM; default max(x) - min(x). */
  readonly dataRange?: number;
  /** Measure noise by simulation where it has no closed form (non-linear operators). Default: not measured. */
  readonly noise?: NoiseOptions | boolean;
  /** Test patterns and frequency response, which do not depend on the plane. Default true. */
  readonly patterns?: boolean;
  /** Carried into the report unchanged: what the operator was configured with. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly padding?: string;
  /** Whether the input was normalised before. */
  readonly normalised?: boolean;
  /** Voxel sizes of the plane's rows and columns. */
  readonly zooms?: Pair;
  /** Affine of the volume the plane comes from, with the voxel axes its rows and columns are. */
  readonly affine?: Affine;
  readonly axes?: Pair;
}

/** Response along one axis as plain numbers: |H| of a linear operator, the describing function of any other. */
export interface ReportedResponse {
  readonly kind: "linear" | "describing";
  readonly samples: readonly (ResponseSample | DescribingSample)[];
  readonly belowNyquist: number | null;
}

/** Everything measured for one operator on one plane. Plain JSON: no infinities, no typed arrays. */
export interface Report {
  readonly metricsVersion: string;
  readonly operator: string;
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly linear: boolean;
  readonly padding: string | null;
  readonly stride: Pair;
  readonly axes: Pair | null;
  readonly centreOffset: Pair;
  readonly inputShape: Pair;
  /** Input shape after cutting it to whole output samples. */
  readonly measuredShape: Pair;
  readonly outputShape: Pair;
  readonly zooms: Pair | null;
  readonly newZooms: Pair | null;
  readonly affine: Affine | null;
  readonly newAffine: Affine | null;
  readonly dataRange: number;
  readonly normalised: boolean | null;
  readonly boundary: string;
  /** Seed of the noise, `null` where none was drawn. */
  readonly seed: number | null;
  readonly flat: boolean;
  readonly cropped: boolean;
  readonly values: Readonly<Record<MetricKey, number | null>>;
  /** Why a value is `null`. */
  readonly reasons: Readonly<Partial<Record<MetricKey, string>>>;
  readonly rings: RingCorrelation;
  readonly response: readonly ReportedResponse[] | null;
}

const NON_LINEAR = "defined for linear operators only";
const STRIDE = "needs whole-number strides, above 1 where the metric is about folding";
const FLAT = "the image has no contrast";

/** Collects values; whatever is missing or infinite becomes null with a reason. */
class Values {
  readonly values = Object.fromEntries(metrics.map(({ key }) => [key, null])) as Record<
    MetricKey,
    number | null
  >;
  readonly reasons: Partial<Record<MetricKey, string>> = {};

  set(key: MetricKey, value: number | null | undefined, reason: string): void {
    if (value !== null && value !== undefined && Number.isFinite(value)) this.values[key] = value;
    else this.reasons[key] = reason;
  }
}

/**
 * Measures one operator on one plane: every metric that applies, and the reason for each that does not.
 *
 * @example
 * const report = measure(plainStride([2, 2]), zonePlate(256));
 * report.values.asr; // 2.132
 * report.reasons.minus3dB; // "the gain never falls that far"
 */
export function measure(operator: PlaneOperator, plane: Plane, options: MeasureOptions = {}): Report {
  requireFinite(plane);
  const t = trial(operator, plane, options);
  const { min, max } = extremes(t.input);
  const dataRange = options.dataRange ?? max - min;
  const collected = new Values();
  collected.set("ober", outOfBandEnergyRatio([t.input], operator.spacing), FLAT);
  collected.set("polyphaseSpread", inputPolyphaseSpread(t), STRIDE);
  const rings = compareWithReference(t, collected);
  measureFidelity(t, dataRange, collected);
  measureShifts(t, collected);
  const seed = measureNoiseOf(t, options.noise ?? false, collected);
  const response =
    options.patterns === false ? skipPatterns(collected) : measurePatterns(operator, collected);
  const { zooms = null, affine = null, axes = null } = options;
  const { spacing, offset } = operator;
  return {
    metricsVersion: METRICS_VERSION,
    operator: operator.name,
    parameters: options.parameters ?? null,
    linear: operator.linear,
    padding: options.padding ?? null,
    stride: spacing,
    axes,
    centreOffset: offset,
    inputShape: plane.shape,
    measuredShape: t.input.shape,
    outputShape: t.output.shape,
    zooms,
    newZooms: zooms && [zooms[0] * spacing[0], zooms[1] * spacing[1]],
    affine,
    newAffine: affine && axes && downsampledAffine(affine, axes, spacing, offset),
    dataRange,
    normalised: options.normalised ?? null,
    boundary: t.margin[0] === 0 ? "circular" : `margin:${t.margin[0]}`,
    seed,
    flat: t.flat,
    cropped: t.cropped,
    values: collected.values,
    reasons: collected.reasons,
    rings,
    response,
  };
}

function requireFinite({ data, shape }: Plane): void {
  const at = data.findIndex((value: number) => !Number.isFinite(value));
  if (at < 0) return;
  const where = `(${Math.floor(at / shape[1])}, ${at % shape[1]})`;
  throw new HalfbandError(
    "INVALID_OPTION",
    `The plane holds ${data[at]} at ${where}; metrics need finite values.`,
    {
      op: "measure",
      option: "plane",
      got: data[at],
      expected: "finite values",
    },
  );
}

function compareWithReference(t: Trial, out: Values): RingCorrelation {
  const y = withoutMargin(t.centred, t);
  const reference = withoutMargin(t.reference, t);
  const range = extremes(t.output);
  out.set("outMean", mean(t.output), "");
  out.set("outMin", range.min, "");
  out.set("outMax", range.max, "");
  const alias = aliasToSignal(t);
  const noAlias = t.operator.linear ? "no alias energy" : NON_LINEAR;
  out.set("asr", alias?.asr, t.operator.linear ? "nothing of the signal passes" : NON_LINEAR);
  out.set("asrDb", alias?.decibel, noAlias);
  out.set("aef", alias?.aef, NON_LINEAR);
  const { raw, gainMatched, gain } = residual(y, reference);
  out.set("ksrRaw", raw, FLAT);
  out.set("ksrGainMatched", gainMatched, FLAT);
  out.set("gain", gain, FLAT);
  const rings = ringCorrelation(y, reference);
  out.set("incoherentEnergy", rings.incoherentEnergy, FLAT);
  const lowpassedOutput = fillMargin(applyOperator(t.operator, t.lowpassed), t.reference, t.margin[0]);
  const ofLowpassed = removeOffset(lowpassedOutput, t.operator);
  out.set(
    "incoherentEnergyFloor",
    ringCorrelation(withoutMargin(ofLowpassed, t), reference).incoherentEnergy,
    FLAT,
  );
  const { am, amn } = spectrumDistance(y, reference);
  out.set("am", am, FLAT);
  out.set("amn", amn, FLAT);
  out.set("edgeRetention", edgeRetention(y, reference, t.operator.spacing), FLAT);
  const folds = t.flat ? null : foldClasses(t);
  const reason = t.flat ? FLAT : t.operator.linear ? STRIDE : NON_LINEAR;
  out.set("foldNoPass", folds?.nopass, reason);
  out.set("foldNonAliased", folds?.nonaliased, reason);
  out.set("foldAliased", folds?.aliased, reason);
  out.set("foldTangled", folds?.tangled, reason);
  return rings;
}

function measureFidelity(t: Trial, range: number, out: Values): void {
  const { spacing } = t.operator;
  const margin: Pair = [Math.ceil(t.margin[0] * spacing[0]), Math.ceil(t.margin[1] * spacing[1])];
  const upsampled = inner(upsample(t.centred, t.input.shape), margin);
  const x = inner(t.input, margin);
  out.set("psnr", range > 0 ? psnr(upsampled, x, range) : null, range > 0 ? "identical" : FLAT);
  out.set(
    "psnrBand",
    range > 0 ? psnr(upsampled, inner(t.lowpassed, margin), range) : null,
    range > 0 ? "identical" : FLAT,
  );
  out.set("nrmse", t.flat ? null : nrmse(upsampled, x), FLAT);
  out.set("ssim", ssim(upsampled, x, range), range > 0 ? "needs a plane of 11 x 11 or more" : FLAT);
  const kept = preservation(withoutMargin(t.output, t), x, range);
  out.set("meanPreservation", kept?.mean, FLAT);
  out.set("p1Preservation", kept?.p1, FLAT);
  out.set("p99Preservation", kept?.p99, FLAT);
}

function measureShifts(t: Trial, out: Values): void {
  const shifts = integerShifts(t.operator.spacing);
  const none = "no whole shift is smaller than a stride of 1";
  out.set("seeInteger", shiftEquivarianceError(t, shifts), none);
  out.set("seeFractional", shiftEquivarianceError(t, FRACTIONAL_SHIFTS), none);
  out.set(
    "invariance",
    invarianceUpToIndex(t, shifts),
    t.margin[0] > 0 ? "needs an operator with circular borders" : none,
  );
}

/** Returns the seed where noise was drawn. */
function measureNoiseOf(t: Trial, noise: NoiseOptions | boolean, out: Values): number | null {
  const options = noise === true ? {} : noise;
  const closed = noiseOfLinear(t.operator, t.input.shape);
  const figures = closed ?? (options ? measureNoise(t.operator, options) : null);
  const reason = "not measured: no closed form, and simulation was not asked for";
  out.set("noiseGain", figures?.gain, reason);
  out.set("noiseSd", figures?.sd, reason);
  out.set("noiseBias", figures?.bias, reason);
  out.set("noiseCorrelation", figures && largest(figures.correlation), reason);
  return closed || !options ? null : (options.seed ?? 1);
}

/** The value of largest magnitude among those that exist. */
function largest(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((v) => v !== null && v !== undefined);
  return known.length === 0 ? null : known.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
}

/** Metrics of test patterns and of the frequency response, which say nothing of the plane. */
export const patternMetrics: readonly MetricKey[] = [
  "droop",
  "minus3dB",
  "minus6dB",
  "stopBand",
  "flatAliasRatio",
  "groupDelay",
  "stepOvershoot",
  "aliasVisibility",
  "chirpVisibility",
  "moire",
  "gratingDiagonal",
  "checkerboard",
  "pointPeakMin",
  "pointPeakMax",
];

function skipPatterns(out: Values): null {
  for (const key of patternMetrics) out.set(key, null, "not measured: patterns were switched off");
  return null;
}

/** The worse of the two axes, where they differ. */
function measurePatterns(operator: PlaneOperator, out: Values): ReportedResponse[] | null {
  const stride = wholeStride(operator);
  const axes = ([0, 1] as const).filter((a) => operator.spacing[a] !== 1);
  const along = axes.length > 0 ? axes : ([0, 1] as const);
  const linear = along.map((a) => frequencyResponse(operator, a)).filter((r) => r !== null);
  setResponse(linear, operator.linear ? STRIDE : NON_LINEAR, out);
  out.set("stepOvershoot", stride && largest(along.map((a) => stepOvershoot(operator, a, stride))), STRIDE);
  out.set("aliasVisibility", aliasVisibility(operator), STRIDE);
  out.set("chirpVisibility", largest(along.map((a) => chirpVisibility(operator, a))), STRIDE);
  out.set("moire", largest(along.map((a) => moire(operator, a === 0 ? [1, 0] : [0, 1]))), STRIDE);
  out.set("gratingDiagonal", moire(operator, [1, 1]), STRIDE);
  out.set("checkerboard", checkerboardLeak(operator), STRIDE);
  const peaks = pointPeaks(operator);
  out.set("pointPeakMin", peaks?.min, STRIDE);
  out.set("pointPeakMax", peaks?.max, STRIDE);
  if (!stride) return null;
  return operator.linear
    ? linear.map(({ samples, belowNyquist }) => ({ kind: "linear", samples, belowNyquist }))
    : along.map((a) => ({
        kind: "describing",
        samples: describingFunction(operator, a) ?? [],
        belowNyquist: null,
      }));
}

function setResponse(axes: readonly AxisResponse[], reason: string, out: Values): void {
  const never = axes.length > 0 ? "the gain never falls that far" : reason;
  const lowest = (values: (number | null)[]): number | null => {
    const known = values.filter((v) => v !== null);
    return known.length === 0 ? null : Math.min(...known);
  };
  out.set(
    "droop",
    lowest(axes.map((r) => r.droop)),
    axes.length > 0 ? "nothing passes at that frequency" : reason,
  );
  out.set("minus3dB", lowest(axes.map((r) => r.minus3dB)), never);
  out.set("minus6dB", lowest(axes.map((r) => r.minus6dB)), never);
  out.set(
    "stopBand",
    largest(axes.map((r) => r.stopBand)),
    axes.length > 0 ? "nothing lies above the new Nyquist" : reason,
  );
  out.set("flatAliasRatio", largest(axes.map((r) => r.flatAliasRatio)), reason);
  out.set("groupDelay", largest(axes.map((r) => r.groupDelay)), reason);
}
