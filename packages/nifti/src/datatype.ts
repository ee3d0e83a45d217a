import { invalidNifti, invalidOption } from "./errors.ts";

/** The voxel types that can be read and written. */
export type DataType =
  | "uint8"
  | "int16"
  | "int32"
  | "float32"
  | "float64"
  | "int8"
  | "uint16"
  | "uint32"
  | "int64"
  | "uint64";

export interface VoxelType {
  readonly name: DataType;
  /** The `datatype` field of the header. */
  readonly code: number;
  /** Bytes a voxel takes. */
  readonly size: 1 | 2 | 4 | 8;
  /** Least and greatest float64 that fits; absent for the floating-point types, which are never scaled. */
  readonly range?: readonly [number, number];
}

export const VOXEL_TYPES: readonly VoxelType[] = [
  { name: "uint8", code: 2, size: 1, range: [0, 255] },
  { name: "int16", code: 4, size: 2, range: [-(2 ** 15), 2 ** 15 - 1] },
  { name: "int32", code: 8, size: 4, range: [-(2 ** 31), 2 ** 31 - 1] },
  { name: "float32", code: 16, size: 4 },
  { name: "float64", code: 64, size: 8 },
  { name: "int8", code: 256, size: 1, range: [-128, 127] },
  { name: "uint16", code: 512, size: 2, range: [0, 2 ** 16 - 1] },
  { name: "uint32", code: 768, size: 4, range: [0, 2 ** 32 - 1] },
  // The greatest float64 below 2^63 and 2^64.
  { name: "int64", code: 1024, size: 8, range: [-(2 ** 63), 2 ** 63 - 1024] },
  { name: "uint64", code: 1280, size: 8, range: [0, 2 ** 64 - 2048] },
];

/** What the standard defines and a real-valued float32 volume cannot hold. */
const REFUSED: Readonly<Record<number, string>> = {
  0: "unknown",
  1: "one bit per voxel",
  32: "complex64",
  128: "RGB24",
  1536: "float128",
  1792: "complex128",
  2048: "complex256",
  2304: "RGBA32",
};

const SUPPORTED = VOXEL_TYPES.map(({ name }) => name).join(", ");

export function voxelTypeOfCode(code: number): VoxelType {
  const type = VOXEL_TYPES.find((candidate) => candidate.code === code);
  if (type) return type;
  const name = REFUSED[code] ?? "not a NIfTI data type";
  throw invalidNifti(
    `The voxels have data type ${code} (${name}); expected one of ${SUPPORTED}.`,
    `${code} (${name})`,
    SUPPORTED,
  );
}

export function voxelTypeOfName(name: string): VoxelType {
  const type = VOXEL_TYPES.find((candidate) => candidate.name === name);
  if (type) return type;
  throw invalidOption("dataType", `dataType is "${name}"; expected one of ${SUPPORTED}.`, name, SUPPORTED);
}
