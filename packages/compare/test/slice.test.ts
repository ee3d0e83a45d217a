import type { Affine } from "@halfband/nifti";
import { describe, expect, test } from "vitest";
import { extractSlice, orient } from "../src/index.ts";
import { colin, identity, scan } from "./scans.ts";

const voxel = (x: number, y: number, z: number): number => colin.data[x + 181 * (y + 217 * z)];

describe("a slice of a head", () => {
  const slice = extractSlice(colin);

  test("is axial, from the middle, cropped to eights and says so", () => {
    expect(slice).toMatchObject({ axis: "z", index: 90, time: 0, axes: [1, 0], cropped: true, nonFinite: 0 });
    expect(slice.fullShape).toEqual([217, 181]);
    expect(slice.plane.shape).toEqual([216, 176]);
    expect(slice.start).toEqual([0, 2]);
    expect(slice.plane.data[30 * 176 + 50]).toBe(voxel(52, 30, 90));
  });

  test("lies where its affine says", () => {
    expect(slice.affine.map((row) => row[3])).toEqual([-88, -125, 19, 1]);
  });

  test("is shown with the patient's front up and right on the left", () => {
    const { view, convention, labels } = slice.orientation;
    expect({ view, convention }).toEqual({ view: "axial", convention: "radiological" });
    expect(labels).toEqual({ top: "A", bottom: "P", left: "R", right: "L" });
    const shown = orient(slice.plane, slice.orientation);
    expect(shown.data[30 * 176 + 50]).toBe(voxel(2 + 175 - 50, 215 - 30, 90));
  });

  test("across x and y: up is up, the face looks left", () => {
    expect(extractSlice(colin, { axis: "y" }).orientation.labels).toMatchObject({ top: "S", left: "R" });
    const sagittal = extractSlice(colin, { axis: "x", index: 60 });
    expect(sagittal.orientation.labels).toMatchObject({ top: "S", left: "A" });
    expect(sagittal.orientation.convention).toBeNull();
    expect(sagittal.plane.data[20 * 216 + 100]).toBe(voxel(60, 100, 22));
  });
});

/** Every way in which voxel axes can lie along scanner axes. */
const placements = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
].flatMap((order) => Array.from({ length: 8 }, (_, signs) => ({ order, signs })));

test.each(placements)("shows any storage order $order, signs $signs the same way", ({ order, signs }) => {
  const size = 16;
  const affine: Affine = [0, 1, 2].map((row) =>
    [0, 1, 2, 3].map((column) => {
      if (column === 3 || order[column] !== row) return 0;
      return signs & (1 << column) ? -1 : 1;
    }),
  );
  // Bright where the patient's right, front and top meet.
  const world = (i: number): number[] => {
    const voxels = [i % size, Math.floor(i / size) % size, Math.floor(i / size / size)];
    return [0, 1, 2].map((row) => {
      const column = order.indexOf(row);
      return signs & (1 << column) ? size - 1 - voxels[column] : voxels[column];
    });
  };
  const volume = scan(
    [size, size, size],
    (i) => {
      const [right, front, top] = world(i);
      return right + 100 * front + 10000 * top;
    },
    [...affine, [0, 0, 0, 1]],
  );
  for (const axis of ["x", "y", "z"] as const) {
    const slice = extractSlice(volume, { axis });
    const shown = orient(slice.plane, slice.orientation).data;
    const { view } = slice.orientation;
    const [down, right] = view === "axial" ? [-100, -1] : view === "coronal" ? [-10000, -1] : [-10000, -100];
    expect(shown[size] - shown[0]).toBe(down);
    expect(shown[1] - shown[0]).toBe(right);
  }
});

test("NaN and infinity count as 0, and are counted", () => {
  const volume = scan(
    [16, 16, 1],
    (i) => (i === 3 ? Number.NaN : i === 4 ? Number.POSITIVE_INFINITY : 1),
    identity,
  );
  const slice = extractSlice(volume);
  expect(slice.nonFinite).toBe(2);
  expect([...slice.plane.data].slice(2, 6)).toEqual([1, 0, 0, 1]);
  expect(volume.data[3]).toBeNaN();
});

test("picks the time point, and the plane of a flat image", () => {
  const series = scan([16, 16, 16, 2], (i) => Math.floor(i / 16 ** 3), identity);
  expect(extractSlice(series, { time: 1 }).plane.data[0]).toBe(1);
  expect(extractSlice(scan([1, 16, 16], () => 1, identity)).axis).toBe("x");
});

test.each([
  ["index", { index: 181 }, "INVALID_OPTION", /from 0 to 180 along z/],
  ["index", { index: 1.5 }, "INVALID_OPTION", /whole number/],
  ["time", { time: 1 }, "INVALID_OPTION", /from 0 to 0/],
  ["axis", { axis: "w" as "x" }, "INVALID_OPTION", /x, y or z/],
  ["size", { multiple: 128 }, "INVALID_SHAPE", /217 x 181/],
])("refuses a bad %s", (_, options, code, message) => {
  expect(() => extractSlice(colin, options)).toThrow(message);
  expect(() => extractSlice(colin, options)).toThrow(expect.objectContaining({ code }));
});
