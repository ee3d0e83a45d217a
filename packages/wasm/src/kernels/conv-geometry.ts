import { type PaddingMode, paddedIndex, type WindowAxis } from "@halfband/ops";

/** Slices, rows, columns; missing leading axes have one voxel and one tap. */
export type Triple<T> = readonly [T, T, T];

/** A tap of the first window: its packed position, and its index in the kernel. */
export interface Tap {
  readonly position: number;
  readonly index: number;
}

/** One axis of a packed input: the source index of every packed position, -1 where it is zero. */
export interface PackedAxis {
  readonly stride: number;
  readonly sources: readonly number[];
}

/** Outputs computed from a packed input; windows move by the stride of the packed axes. */
export interface Sweep {
  readonly out: Triple<number>;
  readonly taps: Triple<readonly Tap[]>;
}

/** A packed input and what is computed from it. Positions count from the start of the padded axis. */
export interface Correlation {
  /** Channels summed over: those of one group. */
  readonly channels: number;
  readonly source: Triple<number>;
  readonly axes: Triple<PackedAxis>;
  readonly sweeps: readonly Sweep[];
}

/** How a slab of a correlation lies in the workspace: [slice][row][channel][phase][pitch] floats. */
export interface PackedLayout {
  /** Outputs per slab. */
  readonly slab: Triple<number>;
  /** The column residues modulo the stride that some tap reads. */
  readonly phases: readonly number[];
  readonly pitch: number;
  readonly rows: number;
  readonly rowBytes: number;
  readonly sliceBytes: number;
  readonly bytes: number;
}

const UNIT: WindowAxis = { size: 1, out: 1, kernel: 1, stride: 1, dilation: 1, padBefore: 0, padAfter: 0 };

export function volumeAxes(axes: readonly WindowAxis[]): Triple<WindowAxis> {
  const [x, y = UNIT, z = UNIT] = [...axes].reverse();
  return [z, y, x];
}

export const mapTriple = <T, U>(t: Triple<T>, f: (value: T, axis: number) => U): Triple<U> => [
  f(t[0], 0),
  f(t[1], 1),
  f(t[2], 2),
];

export const product = (t: Triple<number>): number => t[0] * t[1] * t[2];

/** The stride of rows and columns where both have 3 taps side by side and move alike, as Winograd's algorithm needs. */
export function stride3x3(axes: readonly WindowAxis[]): number | undefined {
  const plane = axes.slice(-2);
  const [{ stride }] = plane;
  const alike = plane.every((axis) => axis.kernel === 3 && axis.stride === stride && axis.dilation === 1);
  return plane.length === 2 && alike ? stride : undefined;
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Voxels of the padded axis that some window reads: from the first padded voxel on. */
export const readExtent = ({ out, stride, dilation, kernel }: WindowAxis): number =>
  (out - 1) * stride + dilation * (kernel - 1) + 1;

/** Source of every padded position that some window reads. */
export const paddedSources = (axis: WindowAxis, mode: PaddingMode): number[] =>
  range(readExtent(axis)).map((i) => paddedIndex(i - axis.padBefore, axis.size, mode));

/** The convolution itself: one sweep over x. */
export function forwardCorrelation(
  axes: Triple<WindowAxis>,
  channels: number,
  mode: PaddingMode,
): Correlation {
  return {
    channels,
    source: mapTriple(axes, (axis) => axis.size),
    axes: mapTriple(axes, (axis) => ({ stride: axis.stride, sources: paddedSources(axis, mode) })),
    sweeps: [
      {
        out: mapTriple(axes, (axis) => axis.out),
        taps: mapTriple(axes, (axis) =>
          range(axis.kernel).map((index) => ({ index, position: index * axis.dilation })),
        ),
      },
    ],
  };
}

/** Outputs of the longest sweep along each axis. */
export const largestOut = (c: Correlation): Triple<number> =>
  mapTriple([0, 1, 2], (axis) => Math.max(...c.sweeps.map((sweep) => sweep.out[axis])));

/** Largest shift, in whole strides, of a tap along an axis. */
const maxShift = (c: Correlation, axis: number): number =>
  Math.max(
    ...c.sweeps.flatMap((s) => s.taps[axis].map((tap) => Math.floor(tap.position / c.axes[axis].stride))),
  );

const maxPosition = (c: Correlation, axis: number): number =>
  Math.max(...c.sweeps.flatMap((s) => s.taps[axis].map((tap) => tap.position)));

/** Equal parts of at most `most` outputs. */
const evenParts = (out: number, most: number): number => Math.ceil(out / Math.ceil(out / Math.max(1, most)));

/**
 * Chooses the slab: whole slices if some fit in `budget` bytes, else rows of one slice, else columns of one row.
 * Slabs overlap by the window, so a budget of a few windows' worth keeps the packing cheap.
 */
export function packedLayout(c: Correlation, budget: number): PackedLayout {
  const stride = c.axes[2].stride;
  const out = largestOut(c);
  const positions = c.sweeps.flatMap((s) => s.taps[2].map((tap) => tap.position % stride));
  const phases = [...new Set(positions)].sort((a, b) => a - b);
  const columnBytes = c.channels * phases.length * 4;
  const shift = maxShift(c, 2);

  const pitchOf = (columns: number): number => {
    const pitch = (Math.ceil(columns / 4) + Math.ceil(shift / 4)) * 4;
    // Channels a multiple of 256 bytes apart would share few sets of the first-level cache.
    return (pitch * phases.length) % 64 === 0 ? pitch + 4 : pitch;
  };
  const extent = (axis: number, outputs: number): number =>
    (outputs - 1) * c.axes[axis].stride + maxPosition(c, axis) + 1;
  const fitting = (axis: number, unitBytes: number): number =>
    Math.floor((Math.floor(budget / unitBytes) - maxPosition(c, axis) - 1) / c.axes[axis].stride) + 1;

  let [slices, rows, columns] = out;
  let rowBytes = columnBytes * pitchOf(columns);
  slices = evenParts(slices, fitting(0, extent(1, rows) * rowBytes));
  if (slices === 1) rows = evenParts(rows, fitting(1, extent(0, 1) * rowBytes));
  if (slices === 1 && rows === 1) {
    const most = Math.floor(budget / (extent(0, 1) * extent(1, 1) * columnBytes)) - shift;
    columns = Math.min(columns, Math.ceil(evenParts(columns, Math.max(64, most)) / 8) * 8);
    rowBytes = columnBytes * pitchOf(columns);
  }
  const packedRows = extent(1, rows);
  const sliceBytes = packedRows * rowBytes;
  return {
    slab: [slices, rows, columns],
    phases,
    pitch: pitchOf(columns),
    rows: packedRows,
    rowBytes,
    sliceBytes,
    bytes: extent(0, slices) * sliceBytes,
  };
}
