import { voxelTypeOfName } from "./datatype.ts";
import { extensionBytes, writeExtensions } from "./extension.ts";
import { HEADER_SIZE, type NiftiHeader } from "./header.ts";

type Kind = "u8" | "i16" | "i32" | "i64" | "f32" | "f64" | "text";

/** A field: its value, then kind and byte offset in NIfTI-1 and in NIfTI-2. Text has a fixed length. */
interface Field {
  readonly value: (header: NiftiHeader) => number | string | readonly number[];
  readonly at: readonly [Kind, number, Kind, number];
  readonly length?: number;
}

const FIELDS: readonly Field[] = [
  { value: (h) => HEADER_SIZE[h.version], at: ["i32", 0, "i32", 0] },
  { value: (h) => (h.version === 1 ? "n+1\0" : "n+2\0\r\n\x1a\n"), at: ["text", 344, "text", 4], length: 8 },
  { value: (h) => h.dimInfo, at: ["u8", 39, "u8", 524] },
  { value: dim, at: ["i16", 40, "i64", 16] },
  { value: (h) => h.intentParameters, at: ["f32", 56, "f64", 80] },
  { value: (h) => h.intentCode, at: ["i16", 68, "i32", 504] },
  { value: (h) => h.datatypeCode, at: ["i16", 70, "i16", 12] },
  { value: (h) => voxelTypeOfName(h.dataType).size * 8, at: ["i16", 72, "i16", 14] },
  { value: (h) => h.sliceStart, at: ["i16", 74, "i64", 224] },
  { value: (h) => h.pixdim, at: ["f32", 76, "f64", 104] },
  { value: (h) => h.voxOffset, at: ["f32", 108, "i64", 168] },
  { value: (h) => h.slope, at: ["f32", 112, "f64", 176] },
  { value: (h) => h.intercept, at: ["f32", 116, "f64", 184] },
  { value: (h) => h.sliceEnd, at: ["i16", 120, "i64", 232] },
  { value: (h) => h.sliceCode, at: ["u8", 122, "i32", 496] },
  { value: (h) => h.xyztUnits, at: ["u8", 123, "i32", 500] },
  { value: (h) => h.calMax, at: ["f32", 124, "f64", 192] },
  { value: (h) => h.calMin, at: ["f32", 128, "f64", 200] },
  { value: (h) => h.sliceDuration, at: ["f32", 132, "f64", 208] },
  { value: (h) => h.timeOffset, at: ["f32", 136, "f64", 216] },
  { value: (h) => h.description, at: ["text", 148, "text", 240], length: 80 },
  { value: (h) => h.auxFile, at: ["text", 228, "text", 320], length: 24 },
  { value: (h) => h.qformCode, at: ["i16", 252, "i32", 344] },
  { value: (h) => h.sformCode, at: ["i16", 254, "i32", 348] },
  { value: (h) => h.quaternion, at: ["f32", 256, "f64", 352] },
  { value: (h) => h.qoffset, at: ["f32", 268, "f64", 376] },
  { value: (h) => h.sform.slice(0, 3).flat(), at: ["f32", 280, "f64", 400] },
  { value: (h) => h.intentName, at: ["text", 328, "text", 508], length: 16 },
];

function dim({ shape }: NiftiHeader): number[] {
  const out = [shape.length, 1, 1, 1, 1, 1, 1, 1];
  shape.forEach((size, axis) => {
    out[axis + 1] = size;
  });
  return out;
}

const WRITERS: Readonly<
  Record<Exclude<Kind, "text">, [number, (view: DataView, at: number, x: number) => void]>
> = {
  u8: [1, (view, at, x) => view.setUint8(at, x)],
  i16: [2, (view, at, x) => view.setInt16(at, x, true)],
  i32: [4, (view, at, x) => view.setInt32(at, x, true)],
  i64: [8, (view, at, x) => view.setBigInt64(at, BigInt(x), true)],
  f32: [4, (view, at, x) => view.setFloat32(at, x, true)],
  f64: [8, (view, at, x) => view.setFloat64(at, x, true)],
};

/** Byte at which the voxels of a single file with these extensions start. */
export const voxOffsetOf = ({ version, extensions }: Pick<NiftiHeader, "version" | "extensions">): number =>
  HEADER_SIZE[version] + 4 + extensionBytes(extensions);

/** Writes header and extensions, little-endian, to the start of `bytes`, which is zero there. */
export function encodeHeader(header: NiftiHeader, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const { value, at, length = 0 } of FIELDS) {
    const kind = header.version === 1 ? at[0] : at[2];
    const start = header.version === 1 ? at[1] : at[3];
    const content = value(header);
    if (typeof content === "string") {
      const text = content.slice(0, length);
      for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i);
    } else if (kind !== "text") {
      const [size, write] = WRITERS[kind];
      const numbers = typeof content === "number" ? [content] : content;
      numbers.forEach((x, i) => {
        write(view, start + size * i, x);
      });
    }
  }
  if (header.extensions.length === 0) return;
  const size = HEADER_SIZE[header.version];
  bytes[size] = 1;
  writeExtensions(header.extensions, view, size + 4);
}
