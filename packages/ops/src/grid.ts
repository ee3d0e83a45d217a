/** Where the samples of one axis sit: sample m lies at input voxel coordinate `offset + spacing * m`. */
export interface AxisGrid {
  readonly offset: number;
  readonly spacing: number;
}

/** One `AxisGrid` per spatial axis, in tensor axis order (z, y, x for a volume). */
export type Grid = readonly AxisGrid[];

/** The grid of a tensor that nothing has resampled yet. */
export const identityGrid = (rank: number): Grid =>
  Array.from({ length: rank }, () => ({ offset: 0, spacing: 1 }));

/** The grid of `then` applied to what `first` made, in coordinates of the input of `first`. */
export const composeGrids = (first: Grid, then: Grid): Grid =>
  first.map(({ offset, spacing }, a) => ({
    offset: offset + spacing * then[a].offset,
    spacing: spacing * then[a].spacing,
  }));
