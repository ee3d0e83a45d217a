export * from "./avgpool";
export * from "./blur";
export {
  conv1d_f32_1x16, conv1d_f32_4x8, conv2d_f32_1x16, conv2d_f32_4x8, conv3d_f32_1x16, conv3d_f32_4x8,
} from "./conv";
export * from "./conv-depthwise";
export * from "./conv-few";
export * from "./conv-few-pack";
export * from "./conv-pack";
export * from "./conv-phases";
export * from "./conv-point";
export * from "./conv-rows";
export * from "./conv-planes";
export * from "./conv-slabs";
export * from "./conv-vjp";
export { conv1d_f32_4x16, conv2d_f32_4x16, conv3d_f32_4x16 } from "./conv-wide";
export * from "./conv-winograd";
export * from "./conv-winograd-pack";
export * from "./convblur";
export * from "./detail";
export * from "./elementwise";
export * from "./fourier";
export * from "./maxblur";
export * from "./maxpool";

/** First address that the host may hand out. */
export function heapBase(): usize {
  return __heap_base;
}
