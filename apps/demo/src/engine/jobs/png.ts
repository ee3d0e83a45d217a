import { encode } from "fast-png";
import { buffersOf } from "../context.ts";
import type { Jobs } from "../protocol.ts";

/** Pixels as a PNG file, without the detour over a canvas that may round colours. */
export async function png({ width, height, data }: Jobs["png"]["params"]) {
  const result = encode({ width, height, data, channels: 4, depth: 8 });
  return { result, transfer: buffersOf(result) };
}
