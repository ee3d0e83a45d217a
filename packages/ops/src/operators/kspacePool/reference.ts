import type { Reference } from "../../define.ts";
import { applyFourier } from "../../reference/fourier.ts";
import type { KspacePool } from "./kspacePool.ts";

export const reference: Reference<KspacePool> = {
  forward({ planes, axes, part }, { re, im }) {
    const image = applyFourier({ re, im }, planes, axes, false);
    return { y: part === "real" ? image.re : image.re.map((v, i) => Math.hypot(v, image.im[i])) };
  },
  vjp({ planes, axes, part }, { re, im, gy }) {
    if (part === "real")
      return { ...applyFourier({ re: gy, im: new Float64Array(gy.length) }, planes, axes, true) };
    const image = applyFourier({ re, im }, planes, axes, false);
    const towards = (component: Float64Array) =>
      gy.map((g, i) => {
        const magnitude = Math.hypot(image.re[i], image.im[i]);
        return magnitude === 0 ? 0 : (g * component[i]) / magnitude;
      });
    return { ...applyFourier({ re: towards(image.re), im: towards(image.im) }, planes, axes, true) };
  },
};
