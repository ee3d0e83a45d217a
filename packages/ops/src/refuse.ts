import { type ErrorCode, HalfbandError } from "./errors.ts";

/** Throws the error whose sentence begins with the operator or function that refuses. */
export function fail(
  code: ErrorCode,
  op: string,
  sentence: string,
  option?: string,
  got?: unknown,
  expected?: unknown,
): never {
  throw new HalfbandError(code, `${op}: ${sentence}`, { op, got, expected, ...(option && { option }) });
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
  if (got > expected)
    fail(code, op, `${what} is ${got}${unit}; expected at most ${expected}.`, option, got, expected);
}
