import { channelsLast, fromChannelsLast, toChannelsLast } from "./layout.ts";
import { binomial, blurPadding, type Implementation, type Rival, type Task } from "./rival.ts";

interface TfTensor {
  dataSync(): Float32Array;
  dispose(): void;
}
export interface TfCore {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  tidy<T>(body: () => T): T;
  relu(x: TfTensor): TfTensor;
  maxPool(x: TfTensor, size: number, stride: number, pad: number): TfTensor;
  avgPool(x: TfTensor, size: number, stride: number, pad: number): TfTensor;
  maxPool3d(x: TfTensor, size: number, stride: number, pad: number): TfTensor;
  avgPool3d(x: TfTensor, size: number, stride: number, pad: number): TfTensor;
  conv2d(x: TfTensor, weight: TfTensor, stride: number, pad: number): TfTensor;
  depthwiseConv2d(x: TfTensor, weight: TfTensor, stride: number, pad: number | "valid"): TfTensor;
  mirrorPad(x: TfTensor, pads: readonly (readonly number[])[], mode: "reflect"): TfTensor;
}
export interface TfWasm {
  setWasmPaths(prefix: string): void;
  setThreadsCount(count: number): void;
}

const BLUR = "mirrorPad and a generic depthwise convolution; ";

/** XNNPACK in baseline Wasm SIMD. It works on [N, ...spatial, C], and is given its data in that order. */
export async function tfjs(tf: TfCore, wasm: TfWasm, wasmFolder: string): Promise<Rival> {
  wasm.setWasmPaths(wasmFolder);
  wasm.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  return {
    async prepare(task) {
      const constants: TfTensor[] = [];
      const compute = computation(tf, task, constants);
      if (compute === undefined) return [];
      const shape = channelsLast(task.shape);
      const data = toChannelsLast(task.x, task.shape);
      const x = tf.tensor(data, shape);
      const form = task.op.toLowerCase().includes("blur") ? BLUR : "";
      const defect =
        task.op === "maxPool" && task.shape.length === 5
          ? "its three-dimensional max pooling is wrong on windows without a positive value"
          : undefined;
      let y: Float32Array;
      const resident: Implementation = {
        impl: "tfjs-backend-wasm",
        copies: "resident",
        note: `${form}its own layout [N, ...spatial, C]`,
        defect,
        run: () => tf.tidy(() => compute(x)).dispose(),
        output: () => fromChannelsLast(tf.tidy(() => compute(x)).dataSync(), task.outShape),
        dispose: () => {
          for (const tensor of [x, ...constants]) tensor.dispose();
        },
      };
      const included: Implementation = {
        impl: "tfjs-backend-wasm",
        copies: "included",
        note: `${form}its own layout [N, ...spatial, C]; tensor made and read on every run`,
        defect,
        run: () => {
          // Nothing is returned: tidy would search a returned array for tensors, number by number.
          tf.tidy(() => {
            y = compute(tf.tensor(data, shape)).dataSync();
          });
        },
        output: () => fromChannelsLast(y, task.outShape),
      };
      return [resident, included];
    },
  };
}

function computation(tf: TfCore, task: Task, constants: TfTensor[]): ((x: TfTensor) => TfTensor) | undefined {
  const keep = (data: Float32Array, shape: number[]) => {
    const tensor = tf.tensor(data, shape);
    constants.push(tensor);
    return tensor;
  };
  const channels = task.shape[1];
  const flat = task.shape.length === 4;
  const blur = (size: number, depth: number) => {
    const weight = keep(blurWeight(size, depth), [size, size, depth, 1]);
    const pads = [[0, 0], blurPadding(size), blurPadding(size), [0, 0]];
    return (x: TfTensor) => tf.depthwiseConv2d(tf.mirrorPad(x, pads, "reflect"), weight, 2, "valid");
  };
  const convolution = (weight: Float32Array, stride: number, size = 3) => {
    const outputs = task.outShape[1];
    const filters = keep(filtersLast(weight, channels, outputs, size ** 2), [size, size, channels, outputs]);
    return (x: TfTensor) => tf.conv2d(x, filters, stride, size >> 1);
  };
  const depthwise = (weight: Float32Array, stride: number, size: number) => {
    const filters = keep(filtersLast(weight, 1, channels, size ** 2), [size, size, channels, 1]);
    return (x: TfTensor) => tf.depthwiseConv2d(x, filters, stride, size >> 1);
  };
  switch (task.op) {
    case "maxPool":
    case "avgPool": {
      const pool = tf[flat ? task.op : (`${task.op}3d` as const)];
      return (x) => pool(x, task.kernelSize, task.stride, task.padding);
    }
    case "blurPool":
      return flat ? blur(task.kernelSize, channels) : undefined;
    case "maxBlurPool": {
      if (!flat) return undefined;
      const blurred = blur(task.kernelSize, channels);
      return (x) => blurred(tf.maxPool(x, task.maxSize, 1, 0));
    }
    // Its three-dimensional convolution is a scalar loop: seconds per run.
    case "conv":
      return flat ? convolution(task.weight, task.stride, task.kernelSize) : undefined;
    case "depthwiseConv":
      return flat ? depthwise(task.weight, task.stride, task.kernelSize) : undefined;
    case "convBlurPool": {
      if (!flat) return undefined;
      const [map, blurred] = [convolution(task.weight, 1), blur(task.kernelSize, task.outShape[1])];
      return (x) => blurred(tf.relu(map(x)));
    }
    case "flcPool":
      return undefined;
  }
}

/** [out, in, ...taps] to [...taps, in, out]. */
function filtersLast(weight: Float32Array, inputs: number, outputs: number, taps: number): Float32Array {
  return Float32Array.from(weight, (_, i) => {
    const [o, rest] = [i % outputs, Math.floor(i / outputs)];
    return weight[(o * inputs + (rest % inputs)) * taps + Math.floor(rest / inputs)];
  });
}

function blurWeight(size: number, channels: number): Float32Array {
  const taps = binomial(size);
  return Float32Array.from({ length: size * size * channels }, (_, i) => {
    const at = Math.floor(i / channels);
    return taps[Math.floor(at / size)] * taps[at % size];
  });
}
