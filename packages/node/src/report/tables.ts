import { bestOf, type Comparison, countOf, marksOf, REFERENCE, unitOf } from "@halfband/compare";
import { type Metric, metrics } from "@halfband/measure";
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
      `<h3>Applied ${countOf(count)}</h3>${metricTable(comparison, count, `Metrics, applied ${countOf(count)}`)}`,
  );
  return section(
    "metrics",
    "Metrics",
    "↓ lower is better, ↑ higher is better; the best of a row is green. A dash with a letter is a metric that does not apply to a method; the letter stands below the table with the reason.",
    tables.join(""),
  );
}

function metricTable(comparison: Comparison, count: number, label: string): string {
  const { methods } = comparison;
  const reports = methods.map((method) => panelOf(comparison, method, count).report);
  const shown = metrics.filter(({ key }) => reports.some(({ values }) => values[key] !== null));
  const marks = marksOf(
    shown.flatMap(({ key }) =>
      reports.flatMap(({ values, reasons }) => (values[key] === null ? (reasons[key] ?? []) : [])),
    ),
  );
  const rows = shown.map((metric) => {
    const values = reports.map((report) => report.values[metric.key]);
    const write = (value: number) => metricText(metric.key, value);
    const best = bestOf(
      metric,
      values.map((value, i) => ({ method: methods[i].id, value })),
      write,
    );
    const cells = values.map((value, i) => {
      if (value === null) return missing(marks.get(reports[i].reasons[metric.key] ?? ""));
      const isBest = methods[i].id !== REFERENCE && write(value) === best;
      return `<td${isBest ? ' class="best"' : ""}>${write(value)}</td>`;
    });
    const unit = metric.unit === "" ? "" : ` <small>${escapeHtml(unitOf(metric))}</small>`;
    const arrow =
      arrows[metric.better] === ""
        ? ""
        : ` <span title="${WORDS[metric.better]}">${arrows[metric.better]}</span>`;
    return `<tr><th>${escapeHtml(metric.title)}${arrow}${unit}<small>${escapeHtml(metric.explanation)}</small></th>${cells.join("")}</tr>`;
  });
  const heads = methods.map(({ title }) => `<th>${escapeHtml(title)}</th>`).join("");
  const table = `<table class="metrics"><thead><tr><th>Metric</th>${heads}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
  const notes = [...marks.keys()].map((reason) => `<li>${escapeHtml(reason)}</li>`).join("");
  return `${scrolled(label, table)}${notes && `<ol class="reasons" aria-label="Why values are missing">${notes}</ol>`}`;
}

/** The cell of a value that does not exist, with the letter of its reason. */
const missing = (mark: string | undefined): string =>
  mark === undefined
    ? "<td>–</td>"
    : `<td>–<sup aria-hidden="true">${mark}</sup><span class="hidden">no value, reason ${mark}</span></td>`;

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
