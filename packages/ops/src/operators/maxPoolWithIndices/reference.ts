import type { Reference } from "../../define.ts";
import type { MaxPool } from "../maxPool/maxPool.ts";
import { reference as maxPool, winners } from "../maxPool/reference.ts";

export const reference: Reference<MaxPool> = {
  forward: (params, { x }) => winners(params, x),
  vjp: maxPool.vjp,
};
