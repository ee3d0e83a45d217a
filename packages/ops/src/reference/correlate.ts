import { type PaddingMode, paddedIndex, type WindowAxis } from "../window.ts";
import { forEachIndex, stridesOf } from "./loops.ts";

/**
 * Visits every pair of output voxel and padded window voxel of one plane: `visit(output, tap, source)`, flat
 * indices of output, kernel element and input voxel; voxels that are zero by padding are left out.
 */
export function forEachTap(
  axes: readonly WindowAxis[],
  mode: PaddingMode,
  visit: (output: number, tap: number, source: number) => void,
): void {
  const strides = stridesOf(axes.map(({ size }) => size));
  // sources[a][m][q]: input index on axis a for output m and tap q, -1 for a zero.
  const sources = axes.map(({ out, kernel, stride, dilation, padBefore, size }) =>
    Array.from({ length: out }, (_, m) =>
      Array.from({ length: kernel }, (_, q) =>
        paddedIndex(m * stride - padBefore + q * dilation, size, mode),
      ),
    ),
  );
  const kernel = axes.map((axis) => axis.kernel);
  forEachIndex(
    axes.map(({ out }) => out),
    (m, output) => {
      forEachIndex(kernel, (q, tap) => {
        let source = 0;
        for (let a = 0; a < axes.length; a++) {
          const i = sources[a][m[a]][q[a]];
          if (i < 0) return;
          source += i * strides[a];
        }
        visit(output, tap, source);
      });
    },
  );
}
