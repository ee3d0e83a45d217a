import type { Volume } from "@halfband/nifti";

const INTENT_LABEL = 1002;
/** Voxels looked at. */
const PROBES = 200_000;
/** Share of neighbours inside structures that are equal in a label map; an image has far fewer. */
const EQUAL_SHARE = 0.7;
const MOST_LABELS = 1000;

/** Why a scan seems to hold labels rather than intensities, or null. */
export function labelEvidence({ header, data, shape }: Volume): string | null {
  if (header.intentCode === INTENT_LABEL) return "its header says so";
  if (header.dataType.startsWith("float")) return null;
  const step = Math.max(1, Math.floor(data.length / PROBES));
  const seen = new Set<number>();
  let inside = 0;
  let equal = 0;
  for (let i = 0; i + 1 < data.length; i += step) {
    if ((i + 1) % shape[0] === 0 || data[i] === 0) continue;
    if (!Number.isInteger(data[i]) || seen.add(data[i]).size > MOST_LABELS) return null;
    inside++;
    if (data[i] === data[i + 1]) equal++;
  }
  if (inside < 50 || equal / inside < EQUAL_SHARE) return null;
  return `${seen.size} whole numbers in even patches`;
}
