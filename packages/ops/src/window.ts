import type { AxisGrid } from "./grid.ts";

/** What lies beyond the border. `reflect` does not repeat the edge voxel; `replicate` does; `circular` wraps. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** One axis of a sliding window, in voxels. Negative padding crops. */
export interface WindowAxis {
  readonly size: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBefore: number;
  readonly padAfter: number;
  /** Where the samples sit, if kernel or stride were cut down to what windows meet. */
  readonly grid?: AxisGrid;
}

/** Voxels a dilated kernel spans. */
export const windowExtent = (kernel: number, dilation: number): number => dilation * (kernel - 1) + 1;

/** Output size of a window axis; with `ceilMode` a last, partial window counts if it starts inside (PyTorch). */
export function windowSize(axis: Omit<WindowAxis, "out">, ceilMode = false): number {
  const { size, kernel, stride, dilation, padBefore, padAfter } = axis;
  const room = size + padBefore + padAfter - windowExtent(kernel, dilation);
  const out = Math.floor((room + (ceilMode ? stride - 1 : 0)) / stride) + 1;
  return ceilMode && (out - 1) * stride >= size + padBefore ? out - 1 : out;
}

/** Where the samples of a window axis sit: its centre, every `stride` voxels. */
export const windowGrid = ({
  kernel,
  stride,
  dilation,
  padBefore,
  grid,
}: Omit<WindowAxis, "out">): AxisGrid =>
  grid ?? { offset: (dilation * (kernel - 1)) / 2 - padBefore, spacing: stride };

/** Source of padded position `i` (0 is the first voxel) on an axis of `size` voxels; -1 where it is zero. */
export function paddedIndex(i: number, size: number, mode: PaddingMode): number {
  if (i >= 0 && i < size) return i;
  switch (mode) {
    case "zeros":
      return -1;
    case "replicate":
      return i < 0 ? 0 : size - 1;
    case "circular":
      return ((i % size) + size) % size;
    case "reflect": {
      if (size === 1) return 0;
      const period = 2 * (size - 1);
      const t = ((i % period) + period) % period;
      return t < size ? t : period - t;
    }
  }
}
