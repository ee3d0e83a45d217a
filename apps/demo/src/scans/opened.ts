import { signal } from "@preact/signals";
import { call } from "../engine/client.ts";
import type { Progress, ScanInfo, ScanSource } from "../engine/protocol.ts";
import { stemOf } from "../engine/stem.ts";
import { findScan, scanAddress } from "./catalog.ts";

interface OwnScan {
  readonly id: string;
  readonly name: string;
  readonly source: Exclude<ScanSource, string>;
}

/** The user's own scan, if one was given; it never leaves the page. */
export const ownScan = signal<OwnScan | null>(null);
/** The scans that are being read, and how far that is. */
export const opening = signal<ReadonlyMap<string, Progress>>(new Map());
/** What the user should know about the files that were given. */
export const scanError = signal<string | null>(null);

let given = 0;
/** The one before, in case the latest cannot be read. */
let previous: OwnScan | null = null;
/** One half of a pair that came alone; the other may follow. */
let half: File | null = null;

const isHeader = ({ name }: File): boolean => /\.hdr(\.gz)?$/i.test(name);
const isImage = ({ name }: File): boolean => /\.img(\.gz)?$/i.test(name);
const isPair = (header: File | undefined, image: File | undefined): boolean =>
  header !== undefined && image !== undefined && stemOf(header.name) === stemOf(image.name);

/**
 * Takes the file of a scan, or the two of a pair, together or one after the other. Returns the scan's id.
 *
 * @throws where the files are no one scan.
 */
function takeFiles(files: readonly File[]): string {
  const all = files.length === 1 && half !== null && half.name !== files[0].name ? [...files, half] : files;
  const [header, image] = [all.find(isHeader), all.find(isImage)];
  if (all.length === 2 && isPair(header, image)) {
    half = null;
    return take(header!.name, { header: header!, image: image! });
  }
  half = files.length === 1 && (isHeader(files[0]) || isImage(files[0])) ? files[0] : null;
  if (half !== null) {
    const other = `${stemOf(half.name)}.${isHeader(half) ? "img" : "hdr"}`;
    throw new Error(`${half.name} is one half of a scan. Add ${other} (or ${other}.gz), the other half.`);
  }
  if (files.length !== 1) {
    throw new Error(
      `${files.length} files were given. Give one scan at a time: a .nii or .nii.gz, or an .hdr with its .img.`,
    );
  }
  return take(files[0].name, files[0]);
}

/** Takes what was dropped or picked; what is no one scan is said, and nothing else changes. */
export function giveFiles(files: readonly File[], onTaken: (id: string) => void): void {
  if (files.length === 0) return;
  scanError.value = null;
  try {
    onTaken(takeFiles(files));
  } catch (error) {
    scanError.value = (error as Error).message;
  }
}

function take(name: string, source: OwnScan["source"]): string {
  const id = `file:${++given}`;
  previous = ownScan.value;
  ownScan.value = { id, name, source };
  return id;
}

/** Opens a scan in the worker, once. */
export async function openScan(id: string): Promise<ScanInfo> {
  const bundled = findScan(id);
  const own = ownScan.value;
  if (!bundled && own?.id !== id) {
    throw new Error(
      id.startsWith("file:")
        ? "This file is not open here. Drop it on the page again: files are never part of an address."
        : `This page has no scan called "${id}".`,
    );
  }
  const source = bundled ? scanAddress(bundled.file) : own!.source;
  const onProgress = (progress: Progress) => {
    opening.value = new Map(opening.value).set(id, progress);
  };
  try {
    return await call("open", { id, source }, { onProgress });
  } catch (error) {
    const name = bundled?.title ?? own!.name;
    if (ownScan.value === own && !bundled) ownScan.value = previous;
    throw new Error(`${name} cannot be opened. ${(error as Error).message}`);
  } finally {
    if (opening.value.has(id)) opening.value = new Map([...opening.value].filter(([other]) => other !== id));
  }
}
