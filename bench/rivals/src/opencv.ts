import { requireLibrary } from "./library.ts";
import { planeCount, type Rival, spatialOf, type Task } from "./rival.ts";

interface Mat {
  readonly data32F: Float32Array;
  delete(): void;
}
interface OpenCv {
  readonly CV_32F: number;
  readonly BORDER_REFLECT_101: number;
  readonly INTER_AREA: number;
  readonly Mat: new (rows: number, columns: number, type: number) => Mat;
  readonly Size: new (width: number, height: number) => object;
  pyrDown(from: Mat, to: Mat, size: object, border: number): void;
  resize(from: Mat, to: Mat, size: object, fx: number, fy: number, interpolation: number): void;
}

/** `pyrDown` is blurPool(5) of one plane, and `resize` by area avgPool(2). */
export async function opencv(): Promise<Rival> {
  const cv = await requireLibrary<Promise<OpenCv>>("@techstark/opencv-js");
  return {
    async prepare(task) {
      const step = stepOf(cv, task);
      if (step === undefined) return [];
      const [rows, columns] = spatialOf(task.shape);
      const [outRows, outColumns] = spatialOf(task.outShape);
      const planes = Array.from({ length: planeCount(task.shape) }, (_, p) => {
        const from = new cv.Mat(rows, columns, cv.CV_32F);
        from.data32F.set(task.x.subarray(p * rows * columns, (p + 1) * rows * columns));
        return { from, to: new cv.Mat(outRows, outColumns, cv.CV_32F) };
      });
      let y: Float32Array;
      const readOut = () => {
        y = new Float32Array(planes.length * outRows * outColumns);
        planes.forEach(({ to }, p) => {
          y.set(to.data32F, p * outRows * outColumns);
        });
        return y;
      };
      const compute = () => {
        for (const { from, to } of planes) step(from, to);
      };
      const note =
        task.op === "blurPool" ? "pyrDown, plane by plane" : "resize by INTER_AREA, plane by plane";
      return [
        {
          impl: "OpenCV.js",
          copies: "resident",
          note,
          run: compute,
          output: readOut,
          dispose: () => {
            for (const { from, to } of planes) {
              from.delete();
              to.delete();
            }
          },
        },
        {
          impl: "OpenCV.js",
          copies: "included",
          note,
          run: () => {
            planes.forEach(({ from }, p) => {
              from.data32F.set(task.x.subarray(p * rows * columns, (p + 1) * rows * columns));
            });
            compute();
            readOut();
          },
          output: () => y,
        },
      ];
    },
  };
}

function stepOf(cv: OpenCv, task: Task): ((from: Mat, to: Mat) => void) | undefined {
  const [rows, columns] = spatialOf(task.outShape);
  const size = new cv.Size(columns, rows);
  if (task.shape.length !== 4) return undefined;
  if (task.op === "blurPool" && task.kernelSize === 5) {
    return (from, to) => cv.pyrDown(from, to, size, cv.BORDER_REFLECT_101);
  }
  if (task.op === "avgPool" && task.kernelSize === 2) {
    return (from, to) => cv.resize(from, to, size, 0, 0, cv.INTER_AREA);
  }
  return undefined;
}
