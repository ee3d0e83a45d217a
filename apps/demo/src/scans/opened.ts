import { signal } from "@preact/signals";
import { call } from "../engine/client.ts";
import type { ScanInfo } from "../engine/protocol.ts";
import { findScan, scanAddress } from "./catalog.ts";

/** The user's own file, if one was given; it never leaves the page. */
export const ownFile = signal<{ readonly id: string; readonly file: File } | null>(null);

let files = 0;

export function takeFile(file: File): string {
  const id = `file:${++files}`;
  ownFile.value = { id, file };
  return id;
}

/** Opens a scan in the worker, once. */
export function openScan(id: string): Promise<ScanInfo> {
  const bundled = findScan(id);
  if (bundled) return call("open", { id, source: scanAddress(bundled.file) });
  if (ownFile.value?.id === id) return call("open", { id, source: ownFile.value.file });
  return Promise.reject(
    new Error("This file is not open here. Drop it on the page again: files are never part of an address."),
  );
}
