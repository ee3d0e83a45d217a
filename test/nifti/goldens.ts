import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type DataType, readNifti, type TensorLike, type Volume, writeNifti } from "@halfband/nifti";

/** What nibabel made of a file. */
interface Golden {
  readonly file: string;
  readonly image_file?: string;
  readonly expect: "ok" | "error";
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly byte_order: "little" | "big";
  readonly zooms: readonly number[];
  readonly scl_slope_used: number;
  readonly scl_inter_used: number;
  readonly qform_code: number;
  readonly sform_code: number;
  readonly qform: Matrix | null;
  readonly sform: Matrix | null;
  readonly affine: Matrix;
  readonly axis_codes: string;
  readonly xyzt_units: readonly [string, string];
  readonly n_extensions: number;
  readonly sha256_f32_file_order: string;
  readonly sha256_f32_c_order: string;
}

type Matrix = readonly (readonly number[])[];

export interface NiftiResult {
  readonly name: string;
  readonly passed: boolean;
  readonly reason?: string;
}

/** Above this many voxels the gzipped and the plain form share the versions and types between them. */
const MANY_VOXELS = 1 << 20;

/** Checks every file under `dir` that has a golden `FILE.json` beside it: decoding, refusal, write and re-read. */
export async function runNiftiGoldens(dir: string): Promise<NiftiResult[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && /\.(nii|hdr)(\.gz)?\.json$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const results: NiftiResult[] = [];
  for (const path of paths) {
    const name = relative(dir, path).replace(/\.json$/, "");
    const reason = await failureOf(path).catch((error: unknown) => String(error));
    results.push(reason === null ? { name, passed: true } : { name, passed: false, reason });
  }
  return results;
}

async function failureOf(path: string): Promise<string | null> {
  const golden = JSON.parse(await readFile(path, "utf8")) as Golden;
  const header = await readFile(join(dirname(path), golden.file));
  const source = golden.image_file
    ? { header, image: await readFile(join(dirname(path), golden.image_file)) }
    : header;
  if (golden.expect === "error") {
    const error = await readNifti(source).then(
      () => null,
      (thrown: unknown) => thrown as { code?: string },
    );
    if (error === null) return "read without an error; it must be refused";
    return error.code === "INVALID_NIFTI" ? null : `refused with ${String(error)}, expected INVALID_NIFTI`;
  }
  const volume = await readNifti(source);
  return differenceFromGolden(volume, golden) ?? (await writeDifference(volume));
}

function differenceFromGolden(volume: Volume, golden: Golden): string | null {
  const { header } = volume;
  const pairs: [string, unknown, unknown][] = [
    ["shape", volume.shape, golden.shape],
    ["data type", header.dataType, golden.dtype],
    ["byte order", header.littleEndian ? "little" : "big", golden.byte_order],
    ["slope", header.slope, golden.scl_slope_used],
    ["intercept", header.intercept, golden.scl_inter_used],
    ["qform code", header.qformCode, golden.qform_code],
    ["sform code", header.sformCode, golden.sform_code],
    ["axis codes", volume.axisCodes, golden.axis_codes],
    ["units", [header.spaceUnit, header.timeUnit], golden.xyzt_units],
    ["zooms", volume.zooms, golden.zooms],
    ["extensions", header.extensions.length, golden.n_extensions],
    ["data hash, file order", sha256(volume.data), golden.sha256_f32_file_order],
    ["data hash, C order", sha256(cOrder(volume)), golden.sha256_f32_c_order],
  ];
  for (const [what, got, expected] of pairs) {
    if (JSON.stringify(got) !== JSON.stringify(expected)) {
      return `${what} is ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`;
    }
  }
  const matrices: [string, Matrix | null, Matrix | null][] = [
    ["affine", volume.affine, golden.affine],
    ["qform", header.qform, golden.qform],
    ["sform", header.sform, golden.sform],
  ];
  for (const [what, got, expected] of matrices) {
    if (expected && !sameMatrix(got, expected)) {
      return `${what} is ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`;
    }
  }
  return null;
}

/** Within 1e-6 of the greatest element of each column: translations and voxel sizes have scales of their own. */
function sameMatrix(got: Matrix | null, expected: Matrix): boolean {
  if (got === null) return false;
  return [0, 1, 2, 3].every((column) => {
    const size = Math.max(...expected.map((row) => Math.abs(row[column])));
    return expected.every((row, i) => Math.abs(got[i][column] - row[column]) <= 1e-6 * size);
  });
}

const sha256 = (data: Float32Array): string =>
  createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex");

/** The values with the last index fastest. */
function cOrder({ data, shape }: Volume): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const out = new Float32Array(data.length);
  let at = 0;
  const walk = (axis: number, from: number): void => {
    const last = axis === shape.length - 1;
    for (let i = 0; i < shape[axis]; i++) {
      if (last) out[at++] = data[from + i * strides[axis]];
      else walk(axis + 1, from + i * strides[axis]);
    }
  };
  walk(0, 0);
  return out;
}

/** The volume as the tensor that no operator has touched. */
function untouched(volume: Volume): TensorLike {
  return volume.tensor({
    tensor: (data, shape) => ({
      shape,
      grid: shape.slice(2).map(() => ({ offset: 0, spacing: 1 })),
      data: async () => data,
    }),
  });
}

interface Form {
  readonly version: 1 | 2;
  readonly gzip: boolean;
  readonly dataType: DataType;
}

function formsFor(volume: Volume): Form[] {
  const own = volume.header.dataType;
  const forms: Form[] = [];
  for (const version of [1, 2] as const) {
    for (const gzip of [false, true]) {
      for (const dataType of ["float32", own] as const) forms.push({ version, gzip, dataType });
    }
  }
  if (volume.data.length <= MANY_VOXELS) return forms;
  return forms.filter(
    ({ version, gzip, dataType }) => gzip === (version === 2) && gzip === (dataType === own),
  );
}

async function writeDifference(volume: Volume): Promise<string | null> {
  const tensor = untouched(volume);
  for (const form of formsFor(volume)) {
    const bytes = await writeNifti(tensor, volume, form);
    const again = await readNifti(bytes);
    const name = `written as NIfTI-${form.version} ${form.dataType}${form.gzip ? " gzipped" : ""}`;
    const difference = differenceFromVolume(again, volume, form);
    if (difference) return `${name}: ${difference}`;
  }
  return null;
}

function differenceFromVolume(again: Volume, volume: Volume, form: Form): string | null {
  if (again.header.version !== form.version) return `version is ${again.header.version}`;
  if (again.header.dataType !== form.dataType) return `data type is ${again.header.dataType}`;
  const kept = ({ header, shape, axisCodes }: Volume): string =>
    JSON.stringify({
      shape,
      axisCodes,
      codes: [header.qformCode, header.sformCode, header.xyztUnits, header.intentCode],
      description: header.description,
      extensions: header.extensions.map(({ code, data }) => [code, ...data]),
    });
  if (kept(again) !== kept(volume)) return `the header is ${kept(again)}, expected ${kept(volume)}`;
  if (!sameMatrix(again.affine, volume.affine)) return `affine is ${JSON.stringify(again.affine)}`;
  for (let i = 0; i < volume.data.length; i++) {
    if (!Object.is(again.data[i], volume.data[i]) && again.data[i] !== volume.data[i]) {
      return `value ${i} is ${again.data[i]}, expected ${volume.data[i]}`;
    }
  }
  return null;
}
