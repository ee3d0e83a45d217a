import { bestOf, type Comparison, countOf, REFERENCE, unitOf } from "@halfband/compare";
import { type Metric, type MetricKey, metrics } from "@halfband/measure";
import { arrows, metricText } from "../cli/metrics.ts";
import { figure } from "../cli/table.ts";
import { panelOf } from "./figures.ts";
import { escapeHtml, scrolled, section } from "./markup.ts";

const WORDS: Readonly<Record<Metric["better"], string>> = {
  lower: "lower is better",
  higher: "higher is better",
  none: "",
};

/** Every metric by method: one table per number of applications. */
export function metricSection(comparison: Comparison): string {
  const tables = comparison.times.map(
    (count) =>
      `<h3>Applied ${countOf(count)}</h3>${scrolled(`Metrics, applied ${countOf(count)}`, metricTable(comparison, count))}`,
  );
  return section(
    "metrics",
    "Metrics",
    "Arrows say which way is good; the best of a row is green. Metrics that do not apply to a method are a dash, and its reason shows when the pointer rests on it.",
    tables.join(""),
  );
}

function metricTable(comparison: Comparison, count: number): string {
  const { methods } = comparison;
  const reports = methods.map((method) => panelOf(comparison, method, count).report);
  const rows = metrics.flatMap((metric) => {
    const values = reports.map((report) => report.values[metric.key]);
    if (values.every((value) => value === null)) return [];
    const write = (value: number) => metricText(metric.key, value);
    const best = bestOf(
      metric,
      values.map((value, i) => ({ method: methods[i].id, value })),
      write,
    );
    const cells = values.map((value, i) => {
      const reason = reports[i].reasons[metric.key as MetricKey];
      const title = value === null && reason ? ` title="${escapeHtml(reason)}"` : "";
      const isBest = value !== null && methods[i].id !== REFERENCE && write(value) === best;
      return `<td${isBest ? ' class="best"' : ""}${title}>${metricText(metric.key, value)}</td>`;
    });
    const unit = metric.unit === "" ? "" : ` <small>${escapeHtml(unitOf(metric))}</small>`;
    const arrow =
      arrows[metric.better] === ""
        ? ""
        : ` <span title="${WORDS[metric.better]}">${arrows[metric.better]}</span>`;
    return [
      `<tr><th>${escapeHtml(metric.title)}${arrow}${unit}<small>${escapeHtml(metric.explanation)}</small></th>${cells.join("")}</tr>`,
    ];
  });
  const heads = methods.map(({ title }) => `<th>${escapeHtml(title)}</th>`).join("");
  return `<table class="metrics"><thead><tr><th>Metric</th>${heads}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** Where the voxels of every result sit. */
export function geometrySection(comparison: Comparison): string {
  const rows = comparison.panels.map((panel) => {
    const title = comparison.methods.find(({ id }) => id === panel.method)!.title;
    const axes = comparison.volume
      ? "z, y, x"
      : [...comparison.slice.axes].map((axis) => "xyz"[axis]).join(", ");
    const list = (values: readonly number[]) => values.map((value) => figure(value, 6)).join(", ");
    return `<tr><th>${escapeHtml(title)}, ${countOf(panel.times)}</th><td>${list(panel.grid.map(({ spacing }) => spacing))}</td><td>${list(panel.grid.map(({ offset }) => offset))}<br><small>along ${axes}</small></td><td>${list(panel.zooms)}</td><td><pre>${matrix(panel.affine)}</pre></td></tr>`;
  });
  return section(
    "geometry",
    "Geometry",
    "Where the voxels of every result sit in the scan. Voxel m of an axis is centred on voxel offset + spacing x m of the scan; the affine says the same in scanner coordinates, so results overlay on the scan.",
    scrolled(
      "Geometry",
      `<table><thead><tr><th>Method</th><th>Spacing, voxels</th><th>Offset, voxels</th><th>Voxel size, mm</th><th>Affine of the slice</th></tr></thead><tbody>${rows.join("")}</tbody></table>`,
    ),
  );
}

function matrix(affine: readonly (readonly number[])[]): string {
  const cells = affine.map((row) => row.map((value) => figure(Math.abs(value) < 1e-9 ? 0 : value, 6)));
  const width = Math.max(...cells.flat().map((cell) => cell.length));
  return cells.map((row) => row.map((value) => value.padStart(width)).join("  ")).join("\n");
}
