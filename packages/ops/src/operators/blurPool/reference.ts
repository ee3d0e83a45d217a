import type { Reference } from "../../define.ts";
import { forEachTap } from "../../reference/correlate.ts";
import { forEachIndex, product } from "../../reference/loops.ts";
import type { BlurPool } from "./blurPool.ts";

/** The N-dimensional filter: the outer product of the taps of every axis. */
function outerProduct(taps: readonly (readonly number[])[]): Float64Array {
  const filter = new Float64Array(product(taps.map((t) => t.length)));
  forEachIndex(
    taps.map((t) => t.length),
    (q, tap) => {
      filter[tap] = product(taps.map((t, a) => t[q[a]]));
    },
  );
  return filter;
}

export function blurForward({ planes, axes, mode }: BlurPool, x: Float64Array): Float64Array {
  const filter = outerProduct(axes.map(({ taps }) => taps));
  const size = product(axes.map((axis) => axis.size));
  const out = product(axes.map((axis) => axis.out));
  const y = new Float64Array(planes * out);
  for (let plane = 0; plane < planes; plane++) {
    forEachTap(axes, mode, (output, tap, source) => {
      y[plane * out + output] += filter[tap] * x[plane * size + source];
    });
  }
  return y;
}

export function blurVjp({ planes, axes, mode }: BlurPool, gy: Float64Array): Float64Array {
  const filter = outerProduct(axes.map(({ taps }) => taps));
  const size = product(axes.map((axis) => axis.size));
  const out = product(axes.map((axis) => axis.out));
  const gx = new Float64Array(planes * size);
  for (let plane = 0; plane < planes; plane++) {
    forEachTap(axes, mode, (output, tap, source) => {
      gx[plane * size + source] += filter[tap] * gy[plane * out + output];
    });
  }
  return gx;
}

export const reference: Reference<BlurPool> = {
  forward: (params, { x }) => ({ y: blurForward(params, x) }),
  vjp: (params, { gy }) => ({ x: blurVjp(params, gy) }),
};
