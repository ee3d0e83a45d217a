const ZERO = { started: 0, terminated: 0, uploads: 0, downloads: 0 };

/** Workers, and what crossed their borders, since the last reset; none starts beyond `most`. */
export const counts = {
  ...ZERO,
  most: Number.POSITIVE_INFINITY,
  reset(most = Number.POSITIVE_INFINITY) {
    Object.assign(this, ZERO, { most });
  },
};

/** A worker that counts the messages that carry numbers, either way. */
export class CountingWorker extends Worker {
  constructor(address: string | URL, options?: WorkerOptions) {
    if (counts.started >= counts.most) throw new DOMException("too many workers", "SecurityError");
    super(address, options);
    counts.started++;
    this.addEventListener("message", ({ data }) => {
      if (carriesNumbers(data)) counts.downloads++;
    });
  }

  override postMessage(message: unknown, options?: StructuredSerializeOptions | Transferable[]): void {
    if (carriesNumbers(message)) counts.uploads++;
    super.postMessage(message, options as StructuredSerializeOptions);
  }

  override terminate(): void {
    counts.terminated++;
    super.terminate();
  }
}

const carriesNumbers = (message: unknown): boolean =>
  Object.values(message as object).some((value) => ArrayBuffer.isView(value));
