import { useSignal } from "@preact/signals";
import { type MetricKey, metrics, patternMetrics } from "../engine/halfband.ts";
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
        <span class="progress-note" role="status">
          {state.progress ? `Measuring ${state.progress.label}…` : ""}
        </span>
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
                    {unit && <span class="unit"> {unit}</span>}
                    {better !== "none" && (
                      <span class="better"> {better === "lower" ? "less is better" : "more is better"}</span>
                    )}
                  </span>
                  <span class="explanation">{explanation}</span>
                </th>
                {methods.map((choice) => (
                  <Value key={idOf(choice)} state={state} method={idOf(choice)} metric={key} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </section>
  );
}

function Value({ state, method, metric }: { state: PanelsState; method: string; metric: MetricKey }) {
  const measured = state.metrics.get(method);
  if (measured === undefined) return <td class="waiting">…</td>;
  const value = measured.values[metric];
  if (value === null)
    return (
      <td class="none" title={measured.reasons[metric]}>
        –
      </td>
    );
  if (metric === "asrDb" && value < -120) return <td title="Below the rounding of single precision">none</td>;
  return <td>{figure(Math.abs(value) < 1e-9 ? 0 : value, 3)}</td>;
}
