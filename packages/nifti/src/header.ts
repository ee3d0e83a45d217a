import type { NIFTI1, NIFTI2 } from "nifti-reader-js";
import { type Affine, qformMatrix } from "./affine.ts";
import { type DataType, voxelTypeOfCode } from "./datatype.ts";
import { invalidNifti } from "./errors.ts";

/** A header extension; `code` names the program that wrote it. */
export interface Extension {
  readonly code: number;
  readonly data: Uint8Array;
}

/** The fields of a NIfTI-1 or NIfTI-2 header, as nibabel reads them. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  /** Byte order of the file. */
  readonly littleEndian: boolean;
  /** Header and image in two files. */
  readonly pair: boolean;
  /** Sizes in file order, first index fastest: x, y, z, t, ... */
  readonly shape: readonly number[];
  readonly dataType: DataType;
  readonly datatypeCode: number;
  /** Byte at which the voxels start. */
  readonly voxOffset: number;
  /** The scaling in force: `value = stored * slope + intercept`; 1 and 0 where the file names none. */
  readonly slope: number;
  readonly intercept: number;
  /** qfac, then the voxel sizes of every axis. */
  readonly pixdim: readonly number[];
  readonly xyztUnits: number;
  readonly spaceUnit: string;
  readonly timeUnit: string;
  readonly description: string;
  readonly auxFile: string;
  /** 0 where the form does not count, else what its coordinates mean: 1 scanner, 2 aligned, 3 Talairach, 4 MNI. */
  readonly qformCode: number;
  readonly sformCode: number;
  /** b, c, d of the unit quaternion. */
  readonly quaternion: readonly number[];
  readonly qoffset: readonly number[];
  /** What quaternion, pixdim and qoffset say; null where the quaternion is longer than 1. */
  readonly qform: Affine | null;
  readonly sform: Affine;
  readonly intentCode: number;
  readonly intentName: string;
  readonly intentParameters: readonly number[];
  readonly calMin: number;
  readonly calMax: number;
  /** Which axes are frequency (bits 0-1), phase (2-3) and slice (4-5), each 1 to 3 or 0. */
  readonly dimInfo: number;
  readonly sliceStart: number;
  readonly sliceEnd: number;
  readonly sliceCode: number;
  readonly sliceDuration: number;
  readonly timeOffset: number;
  readonly extensions: readonly Extension[];
  /** What the file says that no reader can use, and what stands in for it: a sentence each. */
  readonly warnings: readonly string[];
}

/** Bytes of the header proper, by version. Four more say whether extensions follow. */
export const HEADER_SIZE = { 1: 348, 2: 540 } as const;

const SPACE_UNITS: Readonly<Record<number, string>> = { 1: "meter", 2: "mm", 3: "micron" };
const TIME_UNITS: Readonly<Record<number, string>> = {
  8: "sec",
  16: "msec",
  24: "usec",
  32: "hz",
  40: "ppm",
  48: "rads",
};

/** Reads and checks the header at the start of `bytes`; extensions are read apart. */
export async function parseHeader(bytes: Uint8Array): Promise<NiftiHeader> {
  const { version, littleEndian } = detect(bytes);
  const size = HEADER_SIZE[version];
  if (bytes.length < size) {
    throw invalidNifti(
      `The header is truncated: ${bytes.length} bytes are there, NIfTI-${version} needs ${size}.`,
      bytes.length,
      size,
    );
  }
  const pair = checkMagic(bytes, version);
  // Loaded with the first scan: a process that only computes starts without it.
  const { NIFTI1, NIFTI2 } = await import("nifti-reader-js");
  const parsed = version === 1 ? new NIFTI1() : new NIFTI2();
  // Cut off behind the header: the parser then leaves extensions alone, which it reads without bounds.
  const block = bytes.slice(0, size);
  parsed.readHeader(block.buffer);
  const view = new DataView(block.buffer);

  const shape = checkedShape(dimensions(view, parsed, version, littleEndian));
  const type = voxelTypeOfCode(parsed.datatypeCode);
  const warnings: string[] = [];
  const pixdim = fixedPixdim(parsed.pixDims, warnings);
  const quaternion = [parsed.quatern_b, parsed.quatern_c, parsed.quatern_d];
  const qoffset = [parsed.qoffset_x, parsed.qoffset_y, parsed.qoffset_z];
  const qformCode = knownForm(parsed.qform_code);
  const sform = sformMatrix(view, version, littleEndian);
  const sformCode = usableForm(knownForm(parsed.sform_code), sform, shape, qformCode, warnings);
  const text = (start1: number, start2: number, length: number) =>
    latin1(block, version === 1 ? start1 : start2, length);
  return {
    version,
    littleEndian,
    pair,
    shape,
    dataType: type.name,
    datatypeCode: type.code,
    voxOffset: checkedOffset(parsed.vox_offset, version, pair),
    ...scalingOf(parsed.scl_slope, parsed.scl_inter),
    pixdim,
    xyztUnits: parsed.xyzt_units,
    spaceUnit: SPACE_UNITS[parsed.xyzt_units & 7] ?? "unknown",
    timeUnit: TIME_UNITS[parsed.xyzt_units & 56] ?? "unknown",
    description: text(148, 240, 80),
    auxFile: text(228, 320, 24),
    qformCode,
    sformCode,
    quaternion,
    qoffset,
    qform: qformMatrix({ shape, pixdim, quaternion, qoffset, version }),
    sform,
    intentCode: parsed.intent_code,
    intentName: text(328, 508, 16),
    intentParameters: [parsed.intent_p1, parsed.intent_p2, parsed.intent_p3],
    calMin: parsed.cal_min,
    calMax: parsed.cal_max,
    dimInfo: parsed.dim_info,
    sliceStart: parsed.slice_start,
    sliceEnd: parsed.slice_end,
    sliceCode: parsed.slice_code,
    sliceDuration: parsed.slice_duration,
    timeOffset: parsed.toffset,
    extensions: [],
    warnings,
  };
}

/** Version and byte order, from the header's own size in its first four bytes. */
function detect(bytes: Uint8Array): { version: 1 | 2; littleEndian: boolean } {
  if (bytes.length === 0)
    throw invalidNifti("The file is empty: it has 0 bytes, expected a NIfTI header.", 0, "348 or 540 bytes");
  if (bytes.length < 4) {
    throw invalidNifti(
      `The file has ${bytes.length} bytes; expected a NIfTI header of 348 or 540.`,
      bytes.length,
      "348 or 540 bytes",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian);
    if (size === HEADER_SIZE[1]) return { version: 1, littleEndian };
    if (size === HEADER_SIZE[2]) return { version: 2, littleEndian };
  }
  if (String.fromCharCode(...bytes.subarray(128, 132)) === "DICM") {
    throw invalidNifti(
      "The file is DICOM, expected NIfTI; dcm2niix makes one of a DICOM series.",
      "DICOM",
      "NIfTI",
    );
  }
  const first = view.getInt32(0, true);
  throw invalidNifti(
    `The file is not NIfTI: its first number is ${first}, expected the header size 348 or 540.`,
    first,
    "348 or 540",
  );
}

/** True for the header of a pair. NIfTI-2 adds line-end characters that a transfer as text would change. */
function checkMagic(bytes: Uint8Array, version: 1 | 2): boolean {
  const at = version === 1 ? 344 : 4;
  const magic = String.fromCharCode(...bytes.subarray(at, at + 4));
  const single = `n+${version}\0`;
  const double = `ni${version}\0`;
  if (magic !== single && magic !== double) {
    const shown = JSON.stringify(magic);
    throw invalidNifti(
      `The file is not NIfTI-${version}: its magic is ${shown}, expected "n+${version}" or "ni${version}".`,
      shown,
      `"n+${version}" or "ni${version}"`,
    );
  }
  if (version === 2) {
    const ends = [...bytes.subarray(8, 12)].join(" ");
    if (ends !== "13 10 26 10" && ends !== "0 0 0 0") {
      throw invalidNifti(
        `The NIfTI-2 header was changed in a transfer as text: bytes 8 to 11 are ${ends}, expected 13 10 26 10.`,
        ends,
        "13 10 26 10",
      );
    }
  }
  return magic === double;
}

/** The eight `dim` numbers. The parser gets 64-bit ones wrong beyond 2^31, so those are read here. */
function dimensions(
  view: DataView,
  parsed: NIFTI1 | NIFTI2,
  version: 1 | 2,
  littleEndian: boolean,
): readonly number[] {
  if (version === 1) return parsed.dims;
  return Array.from({ length: 8 }, (_, i) => Number(view.getBigInt64(16 + 8 * i, littleEndian)));
}

function checkedShape(dim: readonly number[]): readonly number[] {
  const [rank] = dim;
  if (!(rank >= 1 && rank <= 7)) {
    throw invalidNifti(`The image has ${rank} dimensions; expected 1 to 7.`, rank, "1 to 7");
  }
  const shape = dim.slice(1, 1 + rank);
  const voxels = shape.reduce((product, size) => product * size, 1);
  if (shape.some((size) => size < 1) || !Number.isSafeInteger(voxels)) {
    throw invalidNifti(
      `The image has the shape ${shape.join(" x ")}; expected sizes of at least 1 whose product a file can hold.`,
      shape,
      "sizes of at least 1",
    );
  }
  return shape;
}

function checkedOffset(offset: number, version: 1 | 2, pair: boolean): number {
  const whole = Math.trunc(offset);
  const least = pair ? 0 : HEADER_SIZE[version] + 4;
  if (!(whole >= least && Number.isSafeInteger(whole))) {
    throw invalidNifti(
      `The voxels are said to start at byte ${offset} (vox_offset); expected at least ${least}.`,
      offset,
      `at least ${least}`,
    );
  }
  return whole;
}

/** Slope 0, NaN or infinite means no scaling, whatever the intercept; a slope needs an intercept. */
function scalingOf(slope: number, intercept: number): { slope: number; intercept: number } {
  if (slope === 0 || !Number.isFinite(slope)) return { slope: 1, intercept: 0 };
  if (!Number.isFinite(intercept)) {
    throw invalidNifti(
      `The intercept (scl_inter) is ${intercept} beside a slope of ${slope}; expected a finite number.`,
      intercept,
      "a finite number",
    );
  }
  return { slope, intercept };
}

/** qfac is 1 or -1; spatial voxel sizes lose their sign, and 0 becomes 1, as does what is no number. */
function fixedPixdim(pixdim: readonly number[], warnings: string[]): readonly number[] {
  return pixdim.map((value, i) => {
    if (i === 0) return value === -1 ? -1 : 1;
    if (i > 3) return value;
    if (Number.isFinite(value)) return value === 0 ? 1 : Math.abs(value);
    warnings.push(`The voxel size along ${"xyz"[i - 1]} (pixdim) is ${value}; 1 stands in for it.`);
    return 1;
  });
}

/** A code outside the standard does not count. */
const knownForm = (code: number): number => (code >= 0 && code <= 5 ? code : 0);

/** The code of the sform, or 0 where its matrix places no voxels: then the next form counts, by the standard's order. */
function usableForm(
  code: number,
  sform: Affine,
  shape: readonly number[],
  qformCode: number,
  warnings: string[],
): number {
  if (code === 0) return 0;
  const isNumeric = sform.flat().every(Number.isFinite);
  const flat = [0, 1, 2].filter(
    (axis) => shape[axis] > 1 && sform.every((row, i) => i > 2 || row[axis] === 0),
  );
  if (isNumeric && flat.length === 0) return code;
  const fault = isNumeric
    ? `has no extent along ${flat.map((axis) => "xyz"[axis]).join(", ")}`
    : "holds numbers that are not finite";
  const other = qformCode > 0 ? "the qform stands in" : "the voxel sizes alone stand in";
  warnings.push(`The affine (sform) ${fault}; ${other} for it.`);
  return 0;
}

/** The stored rows; the parser keeps them only where it would choose them itself. */
function sformMatrix(view: DataView, version: 1 | 2, littleEndian: boolean): Affine {
  const at = (i: number) =>
    version === 1 ? view.getFloat32(280 + 4 * i, littleEndian) : view.getFloat64(400 + 8 * i, littleEndian);
  const rows = [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => at(4 * row + column)));
  return [...rows, [0, 0, 0, 1]];
}

/** Text up to its first NUL. */
function latin1(bytes: Uint8Array, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return String.fromCharCode(...(end < 0 ? field : field.subarray(0, end)));
}
