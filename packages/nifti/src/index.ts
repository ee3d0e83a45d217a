export { type Affine, axisCodes, resampleAffine } from "./affine.ts";
export type { DataType } from "./datatype.ts";
export type { Extension, NiftiHeader } from "./header.ts";
export { type BlobLike, type NiftiBytes, type NiftiSource, readNifti } from "./read.ts";
export { describeVolume, type TensorMaker, Volume } from "./volume.ts";
export { type TensorLike, type WriteOptions, writeNifti } from "./write.ts";
