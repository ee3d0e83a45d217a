import { useSignal } from "@preact/signals";
import {
  bestOf,
  type Metric,
  type MetricKey,
  marksOf,
  metrics,
  patternMetrics,
  REFERENCE,
  ROUNDING_DB,
  unitOf,
} from "../engine/halfband.ts";
import { idOf } from "../engine/method.ts";
import type { PanelsState } from "../engine/use-panels.ts";
import { figure } from "../ui/numbers.ts";
import { TableScroll } from "../ui/table-scroll.tsx";
import { settings } from "./settings.ts";
import { titleOf } from "./titles.ts";

/** The metrics that say most at a glance; the others are one click away. */
const FIRST: readonly MetricKey[] = [
  "asrDb",
  "ksrRaw",
  "edgeRetention",
  "meanPreservation",
  "seeInteger",
  "noiseSd",
  "psnr",
  "ssim",
];

/** Metrics in the scan's own units, which may be small. */
const intensities: ReadonlySet<MetricKey> = new Set(
  metrics.filter(({ unit }) => unit === "image").map(({ key }) => key),
);

/** What was measured on the slice, with what it means. */
export function MetricsTable({ state }: { readonly state: PanelsState }) {
  const all = useSignal(false);
  const { methods } = settings.value;
  const rows = all.value
    ? metrics.filter(({ key }) => !patternMetrics.includes(key)) // the chart asks for those itself
    : FIRST.map((key) => metrics.find((metric) => metric.key === key)!);
  if (methods.length === 0) return null;
  const marks = marksOf(
    rows.flatMap(({ key }) => methods.flatMap((choice) => reasonOf(state, idOf(choice), key) ?? [])),
  );
  return (
    <section class="metrics" aria-labelledby="metrics-title">
      <div class="section-head">
        <h2 id="metrics-title">Measured on this slice</h2>
        <label class="check">
          <input
            type="checkbox"
            checked={all.value}
            onChange={({ currentTarget }) => {
              all.value = currentTarget.checked;
            }}
          />
          all metrics
        </label>
      </div>
      <TableScroll label="Metrics of every method">
        <table>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              {methods.map((choice) => (
                <th scope="col" key={idOf(choice)}>
                  {titleOf(choice)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((metric) => (
              <Row key={metric.key} state={state} metric={metric} marks={marks} />
            ))}
          </tbody>
        </table>
      </TableScroll>
      {marks.size > 0 && (
        <ol class="reasons hint" aria-label="Why values are missing">
          {[...marks.keys()].map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Why a method has no value for a metric; undefined where it has one, or may yet have. */
function reasonOf({ metrics }: PanelsState, method: string, key: MetricKey): string | undefined {
  const measured = metrics.get(method);
  return measured?.values[key] === null ? measured.reasons[key] : undefined;
}

/** Letters of the reasons below the table. */
type Marks = ReadonlyMap<string, string>;

interface RowProps {
  readonly state: PanelsState;
  readonly metric: Metric;
  readonly marks: Marks;
}

function Row({ state, metric, marks }: RowProps) {
  const { title, better, explanation } = metric;
  const key = metric.key as MetricKey;
  const unit = unitOf(metric);
  const bestText = best(state, metric);
  return (
    <tr>
      <th scope="row">
        <span class="metric-name">
          {title}
          {unit && <span class="unit"> {unit}</span>}
          {better !== "none" && (
            <span class="better">
              {unit ? ", " : " "}
              {better === "lower" ? "less is better" : "more is better"}
            </span>
          )}
        </span>
        <span class="explanation">{explanation}</span>
      </th>
      {settings.value.methods.map((choice) => (
        <Value
          key={idOf(choice)}
          state={state}
          method={idOf(choice)}
          metric={key}
          marks={marks}
          best={bestText}
        />
      ))}
    </tr>
  );
}

/** The best value of a row as it is written, where the methods differ and one can be better than another. */
function best({ metrics }: PanelsState, metric: Metric): string | null {
  const key = metric.key as MetricKey;
  const measured = [...metrics.values()].map(({ method, values }) => ({ method, value: values[key] }));
  return bestOf(metric, measured, (value) => textOf(key, value));
}

/** Ratios and shares below this are rounding. */
const ROUNDING = 1e-6;

function textOf(key: MetricKey, value: number): string {
  if (key === "asrDb" && value < ROUNDING_DB) return `< ${figure(ROUNDING_DB)}`;
  return figure(Math.abs(value) < ROUNDING && !intensities.has(key) ? 0 : value, 3);
}

interface ValueProps {
  readonly state: PanelsState;
  readonly method: string;
  readonly metric: MetricKey;
  readonly marks: Marks;
  readonly best: string | null;
}

function Value({ state, method, metric, marks, best }: ValueProps) {
  const measured = state.metrics.get(method);
  if (measured === undefined) return <td class="waiting">…</td>;
  const value = measured.values[metric];
  if (value === null) return <Missing mark={marks.get(reasonOf(state, method, metric) ?? "")} />;
  const text = textOf(metric, value);
  const isBest = method !== REFERENCE && text === best;
  return (
    <td class={isBest ? "best" : ""}>
      {text}
      {isBest && <span class="visually-hidden">, best</span>}
    </td>
  );
}

function Missing({ mark }: { readonly mark: string | undefined }) {
  if (mark === undefined) return <td class="none">–</td>;
  return (
    <td class="none">
      –<sup aria-hidden="true">{mark}</sup>
      <span class="visually-hidden">no value, reason {mark}</span>
    </td>
  );
}
