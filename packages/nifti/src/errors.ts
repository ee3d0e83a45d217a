import { HalfbandError } from "@halfband/ops";

/** The error for bytes that are no readable NIfTI image. */
export const invalidNifti = (
  message: string,
  got: unknown,
  expected: unknown,
  cause?: unknown,
): HalfbandError => new HalfbandError("INVALID_NIFTI", message, { op: "readNifti", got, expected, cause });

/** The error for an option of `writeNifti` that cannot be met. */
export const invalidOption = (
  option: string,
  message: string,
  got: unknown,
  expected: unknown,
): HalfbandError => new HalfbandError("INVALID_OPTION", message, { op: "writeNifti", option, got, expected });
