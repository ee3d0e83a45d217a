// The graphs that an exporter would write for a task, as bytes of an .onnx file.
import { binomial, blurPadding, checkerboard, flcMatrix, flcWave, spatialOf, type Task } from "./rival.ts";

/** The package `onnx-proto`. */
export interface OnnxProto {
  readonly onnx: {
    readonly ModelProto: {
      fromObject(model: object): object;
      encode(model: object): { finish(): Uint8Array };
    };
  };
}

const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE = { ints: 7, int: 2, string: 3 } as const;

/** Collects the nodes and constants of a chain of operators. */
class Graph {
  readonly nodes: object[] = [];
  readonly constants: object[] = [];
  private count = 0;

  node(
    opType: string,
    inputs: string[],
    attributes: Record<string, number | number[] | string> = {},
  ): string {
    const output = `v${this.count++}`;
    const attribute = Object.entries(attributes).map(([name, value]) =>
      Array.isArray(value)
        ? { name, type: ATTRIBUTE.ints, ints: value }
        : typeof value === "number"
          ? { name, type: ATTRIBUTE.int, i: value }
          : { name, type: ATTRIBUTE.string, s: new TextEncoder().encode(value) },
    );
    this.nodes.push({ opType, input: inputs, output: [output], attribute });
    return output;
  }

  constant(dims: readonly number[], data: Float32Array | BigInt64Array): string {
    const name = `c${this.count++}`;
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.constants.push({ name, dims, dataType: data instanceof Float32Array ? FLOAT : INT64, rawData });
    return name;
  }
}

const filled = (rank: number, value: number): number[] => new Array<number>(rank).fill(value);

/** Pad by reflection, then one depthwise convolution per axis: the fastest of the forms tried in this runtime. */
function blur(graph: Graph, x: string, channels: number, rank: number, size: number): string {
  const [low, high] = blurPadding(size);
  const pads = [0, 0, ...filled(rank, low), 0, 0, ...filled(rank, high)].map(BigInt);
  let value = graph.node("Pad", [x, graph.constant([pads.length], new BigInt64Array(pads))], {
    mode: "reflect",
  });
  const taps = binomial(size);
  const kernel = Float32Array.from({ length: channels * size }, (_, i) => taps[i % size]);
  for (let axis = 0; axis < rank; axis++) {
    const along = (n: number) => filled(rank, 1).map((one, a) => (a === axis ? n : one));
    const weight = graph.constant([channels, 1, ...along(size)], kernel);
    value = graph.node("Conv", [value, weight], {
      group: channels,
      kernel_shape: along(size),
      strides: along(2),
    });
  }
  return value;
}

function conv(
  graph: Graph,
  x: string,
  weight: Float32Array,
  rank: number,
  channels: [number, number],
  stride: number,
  { size = 3, group = 1 } = {},
) {
  const constant = graph.constant([channels[1], channels[0] / group, ...filled(rank, size)], weight);
  return graph.node("Conv", [x, constant], {
    kernel_shape: filled(rank, size),
    strides: filled(rank, stride),
    pads: filled(2 * rank, size >> 1),
    group,
  });
}

/** flcPool of a plane as matrix products: R x R'^T, less the checkerboard of the unpaired frequency. */
function flc(graph: Graph, x: string, [rows, columns]: number[]): string {
  const [left, right] = [flcMatrix(rows), transposed(flcMatrix(columns))];
  const [M, K] = [rows >> 1, columns >> 1];
  const half = graph.node("MatMul", [graph.constant([M, rows], left), x]);
  const product = graph.node("MatMul", [half, graph.constant([columns, K], right)]);
  if (M % 2 === 1 || K % 2 === 1) return product;
  const row = graph.node("MatMul", [graph.constant([1, rows], flcWave(rows)), x]);
  const scalar = graph.node("MatMul", [row, graph.constant([columns, 1], flcWave(columns))]);
  return graph.node("Sub", [
    product,
    graph.node("Mul", [scalar, graph.constant([1, 1, M, K], checkerboard(M, K))]),
  ]);
}

function transposed(matrix: Float32Array): Float32Array {
  const n = Math.round(Math.sqrt(2 * matrix.length));
  const m = n / 2;
  return matrix.map((_, i) => matrix[(i % m) * n + Math.floor(i / m)]);
}

function chain(graph: Graph, task: Task): string | undefined {
  const rank = task.shape.length - 2;
  const channels = task.shape[1];
  const pool = (type: string, size: number, stride: number, padding: number) =>
    graph.node(type, ["x"], {
      kernel_shape: filled(rank, size),
      strides: filled(rank, stride),
      pads: filled(2 * rank, padding),
    });
  switch (task.op) {
    case "maxPool":
      return pool("MaxPool", task.kernelSize, task.stride, task.padding);
    case "avgPool":
      return pool("AveragePool", task.kernelSize, task.stride, task.padding);
    case "blurPool":
      return blur(graph, "x", channels, rank, task.kernelSize);
    case "maxBlurPool":
      return blur(graph, pool("MaxPool", task.maxSize, 1, 0), channels, rank, task.kernelSize);
    case "conv":
    case "depthwiseConv":
      return conv(graph, "x", task.weight, rank, [channels, task.outShape[1]], task.stride, {
        size: task.kernelSize,
        group: task.op === "conv" ? 1 : channels,
      });
    case "convBlurPool": {
      const map = conv(graph, "x", task.weight, rank, [channels, task.outShape[1]], 1);
      return blur(graph, graph.node("Relu", [map]), task.outShape[1], rank, task.kernelSize);
    }
    case "flcPool":
      return rank === 2 ? flc(graph, "x", spatialOf(task.shape)) : undefined;
  }
}

/** The model of a task with input `x` and output `y`, or nothing where plain operators do not express it. */
export function onnxModel({ onnx }: OnnxProto, task: Task): Uint8Array | undefined {
  const graph = new Graph();
  const result = chain(graph, task);
  if (result === undefined) return undefined;
  const value = (name: string, dims: readonly number[]) => ({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });
  const { ModelProto } = onnx;
  const model = ModelProto.fromObject({
    irVersion: 8,
    opsetImport: [{ domain: "", version: 17 }],
    graph: {
      name: task.op,
      node: [...graph.nodes, { opType: "Identity", input: [result], output: ["y"] }],
      initializer: graph.constants,
      input: [value("x", task.shape)],
      output: [value("y", task.outShape)],
    },
  });
  return ModelProto.encode(model).finish();
}
