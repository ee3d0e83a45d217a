/** Everything the page takes from halfband, in one place: the library, and the parts its figures are made of. */
export {
  type AnyOperator,
  type AxisName,
  type Backend,
  extractSlice,
  findMethod,
  type Grid,
  isHalfbandError,
  type Method,
  type MetricKey,
  measure,
  methods,
  metrics,
  operators,
  type Param,
  type Plane,
  type PlaneOperator,
  planeOperator,
  readNifti,
  type Schema,
  type Tensor,
  toRgba,
  type Volume,
  writeNifti,
} from "@halfband/browser";
export {
  type ColorMap,
  logSpectrum,
  type MethodCall,
  type Orientation,
  orient,
  orientationOf,
  spectrumPeak,
  type Window,
} from "@halfband/compare";
export {
  aliasToSignal,
  difference,
  edgeRetention,
  frequencyResponse,
  kspaceCrop,
  type Pair,
  patternMetrics,
  percentile,
  phaseShift,
  planeOf,
  preservation,
  residual,
  trial,
} from "@halfband/measure";

import { type Backend, createBackend as createBrowserBackend } from "@halfband/browser";

export type DeviceName = "wasm" | "webgpu";

/** Fetches the code for WebGPU before it is asked for. */
export const preloadWebGpu = (): Promise<unknown> => import("@halfband/webgpu");

/** The page computes in its own worker, so WebAssembly runs in the thread that asks for it. */
export const createBackend = (device: DeviceName): Promise<Backend> =>
  createBrowserBackend({ device, worker: false });
