// Winograd F(2x2, 3x3) over one or a few input channels: 2 x 2 outputs from 16 products instead of 36. Vectors hold 4
// tiles side by side, a quad, so that an input transformed once serves all output channels without a shuffle; every
// coefficient is 0, 1, -1 or 1/2.
//
// Input: packed by conv-pack.ts with even and odd columns apart, so that a column of 4 tiles is one load.
import { madd } from "./inline/simd";
import { FewParams, firstWeight, inRange, storeSome, sumDirectly, weightsInRange } from "./inline/few";

/** Quads of tiles worked on at a time, and bytes that a transform, or sums, take meanwhile. */
// @ts-ignore: decorator
@inline const QUADS: i32 = 32;
// @ts-ignore: decorator
@inline const SCRATCH_BYTES: usize = 256;

/**
 * Items: rows of tiles. V of some quads first, then output channel by output channel, which keeps stores together.
 * `work`: scratch, then V, [line][term][4] and a flag for each quad.
 */
function conv_f32_winograd2x2(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<FewParams>(params);
  const bounded = weightsInRange(p);
  const v = work + SCRATCH_BYTES;
  const quadBytes = (<usize>p.terms << 8) + 16;
  for (let item = begin; item < end; ++item) {
    const rows = min(p.rows - item * 2, 2);
    let from = input + <usize>item * p.sweep.rowStep;
    let to = out + <usize>item * p.sweep.outRowBytes;
    for (let columns = p.columns; columns > 0; columns -= 8 * QUADS) {
      const quads = <usize>min((columns + 7) >> 3, QUADS);
      for (let quad: usize = 0; quad < quads; ++quad) {
        const good = transformInput(p, v + quad * quadBytes, from + (quad << 4), work) && bounded;
        store<i32>(v + (quad + 1) * quadBytes - 16, good);
      }
      if (p.terms == 1) multiplyTerm(p, to, v, quadBytes, rows, columns, quads, work);
      else multiplyTerms(p, to, v, quadBytes, rows, columns, quads, work);
      for (let quad: usize = 0; quad < quads; ++quad) {
        if (load<i32>(v + (quad + 1) * quadBytes - 16)) continue;
        sumDirectly(p, to + (quad << 5), from + (quad << 4), rows, columns - <i32>(quad << 3));
      }
      from += 16 * QUADS;
      to += 32 * QUADS;
    }
  }
}

/** V of a quad; false where a value is so large, or not finite, that sums may not be what they should. */
function transformInput(p: FewParams, v: usize, window: usize, scratch: usize): bool {
  const sweep = p.sweep;
  const pitchBytes = <usize>sweep.pitch << 2;
  const plane = <usize>p.terms << 6;
  let good = i32x4.splat(-1);
  for (let term = 0; term < p.terms; ++term) {
    let from = window;
    for (let i: usize = 0; i < 256; i += 64) {
      const x0 = v128.load(from);
      const x2 = v128.load(from, 4);
      const x1 = v128.load(from + pitchBytes);
      const x3 = v128.load(from + pitchBytes, 4);
      v128.store(scratch + i, f32x4.sub(x0, x2));
      v128.store(scratch + i, f32x4.add(x1, x2), 16);
      v128.store(scratch + i, f32x4.sub(x2, x1), 32);
      v128.store(scratch + i, f32x4.sub(x1, x3), 48);
      from += sweep.packedRowBytes;
    }
    for (let j: usize = 0; j < 64; j += 16) {
      const d0 = v128.load(scratch + j);
      const d1 = v128.load(scratch + j, 64);
      const d2 = v128.load(scratch + j, 128);
      const d3 = v128.load(scratch + j, 192);
      const v0 = f32x4.sub(d0, d2);
      const v1 = f32x4.add(d1, d2);
      const v2 = f32x4.sub(d2, d1);
      const v3 = f32x4.sub(d1, d3);
      good = v128.and(good, v128.and(v128.and(inRange(v0), inRange(v1)), v128.and(inRange(v2), inRange(v3))));
      const to = v + j;
      v128.store(to, v0);
      v128.store(to + plane, v1);
      v128.store(to + plane * 2, v2);
      v128.store(to + plane * 3, v3);
    }
    window += pitchBytes << 1;
    v += 64;
  }
  return i32x4.all_true(good);
}

/**
 * Y of a single term for all output channels: M line by line, each through A^T as soon as it is there. The
 * stores to `spare` keep the compiler from lifting all loads to the top, which would not fit the registers.
 */
function multiplyTerm(
  p: FewParams, to: usize, v: usize, quadBytes: usize, rows: i32, columns: i32, quads: usize, spare: usize,
): void {
  const sweep = p.sweep;
  const rowBytes = sweep.outRowBytes >> 1;
  const floor = f32x4.splat(p.sweep.floor);
  const xEnd = v + quads * quadBytes;
  let panel = p.panels;
  const last = panel + <usize>sweep.outChannels * p.panelBytes;
  do {
    const bias = v128.load32_splat(panel);
    const u = panel + 48;
    let at = to;
    let left = columns;
    let x = v;
    do {
      // The bias goes into the one product that every output has with factor 1.
      const m10 = f32x4.mul(v128.load(u, 64), v128.load(x, 64));
      const m11 = madd(v128.load(u, 80), v128.load(x, 80), bias);
      const m12 = f32x4.mul(v128.load(u, 96), v128.load(x, 96));
      const m13 = f32x4.mul(v128.load(u, 112), v128.load(x, 112));
      const p1 = f32x4.add(m10, f32x4.add(m11, m12));
      const q1 = f32x4.sub(f32x4.sub(m11, m12), m13);
      v128.store(spare, q1);
      const m20 = f32x4.mul(v128.load(u, 128), v128.load(x, 128));
      const m21 = f32x4.mul(v128.load(u, 144), v128.load(x, 144));
      const m22 = f32x4.mul(v128.load(u, 160), v128.load(x, 160));
      const m23 = f32x4.mul(v128.load(u, 176), v128.load(x, 176));
      const p2 = f32x4.add(m20, f32x4.add(m21, m22));
      const q2 = f32x4.sub(f32x4.sub(m21, m22), m23);
      v128.store(spare, q2);
      const m00 = f32x4.mul(v128.load(u), v128.load(x));
      const m01 = f32x4.mul(v128.load(u, 16), v128.load(x, 16));
      const m02 = f32x4.mul(v128.load(u, 32), v128.load(x, 32));
      const m03 = f32x4.mul(v128.load(u, 48), v128.load(x, 48));
      const p0 = f32x4.add(m00, f32x4.add(m01, m02));
      const q0 = f32x4.sub(f32x4.sub(m01, m02), m03);
      // NaN stays: pmax(a, b) is a < b ? b : a.
      const y00 = f32x4.pmax(f32x4.add(p0, f32x4.add(p1, p2)), floor);
      const y01 = f32x4.pmax(f32x4.add(q0, f32x4.add(q1, q2)), floor);
      const whole = left >= 8 && rows == 2;
      const target = whole ? at : spare;
      storePairs(target, y00, y01);
      const m30 = f32x4.mul(v128.load(u, 192), v128.load(x, 192));
      const m31 = f32x4.mul(v128.load(u, 208), v128.load(x, 208));
      const m32 = f32x4.mul(v128.load(u, 224), v128.load(x, 224));
      const m33 = f32x4.mul(v128.load(u, 240), v128.load(x, 240));
      const p3 = f32x4.add(m30, f32x4.add(m31, m32));
      const q3 = f32x4.sub(f32x4.sub(m31, m32), m33);
      const y10 = f32x4.pmax(f32x4.sub(f32x4.sub(p1, p2), p3), floor);
      const y11 = f32x4.pmax(f32x4.sub(f32x4.sub(q1, q2), q3), floor);
      storePairs(whole ? at + rowBytes : spare + 32, y10, y11);
      if (!whole) storeSome(at, rowBytes, spare, rows, left);
      at += 32;
      left -= 8;
      x += quadBytes;
    } while (x != xEnd);
    to += sweep.outChannelBytes;
    panel += p.panelBytes;
  } while (panel != last);
}

/** As multiplyTerm, for more terms: A^T along the lines of M first. */
function multiplyTerms(
  p: FewParams, to: usize, v: usize, quadBytes: usize, rows: i32, columns: i32, quads: usize, spare: usize,
): void {
  const sweep = p.sweep;
  const rowBytes = sweep.outRowBytes >> 1;
  const floor = f32x4.splat(p.sweep.floor);
  const vEnd = v + quads * quadBytes;
  const lineBytes = <usize>p.terms << 6;
  let panel = p.panels;
  const last = panel + <usize>sweep.outChannels * p.panelBytes;
  do {
    const bias = v128.load32_splat(panel);
    let at = to;
    let left = columns;
    let quad = v;
    do {
      let u = panel + firstWeight(p);
      let x = quad;
      for (let i: usize = 0; i < 128; i += 32) {
        let m0 = f32x4.mul(v128.load(u), v128.load(x));
        let m1 = f32x4.mul(v128.load(u, 16), v128.load(x, 16));
        let m2 = f32x4.mul(v128.load(u, 32), v128.load(x, 32));
        let m3 = f32x4.mul(v128.load(u, 48), v128.load(x, 48));
        const end = u + lineBytes;
        u += 64;
        x += 64;
        while (u != end) {
          m0 = madd(v128.load(u), v128.load(x), m0);
          m1 = madd(v128.load(u, 16), v128.load(x, 16), m1);
          m2 = madd(v128.load(u, 32), v128.load(x, 32), m2);
          m3 = madd(v128.load(u, 48), v128.load(x, 48), m3);
          u += 64;
          x += 64;
        }
        v128.store(spare + i, f32x4.add(m0, f32x4.add(m1, m2)));
        v128.store(spare + i, f32x4.sub(f32x4.sub(m1, m2), m3), 16);
      }
      const p1 = f32x4.add(v128.load(spare, 32), bias);
      const q1 = f32x4.add(v128.load(spare, 48), bias);
      const p2 = v128.load(spare, 64);
      const q2 = v128.load(spare, 80);
      const y00 = f32x4.pmax(f32x4.add(v128.load(spare), f32x4.add(p1, p2)), floor);
      const y01 = f32x4.pmax(f32x4.add(v128.load(spare, 16), f32x4.add(q1, q2)), floor);
      const y10 = f32x4.pmax(f32x4.sub(f32x4.sub(p1, p2), v128.load(spare, 96)), floor);
      const y11 = f32x4.pmax(f32x4.sub(f32x4.sub(q1, q2), v128.load(spare, 112)), floor);
      const whole = left >= 8 && rows == 2;
      storePairs(whole ? at : spare, y00, y01);
      storePairs(whole ? at + rowBytes : spare + 32, y10, y11);
      if (!whole) storeSome(at, rowBytes, spare, rows, left);
      at += 32;
      left -= 8;
      quad += quadBytes;
    } while (quad != vEnd);
    to += sweep.outChannelBytes;
    panel += p.panelBytes;
  } while (panel != last);
}

/** A row of 8 columns, the even and the odd ones. */
// @ts-ignore: decorator
@inline
function storePairs(to: usize, even: v128, odd: v128): void {
  v128.store(to, v128.shuffle<f32>(even, odd, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<f32>(even, odd, 2, 6, 3, 7), 16);
}

export { conv_f32_winograd2x2 as conv2d_f32_winograd2x2 };
