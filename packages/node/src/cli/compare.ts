import { join } from "node:path";
import {
  type AxisName,
  type Comparison,
  compare,
  defaultMethods,
  explain,
  findMethod,
  toJson,
} from "@halfband/compare";
import { type MetricKey, metrics } from "@halfband/measure";
import { HalfbandError } from "@halfband/ops";
import { type BackendOptions, createBackend } from "../backend.ts";
import { checkFolder, GENERATOR, writeFolder } from "../report/folder.ts";
import { version } from "../version.ts";
import { labelEvidence } from "./labels.ts";
import { arrows, metricText } from "./metrics.ts";
import { noteNonFinite } from "./non-finite.ts";
import { readScan } from "./read-scan.ts";
import { table, wrap } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface CompareScanOptions {
  readonly out: string;
  readonly axis?: AxisName;
  readonly slice?: number;
  readonly time?: number;
  readonly volume?: boolean;
  readonly methods?: readonly string[];
  readonly device?: BackendOptions["device"];
}

/** `halfband compare SCAN`: figures, metrics and a report in a folder. */
export async function compareScan(
  scan: string,
  options: CompareScanOptions,
  terminal: Terminal,
): Promise<void> {
  const { axis, slice: index, time, out, methods = defaultMethods } = options;
  if (methods.length === 0) {
    throw new HalfbandError(
      "INVALID_OPTION",
      `--methods is empty; expected some of ${defaultMethods.join(", ")}.`,
      { op: "compare", option: "methods" },
    );
  }
  methods.forEach(findMethod);
  await checkFolder(out);
  const volume = await readScan(scan, terminal);
  const labels = labelEvidence(volume);
  if (labels !== null)
    terminal.note(
      `Warning: ${scan} looks like a label map (${labels}); methods that average mix labels into values that mean nothing.`,
    );
  const progress = terminal.progress("compare", 2 * methods.length + 2);
  try {
    using backend = await createBackend({ device: options.device ?? "auto" });
    const comparison = await compare(volume, backend, {
      methods,
      ...(axis && { axis }),
      ...(index !== undefined && { index }),
      ...(time !== undefined && { time }),
      volume: options.volume ?? false,
      onProgress: (done, total, label) => progress.update(done, done < total ? label : "Drawing"),
    });
    noteNonFinite(comparison.slice, scan, terminal);
    const json = { generator: GENERATOR, version, scanFile: scan, ...toJson(comparison) };
    const { reportFiles } = await import("../report/files.ts");
    const files = await reportFiles(scan, comparison, (done) =>
      progress.update(2 * methods.length + done, "Drawing"),
    );
    await writeFolder(out, { ...files, "metrics.json": `${JSON.stringify(json, null, 2)}\n` });
    progress.end();
    terminal.data({ ...json, out, files: [...Object.keys(files), "metrics.json"] });
    terminal.result(summary(comparison));
    terminal.result(`\n${inShort(comparison, terminal.width)}`);
    terminal.result(`\nReport: ${join(out, "report.html")}`);
  } finally {
    progress.end();
  }
}

/** What the table in the terminal shows; everything else is in the report. */
const COLUMNS: readonly (readonly [key: MetricKey, title: string])[] = [
  ["ksrRaw", "residual"],
  ["asrDb", "aliasing dB"],
  ["meanPreservation", "brightness"],
  ["edgeRetention", "edges"],
  ["seeInteger", "shift error"],
  ["noiseSd", "noise"],
  ["ssim", "SSIM"],
];

/** Brightness as a percentage, everything else as in the report. */
function shown(key: MetricKey, value: number | null): string {
  if (key !== "meanPreservation" || value === null)
    return metricText(key, value === null || Math.abs(value) > 1e-6 ? value : 0);
  const percent = (100 * value).toFixed(1);
  return Math.abs(value) < 5e-4 ? "kept" : `${value > 0 ? "+" : ""}${percent} %`;
}

/** The findings of the report, one a line. */
const inShort = (comparison: Comparison, width: number): string =>
  explain(comparison)
    .map((sentence) => `- ${wrap(sentence, width - 2).replaceAll("\n", "\n  ")}`)
    .join("\n");

function summary({ methods, panels, times, slice, scan }: Comparison): string {
  const count = times[0];
  const rows = methods.map(({ id, title }) => {
    const { values } = panels.find((panel) => panel.method === id && panel.times === count)!.report;
    return [title, id, ...COLUMNS.map(([key]) => shown(key, values[key]))];
  });
  const heads = COLUMNS.map(([key, title]) =>
    `${title} ${arrows[metrics.find((metric) => metric.key === key)!.better]}`.trim(),
  );
  return [
    `Slice ${slice.axis} = ${slice.index} of ${scan.shape.join(" x ")} voxels, factor 2 along both axes; ↓ lower is better, ↑ higher is better.`,
    "",
    table(["method", "id", ...heads], rows, ["left", "left", ...COLUMNS.map(() => "right" as const)]),
    "",
    "residual: distance to what the scanner would have measured at the lower resolution (k-space crop).",
    "brightness: change of the mean, as a share of the range. edges: 1 is as sharp as the low-resolution scan.",
    "noise: what is left of it. –: defined for linear methods only.",
  ].join("\n");
}
