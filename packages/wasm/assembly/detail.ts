// Detail-preserving pooling: y = sum w x / sum w over disjoint blocks, w = A + (u / V)^G, u = (x - T)^2 + epsilon.
// Lanes are neighbouring blocks of a row. Double precision throughout, except for pooling small blocks with a moderate
// G, where single precision stays within 1e-6 of the largest voxel.
import {
  blocksOf, DetailParams, exponentOf, exponentSlope, gather, leastResidual, MEAN, NONE, offsetOf, offsetSlope, pairAt,
  predictPair, residual, scalePair, scatter, squarePair,
} from "./inline/block.ts";
import { storeLanes } from "./inline/lanes.ts";
import { exp2, exp2Single, log2, log2Single } from "./inline/power.ts";
import { madd } from "./inline/simd.ts";

/** Ways to raise to G. */
// @ts-ignore: decorator
@inline const ROOT: i32 = 0;
// @ts-ignore: decorator
@inline const IDENTITY: i32 = 1;
// @ts-ignore: decorator
@inline const POWER: i32 = 2;

// Single precision rounds too much for larger blocks, for larger exponents, and for smaller ones, whose weights are
// steep around the mean.
// @ts-ignore: decorator
@inline const MOST_SINGLE_VOXELS: i32 = 9;
// @ts-ignore: decorator
@inline const LEAST_SINGLE_EXPONENT: f64 = 0.5;
// @ts-ignore: decorator
@inline const MOST_SINGLE_EXPONENT: f64 = 2;
// @ts-ignore: decorator
@inline const LN_2: f64 = 0.6931471805599453;

/** Items are rows of outputs. */
export function detail_f32(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<DetailParams>(params);
  const rows = p.outDepth * p.outHeight;
  const rowBytes = <usize>p.outWidth << 2;
  while (begin < end) {
    const plane = begin / rows;
    const stop = min(end, (plane + 1) * rows);
    const channel = plane % p.channels;
    const exponent = exponentOf(p, channel);
    const offset = offsetOf(p, channel);
    const single = fitsSingle(p, exponent, offset);
    for (; begin < stop; begin++) {
      poolRow(out, input + blocksOf(p, begin), p, work, <usize>begin * rowBytes, exponent, offset, single);
    }
  }
}

/** One row of outputs, `to` bytes from their start; its voxels are at `x`. */
// @ts-ignore: decorator
@inline
function poolRow(
  out: usize, x: usize, p: DetailParams, work: usize, to: usize, exponent: f64, offset: f64, single: bool,
): void {
  for (let count = p.outWidth; count > 0; count -= 4) {
    gather(work, x, p, min(count, 4));
    const prediction = p.prediction != 0 ? p.prediction + to : 0;
    let pooled: v128;
    if (single) {
      pooled = poolSingle(work, p, prediction, <f32>exponent, <f32>offset);
      // Squares of large voxels do not fit: what is not finite gets a second chance, its neighbours stay.
      const bad = f32x4.ne(f32x4.sub(pooled, pooled), f32x4.splat(0));
      if (v128.any_true(bad)) {
        pooled = v128.bitselect(poolDouble(work, p, prediction, exponent, offset), pooled, bad);
      }
    } else {
      pooled = poolDouble(work, p, prediction, exponent, offset);
    }
    storeLanes(out + to, pooled, count);
    x += p.stepWidth << 2;
    to += 16;
  }
}

/** Whether single precision will do: weights that cannot cancel, logarithms bounded by the number of voxels. */
function fitsSingle(p: DetailParams, exponent: f64, offset: f64): bool {
  const anyPower = p.normalisation != NONE && exponent >= LEAST_SINGLE_EXPONENT && exponent <= MOST_SINGLE_EXPONENT;
  return (exponent == 0.5 || exponent == 1 || anyPower) && p.voxels <= MOST_SINGLE_VOXELS &&
    offset >= 0 && offset < 1e15 && p.epsilon > 1e-15 && p.epsilon < 1e15;
}

/** y of four blocks, in single precision. */
// @ts-ignore: decorator
@inline
function poolSingle(blocks: usize, p: DetailParams, prediction: usize, exponent: f32, offset: f32): v128 {
  const end = blocks + (<usize>p.voxels << 4);
  const share = f32x4.splat(<f32>(1 / <f64>p.voxels));
  const epsilon = f32x4.splat(<f32>p.epsilon);
  const least = f32x4.splat(p.asymmetric ? 0 : -<f32>Infinity);

  // What is averaged is x - origin: about the block mean, sums round less.
  let mean = f32x4.splat(0);
  let origin = mean;
  if (prediction != 0) {
    mean = v128.load(prediction);
  } else {
    let q = blocks;
    do { mean = f32x4.add(mean, v128.load(q)); q += 16; } while (q != end);
    mean = f32x4.mul(mean, share);
    origin = mean;
  }

  let scale = f32x4.splat(1); // 1 / V
  if (p.normalisation != NONE) {
    let sum = f32x4.splat(0);
    let q = blocks;
    do {
      const r = f32x4.pmax(f32x4.sub(v128.load(q), mean), least);
      sum = f32x4.add(sum, madd(r, r, epsilon));
      q += 16;
    } while (q != end);
    scale = f32x4.div(scale, p.normalisation == MEAN ? f32x4.mul(sum, share) : sum);
    // NaN asks for double precision where u / V may fall below the normal numbers.
    scale = v128.or(scale, f32x4.lt(scale, f32x4.splat(1e-18)));
  }

  if (exponent == 0.5) return averageSingle(ROOT, blocks, end, mean, least, origin, epsilon, scale, exponent, offset);
  if (exponent == 1) return averageSingle(IDENTITY, blocks, end, mean, least, origin, epsilon, scale, exponent, offset);
  return averageSingle(POWER, blocks, end, mean, least, origin, epsilon, scale, exponent, offset);
}

/** The weighted average; `form` is a literal. */
// @ts-ignore: decorator
@inline
function averageSingle(
  form: i32, blocks: usize, end: usize, mean: v128, least: v128, origin: v128, epsilon: v128, scale: v128,
  exponent: f32, offset: f32,
): v128 {
  let weights = f32x4.splat(0);
  let weighted = f32x4.splat(0);
  do {
    const x = v128.load(blocks);
    const r = f32x4.pmax(f32x4.sub(x, mean), least);
    const a = f32x4.mul(madd(r, r, epsilon), scale);
    let power = a;
    if (form == ROOT) power = f32x4.sqrt(a);
    if (form == POWER) power = exp2Single(f32x4.mul(log2Single(a), f32x4.splat(exponent)));
    const w = f32x4.add(power, f32x4.splat(offset));
    weights = f32x4.add(weights, w);
    weighted = madd(w, f32x4.sub(x, origin), weighted);
    blocks += 16;
  } while (blocks != end);
  return f32x4.add(origin, f32x4.div(weighted, weights));
}

/** y of four blocks, in double precision. */
// @ts-ignore: decorator
@inline
function poolDouble(blocks: usize, p: DetailParams, prediction: usize, exponent: f64, offset: f64): v128 {
  const low = poolPair(blocks, p, prediction, exponent, offset);
  const high = poolPair(blocks + 8, p, prediction != 0 ? prediction + 8 : 0, exponent, offset);
  return v128.shuffle<f32>(low, high, 0, 1, 4, 5);
}

/** y of two blocks, in the two lower lanes. */
function poolPair(blocks: usize, p: DetailParams, prediction: usize, exponent: f64, offset: f64): v128 {
  const mean = predictPair(blocks, p, prediction);
  const least = leastResidual(p);
  const scale = scalePair(blocks, p, mean, least);
  const end = blocks + (<usize>p.voxels << 4);
  let weights = f64x2.splat(0);
  let weighted = f64x2.splat(0);
  do {
    const x = pairAt(blocks);
    const a = f64x2.mul(squarePair(residual(x, mean, least), p), scale);
    let power = a;
    if (exponent == 0.5) power = f64x2.sqrt(a);
    else if (exponent != 1) power = exp2(f64x2.mul(log2(a), f64x2.splat(exponent)));
    const w = f64x2.add(power, f64x2.splat(offset));
    weights = f64x2.add(weights, w);
    weighted = f64x2.add(weighted, f64x2.mul(w, x));
    blocks += 16;
  } while (blocks != end);
  return f32x4.demote_f64x2_zero(f64x2.div(weighted, weights));
}

/** Items are rows of outputs. Their gradients of G and A are left for detailVjp_f32_sums. */
export function detailVjp_f32(gx: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<DetailParams>(params);
  const rows = p.outDepth * p.outHeight;
  while (begin < end) {
    const plane = begin / rows;
    const stop = min(end, (plane + 1) * rows);
    const exponent = exponentOf(p, plane % p.channels);
    const offset = offsetOf(p, plane % p.channels);
    for (; begin < stop; begin++) {
      const start = blocksOf(p, begin);
      if (p.drops) clearRow(gx + start, p, begin);
      v128.store(p.sums + (<usize>begin << 4), rowVjp(gx + start, input + start, p, work, begin, exponent, offset));
    }
  }
}

/** Zeros from row `item` of blocks up to the next one, for the voxels in between that belong to no block. */
// @ts-ignore: decorator
@inline
function clearRow(gx: usize, p: DetailParams, item: i32): void {
  const y = item % p.outHeight;
  const z = item / p.outHeight % p.outDepth;
  const slices = z == p.outDepth - 1 ? p.depth - z * p.strideDepth : p.strideDepth;
  const bytes = y == p.outHeight - 1 ? p.sliceBytes - <usize>y * p.stepHeight : p.stepHeight;
  for (let i = 0; i < slices; i++) memory.fill(gx + <usize>i * p.sliceBytes, 0, bytes);
}

/** Items are channels: the sums over batch and space are made in one order, however the rows were split. */
export function detailVjp_f32_sums(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  const p = changetype<DetailParams>(params);
  const rows = <usize>p.outDepth * p.outHeight;
  for (let channel = begin; channel < end; channel++) {
    let sums = f64x2.splat(0);
    for (let n = 0; n < p.batch; n++) {
      let at = p.sums + ((<usize>(n * p.channels + channel) * rows) << 4);
      const stop = at + (rows << 4);
      for (; at != stop; at += 16) sums = f64x2.add(sums, v128.load(at));
    }
    const at = <usize>channel << 2;
    store<f32>(p.glambda + at, <f32>(f64x2.extract_lane(sums, 0) * exponentSlope(p, exponentOf(p, channel))));
    store<f32>(p.galpha + at, <f32>(f64x2.extract_lane(sums, 1) * offsetSlope(p, offsetOf(p, channel))));
  }
}

/** Row `item` of outputs, whose voxels are at `x`. Returns the gradients of G and A. */
// @ts-ignore: decorator
@inline
function rowVjp(
  gx: usize, x: usize, p: DetailParams, work: usize, item: i32, exponent: f64, offset: f64,
): v128 {
  const scratch = work + (<usize>p.voxels << 4);
  let at = <usize>item * (<usize>p.outWidth << 2);
  let step: usize = 0;
  let sums = f64x2.splat(0);
  for (let count = p.outWidth; count > 0; count -= 4) {
    const blocks = min(count, 4);
    gather(work, x + step, p, blocks);
    sums = f64x2.add(sums, pairVjp(work, scratch, p, at, blocks, exponent, offset));
    if (blocks > 2) {
      sums = f64x2.add(sums, pairVjp(work + 8, scratch, p, at + 8, blocks - 2, exponent, offset));
    }
    scatter(work, gx + step, p, blocks);
    step += p.stepWidth << 2;
    at += 16;
  }
  return sums;
}

/**
 * Turns the voxels of two blocks into their gradients, in place; only the first does where `count` is 1, the
 * second lane then holding anything. `at` is the byte offset of the first block among the outputs, `scratch`
 * 32 bytes per voxel. Returns the gradients of G and A.
 */
function pairVjp(
  blocks: usize, scratch: usize, p: DetailParams, at: usize, count: i32, exponent: f64, offset: f64,
): v128 {
  const end = blocks + (<usize>p.voxels << 4);
  const mean = predictPair(blocks, p, p.prediction != 0 ? p.prediction + at : 0);
  const least = leastResidual(p);
  const scale = scalePair(blocks, p, mean, least);

  // Weights: the power a^G and ln a of every voxel go to scratch.
  let weights = f64x2.splat(0);
  let weighted = f64x2.splat(0);
  for (let q = blocks, s = scratch; q != end; q += 16, s += 32) {
    const x = pairAt(q);
    const a = f64x2.mul(squarePair(residual(x, mean, least), p), scale);
    const log = log2(a);
    const power = exponent == 0.5 ? f64x2.sqrt(a) : exp2(f64x2.mul(log, f64x2.splat(exponent)));
    const w = f64x2.add(power, f64x2.splat(offset));
    weights = f64x2.add(weights, w);
    weighted = f64x2.add(weighted, f64x2.mul(w, x));
    v128.store(s, power);
    v128.store(s, f64x2.mul(log, f64x2.splat(LN_2)), 16);
  }
  const y = f64x2.div(weighted, weights);
  const g = f64x2.div(pairAt(p.gy + at), weights);

  // Gradients of the parameters. Scratch keeps what each voxel gets directly, g w, and G a^G times that of its weight.
  let gExponent = f64x2.splat(0);
  let gOffset = f64x2.splat(0);
  let gPowers = f64x2.splat(0);
  for (let q = blocks, s = scratch; q != end; q += 16, s += 32) {
    const power = v128.load(s);
    const gw = f64x2.mul(g, f64x2.sub(pairAt(q), y));
    const gPower = f64x2.mul(gw, power);
    gOffset = f64x2.add(gOffset, gw);
    gExponent = f64x2.add(gExponent, f64x2.mul(gPower, v128.load(s, 16)));
    gPowers = f64x2.add(gPowers, gPower);
    v128.store(s, f64x2.mul(g, f64x2.add(power, f64x2.splat(offset))));
    v128.store(s, f64x2.mul(gPower, f64x2.splat(exponent)), 16);
  }

  // Through u = r^2 + epsilon, where V takes its share from every voxel alike.
  const portion = p.normalisation == NONE ? 0 : p.normalisation == MEAN ? exponent / <f64>p.voxels : exponent;
  const throughNormaliser = f64x2.mul(f64x2.mul(gPowers, f64x2.splat(portion)), scale);
  let gResiduals = f64x2.splat(0);
  for (let q = blocks, s = scratch; q != end; q += 16, s += 32) {
    const r = residual(pairAt(q), mean, least);
    const gu = f64x2.sub(f64x2.div(v128.load(s, 16), squarePair(r, p)), throughNormaliser);
    const gr = f64x2.mul(f64x2.add(r, r), gu); // 0 where the clip holds r at 0
    gResiduals = f64x2.add(gResiduals, gr);
    v128.store(s, f64x2.add(v128.load(s), gr));
  }

  let gMean = f64x2.splat(0);
  if (p.prediction != 0) {
    storeLanes(p.gprediction + at, f32x4.demote_f64x2_zero(f64x2.neg(gResiduals)), min(count, 2));
  } else {
    gMean = f64x2.div(gResiduals, f64x2.splat(<f64>p.voxels));
  }
  for (let q = blocks, s = scratch; q != end; q += 16, s += 32) {
    v128.store64_lane(q, f32x4.demote_f64x2_zero(f64x2.sub(v128.load(s), gMean)), 0);
  }
  return sumsOfLanes(gExponent, gOffset, count);
}

/** (sum of a, sum of b) over the valid lanes. */
// @ts-ignore: decorator
@inline
function sumsOfLanes(a: v128, b: v128, count: i32): v128 {
  const first = v128.shuffle<f64>(a, b, 0, 2);
  return count > 1 ? f64x2.add(first, v128.shuffle<f64>(a, b, 1, 3)) : first;
}
