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

/** Gives the compiled module of a build; with `shared`, one whose memory threads share (see `shareMemory`). */
export type LoadModule = (build: Build, shared: boolean) => Promise<WebAssembly.Module>;

/** Compiles the copy that is embedded as base64; only the chosen build is loaded. */
export const compileEmbedded: LoadModule = async (build, shared) => {
  const { base64 } = await (build === "simd"
    ? import("./generated/core.simd.ts")
    : import("./generated/core.relaxed.ts"));
  const bytes = bytesOf(base64);
  return WebAssembly.compile(shared ? shareMemory(bytes) : bytes);
};

/** The import of the memory: its names, its kind, and flags that say it has a maximum. */
const MEMORY_IMPORT = [3, ..."env", 6, ..."memory"]
  .map((c) => (typeof c === "string" ? c.charCodeAt(0) : c))
  .concat(2, 1);
const SHARED = 3;

/** Bytes in memory of their own; TypeScript before 5.7 has no name for that. */
type OwnBytes = ReturnType<typeof Uint8Array.of>;

/** The same module with its memory shared, which is one flag of the import: no kernel needs to know. Changes `bytes`. */
export function shareMemory(bytes: OwnBytes): OwnBytes {
  const start = bytes.findIndex((_, at) => MEMORY_IMPORT.every((byte, i) => bytes[at + i] === byte));
  if (start < 0) throw new Error("The module imports no memory with a maximum.");
  bytes[start + MEMORY_IMPORT.length - 1] = SHARED;
  return bytes;
}

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
