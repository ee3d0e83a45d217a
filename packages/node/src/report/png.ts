import type { Pixels } from "@halfband/compare";
import { encode } from "fast-png";

/** PNG bytes; the alpha channel is left out where everything is opaque. */
export function pngOf({ width, height, data }: Pixels): Uint8Array {
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] !== 255) return encode({ width, height, data, channels: 4 });
  }
  const rgb = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    rgb[to++] = data[from];
    rgb[to++] = data[from + 1];
    rgb[to++] = data[from + 2];
  }
  return encode({ width, height, data: rgb, channels: 3 });
}

/** A picture as the address of itself, for pages without a server. */
export const dataUri = (pixels: Pixels): string =>
  `data:image/png;base64,${Buffer.from(pngOf(pixels)).toString("base64")}`;
