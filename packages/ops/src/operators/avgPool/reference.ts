import type { Reference } from "../../define.ts";
import { forEachTap } from "../../reference/correlate.ts";
import { forEachIndex, product } from "../../reference/loops.ts";
import type { AvgPool } from "./avgPool.ts";

/** What each window's sum is divided by. */
function divisors({ axes, countIncludePad, divisor }: AvgPool): Float64Array {
  const outs = axes.map(({ out }) => out);
  const divisors = new Float64Array(product(outs));
  forEachIndex(outs, (m, output) => {
    const counts = axes.map(({ size, kernel, stride, padBefore, padAfter }, a) => {
      const begin = m[a] * stride - padBefore;
      const end = Math.min(begin + kernel, size + padAfter);
      return countIncludePad ? end - begin : Math.min(end, size) - Math.max(begin, 0);
    });
    divisors[output] = divisor ?? product(counts);
  });
  return divisors;
}

export const reference: Reference<AvgPool> = {
  forward(params, { x }) {
    const divisor = divisors(params);
    const perPlane = x.length / params.planes;
    const y = new Float64Array(params.planes * divisor.length);
    for (let plane = 0; plane < params.planes; plane++) {
      forEachTap(params.axes, "zeros", (output, _, source) => {
        y[plane * divisor.length + output] += x[plane * perPlane + source];
      });
    }
    return { y: y.map((sum, i) => sum / divisor[i % divisor.length]) };
  },
  vjp(params, { x, gy }) {
    const divisor = divisors(params);
    const perPlane = x.length / params.planes;
    const gx = new Float64Array(x.length);
    for (let plane = 0; plane < params.planes; plane++) {
      forEachTap(params.axes, "zeros", (output, _, source) => {
        gx[plane * perPlane + source] += gy[plane * divisor.length + output] / divisor[output];
      });
    }
    return { x: gx };
  },
};
