import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Comparison, countOf, curveColours } from "@halfband/compare";
import { panelOf } from "./figures.ts";
import { scriptJson, section } from "./markup.ts";

const require = createRequire(import.meta.url);

interface Plot {
  readonly title: string;
  readonly nyquist: number;
  readonly frequency: readonly number[];
  readonly series: readonly {
    readonly label: string;
    readonly colour: string;
    readonly dash: boolean;
    readonly values: readonly (number | null)[];
  }[];
}

/** Gain by frequency of every method along the columns axis of the slice, applied `count` times. */
function plotOf(comparison: Comparison, count: number): Plot {
  const curves = comparison.methods.map((method, i) => ({
    method,
    i,
    curve: panelOf(comparison, method, count).responses.find(({ axis }) => axis === 1),
  }));
  const known = curves.flatMap(({ method, i, curve }) => (curve ? [{ method, i, curve }] : []));
  const frequency = [...new Set(known.flatMap(({ curve }) => curve.frequency))].sort((a, b) => a - b);
  return {
    title: `Applied ${countOf(count)}`,
    nyquist: 0.5 / comparison.stride ** count,
    frequency,
    series: known.map(({ method, i, curve }) => {
      const at = new Map(curve.frequency.map((f, k) => [f, curve.magnitude[k]]));
      return {
        label: curve.kind === "linear" ? method.title : `${method.title} (describing)`,
        colour: curveColours[i % curveColours.length],
        dash: curve.kind !== "linear",
        values: frequency.map((f) => at.get(f) ?? null),
      };
    }),
  };
}

/** Frequency responses, drawn by uPlot from within the page. */
export async function plotSection(comparison: Comparison): Promise<string> {
  const [script, css] = await Promise.all(
    ["uplot/dist/uPlot.iife.min.js", "uplot/dist/uPlot.min.css"].map((name) =>
      readFile(require.resolve(name), "utf8"),
    ),
  );
  const plots = comparison.times.map((count) => plotOf(comparison, count));
  const body = plots.map((_, i) => `<div class="plot" id="plot-${i}"></div>`).join("");
  return section(
    "responses",
    "Frequency response",
    "Contrast that stripes of a given fineness keep, along one axis. Left of the dashed line the smaller grid can carry them: there a method should stay high. Right of it whatever is left comes back as false detail: there it should be zero. Dotted curves are describing functions of methods that are not linear. Click a name to hide its curve.",
    `<style>${css}</style>${body}<script>${script.replaceAll("</script", "<\\/script")}</script><script>const plots = ${scriptJson(plots)};${DRAW}</script>`,
  );
}

/** Runs in the page; colours follow its light or dark look. */
const DRAW = `
const drawn = [];
function draw() {
  for (const plot of drawn.splice(0)) plot.destroy();
  const look = getComputedStyle(document.documentElement);
  const text = look.getPropertyValue("--text").trim(), line = look.getPropertyValue("--line").trim();
  plots.forEach((plot, i) => {
    const place = document.getElementById("plot-" + i);
    const axis = (label) => ({ label, stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line } });
    const mark = (u) => {
      const x = u.valToPos(plot.nyquist, "x", true), { top, height } = u.bbox, c = u.ctx;
      c.save(); c.strokeStyle = text; c.setLineDash([6, 6]); c.lineWidth = 1.5;
      c.beginPath(); c.moveTo(x, top); c.lineTo(x, top + height); c.stroke(); c.restore();
    };
    const chart = new uPlot({
      title: plot.title, width: Math.max(280, place.clientWidth - 24), height: 380,
      scales: { x: { time: false, range: [0, 0.5] }, y: { range: (u, low, high) => [0, Math.max(1.05, high)] } },
      axes: [axis("cycles per voxel of the scan"), axis("gain")],
      series: [{ label: "frequency" }, ...plot.series.map((s) => ({ label: s.label, stroke: s.colour, width: 2, spanGaps: true, dash: s.dash ? [3, 4] : undefined, points: { show: false } }))],
      hooks: { draw: [mark] },
    }, [plot.frequency, ...plot.series.map((s) => s.values)], place);
    const canvas = chart.ctx.canvas;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Gain by frequency, " + plot.title.toLowerCase() + ": " + plot.series.map((s) => s.label).join(", "));
    drawn.push(chart);
  });
}
draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
let waiting = 0;
addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(draw, 150); });
`;
