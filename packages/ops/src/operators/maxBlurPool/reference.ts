import type { Reference } from "../../define.ts";
import { blurForward, blurVjp } from "../blurPool/reference.ts";
import { reference as maxPool, winners } from "../maxPool/reference.ts";
import type { MaxBlurPool } from "./maxBlurPool.ts";

export const reference: Reference<MaxBlurPool> = {
  forward: ({ max, blur }, { x }) => ({ y: blurForward(blur, winners(max, x).values) }),
  vjp: ({ max, blur }, { x, gy }) => maxPool.vjp(max, { x, gy: blurVjp(blur, gy) }),
};
