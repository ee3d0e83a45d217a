import { rootsOfUnity } from "./fourier-axis.ts";

const PRIMES = [61, 59, 53, 47, 43, 41, 37, 31, 29, 23, 19, 17, 13, 11, 7, 5, 3];
/** The largest prime with a fast butterfly; those of larger ones are worth less than a detour. */
const SMALL_PRIME = 13;
export const SMALL_ODD_PRIMES = PRIMES.filter((prime) => prime <= SMALL_PRIME);

/**
 * Radices of the stages, forward order: large primes first, so that the last stage, which is fused with the product of
 * the spectrum, is 4 or 8. Null where a prime factor exceeds `largest`.
 */
export function radices(length: number, largest = SMALL_PRIME): number[] | null {
  let rest = length;
  const odd: number[] = [];
  for (const prime of PRIMES) {
    while (prime <= largest && rest % prime === 0) {
      odd.push(prime);
      rest /= prime;
    }
  }
  let twos = 0;
  for (; rest % 2 === 0; rest /= 2) twos++;
  if (rest !== 1) return null;
  if (length === 8) return [2, 4];
  if (twos === 1) return [...odd, 2];
  // As many eights as leave fours rather than a two; the first and the last stage are faster as fours.
  const fours = [0, 2, 1][twos % 3];
  const powers = [...Array<number>((twos - 2 * fours) / 3).fill(8), ...Array<number>(fours).fill(4)];
  return fours === 2 ? [...odd, 4, ...powers.slice(0, -1)] : [...odd, ...powers];
}

/** A length of small radices that holds a circulant of size `out` without wrapping around. */
export function embeddedLength(out: number): number {
  let power = 8;
  while (power < 2 * out - 1) power *= 2;
  for (const length of [(power / 8) * 5, (power / 4) * 3]) if (length >= 2 * out - 1) return length;
  return power;
}

/** Frequencies of the points of a butterfly; that of 8 works in halves of 4. */
const pointOrder = (radix: number): number[] =>
  radix === 8 ? [0, 2, 4, 6, 1, 3, 5, 7] : Array.from({ length: radix }, (_, q) => q);

/** Frequency held by each position after the forward stages. */
export function digitReversed(stages: readonly number[]): number[] {
  const [radix, ...rest] = stages;
  if (radix === undefined) return [0];
  const inner = digitReversed(rest);
  return pointOrder(radix).flatMap((q) => inner.map((k) => q + radix * k));
}

/**
 * exp(-2 pi i q (j + shift) / (radix span)), a shift of 0 or 1/2, for j = 0..span-1 and q the frequencies of points
 * 1..radix-1.
 */
export function twiddles(radix: number, span: number, shift: 0 | 0.5 = 0): number[] {
  const { cos, sin } = rootsOfUnity(2 * radix * span);
  const order = pointOrder(radix).slice(1);
  const factor = (at: number) => [cos[at % (2 * radix * span)], -sin[at % (2 * radix * span)]];
  return Array.from({ length: span }, (_, j) => order.flatMap((q) => factor(q * (2 * j + 2 * shift)))).flat();
}

/**
 * What the points of an inverse stage of radix `inner` take, whose blocks, of `span` points, are the parts of the
 * stage of radix `outer`: scale exp(2 pi i q j / (outer span)) for parts 1..outer-1 and j in the order of the inner
 * butterflies.
 */
export function inverseTwiddles(outer: number, span: number, inner: number, scale: number): number[] {
  const { cos, sin } = rootsOfUnity(outer * span);
  const step = span / inner;
  const points = Array.from({ length: span }, (_, n) => Math.floor(n / inner) + step * (n % inner));
  return pointOrder(outer)
    .slice(1)
    .flatMap((q) => points.map((j) => (q * j) % (outer * span)))
    .flatMap((at) => [scale * cos[at], scale * sin[at]]);
}

/** For pairs of q = 1, 3, ... and q + 1, for k = 1..(radix - 1) / 2: cos and sin of 2 pi q k / radix. */
export function primeRoots(radix: number): number[] {
  const { cos, sin } = rootsOfUnity(radix);
  const half = (radix - 1) / 2;
  const root = (at: number) => [cos[at % radix], sin[at % radix]];
  return Array.from({ length: Math.ceil(half / 2) }, (_, pair) => 2 * pair + 1).flatMap((q) =>
    Array.from({ length: half }, (_, k) => [...root(q * (k + 1)), ...root((q + 1) * (k + 1))]).flat(),
  );
}
