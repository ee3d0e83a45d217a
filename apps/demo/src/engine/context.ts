import type { Progress } from "./protocol.ts";

export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

/** What a running job may do beside computing. */
export interface Context<Event> {
  /** Sends an interim result; buffers in `transfer` are handed over. */
  emit(event: Event, transfer?: readonly Transferable[]): void;
  progress(progress: Progress): void;
  /** Lets messages in. @throws `Cancelled` once the page has lost interest. */
  turn(): Promise<void>;
}

/** Buffers of the planes in a message, each once. */
export const buffersOf = (...planes: readonly (ArrayBufferView | null | undefined)[]): Transferable[] => [
  ...new Set(planes.flatMap((view) => (view?.buffer instanceof ArrayBuffer ? [view.buffer] : []))),
];
