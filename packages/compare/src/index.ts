export { applyMethod, type PlaneOperatorOptions, planeOperator, type Samples } from "./apply.ts";
export {
  type Abortable,
  type CompareOptions,
  type Comparison,
  compare,
  type MethodDescription,
  type Panel,
  type ReferencePanel,
  type ResponseCurve,
  type Window,
} from "./compare.ts";
export { explain } from "./explain.ts";
export { toJson } from "./json.ts";
export {
  defaultMethods,
  type Family,
  findMethod,
  type Method,
  type MethodCall,
  methods,
} from "./methods.ts";
export { type Orientation, orient, orientationOf, type View } from "./orientation.ts";
export {
  type ColorMap,
  displaySize,
  type PixelOptions,
  type Pixels,
  resizeNearest,
  toRgba,
} from "./pixels.ts";
export {
  bestOf,
  countOf,
  curveColours,
  type Measured,
  marksOf,
  REFERENCE,
  ROUNDING_DB,
  unitOf,
} from "./reading.ts";
export type { VolumeFigures } from "./scene.ts";
export { type AxisName, extractSlice, type Slice, type SliceOptions } from "./slice.ts";
export { logSpectrum, spectrumPeak } from "./spectrum.ts";
