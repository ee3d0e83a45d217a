import {
  type Comparison,
  type MethodDescription,
  type Panel,
  type Pixels,
  ROUNDING_DB,
  toRgba,
} from "@halfband/compare";
import type { Plane } from "@halfband/measure";
import { figure } from "../cli/table.ts";
import type { Cell, ColourScale, Heading, Sheet } from "./sheet.ts";

/** Narrower panels are enlarged to about this many pixels. */
const PANEL_WIDTH = 360;

/** Panels on the screen: a whole multiple of the voxels where that comes near the wanted width. */
export function panelSize([width, height]: readonly [number, number]): [number, number] {
  const scale = Math.max(1, Math.round(PANEL_WIDTH / width));
  return [width * scale, height * scale];
}

const times = (count: number): string => ["Once", "Twice"][count - 1] ?? `${count} times`;

export const grey = (plane: Plane, { window }: Comparison): Pixels => toRgba(plane, window);
export const diverging = (plane: Plane, { differenceWindow }: Comparison): Pixels =>
  toRgba(plane, { ...differenceWindow, colorMap: "diverging" });
export const decibels = (plane: Plane, { spectrumWindow }: Comparison): Pixels =>
  toRgba(plane, spectrumWindow);

/** Top to bottom from the high end of a scale to the low one. */
function scaleOf(
  window: { low: number; high: number },
  unit: string,
  colorMap: "gray" | "diverging",
): ColourScale {
  const data = Float64Array.from({ length: 256 }, (_, i) => 255 - i);
  const mark = (value: number) =>
    `${colorMap === "diverging" && value > 0 ? "+" : ""}${unit === " dB" ? Math.round(value) : figure(value, 3)}${unit}`;
  return {
    top: mark(window.high),
    bottom: mark(window.low),
    ramp: toRgba({ data, shape: [256, 1] }, { low: 0, high: 255, colorMap }),
  };
}

const DIRECTIONS: Readonly<Record<string, string>> = {
  R: "right",
  L: "left",
  A: "front",
  P: "back",
  S: "head",
  I: "feet",
};

/** Where the slice lies and how it is shown. */
export function describeSlice({ slice, scan, volume }: Comparison): string {
  const { view, labels, convention } = slice.orientation;
  const series = (scan.shape[3] ?? 1) > 1 ? `, volume ${slice.time}` : "";
  const sides = [
    convention === "radiological" ? "patient's right on the left" : "",
    DIRECTIONS[labels.top] ? `${DIRECTIONS[labels.top]} at the top` : "",
  ].filter((side) => side !== "");
  const how = volume ? "downsampled as a volume" : "downsampled in the slice";
  const [height, width] = slice.cropped ? slice.plane.shape : slice.fullShape;
  const cut = slice.cropped ? ` of ${slice.fullShape[1]} x ${slice.fullShape[0]}` : "";
  return `${view} slice ${slice.axis} = ${slice.index}${series}, ${width} x ${height}${cut} voxels of ${figure(slice.zooms[1])} x ${figure(slice.zooms[0])} mm, ${how}; ${sides.join(", ")}`;
}

const sizeOf = ({ shape: [height, width] }: Plane): string => `${width} x ${height}`;

function aliasing({ report: { values, linear } }: Panel): string {
  if (!linear) return "not linear";
  return values.asrDb === null || values.asrDb < ROUNDING_DB
    ? "no aliasing"
    : `aliasing ${figure(values.asrDb, 2)} dB`;
}

function brightness({ report: { values } }: Panel): string {
  const change = 100 * (values.meanPreservation ?? 0);
  return Math.abs(change) < 0.05 ? "mean kept" : `mean ${change > 0 ? "+" : ""}${change.toFixed(1)} %`;
}

const percent = (value: number): string => `${figure(100 * value, value < 1 ? 2 : 3)} %`;

/** What to say under a method's pictures. */
export function panelCaptions(panel: Panel) {
  const { ksrRaw } = panel.volume ?? panel.report.values;
  return {
    image: `${sizeOf(panel.plane)}, ${brightness(panel)}`,
    difference: ksrRaw === null ? "" : `residual ${percent(ksrRaw)} of the energy`,
    spectrum: aliasing(panel),
  };
}

/** What to say under a method's zone plate. */
export function plateCaption({ report }: Panel): string {
  const { aliasVisibility } = report.values;
  return aliasVisibility === null ? "" : `${percent(aliasVisibility)} left where grey is right`;
}

/** A sheet of methods in columns: the scan, applied once, twice, the difference to the k-space crop, the spectrum. */
export function methodSheet(comparison: Comparison, ids: readonly string[], heading: Heading): Sheet {
  const { original, references, displaySize, methods } = comparison;
  const chosen = ids
    .map((id) => methods.find((method) => method.id === id))
    .filter((method) => method !== undefined);
  const counts = comparison.times;
  const first = counts[0];
  const picture = (pixels: Pixels, caption: string): Cell => ({ pixels, caption });
  const rows: { heading: Heading; scale: ColourScale | null; cells: Cell[] }[] = counts.map((count, i) => ({
    heading: {
      title: times(count),
      subtitle: `1/${comparison.stride ** count} of the size along each axis, same grey scale`,
    },
    scale: scaleOf(comparison.window, "", "gray"),
    cells: [
      i === 0
        ? picture(grey(original.plane, comparison), `${sizeOf(original.plane)}, full size`)
        : { text: GUIDE },
      picture(
        grey(references.find((r) => r.times === count)!.plane, comparison),
        sizeOf(references[i].plane),
      ),
      ...chosen.map((method) => {
        const p = panelOf(comparison, method, count);
        return picture(grey(p.plane, comparison), panelCaptions(p).image);
      }),
    ],
  }));
  rows.push({
    heading: {
      title: "Difference",
      subtitle: `to the k-space crop, ${times(first).toLowerCase()}; red is too bright, blue too dark`,
    },
    scale: scaleOf(comparison.differenceWindow, "", "diverging"),
    cells: [
      null,
      {
        text: "The reference: what the scanner would have measured with half the matrix. Differences are taken after removing each method's half-voxel offset.",
      },
      ...chosen.map((method) => {
        const p = panelOf(comparison, method, first);
        return picture(diverging(p.difference, comparison), panelCaptions(p).difference);
      }),
    ],
  });
  rows.push({
    heading: {
      title: "Spectrum",
      subtitle: `of the image above, ${times(first).toLowerCase()}; coarse detail in the middle, fine at the edge`,
    },
    scale: scaleOf(comparison.spectrumWindow, " dB", "gray"),
    cells: [
      picture(decibels(original.spectrum, comparison), "the scan's whole band"),
      picture(decibels(references[0].spectrum, comparison), "its inner half"),
      ...chosen.map((method) => {
        const p = panelOf(comparison, method, first);
        return picture(decibels(p.spectrum, comparison), panelCaptions(p).spectrum);
      }),
    ],
  });
  return {
    ...heading,
    columns: [
      { title: "Scan", subtitle: "full resolution" },
      { title: "k-space crop", subtitle: "the low-resolution scan" },
      ...chosen.map(({ title, explanation }) => ({ title, subtitle: shortened(explanation) })),
    ],
    rows: rows.map(({ heading, scale }) => ({ ...heading, scale })),
    cells: rows.map(({ cells }) => cells),
    panel: panelSize(displaySize),
    footer: footerOf(comparison),
  };
}

const GUIDE =
  "How to read\nEvery panel covers the same part of the scan at the same size, so a coarser voxel shows as a larger block. Jagged or broken edges that the scan does not have are aliasing: detail too fine for the smaller grid that comes back as something else.";

/** The first half of an explanation, before its colon. */
const shortened = (explanation: string): string => explanation.split(":")[0].replace(/\.$/, "");

const footerOf = ({ backend, precision, metricsVersion, window }: Comparison): string =>
  `Grey scale ${figure(window.low)} to ${figure(window.high)} (percentiles 1 and 99.5 of the slice). Borders joined as in k-space. Pictures in float32 on ${backend.device} (${backend.build}), metrics in ${precision}, version ${metricsVersion}. Made with halfband.`;

/** Zone plates in one row of the sheet. */
const PLATES_PER_ROW = 5;

/** The zone plate through every method. */
export function zonePlateSheet(comparison: Comparison): Sheet {
  const { original, methods, times: counts } = comparison;
  const plate = (plane: Plane, caption: string): Cell => ({
    pixels: toRgba(plane, { low: 0, high: 1 }),
    caption,
  });
  const cells = [
    plate(original.zonePlate, "The pattern\nfiner and finer outwards"),
    ...methods.map((method) => {
      const panel = panelOf(comparison, method, counts[0]);
      return plate(panel.zonePlate, `${method.title}\n${plateCaption(panel)}`);
    }),
  ];
  const rows = Array.from({ length: Math.ceil(cells.length / PLATES_PER_ROW) }, (_, i) =>
    cells.slice(PLATES_PER_ROW * i, PLATES_PER_ROW * (i + 1)),
  );
  return {
    title: "Zone plate",
    subtitle: `A test pattern through every method, ${times(counts[0]).toLowerCase()}. Rings in the middle are true; a perfect method shows even grey where they get too fine, and every ring around the middles of the edges is false.`,
    columns: rows[0].map(() => ({ title: "", subtitle: "" })),
    rows: rows.map(() => ({ title: "", subtitle: "", scale: null })),
    cells: rows,
    panel: [256, 256],
    footer: "Enlarged to the size of the pattern, every voxel a block. Made with halfband.",
  };
}

/** One method's panel after `count` applications. */
export const panelOf = (
  { panels }: Pick<Comparison, "panels">,
  { id }: Pick<MethodDescription, "id">,
  count: number,
): Panel => panels.find((panel) => panel.method === id && panel.times === count)!;
