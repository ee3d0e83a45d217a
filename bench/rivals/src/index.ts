import { fileURLToPath } from "node:url";
import { itk } from "./itk.ts";
import { kissfft } from "./kissfft.ts";
import { importLibrary, installRivals, requireLibrary, rivalFile } from "./library.ts";
import type { OnnxProto } from "./onnx-model.ts";
import { type Ort, onnxruntimeNode, onnxruntimeWeb } from "./onnxruntime.ts";
import { opencv } from "./opencv.ts";
import { pffft } from "./pffft.ts";
import type { Rival } from "./rival.ts";
import { type TfCore, type TfWasm, tfjs } from "./tfjs.ts";

const onnxProto = () => requireLibrary<OnnxProto>("onnx-proto");

/** What runs in Node, each on one thread. */
export const loaders = {
  "onnxruntime-web": async () =>
    onnxruntimeWeb(await importLibrary<Ort>("onnxruntime-web/dist/ort.node.min.mjs"), onnxProto()),
  "onnxruntime-node": async () => onnxruntimeNode(requireLibrary<Ort>("onnxruntime-node"), onnxProto()),
  tfjs: () =>
    tfjs(
      requireLibrary<TfCore>("@tensorflow/tfjs-core"),
      requireLibrary<TfWasm>("@tensorflow/tfjs-backend-wasm"),
      fileURLToPath(rivalFile("@tensorflow/tfjs-backend-wasm/dist/")),
    ),
  opencv,
  itk,
  pffft,
  kissfft,
} satisfies Record<string, () => Promise<Rival>>;

/** Installs and loads every rival. */
export async function loadRivals(): Promise<Rival[]> {
  installRivals();
  const rivals: Rival[] = [];
  for (const load of Object.values(loaders)) rivals.push(await load());
  return rivals;
}
