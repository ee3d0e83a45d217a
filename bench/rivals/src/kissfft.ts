import { requireLibrary } from "./library.ts";
import { planeCount, type Rival, spatialOf } from "./rival.ts";
import { type CropSizes, cropSpectrum } from "./spectrum.ts";

interface HeapArray {
  asFloat32Array(): Float32Array;
  free(): void;
}
interface Transform {
  work(from: HeapArray, to: HeapArray): void;
  free(): void;
}
interface KissFft {
  readonly RealArray: new (length: number) => HeapArray;
  readonly ComplexArray: new (length: number) => HeapArray;
  readonly RealFFTNDConfig: new (dims: readonly number[]) => Transform;
  readonly InverseRealFFTNDConfig: new (dims: readonly number[]) => Transform;
  readonly wasmKissFFT: object | undefined;
}

/** A real transform of a whole plane or volume, crop in JavaScript, a real inverse transform; any even size. */
export async function kissfft(): Promise<Rival> {
  const library = await load();
  return {
    async prepare(task) {
      if (task.op !== "flcPool") return [];
      const sizes: CropSizes = { from: spatialOf(task.shape), to: spatialOf(task.outShape) };
      if (sizes.to.at(-1)! % 2 === 1) return [];
      const count = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);
      const forward = new library.RealFFTNDConfig(sizes.from);
      const inverse = new library.InverseRealFFTNDConfig(sizes.to);
      const [size, outSize] = [count(sizes.from), count(sizes.to)];
      // Half spectra need less, but the library insists on arrays of the full size.
      const arrays = {
        x: new library.RealArray(size),
        spectrum: new library.ComplexArray(size),
        cropped: new library.ComplexArray(outSize),
        y: new library.RealArray(outSize),
      };
      let out: Float32Array;
      return [
        {
          impl: "kissfft-wasm",
          copies: "included",
          note: "plans made before; the transforms are the library's, crop and copies JavaScript",
          run: () => {
            out = new Float32Array(planeCount(task.shape) * outSize);
            for (let p = 0; p < planeCount(task.shape); p++) {
              arrays.x.asFloat32Array().set(task.x.subarray(p * size, (p + 1) * size));
              forward.work(arrays.x, arrays.spectrum);
              // The inverse divides by the output's size; the crop wants the input's.
              cropSpectrum(
                arrays.spectrum.asFloat32Array(),
                arrays.cropped.asFloat32Array(),
                sizes,
                outSize / size,
              );
              inverse.work(arrays.cropped, arrays.y);
              out.set(arrays.y.asFloat32Array(), p * outSize);
            }
          },
          output: () => out,
          dispose: () => {
            for (const held of [forward, inverse, ...Object.values(arrays)]) held.free();
          },
        },
      ];
    },
  };
}

/** Its loader takes a path for an address wherever there is a `fetch`; without one it reads the file. */
async function load(): Promise<KissFft> {
  const { fetch } = globalThis;
  Reflect.deleteProperty(globalThis, "fetch");
  try {
    const library = requireLibrary<KissFft>("kissfft-wasm");
    while (library.wasmKissFFT === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    return library;
  } finally {
    globalThis.fetch = fetch;
  }
}
