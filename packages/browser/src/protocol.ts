import {
  type BackendInfo,
  type DType,
  type ErrorCode,
  HalfbandError,
  isHalfbandError,
  type Plan,
  type TensorData,
} from "@halfband/ops";
import type { ThreadStart, WasmOptions } from "@halfband/wasm";

/** Raised when messages change: a worker script copied from another version must be refused, not misunderstood. */
export const PROTOCOL = 3;

/**
 * What the page tells the worker. The page numbers buffers, programs (prepared plans) and reads; the worker does
 * the jobs in the order of their messages.
 */
export type Job =
  | {
      readonly kind: "start";
      readonly protocol: number;
      readonly options: Pick<
        WasmOptions,
        "threads" | "splitFrom" | "simd" | "precision" | "warmup" | "reason"
      >;
    }
  /** To a worker that becomes a thread of another one's pool, for good. */
  | { readonly kind: "thread"; readonly start: ThreadStart }
  | { readonly kind: "allocate"; readonly buffer: number; readonly bytes: number }
  | { readonly kind: "free"; readonly buffer: number }
  | { readonly kind: "write"; readonly buffer: number; readonly data: TensorData }
  | {
      readonly kind: "read";
      readonly ticket: number;
      readonly buffer: number;
      readonly dtype: DType;
      readonly length: number;
    }
  | {
      readonly kind: "prepare";
      readonly program: number;
      readonly plan: Plan;
      /** Buffers by the index of the plan's value. */
      readonly bound: ReadonlyMap<number, number>;
    }
  | {
      readonly kind: "run";
      readonly program: number;
      /** By the index of the plan's value. */
      readonly buffers: readonly (number | undefined)[];
    }
  | { readonly kind: "discard"; readonly program: number };

/**
 * What the worker answers: once to `start` or `thread`, once to every `read`. `startThread` is a question of its own: the
 * page starts a thread and tells the port `ready` or `refused`; anything that comes from there ends the thread.
 */
export type Answer =
  | { readonly kind: "started"; readonly info: BackendInfo }
  | { readonly kind: "ready" }
  | { readonly kind: "startThread"; readonly start: ThreadStart; readonly port: MessagePort }
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "data"; readonly ticket: number; readonly data: TensorData }
  | { readonly kind: "failed"; readonly ticket: number; readonly failure: Failure };

/** An error as it crosses threads; `code` is null where it was not halfband's own. */
export interface Failure {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly op?: string | undefined;
  readonly option?: string | undefined;
  readonly got?: unknown;
  readonly expected?: unknown;
}

export function failureOf(error: unknown): Failure {
  if (!isHalfbandError(error)) return { code: null, message: String(error) };
  const { code, message, op, option, got, expected } = error;
  return { code, message, op, option, got: sendable(got), expected: sendable(expected) };
}

export function errorOf({ code, message, op, option, got, expected }: Failure): Error {
  if (code === null) return new Error(`The halfband worker failed: ${message}`);
  return new HalfbandError(code, message, {
    ...(op !== undefined && { op }),
    ...(option !== undefined && { option }),
    got,
    expected,
  });
}

/** Functions and other objects may not cross. */
const sendable = (value: unknown): unknown =>
  typeof value === "object" || typeof value === "function" ? String(value) : value;
