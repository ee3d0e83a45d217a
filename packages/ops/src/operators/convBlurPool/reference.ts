import type { Reference } from "../../define.ts";
import { blurForward, blurVjp } from "../blurPool/reference.ts";
import { convForward, convVjp } from "../conv/reference.ts";
import type { ConvBlurPool } from "./convBlurPool.ts";

/** max(v, 0) that lets NaN through. */
const rectify = (v: number): number => Math.max(v, 0);

export const reference: Reference<ConvBlurPool> = {
  forward({ conv, relu, blur }, inputs) {
    const map = convForward(conv, inputs);
    return { y: blurForward(blur, relu ? map.map(rectify) : map) };
  },
  vjp({ conv, relu, blur }, inputs) {
    const map = convForward(conv, inputs);
    const gradient = blurVjp(blur, inputs.gy);
    return convVjp(conv, { ...inputs, gy: relu ? gradient.map((g, i) => (map[i] > 0 ? g : 0)) : gradient });
  },
};
