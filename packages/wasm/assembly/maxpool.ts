// Max pooling: values, values with indices, and the gradient. Rules in every kernel: only voxels of the image are
// visited, a NaN in a window makes its output NaN, a window of -inf gives -inf. Work items are rows of outputs.
import { copyRow, copyVectors, gatherOf, listWindows, storePhase, storeTwoPhases } from "./inline/gather";
import { AXES_BYTES, Axis, MAX, axisOf, planeBytes } from "./inline/window";
import { poolFew } from "./inline/few-rows";
import { poolPairs } from "./inline/pairs";
import { unpoolPairs } from "./inline/pairs-adjoint";
import { poolRows } from "./inline/pool";
import { rowOfWinners, winnersParams } from "./inline/winners";

function general(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  poolRows(MAX, out, input, params, work, begin, end);
}
export { general as maxpool1d_f32_general, general as maxpool2d_f32_general, general as maxpool3d_f32_general };

export { lossyMaxOfEight, lossyMaxOfFour } from "./inline/pairs";
export { lossyMaxOfThree, lossyMaxOfThreeAtTwo, lossyMaxOfTwo } from "./inline/few-rows";

export function maxpool1d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolPairs(MAX, 1, out, input, params, begin, end, 1);
}

export function maxpool2d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolPairs(MAX, 2, out, input, params, begin, end, 1);
}

export function maxpool3d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolPairs(MAX, 4, out, input, params, begin, end, 1);
}

export function maxpool2d_f32_k2s1(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolFew(MAX, 2, 1, out, input, params, work, begin, end);
}

export function maxpool2d_f32_k3s1(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolFew(MAX, 3, 1, out, input, params, work, begin, end);
}

export function maxpool2d_f32_k3s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  poolFew(MAX, 3, 2, out, input, params, work, begin, end);
}

function indices(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const zAxis = axisOf(params, 0);
  const yAxis = axisOf(params, 1);
  const xAxis = axisOf(params, 2);
  const first = <usize>begin * (<usize>xAxis.out << 2);
  let to = out + first;
  let indexTo = <usize>winnersParams(params).operand + first;
  for (let item = begin; item < end; item++) {
    const slice = item / yAxis.out;
    const plane = input + <usize>(slice / zAxis.out) * planeBytes(params);
    rowOfWinners(params, plane, slice % zAxis.out, item - slice * yAxis.out, indexTo, work);
    for (let left = xAxis.out; left > 0; left--) {
      const winner = load<i32>(indexTo);
      store<f32>(to, winner < 0 ? -Infinity : load<f32>(plane + (<usize>winner << 2)));
      to += 4;
      indexTo += 4;
    }
  }
}
export { indices as maxpool1d_f32_indices, indices as maxpool2d_f32_indices, indices as maxpool3d_f32_indices };

export function maxpoolVjp1d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  unpoolPairs(MAX, 1, out, input, load<u32>(params, AXES_BYTES), params, begin, end, 1);
}

export function maxpoolVjp2d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  unpoolPairs(MAX, 2, out, input, load<u32>(params, AXES_BYTES), params, begin, end, 1);
}

export function maxpoolVjp3d_f32_k2s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  unpoolPairs(MAX, 4, out, input, load<u32>(params, AXES_BYTES), params, begin, end, 1);
}

/** Voxels along an axis that belong to its window `index` when windows do not overlap: from the returned one on. */
// @ts-ignore: decorator
@inline
function firstOwned(axis: Axis, index: i32): i32 {
  if (index == 0) return 0;
  if (index == axis.out) return axis.size;
  return max(0, min(axis.size, index * axis.stride + axis.start - axis.lead));
}

/**
 * x, with gy as second operand -> gx, for windows that overlap along x alone: what a row of windows wins lies in rows
 * that no other one reaches. `work` holds its list of rows, then its winners.
 */
export function maxpoolVjp_f32_apart(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const z = axisOf(params, 0);
  const y = axisOf(params, 1);
  const x = axisOf(params, 2);
  const p = winnersParams(params);
  const winners = work + p.lead;
  const winnersEnd = winners + (<usize>x.out << 2);
  const row = <usize>x.size << 2;
  let from = <usize>p.operand + <usize>begin * (<usize>x.out << 2);
  for (let item = begin; item < end; item++) {
    const slice = item / y.out;
    const oy = item - slice * y.out;
    const image = slice / z.out;
    const oz = slice - image * z.out;
    const plane = <usize>image * planeBytes(params);
    rowOfWinners(params, input + plane, oz, oy, winners, work);
    const firstRow = firstOwned(y, oy);
    const rows = firstOwned(y, oy + 1) - firstRow;
    const lastSlice = firstOwned(z, oz + 1);
    for (let i = firstOwned(z, oz); i < lastSlice; i++) {
      memory.fill(out + plane + <usize>(i * y.size + firstRow) * row, 0, <usize>rows * row);
    }
    for (let at = winners; at < winnersEnd; at += 4) {
      const winner = load<i32>(at);
      if (winner >= 0) {
        const to = out + plane + (<usize>winner << 2);
        store<f32>(to, load<f32>(to) + load<f32>(from));
      }
      from += 4;
    }
  }
}

/**
 * First half of the gradient. x, with gy as second operand -> for each row of windows, its winners and its gradients,
 * each in a padded line. Nobody writes the padding: the host has made it -1, which is no voxel.
 */
export function maxpoolVjp_f32_winners(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const zAxis = axisOf(params, 0);
  const yAxis = axisOf(params, 1);
  const p = winnersParams(params);
  const rowOut = <usize>axisOf(params, 2).out << 2;
  let to = out + (<usize>begin * p.lineBytes << 1) + p.lead;
  let from = <usize>p.operand + <usize>begin * rowOut;
  for (let item = begin; item < end; item++) {
    const slice = item / yAxis.out;
    const plane = input + <usize>(slice / zAxis.out) * planeBytes(params);
    rowOfWinners(params, plane, slice % zAxis.out, item - slice * yAxis.out, to, work);
    copyVectors(to + p.lineBytes, from, rowOut);
    to += p.lineBytes << 1;
    from += rowOut;
  }
}

/** Four gradients at `p` to those voxels, of the flat indices `at`, that won them. */
// @ts-ignore: decorator
@inline
function won(p: usize, lineBytes: usize, at: v128): v128 {
  return v128.and(v128.load(p + lineBytes), i32x4.eq(v128.load(p), at));
}

/**
 * All voxels of a row, phase by phase; `first` is the flat index of its first one. Windows add up in their order. One
 * that is not over a voxel of the last phases cannot be won by it either, so that all phases ask the same windows.
 */
// @ts-ignore: decorator
@inline
function wonPhases(params: usize, list: usize, listEnd: usize, first: i32, to: usize): void {
  const gather = gatherOf(params);
  const stride = axisOf(params, 2).stride;
  const lineBytes = <usize>gather.lineBytes;
  const taps = <usize>gather.taps << 2;
  // Two phases in one pass; the second one is nobody's at stride one.
  const phases = min(stride, 2);
  let block = i32x4.add(i32x4.splat(first - (gather.skip >> 2)), i32x4.mul(i32x4.splat(stride), i32x4(0, 1, 2, 3)));
  let offset = <usize>gather.start;
  for (let left = gather.blocks; left > 0; left--) {
    for (let phase = 0; phase < stride; phase += phases) {
      const at = i32x4.add(block, i32x4.splat(phase));
      const next = i32x4.add(at, i32x4.splat(1));
      let here = f32x4.splat(0);
      let there = f32x4.splat(0);
      for (let entry = list; entry < listEnd; entry += 8) {
        let p = <usize>load<u32>(entry) + offset;
        const end = p + taps;
        do {
          here = f32x4.add(here, won(p, lineBytes, at));
          there = f32x4.add(there, won(p, lineBytes, next));
          p += 4;
        } while (p < end);
      }
      if (stride == 1) {
        v128.store(to, here);
      } else if (stride == 2) {
        storeTwoPhases(to, here, there);
      } else {
        storePhase(to + (<usize>phase << 2), here, stride);
        if (phase + 1 < stride) storePhase(to + (<usize>phase << 2) + 4, there, stride);
      }
    }
    block = i32x4.add(block, i32x4.splat(stride << 2));
    offset += 16;
    to += <usize>stride << 4;
  }
}

/** Second half: what the first one made -> gx. Work items are rows of voxels. */
export function maxpoolVjp_f32_gather(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const gather = gatherOf(params);
  const x = axisOf(params, 2);
  const rows = axisOf(params, 0).size * axisOf(params, 1).size;
  const row = <usize>x.size << 2;
  const wide = work + gather.wide;
  let to = out + <usize>begin * row;
  for (let item = begin; item < end; item++) {
    const listEnd = listWindows(params, item, input, <usize>gather.lineBytes << 1, false, work);
    wonPhases(params, work, listEnd, item % rows * x.size, wide);
    copyRow(to, wide + gather.skip, row);
    to += row;
  }
}
