import type { Comparison } from "./compare.ts";

/**
 * The numbers of a comparison without its pictures, as `metrics.json` holds them: scan, slice, every method and,
 * per panel, all that a report must carry (METRICS.md section 14). A metric that does not apply is null, with the
 * reason under `reasons`.
 *
 * @example const text = JSON.stringify(toJson(comparison), null, 2);
 */
export function toJson(comparison: Comparison) {
  const { original, references, panels, slice, ...rest } = comparison;
  const { plane, ...place } = slice;
  return {
    ...rest,
    slice: { ...place, shape: plane.shape },
    references: references.map(({ times, plane: { shape } }) => ({ times, shape })),
    panels: panels.map(({ plane: { shape }, difference, spectrum, zonePlate, ...panel }) => ({
      ...panel,
      shape,
    })),
  };
}
