import type { AnyOperator } from "../define.ts";
import { asapPool } from "./asapPool/asapPool.ts";
import { avgPool } from "./avgPool/avgPool.ts";
import { blurPool } from "./blurPool/blurPool.ts";
import { conv } from "./conv/conv.ts";
import { convBlurPool } from "./convBlurPool/convBlurPool.ts";
import { detailPreservingPool } from "./detailPreservingPool/detailPreservingPool.ts";
import { flcPool } from "./flcPool/flcPool.ts";
import { kspacePool } from "./kspacePool/kspacePool.ts";
import { maxBlurPool } from "./maxBlurPool/maxBlurPool.ts";
import { maxPool } from "./maxPool/maxPool.ts";
import { maxPoolWithIndices } from "./maxPoolWithIndices/maxPoolWithIndices.ts";
import { spectralPool } from "./spectralPool/spectralPool.ts";

export {
  asapPool,
  avgPool,
  blurPool,
  conv,
  convBlurPool,
  detailPreservingPool,
  flcPool,
  kspacePool,
  maxBlurPool,
  maxPool,
  maxPoolWithIndices,
  spectralPool,
};

/** Every operator, in the order of documents and tables. */
export const operators: readonly AnyOperator[] = [
  maxPool,
  maxPoolWithIndices,
  avgPool,
  conv,
  blurPool,
  maxBlurPool,
  convBlurPool,
  flcPool,
  asapPool,
  spectralPool,
  kspacePool,
  detailPreservingPool,
];
