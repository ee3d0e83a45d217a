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
  type Metric,
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
  applyMethod,
  bestOf,
  type ColorMap,
  curveColours,
  logSpectrum,
  type MethodCall,
  marksOf,
  type Orientation,
  orient,
  orientationOf,
  REFERENCE,
  ROUNDING_DB,
  type Samples,
  spectrumPeak,
  unitOf,
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

import { type Backend, type BackendOptions, createBackend as createBrowserBackend } from "@halfband/browser";
import { loadModule } from "@halfband/wasm/url";
import type { DeviceName } from "./devices.ts";

/** Fetches the code for WebGPU before it is asked for. */
export const preloadWebGpu = (): Promise<unknown> => import("@halfband/webgpu");

/** A thread for every processor. More than eight gain little, since memory limits the kernels then. */
const threads = Math.min(Math.max(navigator.hardwareConcurrency, 2), 8);

/** Numbers of threads, so that a page that cannot have them is told why and computes with nothing else. */
const OPTIONS: Readonly<Record<DeviceName, BackendOptions>> = {
  wasm: { device: "wasm", threads: 1 },
  threads: { device: "wasm", threads },
  webgpu: { device: "webgpu" },
};

/** The page computes in its own worker, so WebAssembly runs in the thread that asks for it, and in threads of that. */
export const createBackend = (device: DeviceName): Promise<Backend> =>
  createBrowserBackend({ ...OPTIONS[device], worker: false, load: loadModule });
