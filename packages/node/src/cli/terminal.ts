import { writeSync } from "node:fs";
import { Presets, SingleBar } from "cli-progress";

/** Work shorter than this shows no progress, in milliseconds. */
const QUIET = 1000;
/** Length of the bar, in characters. */
const BAR = 24;
/** Least time between two plain progress lines, where no terminal shows a bar. */
const LINE_EVERY = 5000;

/** What a command may print: results on stdout, everything about them on stderr. */
export interface Terminal {
  /** Machine output was asked for. */
  readonly json: boolean;
  /** Columns to wrap to. */
  readonly width: number;
  result(text: string): void;
  /** Machine output, the only thing on stdout with `--json`. */
  data(value: unknown): void;
  note(text: string): void;
  progress(title: string, total: number): Progress;
}

/** Progress of one piece of work. */
export interface Progress {
  /** Steps done so far, and what comes next. */
  update(done: number, label: string): void;
  /** Takes the bar away. */
  end(): void;
}

/** The process's own terminal. */
export const terminal = ({ json = false }: { json?: boolean | undefined }): Terminal => ({
  json,
  width: Math.min(process.stdout.columns || 110, 110),
  result: (text) => {
    if (!json) print(1, `${text}\n`);
  },
  data: (value) => {
    if (json) print(1, `${JSON.stringify(value, null, 2)}\n`);
  },
  note: (text) => print(2, `${text}\n`),
  progress: (title, total) => (process.stderr.isTTY ? new Bar(title, total) : new Lines(title, total)),
});

/** Whole, even into a pipe that is slower than we are; a reader that went away is no error. */
export function print(stream: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(stream, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Plain lines at a low rate, for logs. */
class Lines implements Progress {
  private last = Date.now() - LINE_EVERY + QUIET;

  constructor(
    private readonly title: string,
    private readonly total: number,
  ) {}

  update(done: number, label: string): void {
    if (Date.now() - this.last < LINE_EVERY) return;
    this.last = Date.now();
    print(2, `${this.title}: ${done} of ${this.total}, ${label}\n`);
  }

  end(): void {}
}

/** A bar on one line of the terminal, drawn at once because computing holds the event loop. */
class Bar implements Progress {
  private readonly start = Date.now();
  private readonly bar: SingleBar;
  private shown = false;

  constructor(
    private readonly title: string,
    private readonly total: number,
  ) {
    const format = `${title} {bar} {percentage} %  {label}`;
    this.bar = new SingleBar(
      {
        format,
        clearOnComplete: true,
        synchronousUpdate: true,
        barsize: BAR,
        // Else it is switched off, and stays so in the user's terminal where Ctrl-C ends the work.
        linewrap: true,
        stream: process.stderr,
      },
      Presets.shades_classic,
    );
  }

  update(done: number, text: string): void {
    if (Date.now() - this.start < QUIET) return;
    const columns = process.stderr.columns || 80;
    const label = text.slice(0, Math.max(0, columns - this.title.length - BAR - " 100 %   ".length - 1));
    if (this.shown) this.bar.update(done, { label });
    else this.bar.start(this.total, done, { label });
    this.shown = true;
  }

  end(): void {
    if (this.shown) this.bar.stop();
    this.shown = false;
  }
}
