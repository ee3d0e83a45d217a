import type { Reference } from "../../define.ts";
import { forEachIndex, product, stridesOf } from "../../reference/loops.ts";
import type { MaxPool } from "./maxPool.ts";

/** Value and flat index of the winner of every window: the last NaN, else the first maximum. */
export function winners(
  { planes, axes }: MaxPool,
  x: Float64Array,
): { values: Float64Array; indices: Float64Array } {
  const sizes = axes.map(({ size }) => size);
  const outs = axes.map(({ out }) => out);
  const strides = stridesOf(sizes);
  const values = new Float64Array(planes * product(outs));
  const indices = new Float64Array(values.length);
  for (let plane = 0; plane < planes; plane++) {
    forEachIndex(outs, (m, output) => {
      let best = Number.NEGATIVE_INFINITY;
      let winner = -1;
      forEachIndex(
        axes.map(({ kernel }) => kernel),
        (q) => {
          let source = 0;
          for (let a = 0; a < axes.length; a++) {
            const i = m[a] * axes[a].stride - axes[a].padBefore + q[a] * axes[a].dilation;
            if (i < 0 || i >= sizes[a]) return; // padding never wins
            source += i * strides[a];
          }
          const v = x[plane * product(sizes) + source];
          if (winner < 0 || v > best || Number.isNaN(v)) {
            best = v;
            winner = source;
          }
        },
      );
      values[plane * product(outs) + output] = best;
      indices[plane * product(outs) + output] = winner;
    });
  }
  return { values, indices };
}

export const reference: Reference<MaxPool> = {
  forward: (params, { x }) => ({ y: winners(params, x).values }),
  vjp(params, { x, gy }) {
    const gx = new Float64Array(x.length);
    const perPlane = x.length / params.planes;
    winners(params, x).indices.forEach((winner, i) => {
      gx[Math.floor((i * params.planes) / gy.length) * perPlane + winner] += gy[i];
    });
    return { x: gx };
  },
};
