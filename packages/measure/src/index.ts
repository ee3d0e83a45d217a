export { type Fft, fft } from "@halfband/ops";
export * from "./aliasing.ts";
export * from "./fidelity.ts";
export * from "./geometry.ts";
export { impulseResponse } from "./impulse.ts";
export * from "./metrics.ts";
export * from "./noise.ts";
export * from "./patterns.ts";
export {
  difference,
  energy,
  mean,
  type Pair,
  type Plane,
  type PlaneOperator,
  plainStride,
  planeOf,
  roll,
} from "./plane.ts";
export { seededGaussian } from "./random.ts";
export * from "./report.ts";
export * from "./residual.ts";
export * from "./response.ts";
export * from "./shift.ts";
export * from "./spectral-comparison.ts";
export {
  axisBand,
  inverseSpectrum,
  kspaceCrop,
  lowpass,
  phaseShift,
  power,
  type Spectrum,
  signedFrequency,
  spectrum,
  upsample,
} from "./spectrum.ts";
export { type Trial, type TrialOptions, trial } from "./trial.ts";
