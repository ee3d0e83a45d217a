import type { Reference } from "../../define.ts";
import { applyFourier } from "../../reference/fourier.ts";
import type { FourierPool } from "./flcPool.ts";

const real = (re: Float64Array) => ({ re, im: new Float64Array(re.length) });

export const reference: Reference<FourierPool> = {
  forward: ({ planes, axes }, { x }) => ({ y: applyFourier(real(x), planes, axes, false).re }),
  vjp: ({ planes, axes }, { gy }) => ({ x: applyFourier(real(gy), planes, axes, true).re }),
};
