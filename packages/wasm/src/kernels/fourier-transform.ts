import { axisGain, type FourierAxis, fft, HalfbandError } from "@halfband/ops";
import { rootsOfUnity } from "./fourier-axis.ts";
import { digitReversed, radices, SMALL_ODD_PRIMES } from "./fourier-fft.ts";
import { PlanWriter, writeStages } from "./fourier-plan.ts";
import type { Table } from "./fourier-tables.ts";

/** A point times a complex factor. */
interface Term {
  readonly point: number;
  readonly re: number;
  readonly im: number;
}
/** What each sample of a line is made of. */
type Line = (sample: number) => readonly Term[];

const times = ({ point, re, im }: Term, [a, b]: readonly [number, number]): Term => ({
  point,
  re: re * a - im * b,
  im: re * b + im * a,
});

/** Points to take, then the DFT over them, but for the last one. */
interface Link {
  readonly length: number;
  readonly exchanged: boolean;
  readonly taken: readonly Term[];
  /** The point that takes one more. */
  readonly more: { readonly to: number; readonly term: Term };
}

/** Points of a transform that tables are made for: their making takes some 500 bytes a point. */
const MOST_POINTS = 2 ** 21;

const NOTHING: Term = { point: 0, re: 0, im: 0 };
/** Radices of a length whose primes are worth their slow butterflies, or null. */
const radicesOf = (length: number): number[] | null => radices(length, 61);

/** About what an inverse DFT of four lines takes; measured. */
function nanosecondsOf(length: number): number {
  const perPoint = (radix: number) => (radix > 8 ? 0.42 * radix : 0.65 * Math.log2(radix));
  return 40 + length * radicesOf(length)!.reduce((sum, radix) => sum + perPoint(radix), 1);
}

/** The fastest length of small radices that is no shorter: an odd one, times the powers of two that it lacks. */
function fastLength(least: number): number {
  let odd = [1];
  for (const prime of SMALL_ODD_PRIMES) {
    odd = odd.flatMap((length) => {
      const powers = [length];
      for (let next = length * prime; next < 2 * least; next *= prime) powers.push(next);
      return powers;
    });
  }
  const doubled = odd.map((length) => length * 2 ** Math.max(0, Math.ceil(Math.log2(least / length))));
  return doubled.reduce((best, length) => (nanosecondsOf(length) < nanosecondsOf(best) ? length : best));
}

const modulo = (a: number, n: number): number => ((a % n) + n) % n;

/** Lengths of the transforms that a DFT of `length` takes, from so many samples to so many results. */
function lengthsOf(length: number, samples: number, results: number): number[] {
  if (radices(length)) return [length];
  const padded = fastLength(samples + results - 1);
  const isFaster = radicesOf(length) && nanosecondsOf(length) < 2 * nanosecondsOf(padded);
  return isFaster ? [length] : [padded, padded];
}

/** Builds the links of one axis (assembly/fourier-transform.ts) from DFTs of what was there before. */
class Chain {
  readonly links: Link[] = [];
  /** Whether points hold i times the conjugate of what they stand for. */
  private exchanged = false;

  /** Takes points, as they are or exchanged, and transforms them. */
  private push(length: number, exchanged: boolean, line: Line, count: number, order: (at: number) => number) {
    const conjugate = ({ point, re, im }: Term): Term => ({ point, re, im: exchanged ? -im : im });
    let more: Link["more"] = { to: 0, term: NOTHING };
    const taken = Array.from({ length: count }, (_, at) => {
      const [first, second] = line(order(at));
      if (second) more = { to: at, term: conjugate(second) };
      return first ? conjugate(first) : NOTHING;
    });
    this.links.push({ length, exchanged: exchanged !== this.exchanged, taken, more });
    this.exchanged = exchanged;
  }

  private transform(length: number, sign: 1 | -1, line: Line): void {
    const order = digitReversed(radicesOf(length)!);
    this.push(length, sign < 0, line, length, (at) => order[at]);
  }

  /**
   * sum over n of line(n) exp(sign 2 pi i k n / length), n from `first` and k from `kept` on. A length of a large
   * prime factor takes n k = (n^2 + k^2 - (k - n)^2) / 2: a product with a chirp, a convolution and a product again.
   */
  dft(
    length: number,
    sign: 1 | -1,
    line: Line,
    samples: number,
    first: number,
    results: number,
    kept: number,
  ): Line {
    const [padded, again] = lengthsOf(length, samples, results);
    if (again === undefined) {
      this.transform(length, sign, (at) => {
        const sample = first + modulo(at - first, length);
        return sample < first + samples ? line(sample) : [];
      });
      return (k) => [{ point: modulo(k, length), re: 1, im: 0 }];
    }
    const { cos, sin } = rootsOfUnity(2 * length);
    const chirp = (n: number): [number, number] => {
      const at = (n * n) % (2 * length);
      return [cos[at], sign * sin[at]];
    };
    this.transform(padded, -1, (at) =>
      at < samples ? line(first + at).map((term) => times(term, chirp(first + at))) : [],
    );
    // Lags k - n, from kept - first - (samples - 1) on, at their place modulo `padded`.
    const lags = samples + results - 1;
    const filter = Array.from({ length: lags }, (_, i) => {
      const lag = i - (samples - 1);
      return { at: modulo(lag, padded), value: chirp(kept - first + lag) };
    });
    const spectrum = conjugateSpectrum(filter, padded);
    this.transform(padded, 1, (q) => [{ point: q, re: spectrum[q][0], im: spectrum[q][1] }]);
    return (k) => {
      const [re, im] = chirp(k);
      return [{ point: k - kept, re, im }];
    };
  }

  finish(line: Line, results: number): readonly Link[] {
    const isPoint = (sample: number) => {
      const [{ point, re, im }] = line(sample);
      return point === sample && re === 1 && im === 0;
    };
    const asTheyAre = !this.exchanged && Array.from({ length: results }, (_, m) => m).every(isPoint);
    if (!asTheyAre) this.push(0, false, line, results, (m) => m);
    return this.links;
  }
}

/** DFT of the conjugates of values at these places, over `length`. */
function conjugateSpectrum(
  values: readonly { at: number; value: readonly [number, number] }[],
  length: number,
): [number, number][] {
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  for (const { at, value } of values) {
    re[at] += value[0];
    im[at] -= value[1];
  }
  fft(length).forward(re, im);
  return Array.from(re, (v, q) => [v / length, im[q] / length]);
}

/** The kept bins: those of the spectrum and those of the result, with their gain over the size. */
interface Bin {
  readonly from: number;
  readonly to: number;
  readonly gain: number;
}

/**
 * Bins of an axis from `frequency` on. As a real matrix, which only an even axis has, a lone Nyquist bin is half of that
 * at -M/2 and half of that at M/2.
 */
function bins(axis: FourierAxis, real: boolean): Bin[] {
  const { size, out, frequency, shift } = axis;
  const kept = Array.from(axisGain(axis), (gain, i) => ({
    from: frequency + i,
    to: frequency + i + shift,
    gain: gain / size,
  }));
  if (!real || out % 2 === 1 || out === size) return kept;
  const [{ from, to, gain }, ...others] = kept;
  return [{ from, to, gain: gain / 2 }, ...others, { from: -from, to, gain: gain / 2 }];
}

/** Links of the operator of an axis, or of its adjoint. A k-space axis starts from the kept bins, or ends there. */
function linksOf(axis: FourierAxis, adjoint: boolean, real: boolean): readonly Link[] {
  const { size, out, frequency, shift } = axis;
  const kept = bins(axis, real);
  const sample: Line = (n) => [{ point: n, re: 1, im: 0 }];
  const weigh = (terms: readonly Term[], gain: number) => terms.map((term) => times(term, [gain, 0]));
  const chain = new Chain();
  const first = frequency + shift;
  const isImage = axis.domain === "image";
  if (adjoint) {
    const spectrum = chain.dft(out, -1, sample, out, 0, out, first);
    const values = kept.map(({ to, gain }) => weigh(spectrum(to), gain));
    if (!isImage) return chain.finish((i) => values[i], out);
    const image = chain.dft(size, 1, (k) => values[k - frequency], values.length, frequency, size, 0);
    return chain.finish(image, size);
  }
  const spectrum: Line = isImage
    ? chain.dft(size, -1, sample, size, 0, kept.length, frequency)
    : (k) => sample(k - frequency);
  const values: Term[][] = Array.from({ length: out }, () => []);
  for (const { from, to, gain } of kept) values[to - first].push(...weigh(spectrum(from), gain));
  return chain.finish(
    chain.dft(out, 1, (k) => values[k - first], out, first, out, 0),
    out,
  );
}

/** The float whose bits are those of a small integer. */
const asFloat = (integer: number): number => integer * 2 ** -149;

const floatsOf = ({ point, re, im }: Term): number[] => [asFloat(point), re, im];

function transformPlan(links: readonly Link[], samples: readonly [number, number]): PlanWriter {
  const plan = new PlanWriter();
  const longest = Math.max(...links.map(({ length }) => length));
  let pointer = plan.header([longest, 0, 2, 0, 0, 0, 0, 0, ...samples]) + 3;
  for (const { length, exchanged, taken, more } of links) {
    const stages = length > 0 ? radicesOf(length)! : [];
    const isTurned = [...taken, more.term].some(({ im }) => im !== 0);
    const values = [length, stages.length, Number(exchanged), 0, 0, taken.length, length, 32 * more.to];
    const start = plan.header([...values, Number(isTurned)], stages.length);
    plan.link(pointer, start);
    plan.point(start + 3, [...taken, more.term].flatMap(floatsOf));
    writeStages(plan, start, stages, null, 1);
    pointer = start + 4;
  }
  return plan;
}

/** Lengths of all transforms of an axis. */
function lengths({ size, out, domain }: FourierAxis, real: boolean): number[] {
  const ofResult = lengthsOf(out, out, out);
  if (domain === "kspace") return ofResult;
  const kept = real && out % 2 === 0 ? out + 1 : out;
  return [...lengthsOf(size, size, kept), ...ofResult];
}

/** The plan of an axis, to be run on four complex lines or eight real ones at a time. */
export function transformTable(axis: FourierAxis, adjoint: boolean, real: boolean): Table {
  const { size, out, domain } = axis;
  const samples: [number, number] = domain === "kspace" ? [out, out] : adjoint ? [out, size] : [size, out];
  const transforms = lengths(axis, real);
  const longest = Math.max(...transforms);
  return {
    key: `transform ${adjoint ? "adjoint " : ""}${real ? "real " : ""}${JSON.stringify(axis)}`,
    form: "transform",
    length: longest,
    nanoseconds: transforms.reduce((sum, length) => sum + nanosecondsOf(length), samples[1]),
    build: () => {
      if (longest <= MOST_POINTS) return transformPlan(linksOf(axis, adjoint, real), samples).finish();
      throw new HalfbandError(
        "OUT_OF_MEMORY",
        `a transform of ${longest} points, expected at most ${MOST_POINTS}`,
        { got: longest, expected: MOST_POINTS },
      );
    },
  };
}
