// Product of eight lines with a real matrix that turns mirrored input into mirrored output: by sums and
// differences of mirrored samples, which takes half of the multiplications.
//
// Samples mirror each other about the first (n and -n, mod their number) or, `between`, between the last and the
// first (n and -1 - n). The odd samples of a half-band filter do the latter and its results the former; for its
// transpose it is the other way round; of any other real axis both mirror about the first. Table:
// [ceil(rows / 4)][depth][4] of the sums' matrix, then the same of the differences'.
import { POINT, storePoint } from "./fourier-points";
import { TILE, multiplyTile } from "./fourier-dense";

/** Pairs of `count` samples that mirror each other; one of its own mirror counts as one. */
// @ts-ignore: decorator
@inline
function orbits(count: i32, between: bool): i32 {
  return between ? (count + 1) >> 1 : (count >> 1) + 1;
}

/** points[results] = the product with as many samples, `pitch` apart. `work` holds samples + 10 points. */
export function convolveFolded(
  points: usize, src: usize, pitch: usize, table: usize, samples: i32, between: bool, results: i32,
  resultsBetween: bool, work: usize,
): void {
  const depth = orbits(samples, between);
  const rows = orbits(results, resultsBetween);
  const sums = work;
  const differences = sums + <usize>depth * POINT;
  const sumTile = differences + <usize>depth * POINT;
  const differenceTile = sumTile + TILE;

  const length = <usize>samples * pitch;
  let far = between ? length - pitch : <usize>0;
  for (let n: usize = 0; n < <usize>depth; n++) {
    const near = src + n * pitch;
    const nr = v128.load(near);
    const ni = v128.load(near, 16);
    const fr = v128.load(src + far);
    const fi = v128.load(src + far, 16);
    storePoint(sums + n * POINT, f32x4.add(nr, fr), f32x4.add(ni, fi));
    storePoint(differences + n * POINT, f32x4.sub(nr, fr), f32x4.sub(ni, fi));
    far = (far == 0 ? length : far) - pitch;
  }

  const tables = <usize>((rows + 3) >> 2) * (<usize>depth << 4);
  for (let r = 0; r < rows; r += 4) {
    multiplyTile(sumTile, table, sums, depth);
    multiplyTile(differenceTile, table + tables, differences, depth);
    table += <usize>depth << 4;
    storeMirrored(points, sumTile, differenceTile, r, min(r + 4, rows), resultsBetween ? results - 1 : results, results);
  }
}

/** Rows first..last-1 and their mirrors, which add up to `mirror` (mod M). */
function storeMirrored(
  points: usize, sum: usize, difference: usize, first: i32, last: i32, mirror: i32, m: i32,
): void {
  for (let row = first; row < last; row++) {
    const far = mirror - row == m ? 0 : mirror - row;
    const sr = v128.load(sum);
    const si = v128.load(sum, 16);
    const dr = v128.load(difference);
    const dj = v128.load(difference, 16);
    storePoint(points + <usize>row * POINT, f32x4.add(sr, dr), f32x4.add(si, dj));
    storePoint(points + <usize>far * POINT, f32x4.sub(sr, dr), f32x4.sub(si, dj));
    sum += POINT;
    difference += POINT;
  }
}
