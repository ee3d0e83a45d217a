import type { Figures } from "../engine/protocol.ts";
import { percent, signedPercent } from "./numbers.ts";

/** A method as it is called, with what was measured on its picture. */
export interface Judged {
  readonly title: string;
  readonly figures: Figures;
}

/** The greatest of every number among the methods shown: what a full bar means. */
export type Greatest = Readonly<Record<"falseDetail" | "residual" | "brightness", number>>;

export function greatestOf(all: readonly Figures[]): Greatest {
  const most = (values: readonly (number | null)[]) => Math.max(0, ...values.map((v) => Math.abs(v ?? 0)));
  return {
    falseDetail: most(all.map(({ falseDetail }) => falseDetail)),
    residual: most(all.map(({ residual }) => residual)),
    brightness: most(all.map(({ brightness }) => brightness)),
  };
}

/** Which method is worse, and by how much, in words. */
export function InShort({ judged }: { readonly judged: readonly Judged[] }) {
  const sentences = verdict(judged);
  return (
    <div class="in-short">
      {sentences.length > 0 && <h3>In short</h3>}
      <ul>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}

const NONE = "0 %";

export function verdict(judged: readonly Judged[]): string[] {
  if (judged.length < 2) return [];
  const sentences = [...falseDetail(judged), ...brightness(judged), ...distance(judged)];
  return sentences.length > 0 ? sentences : ["On this slice the methods do not differ."];
}

const listed = (titles: readonly string[]): string =>
  titles.length < 2 ? titles.join() : `${titles.slice(0, -1).join(", ")} and ${titles.at(-1)}`;

function falseDetail(judged: readonly Judged[]): string[] {
  const known = judged
    .filter(({ figures }) => figures.falseDetail !== null)
    .sort((a, b) => a.figures.falseDetail! - b.figures.falseDetail!);
  const worst = known.at(-1);
  if (worst === undefined || percent(worst.figures.falseDetail!) === NONE) return [];
  const shown = (method: Judged) => percent(method.figures.falseDetail!);
  const none = known.filter((method) => shown(method) === NONE).map(({ title }) => title);
  const best =
    none.length > 0
      ? `; less than 0.05 % is left by ${listed(none)}`
      : known.length > 1
        ? `, the least by ${known[0].title}: ${shown(known[0])}`
        : "";
  const other = judged.filter(({ figures }) => figures.falseDetail === null).map(({ title }) => title);
  return [
    `False detail (aliasing): ${worst.title} makes the most, ${shown(worst)} of its picture's contrast${best}.`,
    ...(other.length > 0
      ? [
          `In ${listed(other)} false detail cannot be separated from true detail; the error below counts both.`,
        ]
      : []),
  ];
}

function brightness(judged: readonly Judged[]): string[] {
  const size = ({ figures }: Judged) => Math.abs(figures.brightness ?? 0);
  const strongest = judged.reduce((most, method) => (size(method) > size(most) ? method : most));
  const change = strongest.figures.brightness ?? 0;
  if (percent(change) === NONE) return [];
  return [`Brightness: ${strongest.title} changes it most, by ${signedPercent(change)} of the grey range.`];
}

function distance(judged: readonly Judged[]): string[] {
  const order = [...judged].sort((a, b) => a.figures.residual - b.figures.residual);
  const [best, worst] = [order[0], order[order.length - 1]];
  const shown = ({ figures }: Judged) => percent(figures.residual);
  if (shown(best) === shown(worst)) return [];
  return [
    `Error to what a scanner with a smaller matrix would have measured (k-space crop): most in ${worst.title}, ${shown(worst)}; least in ${best.title}, ${shown(best)}.`,
  ];
}
