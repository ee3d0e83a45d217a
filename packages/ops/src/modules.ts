import { moduleOf } from "./define.ts";
import * as op from "./operators/index.ts";

// The class form of every operator: `new BlurPool({ stride: 2 }).call(x)`.
export const MaxPool = moduleOf(op.maxPool);
export const MaxPoolWithIndices = moduleOf(op.maxPoolWithIndices);
export const AvgPool = moduleOf(op.avgPool);
export const Conv = moduleOf(op.conv);
export const BlurPool = moduleOf(op.blurPool);
export const MaxBlurPool = moduleOf(op.maxBlurPool);
export const ConvBlurPool = moduleOf(op.convBlurPool);
export const FlcPool = moduleOf(op.flcPool);
export const AsapPool = moduleOf(op.asapPool);
export const SpectralPool = moduleOf(op.spectralPool);
export const KspacePool = moduleOf(op.kspacePool);
export const DetailPreservingPool = moduleOf(op.detailPreservingPool);
