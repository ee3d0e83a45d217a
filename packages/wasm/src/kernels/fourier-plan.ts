import { inverseTwiddles, primeRoots } from "./fourier-fft.ts";

/** Words in front of a plan's stages, and of a stage (assembly/fourier-lines.ts, fourier-fft.ts). */
const HEADER_WORDS = 10;
const STAGE_WORDS = 5;

/** Headers, and behind them the tables that they point to. */
export class PlanWriter {
  private readonly pointers: number[] = [];
  private readonly words: number[] = [];
  private readonly tables: { readonly word: number; readonly at: number }[] = [];
  private readonly reals: number[] = [];

  /** Begins a header of so many stages; returns its first word. */
  header(values: readonly number[], stages = 0): number {
    const start = this.words.length;
    this.words.push(...values);
    while (this.words.length < start + HEADER_WORDS + STAGE_WORDS * stages) this.words.push(0);
    return start;
  }

  set(word: number, values: readonly number[]): void {
    for (const [i, value] of values.entries()) this.words[word + i] = value;
  }

  point(word: number, values: Iterable<number>): void {
    this.tables.push({ word, at: this.reals.length });
    for (const value of values) this.reals.push(value);
  }

  /** Has a word point to another word of a header. */
  link(word: number, to: number): void {
    this.words[word] = 4 * to;
    this.pointers.push(word);
  }

  finish(): { words: Int32Array; pointers: readonly number[] } {
    const length = this.words.length;
    for (const { word, at } of this.tables) this.link(word, length + at);
    const table = new Int32Array(length + this.reals.length);
    table.set(this.words);
    new Float32Array(table.buffer, 4 * length).set(this.reals);
    return { words: table, pointers: this.pointers };
  }
}

/** The stages of the header at word `start`, with these forward factors, if any; the innermost inverse ones scale. */
export function writeStages(
  plan: PlanWriter,
  start: number,
  radices: readonly number[],
  forward: ((radix: number, span: number) => readonly number[]) | null,
  scale: number,
): void {
  let block = radices.reduce((a, b) => a * b, 1);
  radices.forEach((radix, i) => {
    const word = start + HEADER_WORDS + STAGE_WORDS * i;
    const last = i === radices.length - 1;
    if (i > 0) plan.point(word + 4, inverseTwiddles(radices[i - 1], block, radix, last ? scale : 1));
    block /= radix;
    plan.set(word, [radix, block]);
    if (forward) plan.point(word + 2, forward(radix, block));
    if (radix === 7 || radix > 8) plan.point(word + 3, primeRoots(radix));
  });
}
