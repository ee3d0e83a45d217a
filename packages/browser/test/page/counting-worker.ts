/** What crossed the border of workers since the last reset. */
export const counts = {
  uploads: 0,
  downloads: 0,
  terminated: 0,
  reset() {
    Object.assign(this, { uploads: 0, downloads: 0, terminated: 0 });
  },
};

/** A worker that counts the messages that carry numbers, either way. */
export class CountingWorker extends Worker {
  constructor(address: string | URL, options?: WorkerOptions) {
    super(address, options);
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
