import type { Slice } from "@halfband/compare";
import type { Volume } from "@halfband/nifti";
import type { Terminal } from "./terminal.ts";

/** Says what stands in for voxels that no spectrum can hold; segmentation tools write NaN around the head. */
export function noteNonFinite({ nonFinite, plane }: Slice, scan: string, terminal: Terminal): void {
  if (nonFinite === 0) return;
  terminal.note(
    `Warning: ${nonFinite} of ${plane.data.length} voxels of the slice of ${scan} are NaN or infinite and count as 0.`,
  );
}

/** Says what of a scan's file is not as it is meant to be. */
export function noteWarnings({ header }: Volume, scan: string, terminal: Terminal): void {
  for (const warning of header.warnings) terminal.note(`Warning: ${scan}: ${warning}`);
}
