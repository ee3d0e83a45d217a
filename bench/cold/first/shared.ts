/** The image of every first result: 2 x 2 maxima of a 256 x 256 plane. */
export const SHAPE = [1, 1, 256, 256] as const;

export const plane = (): Float32Array => Float32Array.from({ length: 256 * 256 }, (_, i) => Math.sin(i));

const isMaxima = (y: Float32Array, x: Float32Array): boolean =>
  y.length === 128 * 128 && y[0] === Math.max(x[0], x[1], x[256], x[257]);

/** Time from before `compute` to its result, printed. `compute` loads its library itself. */
export async function first(
  compute: (x: Float32Array) => Promise<Float32Array>,
  isRight = isMaxima,
): Promise<void> {
  const x = plane();
  const start = performance.now();
  const y = await compute(x);
  const elapsed = performance.now() - start;
  if (!isRight(y, x)) throw new Error("Wrong result.");
  console.log(elapsed);
  process.exit();
}
