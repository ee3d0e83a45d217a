/**
 * One correlation as the kernels of this family see it: a packed input and one sweep of outputs over it. The host
 * writes the block (`SweepWord` in src/kernels/conv-correlation.ts has the same order). All fields are 32-bit
 * words; steps and strides are in bytes. Every rank is worked on as slices of rows of columns.
 */
@unmanaged
export class SweepParams {
  // Source of the packing: one image and group, [channel][slice][row][column].
  channels: i32;
  sourceChannelBytes: usize;
  sourceSliceBytes: usize;
  sourceRowBytes: usize;
  // Source index of every packed position, -1 where it is zero. The column table is [phase][tableColumns].
  sliceTable: usize;
  rowTable: usize;
  columnTable: usize;
  tableColumns: i32;
  /** First column of the slab being packed. */
  columnOrigin: i32;
  /** Per phase { first, end }: the columns whose sources lie `columnStride` apart, so that they need no table. */
  interiorTable: usize;
  columnStride: i32;

  // Packed input: [slice][row][channel][phase][pitch].
  phases: i32;
  pitch: i32;
  packedRows: i32;
  packedRowBytes: usize;

  // Taps: byte offsets (u32) into the packed input, one per term of the sum.
  offsets: usize;
  offsetsEnd: usize;
  /** Bytes of packed input from one output slice, or row, to the next. */
  sliceStep: usize;
  rowStep: usize;

  // Weight panels of this group: per block of output channels { bias[lanes], weight[term][lanes] }.
  panels: usize;
  panelBytes: usize;
  blocks: i32;

  // Output, or the gradient of one: the part of this slab.
  outChannels: i32;
  outRows: i32;
  outColumns: i32;
  outSlices: i32;
  outChannelBytes: usize;
  outSliceBytes: usize;
  outRowBytes: usize;
  /** Results are clamped from below: 0 for a relu, else -Infinity. NaN passes. */
  floor: f32;
}

/** Packed bytes from the slab's first window to that of `row`, rows counted through all slices. */
// @ts-ignore: decorator
@inline
export function packedRow(p: SweepParams, row: i32): usize {
  const slice = row / p.outRows;
  return <usize>slice * p.sliceStep + <usize>(row - slice * p.outRows) * p.rowStep;
}

/** Output bytes from the slab's first voxel to the first voxel of `row`. */
// @ts-ignore: decorator
@inline
export function outRow(p: SweepParams, row: i32): usize {
  const slice = row / p.outRows;
  return <usize>slice * p.outSliceBytes + <usize>(row - slice * p.outRows) * p.outRowBytes;
}
