import {
  readNifti as decodeNifti,
  type NiftiSource,
  type TensorLike,
  type Volume,
  type WriteOptions,
  writeNifti,
} from "@halfband/nifti";
import { HalfbandError, isHalfbandError } from "@halfband/ops";

// Not by imports: a namespace of a module of Node with all its names takes a while to make, at every start.
const { rmSync } = process.getBuiltinModule("node:fs");
const { access, readFile, rename, rm, writeFile } = process.getBuiltinModule("node:fs/promises");
const { basename, dirname, join } = process.getBuiltinModule("node:path");
const { fileURLToPath } = process.getBuiltinModule("node:url");

/**
 * Reads a NIfTI scan: a path or file URL, bytes, a Blob, what `fetch` gives, or `{ header, image }` for a pair. Given
 * one file of a pair by path, the other is found beside it.
 *
 * @throws `IO` where a file cannot be read, `INVALID_NIFTI` where it is no image that can be read.
 * @example
 * const scan = await readNifti("scan.nii.gz");
 * const x = scan.tensor(await createBackend());
 */
export async function readNifti(source: string | URL | NiftiSource): Promise<Volume> {
  if (typeof source !== "string" && !(source instanceof URL)) return decodeNifti(source);
  const path = pathOf("read", source);
  try {
    return await decodeNifti(await load(path));
  } catch (error) {
    if (!isHalfbandError(error, "INVALID_NIFTI")) throw error;
    const { code, message, got, expected } = error;
    throw new HalfbandError(code, `${path}: ${message}`, { op: "readNifti", got, expected, cause: error });
  }
}

/**
 * Writes `tensor`, made from `volume`, as one NIfTI file; gzipped where the path ends in `.gz`. The file appears
 * whole or not at all.
 *
 * @throws `INVALID_OPTION` for a name that is not `.nii` or `.nii.gz`, `IO` where it cannot be written.
 * @example
 * await writeNiftiFile("half.nii.gz", flcPool(x), scan, { dataType: "int16" });
 */
export async function writeNiftiFile(
  target: string | URL,
  tensor: TensorLike,
  volume: Volume,
  options: WriteOptions = {},
): Promise<void> {
  const path = pathOf("write", target);
  checkNiftiName(path);
  const bytes = await writeNifti(tensor, volume, { gzip: /\.gz$/i.test(path), ...options });
  await writeWhole(path, bytes);
}

/** Refuses a name that readers would not take for a NIfTI file. */
export function checkNiftiName(path: string): void {
  if (/[^/\\]\.nii(\.gz)?$/i.test(path)) return;
  throw new HalfbandError(
    "INVALID_OPTION",
    `The output is called "${basename(path)}"; expected a name that ends in .nii or .nii.gz.`,
    {
      op: "writeNiftiFile",
      option: "path",
      got: path,
      expected: ".nii or .nii.gz",
    },
  );
}

/** Writes beside the target first, so that nobody sees half a file. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await withDraft(path, async (draft) => {
      await writeFile(draft, bytes);
      await rename(draft, path);
    });
  } catch (error) {
    throw ioError("write", path, error);
  }
}

/** Drafts that are being written by this process. */
const drafts = new Set<string>();

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Names a draft beside `path`, a file or folder that `write` makes and moves into place. Where that fails, or the
 * process is interrupted meanwhile, the draft is removed.
 */
export async function withDraft(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  // Not from `node:crypto`, which would be loaded at every start: milliseconds.
  const draft = join(dirname(path), `.${basename(path)}.${crypto.randomUUID().slice(0, 13)}`);
  if (drafts.size === 0) listen("on");
  drafts.add(draft);
  try {
    await write(draft);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    throw error;
  } finally {
    drafts.delete(draft);
    if (drafts.size === 0) listen("off");
  }
}

function listen(how: "on" | "off"): void {
  for (const signal of SIGNALS) process[how](signal, interrupted);
  process[how]("exit", removeDrafts);
}

/** Ends the process as if nobody had listened; where the program listens too, what a signal means is its decision. */
function interrupted(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeDrafts();
  process.off(signal, interrupted);
  process.kill(process.pid, signal);
}

function removeDrafts(): void {
  for (const draft of drafts) rmSync(draft, { recursive: true, force: true });
}

/** The failure of a file operation as one sentence with the path. */
export function ioError(verb: "read" | "write", path: string, error: unknown): HalfbandError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = REASONS[code ?? ""] ?? message;
  const op = verb === "read" ? "readNifti" : "writeNiftiFile";
  return new HalfbandError("IO", `Cannot ${verb} ${path}: ${why}.`, { op, got: path, cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is not a folder",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB, the most that can be read at once",
};

function pathOf(verb: "read" | "write", source: string | URL): string {
  const text = String(source);
  if (/^https?:/i.test(text)) {
    const hint = verb === "read" ? `; readNifti(await fetch("${text}")) does` : "";
    throw ioError(verb, text, new Error(`it is an address, which no file system knows${hint}`));
  }
  return text.startsWith("file:") ? fileURLToPath(source) : text;
}

/** The bytes of one file, or of both where the name is that of a pair. */
async function load(path: string): Promise<NiftiSource> {
  const part = /^(.*)\.(hdr|img)(?:\.gz)?$/i.exec(path);
  if (part === null) return bytesOf(path);
  const [, stem, extension] = part;
  const isHeader = extension.toLowerCase() === "hdr";
  const own = await bytesOf(path);
  const other = await bytesOf(
    await partner(path, stem, isHeader ? "img" : "hdr", extension !== extension.toLowerCase()),
  );
  return isHeader ? { header: own, image: other } : { header: other, image: own };
}

/** The other file of a pair: the same stem, gzipped or not. */
async function partner(path: string, stem: string, extension: string, upper: boolean): Promise<string> {
  const names = [extension, `${extension}.gz`].map((name) => `${stem}.${upper ? name.toUpperCase() : name}`);
  for (const name of names) {
    if (await exists(name)) return name;
  }
  const expected = names.map((name) => basename(name)).join(" or ");
  throw new HalfbandError(
    "IO",
    `${path} is one file of a pair and the other is not beside it; expected ${expected}.`,
    {
      op: "readNifti",
      got: path,
      expected,
    },
  );
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw ioError("read", path, error);
  }
}
