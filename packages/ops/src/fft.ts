/**
 * Discrete Fourier transform of any length in double precision: X[k] = sum_n x[n] exp(-2 pi i k n / N).
 *
 * Lengths whose prime factors are small run as Stockham passes (one per factor, no bit reversal); the others as
 * a chirp convolution (Bluestein). `lanes` independent transforms lie side by side: element n of lane q is at
 * `n * lanes + q`, so that the columns of a row-major plane are transformed in place with contiguous loops.
 */
export interface Fft {
  readonly size: number;
  /** Forward transform of `lanes` interleaved signals, in place, unnormalised. */
  forward(re: Float64Array, im: Float64Array, lanes?: number): void;
  /** Inverse transform in place; carries 1/N. */
  inverse(re: Float64Array, im: Float64Array, lanes?: number): void;
}

/** Above this prime factor the O(p^2) butterfly costs more than a chirp convolution. */
const LARGEST_BUTTERFLY = 43;

const plans = new Map<number, Fft>();

/**
 * The transform of length `size`; its tables are built once and kept.
 *
 * @example
 * const re = Float64Array.of(1, 2, 3);
 * fft(3).forward(re, new Float64Array(3));
 * re; // [6, -1.5, -1.5]
 */
export function fft(size: number): Fft {
  let plan = plans.get(size);
  if (!plan) {
    const passes = radices(size);
    const forward = passes ? stockham(size, passes) : bluestein(size);
    plan = {
      size,
      forward,
      inverse(re, im, lanes = 1) {
        forward(im, re, lanes); // exchanging the parts conjugates the kernel
        for (let i = 0; i < re.length; i++) {
          re[i] /= size;
          im[i] /= size;
        }
      },
    };
    plans.set(size, plan);
  }
  return plan;
}

/** Factors 4, 2, 3, 5, ... of `size`, or null where one is too large for a butterfly. */
function radices(size: number): number[] | null {
  const factors: number[] = [];
  let rest = size;
  for (let p = 4; rest > 1; p = p === 4 ? 2 : p === 2 ? 3 : p + 2) {
    if (p > LARGEST_BUTTERFLY) return null;
    while (rest % p === 0) {
      factors.push(p);
      rest /= p;
    }
  }
  return factors;
}

/** exp(-2 pi i k / size), k = 0..size-1. */
function roots(size: number): { cos: Float64Array; sin: Float64Array } {
  const cos = new Float64Array(size);
  const sin = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / size);
    sin[k] = -Math.sin((2 * Math.PI * k) / size);
  }
  return { cos, sin };
}

/** Real and imaginary part of one buffer. */
interface Complex {
  re: Float64Array;
  im: Float64Array;
}

interface Pass {
  readonly radix: number;
  /** Length still to be split: input r of butterfly k sits at k + r * length / radix. */
  readonly length: number;
  /** Product of the radices already done. */
  readonly done: number;
}

type Transform = (re: Float64Array, im: Float64Array, lanes?: number) => void;

function stockham(size: number, factors: readonly number[]): Transform {
  const twiddles = roots(size);
  const small = new Map(factors.map((p) => [p, roots(p)]));
  let spare: Complex = { re: new Float64Array(0), im: new Float64Array(0) };
  return (re, im, lanes = 1) => {
    const total = size * lanes;
    if (spare.re.length !== total) spare = { re: new Float64Array(total), im: new Float64Array(total) };
    let from: Complex = { re, im };
    let to = spare;
    let length = size;
    let done = 1;
    for (const radix of factors) {
      const pass: Pass = { radix, length, done };
      if (radix === 2) pass2(from, to, pass, lanes, twiddles);
      else if (radix === 4) pass4(from, to, pass, lanes, twiddles);
      else passAny(from, to, pass, lanes, twiddles, small.get(radix)!);
      [from, to] = [to, from];
      length /= radix;
      done *= radix;
    }
    if (from.re !== re) {
      re.set(from.re);
      im.set(from.im);
    }
  };
}

type Roots = ReturnType<typeof roots>;

function pass2(x: Complex, y: Complex, { length, done }: Pass, lanes: number, w: Roots): void {
  const run = done * lanes;
  const half = length / 2;
  for (let k = 0; k < half; k++) {
    const c = w.cos[k * done];
    const s = w.sin[k * done];
    for (let q = 0; q < run; q++) {
      const a = q + run * k;
      const b = a + run * half;
      const o = q + run * 2 * k;
      const dr = x.re[a] - x.re[b];
      const di = x.im[a] - x.im[b];
      y.re[o] = x.re[a] + x.re[b];
      y.im[o] = x.im[a] + x.im[b];
      y.re[o + run] = dr * c - di * s;
      y.im[o + run] = dr * s + di * c;
    }
  }
}

function pass4(x: Complex, y: Complex, { length, done }: Pass, lanes: number, w: Roots): void {
  const run = done * lanes;
  const quarter = length / 4;
  const { re: xr, im: xi } = x;
  const { re: yr, im: yi } = y;
  for (let k = 0; k < quarter; k++) {
    const c1 = w.cos[k * done];
    const s1 = w.sin[k * done];
    const c2 = w.cos[2 * k * done];
    const s2 = w.sin[2 * k * done];
    const c3 = w.cos[3 * k * done];
    const s3 = w.sin[3 * k * done];
    for (let q = 0; q < run; q++) {
      const a = q + run * k;
      const b = a + run * quarter;
      const c = b + run * quarter;
      const d = c + run * quarter;
      const evenSumR = xr[a] + xr[c];
      const evenSumI = xi[a] + xi[c];
      const evenDifferenceR = xr[a] - xr[c];
      const evenDifferenceI = xi[a] - xi[c];
      const oddSumR = xr[b] + xr[d];
      const oddSumI = xi[b] + xi[d];
      const oddDifferenceR = xr[b] - xr[d];
      const oddDifferenceI = xi[b] - xi[d];
      const o = q + run * 4 * k;
      yr[o] = evenSumR + oddSumR;
      yi[o] = evenSumI + oddSumI;
      const r1 = evenDifferenceR + oddDifferenceI;
      const i1 = evenDifferenceI - oddDifferenceR;
      yr[o + run] = r1 * c1 - i1 * s1;
      yi[o + run] = r1 * s1 + i1 * c1;
      const r2 = evenSumR - oddSumR;
      const i2 = evenSumI - oddSumI;
      yr[o + 2 * run] = r2 * c2 - i2 * s2;
      yi[o + 2 * run] = r2 * s2 + i2 * c2;
      const r3 = evenDifferenceR - oddDifferenceI;
      const i3 = evenDifferenceI + oddDifferenceR;
      yr[o + 3 * run] = r3 * c3 - i3 * s3;
      yi[o + 3 * run] = r3 * s3 + i3 * c3;
    }
  }
}

function passAny(
  x: Complex,
  y: Complex,
  { radix, length, done }: Pass,
  lanes: number,
  w: Roots,
  p: Roots,
): void {
  const run = done * lanes;
  const part = length / radix;
  for (let k = 0; k < part; k++) {
    for (let t = 0; t < radix; t++) {
      const c = w.cos[k * t * done];
      const s = w.sin[k * t * done];
      for (let q = 0; q < run; q++) {
        let sumR = 0;
        let sumI = 0;
        for (let r = 0, turn = 0; r < radix; r++) {
          const at = q + run * (k + part * r);
          sumR += x.re[at] * p.cos[turn] - x.im[at] * p.sin[turn];
          sumI += x.re[at] * p.sin[turn] + x.im[at] * p.cos[turn];
          turn += t;
          if (turn >= radix) turn -= radix;
        }
        const o = q + run * (radix * k + t);
        y.re[o] = sumR * c - sumI * s;
        y.im[o] = sumR * s + sumI * c;
      }
    }
  }
}

/** k n = (k^2 + n^2 - (k - n)^2) / 2 turns the transform into a convolution with a chirp, of length 2^b. */
function bluestein(size: number): Transform {
  let padded = 1;
  while (padded < 2 * size - 1) padded *= 2;
  const inner = fft(padded);
  const chirp = { re: new Float64Array(size), im: new Float64Array(size) };
  const kernel = { re: new Float64Array(padded), im: new Float64Array(padded) };
  for (let n = 0; n < size; n++) {
    // n^2 modulo 2N first, so that the angle loses no digits.
    const angle = (Math.PI * ((n * n) % (2 * size))) / size;
    chirp.re[n] = Math.cos(angle);
    chirp.im[n] = -Math.sin(angle);
    for (const at of [n, (padded - n) % padded]) {
      kernel.re[at] = chirp.re[n];
      kernel.im[at] = -chirp.im[n];
    }
  }
  inner.forward(kernel.re, kernel.im);
  return (re, im, lanes = 1) => {
    const a = { re: new Float64Array(padded * lanes), im: new Float64Array(padded * lanes) };
    multiplyRows(a, { re, im }, chirp, size, lanes);
    inner.forward(a.re, a.im, lanes);
    multiplyRows(a, a, kernel, padded, lanes);
    inner.inverse(a.re, a.im, lanes);
    multiplyRows({ re, im }, a, chirp, size, lanes);
  };
}

/** out[n, q] = x[n, q] * factor[n] for n = 0..rows-1. */
function multiplyRows(out: Complex, x: Complex, factor: Complex, rows: number, lanes: number): void {
  for (let n = 0; n < rows; n++) {
    const c = factor.re[n];
    const s = factor.im[n];
    for (let i = n * lanes; i < (n + 1) * lanes; i++) {
      const r = x.re[i];
      out.re[i] = r * c - x.im[i] * s;
      out.im[i] = r * s + x.im[i] * c;
    }
  }
}
