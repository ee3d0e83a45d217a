import { type Comparison, explain } from "@halfband/compare";
import { figure } from "../cli/table.ts";
import { version } from "../version.ts";
import { describeSlice } from "./figures.ts";
import { escapeHtml, scrolled, section } from "./markup.ts";
import { pictureSection, plateSection } from "./pictures.ts";
import { plotSection } from "./plots.ts";
import { style } from "./style.ts";
import { geometrySection, metricSection } from "./tables.ts";

const SECTIONS = [
  ["pictures", "Pictures"],
  ["metrics", "Metrics"],
  ["responses", "Frequency response"],
  ["zone-plate", "Zone plate"],
  ["geometry", "Geometry"],
  ["method", "How it was computed"],
] as const;

/** Nothing may be loaded from anywhere: the page is all there is. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** One page that holds everything and opens from disk. */
export async function htmlReport(scan: string, comparison: Comparison): Promise<string> {
  const name = scan.split(/[/\\]/).at(-1)!;
  const body = [
    pictureSection(comparison),
    metricSection(comparison),
    await plotSection(comparison),
    plateSection(comparison),
    geometrySection(comparison),
    methodSection(comparison),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Downsampling compared: ${escapeHtml(name)}</title>
<style>${style}</style>
</head>
<body>
${headOf(name, comparison)}
<main>
${body.join("\n")}
<footer>Made with halfband ${escapeHtml(version)}. The same numbers are in metrics.json beside this page.</footer>
</main>
</body>
</html>
`;
}

function headOf(name: string, comparison: Comparison): string {
  const { scan, methods } = comparison;
  const facts = [
    [
      "Scan",
      `${name}, ${scan.shape.join(" x ")} voxels of ${scan.zooms
        .slice(0, 3)
        .map((zoom) => figure(zoom))
        .join(" x ")} mm, axes ${scan.axisCodes}`,
    ],
    ["Shown", describeSlice(comparison)],
    ["Methods", methods.map(({ title }) => title).join(", ")],
  ];
  const list = facts.map(([term, text]) => `<dt>${term}</dt><dd>${escapeHtml(text)}</dd>`).join("");
  const lead = explain(comparison);
  const findings =
    lead.length > 0
      ? `<h2>In short</h2><ul>${lead.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join("")}</ul>`
      : "";
  const links = SECTIONS.map(([id, title]) => `<a href="#${id}">${title}</a>`).join("");
  return `<header><h1>Downsampling compared</h1><dl class="facts">${list}</dl><nav>${links}</nav>${findings}</header>`;
}

function methodSection(comparison: Comparison): string {
  const {
    slice,
    backend,
    precision,
    metricsVersion,
    window,
    differenceWindow,
    spectrumWindow,
    methods,
    volume,
  } = comparison;
  const range = ({ low, high }: { low: number; high: number }) => `${figure(low)} to ${figure(high)}`;
  const facts = [
    [
      "Input",
      `${slice.plane.shape.join(" x ")} voxels (rows x columns) from row ${slice.start[0]}, column ${slice.start[1]} of ${slice.fullShape.join(" x ")}${slice.cropped ? ", cut to a multiple of twice the total factor" : ""}; not normalised${slice.nonFinite > 0 ? `; ${slice.nonFinite} voxels that were no finite number count as 0` : ""}`,
    ],
    [
      "Downsampling",
      volume
        ? "the whole volume along all three axes; metrics of the slice"
        : "the slice along its two axes, factor 2 each time",
    ],
    ["Borders", "joined (circular) for every method, as the DFT sees them"],
    [
      "Backend",
      `${backend.device} (${backend.build}, ${backend.threads} ${backend.threads === 1 ? "thread" : "threads"}). ${backend.reason}`,
    ],
    ["Arithmetic", `pictures float32, metrics ${precision}`],
    ["Grey scale", `${range(window)}, percentiles 1 and 99.5 of the slice, the same for every picture`],
    ["Differences", range(differenceWindow)],
    ["Spectra", `${range(spectrumWindow)} dB below the strongest`],
    ["Versions", `halfband ${version}, metrics ${metricsVersion}`],
  ];
  const list = facts.map(([term, text]) => `<dt>${term}</dt><dd>${escapeHtml(text)}</dd>`).join("");
  const settings = methods
    .map(
      ({ title, operator, options }) =>
        `<tr><th>${escapeHtml(title)}</th><td><code>${escapeHtml(operator)}</code></td><td><code>${escapeHtml(JSON.stringify(options))}</code></td></tr>`,
    )
    .join("");
  return section(
    "method",
    "How it was computed",
    "A k-space crop of a magnitude image is not quite the magnitude of a cropped complex image: they differ where the phase varies within a new voxel. Across a slice of a 2-D acquisition the scanner has a slice profile, not a crop.",
    `<dl class="facts">${list}</dl><h3>Settings</h3>${scrolled("Settings", `<table><thead><tr><th>Method</th><th>Operator</th><th>Options beside the stride</th></tr></thead><tbody>${settings}</tbody></table>`)}`,
  );
}
