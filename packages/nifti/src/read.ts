import { voxelTypeOfName } from "./datatype.ts";
import { invalidNifti } from "./errors.ts";
import { readExtensions } from "./extension.ts";
import { gunzip, isGzip } from "./gzip.ts";
import { HEADER_SIZE, parseHeader } from "./header.ts";
import { Volume } from "./volume.ts";
import { decodeVoxels } from "./voxels.ts";

/** A `Blob`, `File` or `Response`. */
export interface BlobLike {
  arrayBuffer(): Promise<ArrayBuffer>;
}

export type NiftiBytes = Uint8Array | ArrayBuffer | BlobLike;

/** One file, or the two files of a pair; each plain or gzipped. */
export type NiftiSource = NiftiBytes | { readonly header: NiftiBytes; readonly image: NiftiBytes };

/** Reads a NIfTI-1 or NIfTI-2 image of real-valued voxels, scaled to float32. */
export async function readNifti(source: NiftiSource): Promise<Volume> {
  if (typeof source !== "object" || source === null) {
    throw invalidNifti(
      `The source is ${String(source)}; expected bytes, a Blob or { header, image }.`,
      typeof source,
      "bytes, a Blob or { header, image }",
    );
  }
  if (!("header" in source)) return decode(await inflated(source), null);
  const [header, image] = await Promise.all([inflated(source.header), inflated(source.image)]);
  return decode(header, image);
}

async function inflated(source: NiftiBytes): Promise<Uint8Array> {
  const bytes = source instanceof Uint8Array ? source : new Uint8Array(await bufferOf(source));
  return isGzip(bytes) ? gunzip(bytes) : bytes;
}

async function bufferOf(source: ArrayBuffer | BlobLike): Promise<ArrayBuffer> {
  if (source instanceof ArrayBuffer) return source;
  if (typeof source?.arrayBuffer === "function") return source.arrayBuffer();
  throw invalidNifti(
    `The source, or a part of it, is ${source === undefined ? "undefined" : typeof source}; expected bytes, a Blob or { header, image }.`,
    typeof source,
    "bytes, a Blob or { header, image }",
  );
}

/** `image` is the second file of a pair, null for a single file. */
async function decode(file: Uint8Array, image: Uint8Array | null): Promise<Volume> {
  const header = await parseHeader(file);
  if (header.pair !== (image !== null)) {
    const [got, expected] = header.pair
      ? ["the header of a pair alone", "{ header, image } with both files"]
      : ["a single file given as the header of a pair", "the one file by itself"];
    throw invalidNifti(`The source is ${got}; expected ${expected}.`, got, expected);
  }
  const type = voxelTypeOfName(header.dataType);
  const voxels = header.shape.reduce((product, size) => product * size, 1);
  const bytes = image ?? file;
  const end = header.voxOffset + voxels * type.size;
  if (bytes.length < end) {
    const shape = header.shape.join(" x ");
    throw invalidNifti(
      `The image is truncated: ${bytes.length} bytes are there, ${shape} voxels of ${type.name} from byte ${header.voxOffset} on need ${end}.`,
      bytes.length,
      end,
    );
  }
  const extensionsEnd = image ? file.length : header.voxOffset;
  const extensions = readExtensions(
    file.subarray(HEADER_SIZE[header.version], extensionsEnd),
    header.littleEndian,
  );
  const stored = bytes.subarray(header.voxOffset, end);
  const { data, beyond } = decodeVoxels(stored, type, header.littleEndian, header.slope, header.intercept);
  const warnings = [...header.warnings];
  if (beyond > 0)
    warnings.push(
      `${beyond} of ${voxels} voxels are beyond float32, which ends at 3.4e38, and become infinite.`,
    );
  return new Volume({ ...header, extensions, warnings }, data);
}
