import { type AxisName, extractSlice, findMethod, planeOperator } from "@halfband/compare";
import { measure, metrics, type Report } from "@halfband/measure";
import { type BackendOptions, createBackend } from "../backend.ts";
import { readNifti } from "../files.ts";
import { arrows, metricText } from "./metrics.ts";
import { noteNonFinite, noteWarnings } from "./non-finite.ts";
import { table, wrap } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface MeasureScanOptions {
  readonly method: string;
  readonly axis?: AxisName;
  readonly slice?: number;
  readonly time?: number;
  readonly device?: BackendOptions["device"];
}

/** `halfband measure SCAN --method M`: every metric of one method on one slice. */
export async function measureScan(
  scan: string,
  options: MeasureScanOptions,
  terminal: Terminal,
): Promise<void> {
  const { axis, slice: index, time } = options;
  const method = findMethod(options.method);
  const volume = await readNifti(scan);
  noteWarnings(volume, scan, terminal);
  const slice = extractSlice(volume, {
    ...(axis && { axis }),
    ...(index !== undefined && { index }),
    ...(time !== undefined && { time }),
  });
  noteNonFinite(slice, scan, terminal);
  using backend = await createBackend({ device: options.device ?? "auto" });
  const report = measure(planeOperator(method, backend), slice.plane, {
    parameters: method.options,
    padding: "circular",
    noise: { samples: 2 ** 18 },
    zooms: slice.zooms,
    affine: slice.affine,
    axes: slice.axes,
  });
  terminal.data({
    scan,
    method: method.id,
    axis: slice.axis,
    slice: slice.index,
    time: slice.time,
    device: backend.info.device,
    report,
  });
  terminal.result(
    [
      `${method.title} on slice ${slice.index} across ${slice.axis} of ${scan}, ${report.measuredShape.join(" x ")} -> ${report.outputShape.join(" x ")}`,
      wrap(method.explanation, terminal.width),
      "",
      table(["metric", "value", "unit", "better", "meaning"], rows(report, terminal.width), [
        "left",
        "right",
      ]),
      "",
      ...missing(report),
    ].join("\n"),
  );
}

function rows({ values }: Report, width: number): string[][] {
  const known = metrics.filter(({ key }) => values[key] !== null);
  const titles = Math.max(...known.map(({ title }) => title.length));
  return known.flatMap(({ key, title, unit, better, explanation }) => {
    const lines = wrap(explanation, Math.max(40, width - titles - 32)).split("\n");
    const first = [title, metricText(key, values[key]), unit, arrows[better], lines[0]];
    return [first, ...lines.slice(1).map((line) => ["", "", "", "", line])];
  });
}

/** What does not apply, by reason. */
function missing({ values, reasons }: Report): string[] {
  const groups = new Map<string, string[]>();
  for (const { key, title } of metrics) {
    const reason = reasons[key];
    if (values[key] !== null || reason === undefined) continue;
    groups.set(reason, [...(groups.get(reason) ?? []), title]);
  }
  return [...groups].map(([reason, titles]) => `Not given (${reason}): ${[...new Set(titles)].join(", ")}.`);
}
