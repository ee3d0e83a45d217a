import { importLibrary } from "./library.ts";
import { planeCount, type Rival, spatialOf } from "./rival.ts";

interface Image {
  readonly data: Float32Array;
}
interface ItkDownsample {
  downsampleBinShrinkNode(
    image: Image,
    options: { shrinkFactors: number[] },
  ): Promise<{ downsampled: Image }>;
}

/** Bin shrink is avgPool(2) of one image; it also keeps the image's place in space. */
export async function itk(): Promise<Rival> {
  const { downsampleBinShrinkNode } = await importLibrary<ItkDownsample>(
    "@itk-wasm/downsample/dist/index-node.js",
  );
  return {
    async prepare(task) {
      if (task.op !== "avgPool" || planeCount(task.shape) !== 1) return [];
      const size = spatialOf(task.shape).reverse();
      const rank = size.length;
      const image = {
        imageType: { dimension: rank, componentType: "float32", pixelType: "Scalar", components: 1 },
        name: "x",
        origin: new Array<number>(rank).fill(0),
        spacing: new Array<number>(rank).fill(1),
        direction: Float64Array.from({ length: rank * rank }, (_, i) => (i % (rank + 1) === 0 ? 1 : 0)),
        size,
        metadata: new Map<string, string>(),
        data: task.x,
      };
      let y: Image;
      return [
        {
          impl: "@itk-wasm/downsample",
          copies: "included",
          note: "bin shrink; a new Wasm instance on every call, as the package works",
          run: async () => {
            ({ downsampled: y } = await downsampleBinShrinkNode(image, { shrinkFactors: size.map(() => 2) }));
          },
          output: () => y.data,
        },
      ];
    },
  };
}
