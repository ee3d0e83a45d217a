/**
 * Text per axis. Parameters and variables number the axes from the front of a volume, so that the last axis of every
 * rank is number 2; `index` counts from 0.
 */
export const eachAxis = (
  rank: number,
  of: (axis: number, index: number) => string,
  separator = "\n",
): string => Array.from({ length: rank }, (_, a) => of(a + 3 - rank, a)).join(separator);

/** `w0`, `w1`, `w2` from the flat index called `window`. */
export const windowIndices = (rank: number): string =>
  [
    "let w2 = window % params.windows2;",
    `let w1 = window / params.windows2${rank > 2 ? " % params.windows1" : ""};`,
    "let w0 = window / params.windows2 / params.windows1;",
  ]
    .slice(0, rank)
    .join("\n  ");

/** Reads the voxel that lies at `offset0..2`, relative to `origin`; 0 where padding is. */
export const readVoxel = (rank: number, origin: string): string => /* wgsl */ `
  if (${rank === 1 ? "offset2" : rank === 2 ? "min(offset1, offset2)" : "min(offset0, min(offset1, offset2))"} < 0) { return 0.0; }
  return x[${origin} + u32(${eachAxis(rank, (a) => `offset${a}`, " + ")})];`;
