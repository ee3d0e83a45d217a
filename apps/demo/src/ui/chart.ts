import type UPlot from "uplot";
import { curveColours } from "../engine/halfband.ts";

type Drawn = Pick<UPlot, "ctx" | "bbox" | "valToPos">;

export interface Line {
  readonly label: string;
  readonly values: readonly number[];
}

/** Dashes and gaps of lines, so that neighbours differ in more than colour. */
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

export interface ChartText {
  readonly x: string;
  readonly y: string;
  /** What the chart shows, for those who cannot see it. */
  readonly label: string;
  /** Where a line goes up, and nothing where none does. */
  readonly mark?: number;
}

/** Draws lines over a common axis; the library comes with the first chart. Returns what takes the chart away. */
export async function drawCurves(
  element: HTMLElement,
  x: readonly number[],
  lines: readonly Line[],
  { x: xLabel, y: yLabel, label, mark }: ChartText,
): Promise<() => void> {
  const [{ default: Plot }] = await Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]);
  const ink = getComputedStyle(element).getPropertyValue("color");
  const axis = {
    stroke: ink,
    grid: { stroke: "rgba(128, 128, 128, 0.25)" },
    ticks: { stroke: "rgba(128, 128, 128, 0.4)" },
  };
  const chart = new Plot(
    {
      width: Math.max(240, element.clientWidth),
      height: 280,
      scales: { x: { time: false }, y: { range: (_, __, high) => [0, Math.max(1.1, high * 1.05)] } },
      axes: [
        { ...axis, label: xLabel },
        { ...axis, label: yLabel },
      ],
      series: [
        { label: xLabel },
        ...lines.map((line, i) => ({
          label: line.label,
          stroke: curveColours[i % curveColours.length],
          dash: DASHES[i % DASHES.length],
          width: 2,
          points: { show: false },
        })),
      ],
      hooks: { draw: mark === undefined ? [] : [(plot) => drawMark(plot, mark, ink)] },
    },
    [[...x], ...lines.map(({ values }) => [...values])],
    element,
  );
  chart.ctx.canvas.setAttribute("role", "img");
  chart.ctx.canvas.setAttribute("aria-label", label);
  const resize = new ResizeObserver(() =>
    chart.setSize({ width: Math.max(240, element.clientWidth), height: 280 }),
  );
  resize.observe(element);
  return () => {
    resize.disconnect();
    chart.destroy();
  };
}

function drawMark({ ctx, bbox, valToPos }: Drawn, mark: number, ink: string): void {
  const at = valToPos(mark, "x", true);
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.setLineDash([6, 6]);
  ctx.beginPath();
  ctx.moveTo(at, bbox.top);
  ctx.lineTo(at, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
