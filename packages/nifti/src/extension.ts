import { invalidNifti } from "./errors.ts";
import type { Extension } from "./header.ts";

/** Bytes of an extension's own size and code. */
const PREFIX = 8;

/**
 * The extensions in `bytes`, which run from the end of the header to the voxels (or to the end of the `.hdr`).
 * The first of four bytes says whether there are any; what follows the last is padding.
 */
export function readExtensions(bytes: Uint8Array, littleEndian: boolean): readonly Extension[] {
  const extensions: Extension[] = [];
  if (bytes.length < 4 || bytes[0] === 0) return extensions;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 4;
  while (at + PREFIX <= bytes.length) {
    const left = bytes.length - at;
    // Some programs write the extension in the byte order of the machine, not of the file.
    const order = [littleEndian, !littleEndian].find((candidate) => {
      const size = view.getInt32(at, candidate);
      return size >= PREFIX && size <= left;
    });
    if (order === undefined) {
      const size = view.getInt32(at, littleEndian);
      if (size === 0) break;
      throw invalidNifti(
        `Header extension ${extensions.length + 1} says it has ${size} bytes; expected ${PREFIX} to ${left}.`,
        size,
        `${PREFIX} to ${left}`,
      );
    }
    const size = view.getInt32(at, order);
    extensions.push({ code: view.getInt32(at + 4, order), data: bytes.slice(at + PREFIX, at + size) });
    at += size;
  }
  return extensions;
}

/** Size on disk: the standard asks for multiples of 16. */
const sizeOf = ({ data }: Extension): number => Math.ceil((PREFIX + data.length) / 16) * 16;

export const extensionBytes = (extensions: readonly Extension[]): number =>
  extensions.reduce((sum, extension) => sum + sizeOf(extension), 0);

/** Writes the extensions, little-endian, from byte `at` of `view` on. */
export function writeExtensions(extensions: readonly Extension[], view: DataView, at: number): void {
  let next = at;
  for (const extension of extensions) {
    const size = sizeOf(extension);
    view.setInt32(next, size, true);
    view.setInt32(next + 4, extension.code, true);
    new Uint8Array(view.buffer).set(extension.data, view.byteOffset + next + PREFIX);
    next += size;
  }
}
