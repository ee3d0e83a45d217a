// What both kernels of detail-preserving pooling share: the parameters, moving four neighbouring blocks of a row
// between the tensor and scratch, where voxel q of all four is one vector, and the terms of two blocks in doubles.
import { exp } from "./power.ts";

/** Parametrisation. */
// @ts-ignore: decorator
@inline const EXP_HALF: i32 = 0;
// @ts-ignore: decorator
@inline const DIRECT: i32 = 2;

/** Normalisation. */
// @ts-ignore: decorator
@inline export const MEAN: i32 = 0;
// @ts-ignore: decorator
@inline export const NONE: i32 = 2;

/** As the host packs it. Steps are bytes from one block to the next; planes of one or two axes lead with ones. */
@unmanaged
export class DetailParams {
  epsilon: f64;
  /** alpha counts as min(alpha, alphaMax). */
  alphaMax: f64;
  batch: i32;
  channels: i32;
  parametrisation: i32;
  normalisation: i32;
  asymmetric: i32;
  voxels: i32;
  /** Byte offset of each voxel within its block. */
  offsets: usize;
  outDepth: i32;
  outHeight: i32;
  outWidth: i32;
  stepDepth: usize;
  stepHeight: usize;
  stepWidth: usize;
  planeBytes: usize;
  /** Not 0 where trailing voxels belong to no block. */
  drops: i32;
  lambda: usize;
  alpha: usize;
  /** 0 where the block mean predicts. */
  prediction: usize;
  gy: usize;
  glambda: usize;
  galpha: usize;
  gprediction: usize;
  /** Gradients of G and A of every row of outputs, two doubles each. */
  sums: usize;
  /** Slices of a plane, slices of a block, and the bytes of a slice: for voxels that belong to no block. */
  depth: i32;
  strideDepth: i32;
  sliceBytes: usize;
}

/** G of the channel. */
export function exponentOf(p: DetailParams, channel: i32): f64 {
  const lambda = <f64>load<f32>(p.lambda + (<usize>channel << 2));
  if (p.parametrisation == DIRECT) return lambda * 0.5;
  return p.parametrisation == EXP_HALF ? exp(lambda) * 0.5 : exp(lambda);
}

/** A of the channel. */
export function offsetOf(p: DetailParams, channel: i32): f64 {
  const alpha = min(<f64>load<f32>(p.alpha + (<usize>channel << 2)), p.alphaMax);
  return p.parametrisation == DIRECT ? alpha : exp(alpha);
}

/** dG / dlambda. */
// @ts-ignore: decorator
@inline
export function exponentSlope(p: DetailParams, exponent: f64): f64 {
  return p.parametrisation == DIRECT ? 0.5 : exponent;
}

/** dA / dalpha. */
// @ts-ignore: decorator
@inline
export function offsetSlope(p: DetailParams, offset: f64): f64 {
  return p.parametrisation == DIRECT ? 1 : offset;
}

/** Reads `count` (1 to 4) blocks from x on; lanes from `count` on hold anything. */
// @ts-ignore: decorator
@inline
export function gather(to: usize, x: usize, p: DetailParams, count: i32): void {
  const step = p.stepWidth;
  let offset = p.offsets;
  const end = offset + (<usize>p.voxels << 2);
  if (step == 8) {
    do {
      const from = x + load<u32>(offset);
      const low = v128.load(from);
      const high = v128.load(from, 16);
      v128.store(to, v128.shuffle<f32>(low, high, 0, 2, 4, 6));
      v128.store(to, v128.shuffle<f32>(low, high, 1, 3, 5, 7), 16);
      to += 32;
      offset += 8;
    } while (offset != end);
    return;
  }
  if (step == 4) {
    do {
      v128.store(to, v128.load(x + load<u32>(offset)));
      to += 16;
      offset += 4;
    } while (offset != end);
    return;
  }
  // Wide steps could read far past the tensor: lanes beyond the last block read it again.
  const second = count > 1 ? step : 0;
  const third = count > 2 ? second + step : second;
  const fourth = count > 3 ? third + step : third;
  do {
    const from = x + load<u32>(offset);
    store<f32>(to, load<f32>(from));
    store<f32>(to, load<f32>(from + second), 4);
    store<f32>(to, load<f32>(from + third), 8);
    store<f32>(to, load<f32>(from + fourth), 12);
    to += 16;
    offset += 4;
  } while (offset != end);
}

/** The way back of `gather`. */
// @ts-ignore: decorator
@inline
export function scatter(from: usize, gx: usize, p: DetailParams, count: i32): void {
  const step = p.stepWidth;
  let offset = p.offsets;
  const end = offset + (<usize>p.voxels << 2);
  if (step == 8 && count == 4) {
    do {
      const to = gx + load<u32>(offset);
      const even = v128.load(from);
      const odd = v128.load(from, 16);
      v128.store(to, v128.shuffle<f32>(even, odd, 0, 4, 1, 5));
      v128.store(to, v128.shuffle<f32>(even, odd, 2, 6, 3, 7), 16);
      from += 32;
      offset += 8;
    } while (offset != end);
    return;
  }
  do {
    let to = gx + load<u32>(offset);
    for (let lane = 0; lane < count; lane++) {
      store<f32>(to, load<f32>(from + (<usize>lane << 2)));
      to += step;
    }
    from += 16;
    offset += 4;
  } while (offset != end);
}

/** Byte offset, among the voxels, of row `item` of outputs. */
// @ts-ignore: decorator
@inline
export function blocksOf(p: DetailParams, item: i32): usize {
  const slice = item / p.outHeight;
  const plane = slice / p.outDepth;
  const y = item - slice * p.outHeight;
  const z = slice - plane * p.outDepth;
  return <usize>plane * p.planeBytes + <usize>z * p.stepDepth + <usize>y * p.stepHeight;
}

/** Voxel q of the two blocks at `pair`, as doubles. */
// @ts-ignore: decorator
@inline
export function pairAt(pair: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(pair));
}

/** T of two blocks. */
// @ts-ignore: decorator
@inline
export function predictPair(blocks: usize, p: DetailParams, prediction: usize): v128 {
  if (prediction != 0) return pairAt(prediction);
  const end = blocks + (<usize>p.voxels << 4);
  let sum = f64x2.splat(0);
  do { sum = f64x2.add(sum, pairAt(blocks)); blocks += 16; } while (blocks != end);
  return f64x2.div(sum, f64x2.splat(<f64>p.voxels));
}

/** What bounds the residual x - T from below: 0 in the asymmetric form. */
// @ts-ignore: decorator
@inline
export function leastResidual(p: DetailParams): v128 {
  return f64x2.splat(p.asymmetric ? 0 : -Infinity);
}

// @ts-ignore: decorator
@inline
export function residual(x: v128, mean: v128, least: v128): v128 {
  return f64x2.pmax(f64x2.sub(x, mean), least);
}

/** 1 / V of two blocks. */
// @ts-ignore: decorator
@inline
export function scalePair(blocks: usize, p: DetailParams, mean: v128, least: v128): v128 {
  if (p.normalisation == NONE) return f64x2.splat(1);
  const end = blocks + (<usize>p.voxels << 4);
  let sum = f64x2.splat(0);
  do {
    sum = f64x2.add(sum, squarePair(residual(pairAt(blocks), mean, least), p));
    blocks += 16;
  } while (blocks != end);
  return f64x2.div(f64x2.splat(p.normalisation == MEAN ? <f64>p.voxels : 1), sum);
}

/** u = r^2 + epsilon */
// @ts-ignore: decorator
@inline
export function squarePair(r: v128, p: DetailParams): v128 {
  return f64x2.add(f64x2.mul(r, r), f64x2.splat(p.epsilon));
}
