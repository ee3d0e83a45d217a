/** Calls `visit` for every index of a box, last axis fastest. `index` is reused: copy it to keep it. */
export function forEachIndex(
  sizes: readonly number[],
  visit: (index: readonly number[], flat: number) => void,
): void {
  const total = sizes.reduce((product, size) => product * size, 1);
  const index = sizes.map(() => 0);
  for (let flat = 0; flat < total; flat++) {
    visit(index, flat);
    for (let a = sizes.length - 1; a >= 0; a--) {
      if (++index[a] < sizes[a]) break;
      index[a] = 0;
    }
  }
}

/** Elements between neighbours of each axis, row-major. */
export function stridesOf(sizes: readonly number[]): number[] {
  const strides = sizes.map(() => 1);
  for (let a = sizes.length - 2; a >= 0; a--) strides[a] = strides[a + 1] * sizes[a + 1];
  return strides;
}

export const product = (sizes: readonly number[]): number => sizes.reduce((p, size) => p * size, 1);
