import { type ColorMap, type Plane, toRgba, type Window } from "../engine/halfband.ts";

const LEVELS = 256;
const ramp: Plane = { data: Float32Array.from({ length: LEVELS }, (_, i) => i), shape: [1, LEVELS] };
const tables = new Map<ColorMap, Uint32Array>();

/** The 256 colours of a map, one word per pixel. */
function tableOf(colorMap: ColorMap): Uint32Array {
  let table = tables.get(colorMap);
  if (table === undefined) {
    table = new Uint32Array(toRgba(ramp, { low: 0, high: LEVELS - 1, colorMap }).data.buffer);
    tables.set(colorMap, table);
  }
  return table;
}

/** The same pixels as `toRgba`, fast enough to redraw every panel within a frame. */
export function pixelsOf(plane: Plane, { low, high }: Window, colorMap: ColorMap = "gray"): ImageData {
  const [height, width] = plane.shape;
  const image = new ImageData(width, height);
  const out = new Uint32Array(image.data.buffer);
  const table = tableOf(colorMap);
  const scale = high > low ? (LEVELS - 1) / (high - low) : 0;
  const { data } = plane;
  for (let i = 0; i < data.length; i++) {
    const level = (data[i] - low) * scale;
    if (level >= LEVELS - 1) out[i] = table[LEVELS - 1];
    else if (level >= 0) out[i] = table[Math.round(level)];
    else if (level < 0) out[i] = table[0];
  }
  return image;
}
