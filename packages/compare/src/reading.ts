import type { Metric } from "@halfband/measure";

/** Colours of curves with a contrast of at least 3 to the page, light and dark. */
export const curveColours: readonly string[] = [
  "#df3b22",
  "#107dca",
  "#c37405",
  "#9e59cf",
  "#25935c",
  "#d53893",
  "#159090",
  "#9f8b08",
  "#6161e8",
  "#559626",
  "#d826d8",
  "#9c5c3b",
  "#697aae",
];

/** The method that the others are held against. */
export const REFERENCE = "kcrop";

/** Alias ratios below this come from rounding, in decibels. */
export const ROUNDING_DB = -100;

/** Units that need words. */
const UNITS: Readonly<Record<string, string>> = {
  R: "share of the data range",
  image: "in units of the image",
  sd: "noise levels",
};

/** A metric's unit for readers; empty where there is none. */
export const unitOf = ({ unit }: Pick<Metric, "unit">): string => UNITS[unit] ?? unit;

/** "once", "twice", "3 times". */
export const countOf = (times: number): string => ["once", "twice"][times - 1] ?? `${times} times`;

/** What a method was given for a metric. */
export interface Measured {
  readonly method: string;
  readonly value: number | null;
}

/**
 * The value of a metric to highlight, as `write` writes it for readers: null where all read the same, or where no
 * direction is better. The reference wins nothing.
 */
export function bestOf(
  { better }: Pick<Metric, "better">,
  measured: readonly Measured[],
  write: (value: number) => string,
): string | null {
  const known = measured.flatMap(({ method, value }) =>
    method === REFERENCE || value === null ? [] : [value],
  );
  if (better === "none" || new Set(known.map(write)).size < 2) return null;
  return write(better === "lower" ? Math.min(...known) : Math.max(...known));
}

/** A letter for every reason of values that are missing, in order: marks of notes below a table. */
export function marksOf(reasons: Iterable<string>): ReadonlyMap<string, string> {
  return new Map([...new Set(reasons)].map((reason, i) => [reason, String.fromCharCode(97 + i)]));
}
