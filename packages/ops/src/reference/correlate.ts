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
  const kernel = axes.map((axis) => axis.kernel);
  forEachIndex(
    axes.map(({ out }) => out),
    (m, output) => {
      forEachIndex(kernel, (q, tap) => {
        let source = 0;
        for (let a = 0; a < axes.length; a++) {
          const { stride, padBefore, dilation, size } = axes[a];
          const i = paddedIndex(m[a] * stride - padBefore + q[a] * dilation, size, mode);
          if (i < 0) return;
          source += i * strides[a];
        }
        visit(output, tap, source);
      });
    },
  );
}
