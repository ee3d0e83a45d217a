import { useSignal } from "@preact/signals";
import { type Metric, type MetricKey, metrics, patternMetrics } from "../engine/halfband.ts";
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

const DATA_RANGE = "R";
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
            {rows.map(({ key, title, unit, better, explanation }) => (
              <tr key={key}>
                <th scope="row">
                  <span class="metric-name">
                    {title}
                    {unit && unit !== DATA_RANGE && <span class="unit"> {unit}</span>}
                    {better !== "none" && (
                      <span class="better"> {better === "lower" ? "less is better" : "more is better"}</span>
                    )}
                  </span>
                  <span class="explanation">{explanation}</span>
                </th>
                {methods.map((choice) => (
                  <Value
                    key={idOf(choice)}
                    state={state}
                    method={idOf(choice)}
                    metric={key}
                    best={best(state, key, better)}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </section>
  );
}

/** The best value of a row, where the methods differ and one can be better than another. */
function best({ metrics }: PanelsState, key: MetricKey, better: Metric["better"]): number | null {
  // What the others are held against wins nothing.
  const values = [...metrics.values()]
    .filter(({ method }) => method !== "kcrop")
    .flatMap(({ values }) => values[key] ?? [])
    .map(settled);
  if (better === "none" || new Set(values).size < 2) return null;
  return better === "lower" ? Math.min(...values) : Math.max(...values);
}

/** Ratios and shares below this are rounding. */
const ROUNDING = 1e-6;
const settled = (value: number): number => (Math.abs(value) < ROUNDING ? 0 : value);

interface ValueProps {
  readonly state: PanelsState;
  readonly method: string;
  readonly metric: MetricKey;
  readonly best: number | null;
}

function Value({ state, method, metric, best }: ValueProps) {
  const measured = state.metrics.get(method);
  if (measured === undefined) return <td class="waiting">…</td>;
  const value = measured.values[metric];
  if (value === null)
    return (
      <td class="none" title={measured.reasons[metric]}>
        –
      </td>
    );
  const none = metric === "asrDb" && value < -120;
  const isBest = best !== null && method !== "kcrop" && settled(value) === best;
  return (
    <td class={isBest ? "best" : ""} title={none ? "Below the rounding of single precision" : undefined}>
      {none ? "none" : figure(intensities.has(metric) ? value : settled(value), 3)}
      {isBest && <span class="visually-hidden">, best</span>}
    </td>
  );
}
