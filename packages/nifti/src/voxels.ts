import type { VoxelType } from "./datatype.ts";

/** Voxels converted at a time through a float64 block that stays in the cache. */
const BLOCK = 1 << 13;

const TWO_32 = 2 ** 32;

type NarrowArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** `count` voxels at the start of `bytes`, which must be aligned and little-endian, as every JavaScript host is. */
function viewOf(type: VoxelType, bytes: Uint8Array, count: number): NarrowArray {
  const at = [bytes.buffer, bytes.byteOffset, count] as const;
  switch (type.name) {
    case "uint8":
      return new Uint8Array(...at);
    case "int8":
      return new Int8Array(...at);
    case "uint16":
      return new Uint16Array(...at);
    case "int16":
      return new Int16Array(...at);
    case "uint32":
      return new Uint32Array(...at);
    case "int32":
      return new Int32Array(...at);
    case "float32":
      return new Float32Array(...at);
    case "float64":
      return new Float64Array(...at);
    default:
      // A 64-bit integer is the pair of its low and high word.
      return new Uint32Array(bytes.buffer, bytes.byteOffset, 2 * count);
  }
}

/** The voxel bytes aligned and little-endian; `bytes` itself where it is so already. */
function littleEndianAligned(bytes: Uint8Array, size: number, littleEndian: boolean): Uint8Array {
  const swap = size > 1 && !littleEndian;
  if (!swap && bytes.byteOffset % size === 0) return bytes;
  const out = bytes.slice();
  if (!swap) return out;
  for (let i = 0; i < out.length; i += size) {
    for (let low = i, high = i + size - 1; low < high; low++, high--) {
      const byte = out[low];
      out[low] = out[high];
      out[high] = byte;
    }
  }
  return out;
}

const isWide = (type: VoxelType): boolean => type.name === "int64" || type.name === "uint64";

/**
 * `raw * slope + intercept` in float64, rounded once to float32. `bytes` holds exactly the voxels; `beyond` counts those
 * that were finite and are infinite as float32.
 */
export function decodeVoxels(
  bytes: Uint8Array,
  type: VoxelType,
  littleEndian: boolean,
  slope: number,
  intercept: number,
): { data: Float32Array; beyond: number } {
  const count = bytes.length / type.size;
  let beyond = 0;
  const raw = viewOf(type, littleEndianAligned(bytes, type.size, littleEndian), count);
  // Without a scaling the conversion of typed arrays rounds once too, and keeps -0 and the bits of a NaN.
  if (slope === 1 && intercept === 0 && !isWide(type)) {
    const data = new Float32Array(raw);
    if (type.name === "float64")
      for (let i = 0; i < count; i++) if (isInfinite(data[i]) && !isInfinite(raw[i])) beyond++;
    return { data, beyond };
  }
  const out = new Float32Array(count);
  const block = new Float64Array(BLOCK);
  for (let start = 0; start < count; start += BLOCK) {
    const length = Math.min(BLOCK, count - start);
    if (isWide(type)) joinWords(raw as Uint32Array, start, length, type.name === "int64", block);
    else block.set(raw.subarray(start, start + length));
    for (let i = 0; i < length; i++) {
      out[start + i] = block[i] * slope + intercept;
      if (isInfinite(out[start + i]) && !isInfinite(block[i])) beyond++;
    }
  }
  return { data: out, beyond };
}

const isInfinite = (value: number): boolean => value === Infinity || value === -Infinity;

/** 64-bit integers as float64. `high * 2^32` is exact, so the one sum rounds correctly. */
function joinWords(
  words: Uint32Array,
  start: number,
  length: number,
  signed: boolean,
  block: Float64Array,
): void {
  for (let i = 0; i < length; i++) {
    const high = words[2 * (start + i) + 1];
    block[i] = (signed ? high | 0 : high) * TWO_32 + words[2 * (start + i)];
  }
}

/** The stored number nearest to `x`, halves to the even one, as numpy and nibabel round. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Writes `values` as little-endian voxels into `target`, which must be aligned. Integer types store
 * `(value - intercept) / slope`, rounded and held inside the type's range; NaN is stored as the value 0.
 */
export function encodeVoxels(
  values: Float32Array,
  type: VoxelType,
  slope: number,
  intercept: number,
  target: Uint8Array,
): void {
  const raw = viewOf(type, target, values.length);
  if (!type.range) {
    raw.set(values);
    return;
  }
  const [least, greatest] = type.range;
  const block = new Float64Array(BLOCK);
  for (let start = 0; start < values.length; start += BLOCK) {
    const length = Math.min(BLOCK, values.length - start);
    for (let i = 0; i < length; i++) {
      const value = values[start + i];
      const stored = roundHalfEven(((Number.isNaN(value) ? 0 : value) - intercept) / slope);
      block[i] = Math.min(greatest, Math.max(least, stored));
    }
    if (isWide(type)) splitWords(block, start, length, raw as Uint32Array);
    else raw.set(block.subarray(0, length), start);
  }
}

function splitWords(block: Float64Array, start: number, length: number, words: Uint32Array): void {
  for (let i = 0; i < length; i++) {
    const high = Math.floor(block[i] / TWO_32);
    words[2 * (start + i)] = block[i] - high * TWO_32;
    words[2 * (start + i) + 1] = high;
  }
}
