/**
 * What went wrong, for programs. The recovery each code allows:
 *
 * - `INVALID_SHAPE`: the tensor's sizes do not fit the operator; the message says which sizes would.
 * - `INVALID_OPTION`: an option has a value it cannot have.
 * - `UNSUPPORTED`: this backend or build cannot do it; another may.
 * - `OUT_OF_MEMORY`: free tensors or use smaller ones; the backend stays usable.
 * - `DISPOSED`: the tensor or backend was given back before.
 * - `WRONG_BACKEND`: the tensors live on different backends; move one with `await x.to(backend)`.
 * - `NOT_READY`: the data is not here yet; `await y.data()` instead of `y.dataSync()`.
 * - `INVALID_NIFTI`: the bytes are not a NIfTI image that can be read.
 * - `DEVICE_LOST`: the GPU went away; create the backend again.
 * - `IO`: a file could not be read or written.
 */
export type ErrorCode =
  | "INVALID_SHAPE"
  | "INVALID_OPTION"
  | "UNSUPPORTED"
  | "OUT_OF_MEMORY"
  | "DISPOSED"
  | "WRONG_BACKEND"
  | "NOT_READY"
  | "INVALID_NIFTI"
  | "DEVICE_LOST"
  | "IO";

export interface ErrorDetail {
  /** Operator or function that refused. */
  op?: string;
  /** Name of the option or argument at fault. */
  option?: string;
  got?: unknown;
  expected?: unknown;
  cause?: unknown;
}

/** The one error type halfband throws on bad input; `message` is one sentence with the sizes in it. */
export class HalfbandError extends Error {
  override readonly name = "HalfbandError";
  readonly code: ErrorCode;
  readonly op?: string;
  readonly option?: string;
  readonly got?: unknown;
  readonly expected?: unknown;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    const { op, option, got, expected } = detail;
    Object.assign(this, { op, option, got, expected });
  }
}

/** True for a `HalfbandError`, and, where `code` is given, only for that code. Works across package copies. */
export function isHalfbandError(error: unknown, code?: ErrorCode): error is HalfbandError {
  return (
    error instanceof Error &&
    error.name === "HalfbandError" &&
    (code === undefined || (error as HalfbandError).code === code)
  );
}
