import { type ErrorCode, type ErrorDetail, HalfbandError } from "./errors.ts";

/** Throws the error whose sentence begins with the operator or function that refuses. */
export function fail(code: ErrorCode, op: string, sentence: string, detail?: Omit<ErrorDetail, "op">): never {
  throw new HalfbandError(code, `${op}: ${sentence}`, { op, ...detail });
}

/** Refuses more than can be held or made. */
export function atMost(
  code: ErrorCode,
  op: string,
  what: string,
  got: number,
  expected: number,
  option?: string,
  unit = "",
): void {
  if (got > expected) {
    const sentence = `${what} is ${got}${unit}; expected at most ${expected}.`;
    fail(code, op, sentence, { got, expected, ...(option && { option }) });
  }
}
