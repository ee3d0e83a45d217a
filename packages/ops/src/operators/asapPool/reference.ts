import type { Reference } from "../../define.ts";
import { forEachIndex, product } from "../../reference/loops.ts";
import { reference as flcPool } from "../flcPool/reference.ts";
import type { AsapPool } from "./asapPool.ts";

/** out[i] = x[i + start] per axis where that exists, else 0. */
function region(
  x: Float64Array,
  planes: number,
  sizes: readonly number[],
  outs: readonly number[],
  starts: readonly number[],
): Float64Array {
  const y = new Float64Array(planes * product(outs));
  forEachIndex([planes, ...outs], ([plane, ...index], flat) => {
    let source = plane;
    for (let a = 0; a < sizes.length; a++) {
      const i = index[a] + starts[a];
      if (i < 0 || i >= sizes[a]) return;
      source = source * sizes[a] + i;
    }
    y[flat] = x[source];
  });
  return y;
}

export const reference: Reference<AsapPool> = {
  forward(params, { x }) {
    const { planes, borders, axes } = params;
    const [sizes, padded] = [borders.map((b) => b.size), borders.map((b) => b.padded)];
    const input = region(
      x,
      planes,
      sizes,
      padded,
      borders.map((b) => -b.padBefore),
    );
    const whole = flcPool.forward(params, { x: input }).y;
    return {
      y: region(
        whole,
        planes,
        axes.map((a) => a.out),
        borders.map((b) => b.out),
        borders.map((b) => b.cropStart),
      ),
    };
  },
  vjp(params, { gy }) {
    const { planes, borders, axes } = params;
    const [sizes, padded] = [borders.map((b) => b.size), borders.map((b) => b.padded)];
    const whole = region(
      gy,
      planes,
      borders.map((b) => b.out),
      axes.map((a) => a.out),
      borders.map((b) => -b.cropStart),
    );
    const gradient = flcPool.vjp(params, { gy: whole }).x;
    return {
      x: region(
        gradient,
        planes,
        padded,
        sizes,
        borders.map((b) => b.padBefore),
      ),
    };
  },
};
