import { type OnnxProto, onnxModel } from "./onnx-model.ts";
import type { Implementation, Rival, Task } from "./rival.ts";

interface OrtTensor {
  readonly data: Float32Array;
}
interface Session {
  run(
    feeds: Record<string, OrtTensor>,
    fetches?: Record<string, OrtTensor>,
  ): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}
export interface Ort {
  readonly env: { readonly wasm: { numThreads: number }; logLevel: string };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}

const FORM = {
  blurPool: "Pad and one depthwise Conv per axis",
  maxBlurPool: "MaxPool, Pad and one depthwise Conv per axis",
  convBlurPool: "Conv, Relu, Pad and one depthwise Conv per axis",
  flcPool: "as matrix products",
} as const;
const formOf = (op: string): string => (op in FORM ? `${FORM[op as keyof typeof FORM]}; ` : "");

const runOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: "all" };

export function onnxruntimeWeb(ort: Ort, proto: OnnxProto): Rival {
  ort.env.wasm.numThreads = 1;
  return {
    async prepare(task) {
      const session = await open(ort, proto, task, { ...runOptions, executionProviders: ["wasm"] });
      if (session === undefined) return [];
      const note = `${formOf(task.op)}session.run copies the input into Wasm memory and the output out`;
      return [fresh(ort, session, task, { impl: "onnxruntime-web", note })];
    },
  };
}

/** Native code. It reads and writes JavaScript arrays in place, so it is timed with and without a fresh output. */
export function onnxruntimeNode(ort: Ort, proto: OnnxProto): Rival {
  return {
    async prepare(task) {
      const session = await open(ort, proto, task, { ...runOptions, executionProviders: ["cpu"] });
      if (session === undefined) return [];
      const x = new ort.Tensor("float32", task.x, task.shape);
      const y = new ort.Tensor(
        "float32",
        new Float32Array(task.outShape.reduce((a, b) => a * b, 1)),
        task.outShape,
      );
      const inPlace: Implementation = {
        impl: "onnxruntime-node",
        copies: "resident",
        note: `${formOf(task.op)}native code with the processor's widest vectors; writes into a given output`,
        run: async () => void (await session.run({ x }, { y })),
        output: () => y.data,
      };
      const note = `${formOf(task.op)}native code with the processor's widest vectors; makes its output anew`;
      return [inPlace, fresh(ort, session, task, { impl: "onnxruntime-node", note })];
    },
  };
}

async function open(ort: Ort, proto: OnnxProto, task: Task, options: object): Promise<Session | undefined> {
  const model = onnxModel(proto, task);
  return model && ort.InferenceSession.create(model, options);
}

/** Array in, array out. The session is released with it. */
function fresh(
  ort: Ort,
  session: Session,
  { x, shape }: Task,
  name: { impl: string; note: string },
): Implementation {
  const feeds = { x: new ort.Tensor("float32", x, shape) };
  let y: OrtTensor;
  return {
    ...name,
    copies: "included",
    run: async () => {
      ({ y } = await session.run(feeds));
    },
    output: () => y.data,
    dispose: () => void session.release(),
  };
}
