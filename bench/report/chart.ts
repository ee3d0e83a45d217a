import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { bestOf, ownOf } from "../goals.ts";
import type { Row } from "../measure.ts";

/** The maps that stand for an operator in the picture, in its order. */
const JOBS: readonly [op: string, shape: string][] = [
  ["maxPool 2", "1x32x128x128"],
  ["avgPool 2", "1x32x128x128"],
  ["maxPool 2", "1x1x182x218x182"],
  ["blurPool 3", "1x32x128x128"],
  ["blurPool 5", "1x32x128x128"],
  ["blurPool 3", "1x1x182x218x182"],
  ["maxBlurPool 2 + 5", "1x32x128x128"],
  ["conv 3 stride 1", "1x64x64x64"],
  ["conv 3 stride 2", "1x64x64x64"],
  ["conv 3 stride 1", "1x16x64x64x64"],
  ["flcPool", "1x64x64x64"],
  ["flcPool", "1x32x128x128"],
  ["flcPool", "1x1x182x218"],
  ["flcPool", "1x16x64x64x64"],
];

/** What stands in the picture, and in which colour. Native code is drawn hollow. */
const LIBRARIES = {
  "onnxruntime-web": "#4c78a8",
  "tfjs-backend-wasm": "#f58518",
  "OpenCV.js": "#54a24b",
  "@itk-wasm/downsample": "#b279a2",
  "pffft-wasm": "#9d755d",
  "kissfft-wasm": "#bab0ac",
  "fft.js": "#e45756",
  "onnxruntime-node": "#444444",
} as const;
const NATIVE = "onnxruntime-node";

interface Point {
  readonly job: string;
  readonly library: string;
  readonly times: number;
  readonly native: boolean;
}

/** Other libraries' times in units of halfband's, like with like: a dot each, halfband at 1. An SVG file. */
export async function chart(rows: readonly Row[], caption: string): Promise<string> {
  const points = JOBS.flatMap(([op, shape]) => pointsOf(rows, op, shape));
  const { spec } = compile(specification(points, caption));
  return `${await new vega.View(vega.parse(spec)).toSVG()}\n`;
}

function pointsOf(rows: readonly Row[], op: string, shape: string): Point[] {
  const here = rows.filter((row) => row.op === op && row.shape === shape);
  return Object.keys(LIBRARIES).flatMap((library) => {
    const rival = bestOf(here, library);
    if (!rival) return [];
    const times = rival.minMs / ownOf(here, "baseline", rival.copies);
    return [{ job: `${op}, ${shape}`, library, times, native: library === NATIVE }];
  });
}

function specification(points: readonly Point[], caption: string): TopLevelSpec {
  const libraries = Object.entries(LIBRARIES).filter(([name]) =>
    points.some(({ library }) => library === name),
  );
  const [domain, range] = [libraries.map(([name]) => name), libraries.map(([, color]) => color)];
  const times = points.map((point) => point.times);
  const extent = [Math.min(...times) / 1.2, Math.max(...times) * 1.2];
  const ticks = [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100];
  const encoding = {
    y: {
      field: "job",
      type: "nominal",
      sort: [...new Set(points.map(({ job }) => job))],
      title: null,
      axis: { grid: true, labelLimit: 300 },
    },
    x: {
      field: "times",
      type: "quantitative",
      scale: { type: "log", nice: false, domain: extent },
      title: "times halfband's time (one thread, logarithmic; left of the line: faster than halfband)",
      axis: { values: ticks, format: "~g" },
    },
    color: {
      field: "library",
      type: "nominal",
      scale: { domain, range },
      legend: {
        title: "hollow: native code",
        orient: "bottom",
        columns: 4,
        symbolSize: 110,
        labelLimit: 300,
      },
    },
  } as const;
  const mark = { type: "point", size: 110, strokeWidth: 2 } as const;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    padding: 12,
    width: 560,
    height: { step: 26 },
    title: { text: "Time other libraries take, in units of halfband's", subtitle: caption, anchor: "start" },
    data: { values: [...points] },
    layer: [
      { mark: { type: "rule", color: "#2a9d8f", size: 3 }, encoding: { x: { datum: 1 } } },
      { transform: [{ filter: "!datum.native" }], mark: { ...mark, filled: true }, encoding },
      { transform: [{ filter: "datum.native" }], mark, encoding },
    ],
    config: {
      font: "sans-serif",
      axis: { labelFontSize: 12, titleFontSize: 12 },
      legend: { labelFontSize: 12 },
    },
  };
}
