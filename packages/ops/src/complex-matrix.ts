import { HalfbandError } from "./errors.ts";
import type { FourierAxis } from "./fourier.ts";

export interface ComplexMatrix {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Entries that the matrix of an axis may have: half a gigabyte each for the real and the imaginary part. */
const MOST_ENTRIES = 2 ** 26;

/** A matrix of zeros for an axis. @throws `OUT_OF_MEMORY` for one that is too large. */
export function emptyMatrix({ size, out }: FourierAxis): ComplexMatrix {
  if (out * size > MOST_ENTRIES) {
    throw new HalfbandError(
      "OUT_OF_MEMORY",
      `a table of ${out} x ${size} numbers, expected at most ${MOST_ENTRIES}`,
      { got: out * size, expected: MOST_ENTRIES },
    );
  }
  return { re: new Float64Array(out * size), im: new Float64Array(out * size) };
}
