import { ROUNDING_DB } from "@halfband/compare";
import type { Metric } from "@halfband/measure";
import { figure } from "./table.ts";

/** Which way is good, in one sign. */
export const arrows: Readonly<Record<Metric["better"], string>> = { lower: "↓", higher: "↑", none: "" };

/** A metric's value for readers; what does not apply is a dash. */
export const metricValue = (value: number | null): string => {
  if (value === null) return "–";
  return Math.abs(value) < 1e-9 ? "0" : figure(value, 3);
};

/** The same for a metric whose values below some level mean nothing more. */
export const metricText = (key: string, value: number | null): string =>
  key === "asrDb" && value !== null && value < ROUNDING_DB ? `< ${ROUNDING_DB}` : metricValue(value);
