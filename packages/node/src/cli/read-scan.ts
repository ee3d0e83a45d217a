import { stat } from "node:fs/promises";
import type { Volume } from "@halfband/nifti";
import { readNifti } from "../files.ts";
import type { Terminal } from "./terminal.ts";

/** Bytes of a file that may take longer than a second to read, unpack and scale. */
const LARGE = 8e6;

/** Bytes of a file; 0 where there is none. */
const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/**
 * Reads a scan, and says so where that takes a while: nothing else could be said meanwhile. Says what of the file is
 * not as it is meant to be.
 */
export async function readScan(scan: string, terminal: Terminal): Promise<Volume> {
  const image = scan.replace(/\.hdr(\.gz)?$/i, ".img");
  const sizes = await Promise.all([scan, image, `${image}.gz`].map(sizeOf));
  const bytes = Math.max(...sizes);
  if (bytes >= LARGE) terminal.note(`Reading ${scan}, ${(bytes / 1e6).toFixed(0)} MB.`);
  const volume = await readNifti(scan);
  for (const warning of volume.header.warnings) terminal.note(`Warning: ${scan}: ${warning}`);
  return volume;
}

/** Says that a file is being written, where that takes a while. */
export function noteWriting(output: string, voxels: number, terminal: Terminal): void {
  if (4 * voxels >= LARGE) terminal.note(`Writing ${output}.`);
}
