import { channelsLast, fromChannelsLast, reversed, toChannelsLast } from "./layout.ts";
import {
  checkerboard,
  flcMatrix,
  flcWave,
  type Implementation,
  planeCount,
  type Rival,
  spatialOf,
  type Task,
} from "./rival.ts";
import { type Flatbuffers, TfliteModel } from "./tflite-model.ts";

interface Tensor {
  toTypedArray(): Float32Array;
  delete(): void;
}
interface CompiledModel {
  run(input: Tensor): Promise<Tensor[]>;
  delete(): void;
}
/** The module `@litertjs/core`; it holds one build, so each build needs an instance of the module. */
export interface LiteRt {
  readonly Tensor: new (data: Float32Array, shape: readonly number[]) => Tensor;
  loadLiteRt(script: string): Promise<object>;
  loadAndCompile(
    model: Uint8Array,
    options: { accelerator: "wasm"; cpuOptions: { numThreads: number } },
  ): Promise<CompiledModel>;
}

const SCRIPTS = { baseline: "litert_wasm_compat_internal.js", relaxed: "litert_wasm_internal.js" } as const;

/** What a task becomes: a model, its input in the order it wants, and the way back from its output. */
interface Form {
  readonly model: TfliteModel;
  readonly shape: readonly number[];
  readonly x: Float32Array;
  restore(y: Float32Array): Float32Array;
  readonly note: string;
}

/** A recent XNNPACK, with relaxed SIMD or without; browsers only. `folder` is the address of its Wasm files. */
export async function litert(
  library: LiteRt,
  flatbuffers: Flatbuffers,
  folder: string,
  build: "baseline" | "relaxed",
): Promise<Rival> {
  await library.loadLiteRt(folder + SCRIPTS[build]);
  return {
    async prepare(task) {
      const form = formOf(task);
      return form ? prepare(library, flatbuffers, form, build) : [];
    },
  };
}

async function prepare(
  library: LiteRt,
  flatbuffers: Flatbuffers,
  form: Form,
  build: "baseline" | "relaxed",
): Promise<Implementation[]> {
  const compiled = await library.loadAndCompile(form.model.bytes(flatbuffers), {
    accelerator: "wasm",
    cpuOptions: { numThreads: 1 },
  });
  const impl = `LiteRT.js (${build})`;
  const x = new library.Tensor(form.x, form.shape);
  let y: Float32Array;
  return [
    {
      impl,
      copies: "resident",
      note: `${form.note}; makes its output anew`,
      run: async () => {
        for (const tensor of await compiled.run(x)) tensor.delete();
      },
      output: async () => {
        const [tensor] = await compiled.run(x);
        const values = form.restore(tensor.toTypedArray());
        tensor.delete();
        return values;
      },
      dispose: () => {
        x.delete();
        compiled.delete();
      },
    },
    {
      impl,
      copies: "included",
      note: `${form.note}; tensor made and read on every run`,
      run: async () => {
        const copied = new library.Tensor(form.x, form.shape);
        const [tensor] = await compiled.run(copied);
        y = tensor.toTypedArray();
        copied.delete();
        tensor.delete();
      },
      output: () => form.restore(y),
    },
  ];
}

function formOf(task: Task): Form | undefined {
  if (task.shape.length !== 4) return undefined;
  if (task.op === "conv") return convolution({ ...task, op: "conv" });
  return task.op === "flcPool" ? flc(task) : undefined;
}

const NO_ACTIVATION = ["byte", 0] as const;

/**
 * Its padding SAME puts the odd row after an even size, halfband's 1 and 1 uses the one before; turned about the centre,
 * data and weights give the same sums without a step for padding.
 */
function convolution(task: Task & { readonly op: "conv" }): Form {
  const { x, shape, outShape, weight, stride, kernelSize: size } = task;
  const [inputs, outputs] = [shape[1], outShape[1]];
  const turn = stride === 2 && size > 1;
  const model = new TfliteModel(channelsLast(shape));
  const weightShape = [outputs, inputs, size, size];
  const kernel = turn ? reversed(weight, weightShape) : weight;
  const filters = model.constant(channelsLast(weightShape), toChannelsLast(kernel, weightShape));
  const bias = model.constant([outputs], new Float32Array(outputs));
  const SAME = ["byte", 0] as const;
  model.node("conv2d", [model.x, filters, bias], channelsLast(outShape), [
    SAME,
    ["int", stride],
    ["int", stride],
    NO_ACTIVATION,
    ["int", 1],
    ["int", 1],
  ]);
  return {
    model,
    shape: channelsLast(shape),
    x: toChannelsLast(turn ? reversed(x, shape) : x, shape),
    restore: (y) => {
      const values = fromChannelsLast(y, outShape);
      return turn ? reversed(values, outShape) : values;
    },
    note: "its own layout [N, ...spatial, C]",
  };
}

/**
 * As matrix products, of even sizes: along the rows by FULLY_CONNECTED, along the columns by BATCH_MATMUL, which is as
 * fast as FULLY_CONNECTED between two transpositions.
 */
function flc({ x, shape, outShape }: Task): Form {
  const planes = planeCount(shape);
  const [H, W] = spatialOf(shape);
  const [M, K] = spatialOf(outShape);
  const model = new TfliteModel([planes, H, W]);
  const KEEP_RANK = ["byte", 1] as const;
  const product = (
    value: number,
    matrix: Float32Array,
    [outputs, inputs]: readonly number[],
    shape: number[],
  ) => {
    const [weight, bias] = [
      model.constant([outputs, inputs], matrix),
      model.constant([outputs], new Float32Array(outputs)),
    ];
    return model.node("fullyConnected", [value, weight, bias], shape, [
      NO_ACTIVATION,
      ["byte", 0],
      KEEP_RANK,
    ]);
  };
  const rows = product(model.x, flcMatrix(W), [K, W], [planes, H, K]);
  const left = model.constant([1, M, H], flcMatrix(H));
  const y = model.node("batchMatMul", [left, rows], [planes, M, K]);
  if (M % 2 === 0 && K % 2 === 0) {
    const flat = model.constant([2], Int32Array.of(planes, H * W));
    const lines = model.node("reshape", [model.x, flat], [planes, H * W]);
    const [down, along] = [flcWave(H), flcWave(W)];
    const wave = Float32Array.from({ length: H * W }, (_, i) => down[Math.floor(i / W)] * along[i % W]);
    const sums = product(lines, wave, [1, H * W], [planes, 1]);
    const size = model.constant([3], Int32Array.of(planes, 1, 1));
    const board = model.constant([1, M, K], checkerboard(M, K));
    const correction = model.node(
      "mul",
      [model.node("reshape", [sums, size], [planes, 1, 1]), board],
      [planes, M, K],
    );
    model.node("sub", [y, correction], [planes, M, K]);
  }
  return {
    model,
    shape: [planes, H, W],
    x,
    restore: (values) => values,
    note: "as matrix products by FULLY_CONNECTED and BATCH_MATMUL",
  };
}
