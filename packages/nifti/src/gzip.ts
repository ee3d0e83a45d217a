import { invalidNifti } from "./errors.ts";

/** Bytes in memory of their own, as a `Blob` or a `Response` wants them; TypeScript before 5.7 has no name for that. */
export type OwnBytes = ReturnType<typeof Uint8Array.of>;

/** Bytes handed to the inflater at a time; bounds what it copies at every member of a block-gzipped file. */
const CHUNK = 1 << 18;

/** CRC-32 (size in bytes) and length that close every gzip member. */
const TRAILER = 8;

/** Made with the first sum: programs that read no gzip file need not wait for it. */
let crcTable: Uint32Array | undefined;

const newCrcTable = (): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });

function crc32(bytes: Uint8Array, crc: number): number {
  crcTable ??= newCrcTable();
  const table = crcTable;
  let c = ~crc;
  for (let i = 0; i < bytes.length; i++) c = table[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Inflates gzip data of one or more members. Every member's CRC-32 and length are checked, which fflate does not
 * do: a stream cut anywhere, or damaged, is refused. Zeros behind the last member, as tapes and archives leave them,
 * count for nothing.
 */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const { Gunzip } = await import("fflate");
  const chunks: Uint8Array[] = [];
  let total = 0;
  let members = 0;
  let size = 0;
  let crc = 0;

  /** Whether what was inflated is all of the member whose last byte lies before `end`. */
  const isComplete = (end: number): boolean => {
    if (end <= TRAILER) return false;
    const trailer = new DataView(bytes.buffer, bytes.byteOffset + end - TRAILER, TRAILER);
    return trailer.getUint32(0, true) === crc && trailer.getUint32(4, true) === size % 2 ** 32;
  };

  /** The same for some end with nothing but zeros behind it; a trailer may end with zeros of its own. */
  const isPadded = (): boolean => {
    const last = bytes.findLastIndex((byte) => byte !== 0) + 1;
    for (let end = last; end <= Math.min(last + TRAILER, bytes.length); end++)
      if (isComplete(end)) return true;
    return false;
  };

  /** Checks the member whose last byte lies before `end`. */
  const closeMember = (end: number): void => {
    members++;
    if (!isComplete(end)) {
      throw invalidNifti(
        `The gzip data is truncated or damaged: member ${members} gave ${size} bytes from ${bytes.length} compressed bytes, and its CRC-32 and length do not match.`,
        `${size} bytes with CRC-32 ${crc.toString(16)}`,
        "the CRC-32 and length at the end of the member",
      );
    }
    size = 0;
    crc = 0;
  };

  const inflater = new Gunzip((chunk) => {
    if (chunk.length === 0) return;
    chunks.push(chunk);
    total += chunk.length;
    size += chunk.length;
    crc = crc32(chunk, crc);
  });
  inflater.onmember = closeMember;
  try {
    // Never pushed as final: fflate would then read the last member's trailer as one more block. The check of
    // that trailer says whether the data was complete.
    for (let i = 0; i < bytes.length; i += CHUNK) inflater.push(bytes.subarray(i, i + CHUNK));
    if (!isPadded()) closeMember(bytes.length);
  } catch (cause) {
    if (cause instanceof Error && cause.name === "HalfbandError") throw cause;
    // Zeros are no member that the inflater knows.
    if (isPadded()) return joined(chunks, total);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalidNifti(
      `The gzip data is truncated or damaged after ${total} inflated bytes: ${reason}.`,
      reason,
      "complete gzip data",
      cause,
    );
  }
  return joined(chunks, total);
}

function joined(chunks: readonly Uint8Array[], total: number): Uint8Array {
  if (chunks.length === 1) return chunks[0];
  const out = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/** One gzip member without a time stamp, so that equal volumes give equal bytes. */
export async function gzip(bytes: Uint8Array): Promise<OwnBytes> {
  const { gzipSync } = await import("fflate");
  return gzipSync(bytes, { mtime: 0 }) as OwnBytes;
}
