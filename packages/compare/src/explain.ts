import { type MetricKey, mean } from "@halfband/measure";
import type { Comparison, Panel } from "./compare.ts";
import { countOf, REFERENCE } from "./reading.ts";

/** Energy ratios below this are rounding. */
const NOTHING = 1e-9;

/** Two significant digits, without an exponent for anything a reader would meet. */
const figure = (value: number): string => String(Number(value.toPrecision(2)));
const percent = (share: number): string => `${figure(100 * share)} %`;

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;

interface Ranked {
  readonly title: string;
  readonly value: number;
}

/** Methods by a metric, lowest first; the reference itself and methods it does not apply to are left out. */
function ranked(comparison: Comparison, panels: readonly Panel[], key: MetricKey): Ranked[] {
  const title = (id: string) => comparison.methods.find((method) => method.id === id)!.title;
  return panels
    .filter(({ method, report }) => method !== REFERENCE && report.values[key] !== null)
    .map(({ method, report }) => ({ title: title(method), value: report.values[key]! }))
    .sort((a, b) => a.value - b.value);
}

/**
 * What the numbers of a comparison say, in sentences for a reader of scans. All but the last compare the methods
 * applied the fewest times.
 *
 * @example explain(comparison).join(" ");
 */
export function explain(comparison: Comparison): string[] {
  const { times, panels, original } = comparison;
  const [value] = original.plane.data;
  if (original.plane.data.every((other) => other === value))
    return [`Every voxel of this slice is ${figure(value)}: there is nothing to compare.`];
  const first = panels.filter((panel) => panel.times === times[0]);
  const rank = (key: MetricKey) => ranked(comparison, first, key);
  return [
    ...finerThanTheGrid(first),
    ...falseDetail(rank("asr")),
    ...blur(rank("edgeRetention")),
    ...closest(rank("ksrRaw")),
    ...ringing(rank("stepOvershoot")),
    ...brightness(comparison),
  ];
}

function finerThanTheGrid([panel]: readonly Panel[]): string[] {
  const ober = panel?.report.values.ober;
  if (!ober) return [];
  return [
    `${percent(ober)} of this slice's contrast energy is finer than the smaller grid can carry: a method removes it, or it comes back as false detail.`,
  ];
}

function falseDetail(order: readonly Ranked[]): string[] {
  const clean = order.filter(({ value }) => value < NOTHING).map(({ title }) => title);
  const dirty = order.filter(({ value }) => value >= NOTHING);
  const sentences = clean.length > 0 ? [`No false detail is left by ${listed(clean)}.`] : [];
  const worst = dirty.at(-1);
  if (worst === undefined) return sentences;
  const least =
    clean.length === 0 && dirty.length > 1
      ? `, the least in ${dirty[0].title} (${percent(dirty[0].value)})`
      : "";
  return [
    ...sentences,
    `Of the linear methods, ${worst.title} shows the most false detail, ${percent(worst.value)} of the true detail${least}.`,
  ];
}

function blur(order: readonly Ranked[]): string[] {
  if (order.length < 2 || order[0].value >= 1) return [];
  const { title, value } = order[0];
  return [`${title} blurs most: ${percent(value)} of the edge strength of a low-resolution scan is left.`];
}

function closest(order: readonly Ranked[]): string[] {
  if (order.length < 2) return [];
  const [best, worst] = [order[0], order[order.length - 1]];
  if (worst.value < NOTHING) return [];
  return [
    `${best.title} comes closest to what the scanner would have measured at the lower resolution (residual energy ${percent(best.value)}); ${worst.title} is furthest from it (${percent(worst.value)}).`,
  ];
}

function ringing(order: readonly Ranked[]): string[] {
  const ringing = order.at(-1);
  if (ringing === undefined || ringing.value < 1) return [];
  return [
    `${ringing.title} overshoots most beside sharp edges, by ${figure(ringing.value)} % of their height.`,
  ];
}

/** Brightness of MaxPool, or whatever changes the mean most, after each number of applications. */
function brightness({ panels, methods, original }: Comparison): string[] {
  const change = ({ report }: Panel) => report.values.meanPreservation ?? 0;
  const strongest = panels.reduce<Panel | null>(
    (best, panel) => (best === null || Math.abs(change(panel)) > Math.abs(change(best)) ? panel : best),
    null,
  );
  const named = panels.find(({ method }) => method === "maxpool") ?? strongest;
  if (named === null || Math.abs(change(named)) < 1e-3) return [];
  const { title } = methods.find(({ id }) => id === named.method)!;
  const steps = panels
    .filter(({ method }) => method === named.method)
    .map((panel) => `${panel.report.values.outMean!.toPrecision(3)} applied ${countOf(panel.times)}`);
  const direction = change(named) > 0 ? "raises" : "lowers";
  return [
    `${title} ${direction} the mean brightness from ${mean(original.plane).toPrecision(3)} to ${steps.join(" and to ")}.`,
  ];
}
