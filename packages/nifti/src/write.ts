import { checkOptions, type Grid, HalfbandError, show } from "@halfband/ops";
import { type DataType, type VoxelType, voxelTypeOfName } from "./datatype.ts";
import { encodeHeader, voxOffsetOf } from "./encode.ts";
import { invalidOption } from "./errors.ts";
import { gzip, type OwnBytes } from "./gzip.ts";
import type { NiftiHeader } from "./header.ts";
import { swapBlocks } from "./layout.ts";
import { resampledHeader } from "./resample.ts";
import { chooseScaling, type Scaling } from "./scaling.ts";
import type { Volume } from "./volume.ts";
import { encodeVoxels } from "./voxels.ts";

/** What is written: a tensor of any backend, `[t, c, ...spatial]`. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly grid: Grid;
  /** int32 data (indices, labels) is written as the numbers it holds. */
  data(): Promise<Float32Array | Int32Array>;
}

export interface WriteOptions {
  /** Voxel type of the file; integer types are scaled so that no finite value is clipped. Default "float32". */
  readonly dataType?: DataType;
  /** Default false. */
  readonly gzip?: boolean;
  /** NIfTI version; by default the scan's own. */
  readonly version?: 1 | 2;
}

const OPTIONS = ["dataType", "gzip", "version"] as const satisfies readonly (keyof WriteOptions)[];

/** The greatest size that a NIfTI-1 header can hold. */
const MAX_SIZE_1 = 32767;

/**
 * The bytes of a little-endian `.nii` (or `.nii.gz`) file that holds `tensor`, which an operator or a chain of them
 * made from `volume`. Place in space and voxel sizes follow the tensor's grid; everything else is the scan's.
 */
export async function writeNifti(
  tensor: TensorLike,
  volume: Volume,
  options: WriteOptions = {},
): Promise<OwnBytes> {
  checkOptions(options, OPTIONS, "writeNifti");
  checkArguments(tensor, volume);
  const type = voxelTypeOfName(options.dataType ?? "float32");
  const version = options.version ?? volume.header.version;
  if (version !== 1 && version !== 2) {
    throw invalidOption("version", `version is ${String(version)}; expected 1 or 2.`, version, "1 or 2");
  }
  checkTensor(tensor, volume);
  const placed = resampledHeader(volume, tensor);
  if (version === 1 && placed.shape.some((size) => size > MAX_SIZE_1)) {
    throw invalidOption(
      "version",
      `The shape ${placed.shape.join(" x ")} has a size above ${MAX_SIZE_1}; expected version 2.`,
      version,
      2,
    );
  }
  const [times, channels] = tensor.shape;
  const data = await tensor.data();
  const values = swapBlocks(data instanceof Float32Array ? data : new Float32Array(data), times, channels);
  const scaling = chooseScaling(values, type, ownScaling(volume.header, version));
  const header: NiftiHeader = {
    ...placed,
    ...scaling,
    version,
    dataType: type.name,
    datatypeCode: type.code,
    voxOffset: voxOffsetOf({ version, extensions: placed.extensions }),
  };
  const bytes = encode(header, type, values);
  return options.gzip ? gzip(bytes) : bytes;
}

function encode(header: NiftiHeader, type: VoxelType, values: Float32Array): OwnBytes {
  const bytes = new Uint8Array(header.voxOffset + values.length * type.size);
  encodeHeader(header, bytes);
  encodeVoxels(values, type, header.slope, header.intercept, bytes.subarray(header.voxOffset));
  return bytes;
}

/** The scan's scaling where its voxels were integers, in the precision that the written header has. */
function ownScaling({ dataType, slope, intercept }: NiftiHeader, version: 1 | 2): Scaling | null {
  if (!voxelTypeOfName(dataType).range) return null;
  if (version === 2) return { slope, intercept };
  const own = { slope: Math.fround(slope), intercept: Math.fround(intercept) };
  return own.slope !== 0 && Number.isFinite(own.slope) && Number.isFinite(own.intercept) ? own : null;
}

/** A forgotten or swapped argument, told before anything is read of it. */
function checkArguments(tensor: unknown, volume: unknown): void {
  if (typeof (tensor as Partial<TensorLike> | null)?.data !== "function")
    throw invalidOption("tensor", `The tensor is ${show(tensor)}; expected a tensor.`, tensor, "a tensor");
  if (!(volume as Partial<Volume> | null)?.header) {
    const expected = "the scan that the tensor was made from";
    throw invalidOption("volume", `The volume is ${show(volume)}; expected ${expected}.`, volume, expected);
  }
}

function checkTensor({ shape, grid }: TensorLike, volume: Volume): void {
  const rank = volume.spatialAxes.length;
  if (shape.length !== rank + 2) {
    throw new HalfbandError(
      "INVALID_SHAPE",
      `The tensor has the shape [${shape.join(", ")}]; the scan's tensor is [${volume.tensorShape.join(", ")}], so expected ${rank + 2} axes.`,
      { op: "writeNifti", option: "tensor", got: shape, expected: `${rank + 2} axes` },
    );
  }
  const sound = grid.every(
    ({ offset, spacing }) => Number.isFinite(offset) && spacing > 0 && spacing < Infinity,
  );
  if (grid.length !== rank || !sound) {
    throw invalidOption(
      "grid",
      `The tensor's grid is ${JSON.stringify(grid)}; expected a finite offset and a positive spacing for each of ${rank} axes.`,
      grid,
      `${rank} axes`,
    );
  }
}
