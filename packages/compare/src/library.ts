// What the Node and the browser package both pass on, beside files and `createBackend`: the entry
// `@halfband/compare/library`.

export {
  METRICS_VERSION,
  type MeasureOptions,
  type Metric,
  type MetricKey,
  measure,
  metrics,
  type Plane,
  type PlaneOperator,
  type Report,
} from "@halfband/measure";
export {
  type Affine,
  axisCodes,
  type DataType,
  describeVolume,
  type Extension,
  type NiftiBytes,
  type NiftiHeader,
  type NiftiSource,
  resampleAffine,
  Volume,
  type WriteOptions,
  writeNifti,
} from "@halfband/nifti";
export * from "@halfband/ops";
export {
  type AxisName,
  type CompareOptions,
  type Comparison,
  compare,
  defaultMethods,
  explain,
  extractSlice,
  findMethod,
  type Method,
  methods,
  type Panel,
  type Pixels,
  planeOperator,
  type Slice,
  type SliceOptions,
  toJson,
  toRgba,
} from "./index.ts";
