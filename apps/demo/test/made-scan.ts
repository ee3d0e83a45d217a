// Scans of any shape, made for a test.

/** A NIfTI-1 file of float32 voxels along R, A, S. */
export function madeScan(
  shape: readonly number[],
  zooms: readonly number[],
  value: (i: number) => number,
): Buffer {
  const voxels = shape.reduce((product, size) => product * size, 1);
  const bytes = Buffer.alloc(352 + 4 * voxels);
  bytes.writeInt32LE(348, 0);
  for (const [i, size] of [shape.length, ...shape].entries()) bytes.writeInt16LE(size, 40 + 2 * i);
  bytes.writeInt16LE(16, 70);
  bytes.writeInt16LE(32, 72);
  for (const [i, zoom] of [1, ...zooms].entries()) bytes.writeFloatLE(zoom, 76 + 4 * i);
  bytes.writeFloatLE(352, 108);
  bytes.writeInt16LE(1, 254);
  for (const row of [0, 1, 2]) bytes.writeFloatLE(zooms[row] ?? 1, 280 + 20 * row);
  bytes.write("n+1", 344, "latin1");
  for (let i = 0; i < voxels; i++) bytes.writeFloatLE(value(i), 352 + 4 * i);
  return bytes;
}
