import type { Build } from "./core.ts";

/** Two smallest modules that only an engine with the feature accepts: i8x16.popcnt, i8x16.relaxed_swizzle. */
const probes: Record<Build, readonly number[]> = {
  simd: [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
    11,
  ],
  relaxed: [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2,
    253, 15, 253, 128, 2, 11,
  ],
};

/** True where this engine runs the instruction set. */
export const runs = (build: Build): boolean => WebAssembly.validate(Uint8Array.from(probes[build]));

/** Where the compiled module of a build comes from. */
export type LoadModule = (build: Build) => Promise<WebAssembly.Module>;

/** Compiles the copy that is embedded as base64; only the chosen build is loaded. */
export const compileEmbedded: LoadModule = async (build) => {
  const { base64 } = await (build === "simd"
    ? import("./generated/core.simd.ts")
    : import("./generated/core.relaxed.ts"));
  return WebAssembly.compile(bytesOf(base64));
};

/** What decodes base64 natively: newer engines, and Node. The loop below takes milliseconds. */
interface Decoders {
  readonly Uint8Array: { fromBase64?(base64: string): Uint8Array<ArrayBuffer> };
  readonly Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const { Uint8Array: Bytes, Buffer } = globalThis as unknown as Decoders;
  if (Bytes.fromBase64) return Bytes.fromBase64(base64);
  if (Buffer) return Buffer.from(base64, "base64");
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
