import { type Implementation, planeCount, type Rival, spatialOf, type Task } from "../rivals/src/rival.ts";
import { blurPool3, conv3, FftCrop, pool, pool2 } from "./plain.ts";

type Loop = (x: Float32Array, y: Float32Array) => void;

/** What a programmer writes without a library, for planes. */
export const plainLoops: Rival = {
  async prepare(task) {
    if (task.shape.length !== 4) return [];
    const y = new Float32Array(task.outShape.reduce((a, b) => a * b, 1));
    return loopsOf(task).map(
      ([impl, loop, note]): Implementation => ({
        impl,
        copies: "resident",
        note,
        run: () => loop(task.x, y),
        output: () => y,
      }),
    );
  },
};

function loopsOf(task: Task): [impl: string, loop: Loop, note: string][] {
  const [rows, columns] = spatialOf(task.shape);
  const sizes = [planeCount(task.shape), rows, columns] as const;
  switch (task.op) {
    case "maxPool":
    case "avgPool": {
      const kind = task.op === "maxPool" ? "max" : "avg";
      if (task.kernelSize !== 2 || task.stride !== 2 || task.padding !== 0) return [];
      return [
        ["plain loops", (x, y) => pool(x, y, sizes, kind, 2, 2), "JavaScript, any window"],
        ["plain loops, unrolled", (x, y) => pool2(x, y, sizes, kind), "JavaScript, written for 2 x 2"],
      ];
    }
    case "blurPool":
      return task.kernelSize === 3
        ? [["plain loops", (x, y) => blurPool3(x, y, ...sizes), "JavaScript"]]
        : [];
    case "conv": {
      const { weight, stride, kernelSize } = task;
      const [images, channels] = task.shape;
      if (images !== 1 || kernelSize !== 3) return [];
      const loop: Loop = (x, y) => conv3(x, weight, y, [channels, rows, columns], task.outShape[1], stride);
      return [["plain loops", loop, "JavaScript"]];
    }
    case "flcPool": {
      if (![rows, columns].every((n) => (n & (n - 1)) === 0)) return [];
      const crop = new FftCrop(rows, columns);
      const [size, outSize] = [rows * columns, (rows * columns) / 4];
      const loop: Loop = (x, y) => {
        for (let p = 0; p < sizes[0]; p++) crop.run(x, p * size, y, p * outSize);
      };
      return [["fft.js", loop, "1-D transforms in double precision, pruned driver, all JavaScript"]];
    }
    default:
      return [];
  }
}
