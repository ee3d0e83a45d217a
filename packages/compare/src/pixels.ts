import type { Pair, Plane } from "@halfband/measure";
import { HalfbandError } from "@halfband/ops";

/** An image as canvases and PNG writers take it: rows from the top, 4 bytes per pixel. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: ReturnType<typeof Uint8ClampedArray.of>; // as ImageData wants it, in every TypeScript
}

/** `gray`: black to white. `diverging`: blue below the middle of the window, near-white at it, red above. */
export type ColorMap = "gray" | "diverging";

export interface PixelOptions {
  /** Values shown as the two ends of the colour map; beyond them the ends are kept. */
  readonly low: number;
  readonly high: number;
  readonly colorMap?: ColorMap;
}

type Color = readonly [number, number, number];

/** Evenly spaced colours; what lies between is interpolated. */
const STOPS: Readonly<Record<ColorMap, readonly Color[]>> = {
  gray: [
    [0, 0, 0],
    [255, 255, 255],
  ],
  diverging: [
    [8, 29, 88],
    [24, 80, 160],
    [80, 140, 205],
    [165, 200, 230],
    [245, 245, 245],
    [240, 190, 165],
    [220, 115, 90],
    [180, 40, 45],
    [100, 5, 25],
  ],
};

const LEVELS = 256;

function levelsOf(stops: readonly Color[]): Uint8ClampedArray {
  const levels = new Uint8ClampedArray(3 * LEVELS);
  for (let level = 0; level < LEVELS; level++) {
    const at = (level / (LEVELS - 1)) * (stops.length - 1);
    const lower = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      levels[3 * level + c] = stops[lower][c] + (at - lower) * (stops[lower + 1][c] - stops[lower][c]);
    }
  }
  return levels;
}

/**
 * Colours a plane. Values that are not finite become transparent.
 *
 * @example toRgba(panel.plane, { ...comparison.window }); // grey, one pixel per voxel
 */
export function toRgba(plane: Plane, { low, high, colorMap = "gray" }: PixelOptions): Pixels {
  const [height, width] = plane.shape;
  const data = new Uint8ClampedArray(4 * width * height);
  const levels = levelsOf(STOPS[colorMap]);
  const scale = high > low ? (LEVELS - 1) / (high - low) : 0;
  for (let i = 0; i < plane.data.length; i++) {
    const value = plane.data[i];
    if (!Number.isFinite(value)) continue;
    const level = Math.round(Math.min(LEVELS - 1, Math.max(0, (value - low) * scale)));
    data.set(levels.subarray(3 * level, 3 * level + 3), 4 * i);
    data[4 * i + 3] = 255;
  }
  return { width, height, data };
}

/**
 * Enlarges (or shrinks) to `width` x `height` by repeating pixels, so that every voxel of a small panel stays
 * visible as a block.
 *
 * @example resizeNearest(toRgba(panel.plane, comparison.window), ...comparison.displaySize);
 */
export function resizeNearest(pixels: Pixels, width: number, height: number): Pixels {
  for (const [option, got] of Object.entries({ width, height })) {
    if (Number.isInteger(got) && got >= 1) continue;
    throw new HalfbandError("INVALID_OPTION", `The ${option} is ${got}; expected a whole number of pixels.`, {
      op: "resizeNearest",
      option,
      got,
      expected: "a whole number of at least 1",
    });
  }
  const source = new Uint32Array(pixels.data.slice().buffer);
  const out = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * pixels.height) / height) * pixels.width;
    for (let x = 0; x < width; x++) {
      out[y * width + x] = source[row + Math.floor(((x + 0.5) * pixels.width) / width)];
    }
  }
  return { width, height, data: new Uint8ClampedArray(out.buffer) };
}

/** Width and height at which a plane has square millimetres: its finest axis one pixel per voxel. */
export function displaySize(shape: Pair, zooms: Pair): readonly [width: number, height: number] {
  const finest = Math.min(...zooms);
  return [Math.round((shape[1] * zooms[1]) / finest), Math.round((shape[0] * zooms[0]) / finest)];
}
