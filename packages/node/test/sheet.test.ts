import type { Pixels } from "@halfband/compare";
import { expect, it } from "vitest";
import { drawSheet, type Sheet } from "../src/report/sheet.ts";

const RED = [255, 0, 0, 255];
const GREEN = [0, 255, 0, 255];
const checks: Pixels = { width: 2, height: 2, data: Uint8ClampedArray.from([RED, GREEN, GREEN, RED].flat()) };

const sheet = (title: string, footer = ""): Sheet => ({
  title,
  subtitle: "words",
  columns: [{ title: "A < B & C", subtitle: "" }],
  rows: [{ title: "Row", subtitle: "", scale: null }],
  cells: [[{ pixels: checks, caption: "caption" }]],
  panel: [300, 200],
  footer,
});

const colourAt = ({ width, data }: Pixels, x: number, y: number): number[] => [
  ...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4),
];

it("shows every voxel as a block with hard edges", async () => {
  const page = await drawSheet(sheet("Title"));
  let [left, top] = [-1, -1];
  for (let i = 0; i < page.width * page.height && left < 0; i++) {
    const [x, y] = [i % page.width, Math.floor(i / page.width)];
    if (colourAt(page, x, y).every((value, c) => value === RED[c])) [left, top] = [x, y];
  }
  expect(left).toBeGreaterThan(0);
  for (const [x, y, colour] of [
    [0, 0, RED],
    [149, 99, RED],
    [150, 99, GREEN],
    [149, 100, GREEN],
    [299, 199, RED],
  ] as const) {
    expect(colourAt(page, left + x, top + y)).toEqual(colour);
  }
});

it("writes both ends of a scale apart beside a low panel", async () => {
  const scale = { top: "799", bottom: "0", ramp: checks };
  const low: Sheet = { ...sheet(""), rows: [{ title: "", subtitle: "", scale }], panel: [300, 16] };
  const page = await drawSheet(low);
  const written = Array.from({ length: page.height }, (_, y) =>
    Array.from({ length: 100 }, (_, x) => colourAt(page, page.width - 113 + x, y)).some(([red]) => red > 100),
  );
  expect(written.filter((one, y) => one && !written[y - 1])).toHaveLength(2);
});

it("sets the words that it is given", async () => {
  const [one, other] = [await drawSheet(sheet("Title")), await drawSheet(sheet("Other"))];
  expect(one.width).toBe(other.width);
  expect(one.data).not.toEqual(other.data);
  expect(
    (
      await drawSheet(
        sheet(
          "Title",
          "A footer that takes more than one line on a sheet as narrow as this one is, and so makes it higher",
        ),
      )
    ).height,
  ).toBeGreaterThan(one.height);
});
