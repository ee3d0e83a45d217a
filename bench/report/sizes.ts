import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";
import { rivalFile } from "../rivals/src/library.ts";

export interface Size {
  readonly impl: string;
  readonly bytes: number;
  readonly brotliBytes: number;
}

const wasm = new URL("../../../packages/wasm/build/", import.meta.url);

/** What a user downloads for one variant: the WebAssembly itself, or the script that carries it. */
const FILES: Readonly<Record<string, URL>> = {
  "halfband, baseline (.wasm)": new URL("core.simd.wasm", wasm),
  "halfband, relaxed (.wasm)": new URL("core.relaxed.wasm", wasm),
  "tfjs-backend-wasm, SIMD (.wasm)": rivalFile(
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
  ),
  "onnxruntime-web (.wasm)": rivalFile("onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"),
  "OpenCV.js (script with its .wasm)": rivalFile("@techstark/opencv-js/dist/opencv.js"),
  "@itk-wasm/downsample, bin shrink (.wasm.zst)": rivalFile(
    "@itk-wasm/downsample/dist/pipelines/downsample-bin-shrink.wasm.zst",
  ),
  "pffft-wasm, SIMD (.wasm)": rivalFile("@echogarden/pffft-wasm/dist/simd/pffft.wasm"),
  "kissfft-wasm (.wasm)": rivalFile("kissfft-wasm/lib/kissfft.wasm"),
};

export function sizes(): Promise<Size[]> {
  return Promise.all(
    Object.entries(FILES)
      .filter(([, file]) => existsSync(file))
      .map(async ([impl, file]) => {
        const content = readFileSync(file);
        const compressed = await promisify(brotliCompress)(content);
        return { impl, bytes: content.length, brotliBytes: compressed.length };
      }),
  );
}
