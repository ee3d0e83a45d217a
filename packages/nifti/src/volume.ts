import { type Backend, HalfbandError, show, type Tensor } from "@halfband/ops";
import { type Affine, axisCodes, baseAffine } from "./affine.ts";
import { invalidNifti } from "./errors.ts";
import type { NiftiHeader } from "./header.ts";
import { swapBlocks } from "./layout.ts";
import { rangeOf } from "./scaling.ts";

/** What makes something of voxels: a backend makes tensors. */
export interface TensorMaker<T> {
  tensor(data: Float32Array, shape: readonly number[]): T;
}

/** A scan: header, place in space and voxel values. */
export class Volume {
  readonly header: NiftiHeader;
  /** Sizes in file order: x, y, z, t, ... */
  readonly shape: readonly number[];
  /** Voxel index to scanner coordinates: the sform if its code counts, else the qform, else the voxel sizes. */
  readonly affine: Affine;
  /** Scaled values in file order, first index fastest. */
  readonly data: Float32Array;

  constructor(header: NiftiHeader, data: Float32Array) {
    this.header = header;
    this.shape = header.shape;
    this.affine = chooseAffine(header);
    this.data = data;
  }

  /** Voxel sizes of every axis, in the header's units. */
  get zooms(): readonly number[] {
    return this.header.pixdim.slice(1, 1 + this.shape.length);
  }

  /** The direction that each of the axes x, y, z points to, as in "RAS". */
  get axisCodes(): string {
    return axisCodes(this.affine);
  }

  /**
   * The file axis (0 is x) of each spatial axis of the tensor, in tensor order. Axes of size 1 vanish; x stays where
   * all are.
   */
  get spatialAxes(): readonly number[] {
    const axes = [2, 1, 0].filter((axis) => (this.shape[axis] ?? 1) > 1);
    return axes.length > 0 ? axes : [0];
  }

  /** `[t, c, ...z, y, x]`, where c counts everything from the fifth dimension on. */
  get tensorShape(): readonly number[] {
    return [this.shape[3] ?? 1, this.channels, ...this.spatialAxes.map((axis) => this.shape[axis])];
  }

  /** Product of the dimensions from the fifth on. */
  get channels(): number {
    return this.shape.slice(4).reduce((product, size) => product * size, 1);
  }

  /**
   * The volume as a tensor of `backend`. The file's fastest index is the tensor's last axis, so only a scan of
   * several times and several channels is reordered; otherwise `data` itself is handed over.
   */
  tensor(backend: Backend): Tensor;
  tensor<T>(maker: TensorMaker<T>): T;
  tensor<T>(maker: TensorMaker<T>): T {
    if (typeof (maker as Partial<TensorMaker<T>> | undefined)?.tensor !== "function") {
      throw new HalfbandError(
        "INVALID_OPTION",
        `The backend is ${show(maker)}; expected what await createBackend() gives.`,
        { op: "volume.tensor", option: "backend", got: maker, expected: "a backend" },
      );
    }
    const [times] = this.tensorShape;
    return maker.tensor(swapBlocks(this.data, this.channels, times), this.tensorShape);
  }
}

function chooseAffine(header: NiftiHeader): Affine {
  if (header.sformCode > 0) return header.sform;
  if (header.qformCode === 0) return baseAffine(header);
  if (header.qform) return header.qform;
  const length = Math.hypot(...header.quaternion);
  if (!header.qoffset.every(Number.isFinite)) {
    throw invalidNifti(
      `The qform's offsets (qoffset) are ${header.qoffset.join(", ")}; expected finite numbers.`,
      header.qoffset,
      "finite numbers",
    );
  }
  throw invalidNifti(
    `The qform's quaternion (b, c, d) has the length ${length}; expected at most 1.`,
    header.quaternion,
    "a length of at most 1",
  );
}

/** What a person wants to know about a scan, as a plain object. */
export function describeVolume(volume: Volume) {
  const { header } = volume;
  const { min, max, nan, infinite } = rangeOf(volume.data);
  return {
    format: `NIfTI-${header.version}${header.pair ? " pair" : ""}`,
    byteOrder: header.littleEndian ? "little" : "big",
    shape: [...volume.shape],
    tensorShape: [...volume.tensorShape],
    dataType: header.dataType,
    slope: header.slope,
    intercept: header.intercept,
    zooms: [...volume.zooms],
    spaceUnit: header.spaceUnit,
    timeUnit: header.timeUnit,
    axisCodes: volume.axisCodes,
    affine: volume.affine.map((row) => [...row]),
    qformCode: header.qformCode,
    sformCode: header.sformCode,
    description: header.description,
    extensions: header.extensions.map(({ code, data }) => ({ code, bytes: data.length })),
    range: { min, max, nan, infinite },
    warnings: [...header.warnings],
  };
}
