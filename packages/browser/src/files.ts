import {
  readNifti as decodeNifti,
  type NiftiBytes,
  type TensorLike,
  type Volume,
  type WriteOptions,
  writeNifti,
} from "@halfband/nifti";
import { HalfbandError, isHalfbandError } from "@halfband/ops";

/** An address to fetch, or bytes: a `File`, `Blob`, `Response`, `ArrayBuffer` or `Uint8Array`. */
export type ScanFile = string | URL | NiftiBytes;

/** One file, or the two files of a pair; each plain or gzipped. */
export type ScanSource = ScanFile | { readonly header: ScanFile; readonly image: ScanFile };

/**
 * Reads a NIfTI scan: a `File` or `Blob`, an address, a `Response`, bytes, or `{ header, image }` for a pair. A file
 * that the user picked is read on the machine and goes nowhere.
 *
 * @throws `IO` where it cannot be read, `INVALID_NIFTI` where it is no image that can be read.
 * @example
 * const scan = await readNifti(fileInput.files[0]);
 * const x = scan.tensor(await createBackend());
 */
export async function readNifti(source: ScanSource): Promise<Volume> {
  const isPair = typeof source === "object" && source !== null && "header" in source;
  try {
    if (!isPair) return await decodeNifti(await bytesOf(source));
    const [header, image] = await Promise.all([bytesOf(source.header), bytesOf(source.image)]);
    return await decodeNifti({ header, image });
  } catch (error) {
    const name = nameOf(isPair ? source.header : source);
    if (name === undefined || !isHalfbandError(error, "INVALID_NIFTI")) throw error;
    const { code, message, got, expected } = error;
    throw new HalfbandError(code, `${name}: ${message}`, { op: "readNifti", got, expected, cause: error });
  }
}

/**
 * Saves `tensor`, made from `volume`, as a download with this name; gzipped where it ends in `.gz`. For the bytes
 * themselves there is `writeNifti`.
 *
 * @throws `INVALID_OPTION` for a name that is not `.nii` or `.nii.gz`, `UNSUPPORTED` where there is no page.
 * @example
 * await writeNiftiFile("half.nii.gz", flcPool(x), scan, { dataType: "int16" });
 */
export async function writeNiftiFile(
  name: string,
  tensor: TensorLike,
  volume: Volume,
  options: WriteOptions = {},
): Promise<void> {
  if (!/[^/\\]\.nii(\.gz)?$/i.test(name)) {
    throw new HalfbandError(
      "INVALID_OPTION",
      `The output is called "${name}"; expected a name that ends in .nii or .nii.gz.`,
      { op: "writeNiftiFile", option: "name", got: name, expected: ".nii or .nii.gz" },
    );
  }
  if (typeof document === "undefined") {
    throw new HalfbandError(
      "UNSUPPORTED",
      "writeNiftiFile: only a page can save a download; take the bytes from writeNifti here.",
      { op: "writeNiftiFile" },
    );
  }
  const bytes = await writeNifti(tensor, volume, { gzip: /\.gz$/i.test(name), ...options });
  const address = URL.createObjectURL(new Blob([bytes]));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  // The browser takes hold of the data after the click is over.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function bytesOf(file: ScanFile): Promise<NiftiBytes> {
  const name = nameOf(file);
  try {
    const source = typeof file === "string" || file instanceof URL ? await fetch(file) : file;
    if (typeof source !== "object" || source === null || !("arrayBuffer" in source)) return source;
    const { ok, status } = source as Partial<Response>;
    if (ok === false) throw new Error(`the server answered ${status}`);
    return await source.arrayBuffer();
  } catch (error) {
    throw new HalfbandError("IO", `Cannot read ${name ?? "the scan"}: ${(error as Error).message}.`, {
      op: "readNifti",
      got: name,
      cause: error,
    });
  }
}

/** What a person would call it. */
function nameOf(file: ScanFile): string | undefined {
  if (typeof file === "string") return file;
  if (file instanceof URL) return file.href;
  const { name, url } = (file ?? {}) as { name?: unknown; url?: unknown };
  return typeof name === "string" ? name : typeof url === "string" && url !== "" ? url : undefined;
}
