// The same work in Node: what the page must show.
import { readFileSync } from "node:fs";
import {
  type AxisName,
  type Backend,
  createBackend,
  extractSlice,
  type Method,
  type Pixels,
  type Plane,
  planeOperator,
  readNifti,
  type Slice,
  type Tensor,
  toRgba,
  type Volume,
  writeNifti,
} from "@halfband/browser";
import { expect } from "vitest";

export const scan = async (file: string): Promise<Volume> =>
  readNifti(new Uint8Array(readFileSync(new URL(`../../../test/data/nifti/${file}`, import.meta.url))));

export const nodeBackend = (): Promise<Backend> => createBackend({ device: "wasm", worker: false });

export interface Wanted {
  readonly axis: AxisName;
  readonly index: number;
  readonly stride: number;
  readonly times: number;
  readonly window: { readonly low: number; readonly high: number };
}

/** The pixels of one method on one slice, turned for display. */
export function expectedPixels(volume: Volume, backend: Backend, method: Method, wanted: Wanted): Pixels {
  const { axis, index, stride, times, window } = wanted;
  const slice = extractSlice(volume, { axis, index, multiple: 2 * stride ** times });
  const operator = planeOperator(method, backend, { times, stride: [stride, stride] });
  return toRgba(turned(operator.apply(slice.plane), slice), window);
}

function turned({ data, shape: [rows, columns] }: Plane, { orientation }: Slice): Plane {
  const { transpose, flipRows, flipColumns } = orientation;
  const [height, width] = transpose ? [columns, rows] : [rows, columns];
  const out = new Float32Array(data.length);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const [r, c] = [flipRows ? height - 1 - i : i, flipColumns ? width - 1 - j : j];
      out[i * width + j] = transpose ? data[c * columns + r] : data[r * columns + c];
    }
  }
  return { data: out, shape: [height, width] };
}

/** Expects a saved scan to be the tensor, in its right place; builds of the kernels round differently. */
export async function expectVolume(bytes: Uint8Array, volume: Volume, y: Tensor): Promise<void> {
  const got = await readNifti(bytes);
  const want = await readNifti(await writeNifti(y, volume));
  expect(got.shape).toEqual(want.shape);
  expect(got.affine.flat()).toEqual(want.affine.flat());
  const largest = want.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = want.data.reduce((most, value, i) => Math.max(most, Math.abs(value - got.data[i])), 0);
  expect(worst).toBeLessThanOrEqual(1e-6 * largest);
}

/** The largest difference of grey levels, and how many of the bytes differ at all. */
export function compareBytes(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
): { worst: number; differing: number } {
  let [worst, differing] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs(got[i] - want[i]);
    worst = Math.max(worst, difference);
    if (difference > 0) differing++;
  }
  return { worst, differing };
}
