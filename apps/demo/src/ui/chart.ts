const COLOURS = [
  "#d1495b",
  "#00798c",
  "#edae49",
  "#6a4c93",
  "#3a7d44",
  "#e07a5f",
  "#4d7ea8",
  "#9c6644",
  "#8d99ae",
  "#c77dff",
  "#2a9d8f",
  "#b5838d",
  "#577590",
];

export interface Line {
  readonly label: string;
  readonly values: readonly number[];
}

/** Draws lines over a common axis; the library comes with the first chart. Returns what takes the chart away. */
export async function drawCurves(
  element: HTMLElement,
  x: readonly number[],
  lines: readonly Line[],
  [xLabel, yLabel]: readonly [string, string],
): Promise<() => void> {
  const [{ default: UPlot }] = await Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]);
  const ink = getComputedStyle(element).getPropertyValue("color");
  const axis = {
    stroke: ink,
    grid: { stroke: "rgba(128, 128, 128, 0.25)" },
    ticks: { stroke: "rgba(128, 128, 128, 0.4)" },
  };
  const chart = new UPlot(
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
        ...lines.map(({ label }, i) => ({
          label,
          stroke: COLOURS[i % COLOURS.length],
          width: 2,
          points: { show: false },
        })),
      ],
    },
    [[...x], ...lines.map(({ values }) => [...values])],
    element,
  );
  const resize = new ResizeObserver(() =>
    chart.setSize({ width: Math.max(240, element.clientWidth), height: 280 }),
  );
  resize.observe(element);
  return () => {
    resize.disconnect();
    chart.destroy();
  };
}
