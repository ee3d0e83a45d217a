// Product of eight lines with a circulant C of size M that turns mirrored input into mirrored output: by sums
// and differences of mirrored samples, which takes half of the multiplications.
//
// The odd samples mirror each other between samples (n and -1 - n, mod M) for a half-band filter, and its
// results about the first (m and -m); for its transpose it is the other way round. Table:
// [ceil(rows / 4)][depth][4] of the sums' matrix, then the same of the differences'.
import { POINT, storePoint } from "./fourier-points";
import { TILE, multiplyTile } from "./fourier-dense";

/** Pairs of M samples that mirror about 0 or, `between`, about -1/2; one of its own mirror counts as one. */
// @ts-ignore: decorator
@inline
function orbits(m: i32, between: bool): i32 {
  return between ? (m + 1) >> 1 : (m >> 1) + 1;
}

/** points[M] = C samples, `pitch` apart. `work` holds M + 10 points. */
export function convolveFolded(
  points: usize, src: usize, pitch: usize, table: usize, m: i32, transposed: bool, work: usize,
): void {
  const depth = orbits(m, !transposed);
  const rows = orbits(m, transposed);
  const sums = work;
  const differences = sums + <usize>depth * POINT;
  const sumTile = differences + <usize>depth * POINT;
  const differenceTile = sumTile + TILE;

  const length = <usize>m * pitch;
  let far = transposed ? <usize>0 : length - pitch;
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
    storeMirrored(points, sumTile, differenceTile, r, min(r + 4, rows), transposed ? m - 1 : m, m);
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
