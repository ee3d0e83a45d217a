// Separable correlation with fixed taps on padded data, and its adjoint. Work items are blocks of rows of a slice.
//
// z: the rows that a block needs are summed over slices, to a slab in the workspace. y: rows are summed, to a line or
// in registers. x: taps along that line or those registers. Tables say what each output sees, so that no kernel knows
// a padding mode, and the adjoint is the same sums over other tables, but for x.
import { Axis, axisOf } from "./inline/window";
import { Blur, blurOf, blurPairs, blurRow } from "./inline/blur-row";
import { spreadRow } from "./inline/blur-adjoint";
import {
  copyLine, correlateLine, foldLine, listTaps, padLine, scatterLine, weightedRows,
} from "./inline/blur";

/** A block of rows of every slice that is written: its rows, and those that they need. */
@unmanaged
class Block {
  first: i32;
  end: i32;
  firstRead: i32;
  rowsRead: i32;
}

// @ts-ignore: decorator
@inline
function blockOf(params: usize, index: i32): Block {
  return changetype<Block>(params + blurOf(params).blockTable + (<usize>index << 4));
}

/** Where the rows of the slice begin that a block reads, once z is filtered; only rows that it needs are there. */
// @ts-ignore: decorator
@inline
function sliceOf(input: usize, params: usize, work: usize, slice: i32, block: Block): usize {
  const blur = blurOf(params);
  if (blur.filtersZ) return filterZ(input, params, work, slice, block);
  return input + <usize>slice * (<usize>blur.rowsIn * blur.columnsIn << 2);
}

function filterZ(input: usize, params: usize, work: usize, slice: i32, block: Block): usize {
  const blur = blurOf(params);
  const rowBytes = <usize>blur.columnsIn << 2;
  const sliceBytes = <usize>blur.rowsIn * rowBytes;
  const before = <usize>block.firstRead * rowBytes;
  const plane = slice / blur.slicesOut;
  const first = input + <usize>plane * <usize>blur.slicesIn * sliceBytes + before;
  const z = slice - plane * blur.slicesOut;
  const n = listTaps(params, axisOf(params, 0).windows, z, first, sliceBytes, work);
  const slab = work + blur.slab;
  weightedRows(slab, work, n, block.rowsRead * blur.columnsIn);
  return slab - before;
}

// @ts-ignore: decorator
@inline
function rowAt(blur: Blur, out: usize, slice: i32, row: i32): usize {
  return out + ((<usize>slice * <usize>blur.rowsApart + row) * <usize>blur.columnsOut << 2);
}

function general(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const x = axisOf(params, 2);
  const blur = blurOf(params);
  const taps = params + x.weights;
  const pitch = <usize>x.size << 2;
  const line = work + blur.line;
  const row = line + (<usize>x.lead << 2);
  let slice = begin / blur.blocks;
  let index = begin - slice * blur.blocks;
  for (let item = begin; item < end; item++) {
    const block = blockOf(params, index);
    const rows = sliceOf(input, params, work, slice, block);
    let to = rowAt(blur, out, slice, block.first);
    for (let oy = block.first; oy < block.end; oy++) {
      const n = listTaps(params, axisOf(params, 1).windows, oy, rows, pitch, work);
      weightedRows(row, work, n, x.size);
      padLine(params, x, line);
      if (x.stride == 1) correlateLine(1, to, line, x, taps);
      else if (x.stride == 2) correlateLine(2, to, line, x, taps);
      else correlateLine(0, to, line, x, taps);
      to += <usize>x.out << 2;
    }
    if (++index == blur.blocks) {
      index = 0;
      slice++;
    }
  }
}
export { general as blur1d_f32_general, general as blur2d_f32_general, general as blur3d_f32_general };

/** Most rows of gradients that are summed in registers. */
const REGISTER_ROWS: i32 = 2;

/** gy -> gx. TAPS as inline/blur-adjoint.ts has them along x, or any number (then 0). */
// @ts-ignore: decorator
@inline
function adjointRows(
  TAPS: i32, out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const x = axisOf(params, 2);
  const blur = blurOf(params);
  const pitch = <usize>x.out << 2;
  const line = work + blur.line;
  let slice = begin / blur.blocks;
  let index = begin - slice * blur.blocks;
  for (let item = begin; item < end; item++) {
    const block = blockOf(params, index);
    const rows = sliceOf(input, params, work, slice, block);
    let to = rowAt(blur, out, slice, block.first);
    for (let row = block.first; row < block.end; row++) {
      const n = listTaps(params, axisOf(params, 1).windows, row, rows, pitch, work);
      if (TAPS > 0 && n == 1) {
        spreadRow(TAPS, 1, params, to, work);
      } else if (TAPS > 0 && n == REGISTER_ROWS) {
        spreadRow(TAPS, REGISTER_ROWS, params, to, work);
      } else {
        weightedRows(line, work, n, x.out);
        if (TAPS == 0) {
          spreadLine(params, x, to, line, work + blur.spread);
        } else {
          store<u32>(work, <u32>line);
          store<f32>(work, 1, 4);
          spreadRow(TAPS, 1, params, to, work);
        }
      }
      to += <usize>x.size << 2;
    }
    if (++index == blur.blocks) {
      index = 0;
      slice++;
    }
  }
}

/** One row from a line of gradients, by way of a padded line. */
function spreadLine(params: usize, x: Axis, to: usize, line: usize, spread: usize): void {
  memory.fill(spread, 0, <usize>(x.lead + x.size + x.trail) << 2);
  scatterLine(line, spread, x, params + x.weights);
  foldLine(params, x, spread);
  copyLine(to, spread + (<usize>x.lead << 2), x.size);
}

function adjoint(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  adjointRows(0, out, input, params, work, begin, end);
}
export { adjoint as blur1d_f32_adjoint, adjoint as blur2d_f32_adjoint, adjoint as blur3d_f32_adjoint };

function adjoint3(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  adjointRows(3, out, input, params, work, begin, end);
}
export {
  adjoint3 as blur1d_f32_k3s2_adjoint, adjoint3 as blur2d_f32_k3s2_adjoint, adjoint3 as blur3d_f32_k3s2_adjoint,
};

function adjoint4(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  adjointRows(4, out, input, params, work, begin, end);
}
export {
  adjoint4 as blur1d_f32_k4s2_adjoint, adjoint4 as blur2d_f32_k4s2_adjoint, adjoint4 as blur3d_f32_k4s2_adjoint,
};

function adjoint5(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  adjointRows(5, out, input, params, work, begin, end);
}
export {
  adjoint5 as blur1d_f32_k5s2_adjoint, adjoint5 as blur2d_f32_k5s2_adjoint, adjoint5 as blur3d_f32_k5s2_adjoint,
};

// Fast case: rows as inline/blur-row.ts has them.

/** Address of a row from the table of where the taps' rows begin; less than 0 for zeros. */
// @ts-ignore: decorator
@inline
function rowUnder(at: usize, rows: usize, zeroRow: usize): usize {
  const offset = load<i32>(at);
  return offset < 0 ? zeroRow : rows + offset;
}

// @ts-ignore: decorator
@inline
function alongX(TAPS: i32, out: usize, input: usize, params: usize, begin: i32, end: i32): void {
  const blur = blurOf(params);
  const second = f32x4.splat(blur.second);
  const third = f32x4.splat(blur.third);
  const scale = f32x4.splat(blur.scale);
  for (let item = begin; item < end; item++) {
    const a = input + (<usize>item * <usize>blur.columnsIn << 2);
    const to = out + (<usize>item * <usize>blur.columnsOut << 2);
    blurRow(TAPS, 1, false, params, to, a, a, a, a, a, second, third, scale, 0);
  }
}

// @ts-ignore: decorator
@inline
function alongYX(
  TAPS: i32, out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const blur = blurOf(params);
  const zeroRow = work + blur.zeroRow;
  const second = f32x4.splat(blur.second);
  const third = f32x4.splat(blur.third);
  const scale = f32x4.splat(blur.scale);
  const pitch = <usize>blur.columnsOut << 2;
  const rowBytes = <usize>blur.columnsIn << 2;
  const lastFetch: usize = blur.fetchBytes ? input + blur.fetchBytes : 0;
  memory.fill(zeroRow, 0, <usize>blur.columnsIn << 2);
  let slice = begin / blur.blocks;
  let index = begin - slice * blur.blocks;
  for (let item = begin; item < end; item++) {
    const block = blockOf(params, index);
    const rows = sliceOf(input, params, work, slice, block);
    let to = rowAt(blur, out, slice, block.first);
    let at = params + axisOf(params, 1).windows + (<usize>block.first * TAPS << 2);
    if (lastFetch) {
      for (let oy = block.first; oy < block.end; oy++) {
        const last = rows + load<u32>(at + ((TAPS - 1) << 2));
        blurPairs(TAPS, params, to, rows, at, last <= lastFetch ? last + rowBytes : input);
        at += TAPS << 2;
        to += pitch;
      }
    } else {
      for (let oy = block.first; oy < block.end; oy++) {
        const a = rowUnder(at, rows, zeroRow);
        const b = rowUnder(at + 4, rows, zeroRow);
        const c = rowUnder(at + 8, rows, zeroRow);
        const d = TAPS > 3 ? rowUnder(at + 12, rows, zeroRow) : c;
        const e = TAPS > 4 ? rowUnder(at + 16, rows, zeroRow) : c;
        blurRow(TAPS, TAPS, false, params, to, a, b, c, d, e, second, third, scale, 0);
        at += TAPS << 2;
        to += pitch;
      }
    }
    if (++index == blur.blocks) {
      index = 0;
      slice++;
    }
  }
}

export function blur1d_f32_k3s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  alongX(3, out, input, params, begin, end);
}

export function blur1d_f32_k4s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  alongX(4, out, input, params, begin, end);
}

export function blur1d_f32_k5s2(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  alongX(5, out, input, params, begin, end);
}

function k3s2(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  alongYX(3, out, input, params, work, begin, end);
}
export { k3s2 as blur2d_f32_k3s2, k3s2 as blur3d_f32_k3s2 };

function k4s2(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  alongYX(4, out, input, params, work, begin, end);
}
export { k4s2 as blur2d_f32_k4s2, k4s2 as blur3d_f32_k4s2 };

function k5s2(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  alongYX(5, out, input, params, work, begin, end);
}
export { k5s2 as blur2d_f32_k5s2, k5s2 as blur3d_f32_k5s2 };
