// Direct convolution of many small planes: each is packed and computed by the thread that takes it.
import { conv_f32_1x16, conv_f32_4x8 } from "./conv";
import { convpack_f32 } from "./conv-pack";
import { SweepParams } from "./conv-params";
import { conv_f32_4x16 } from "./conv-wide";

/** Written by the host (`PlaneWord` in src/kernels/conv-planes.ts). */
@unmanaged
class PlaneParams {
  /** That of the first group; the slab is a whole plane. */
  sweep: SweepParams;
  groups: i32;
  /** Bytes from the panels of one group to those of the next. */
  groupBytes: usize;
  /** Bytes from one image's group to the next. */
  inputBytes: usize;
  outputBytes: usize;
  /** Items of the packing, and of the convolution: tiles and blocks of output channels. */
  packItems: i32;
  items: i32;
  /** Scratch of the convolution, between the parameters of a plane and its packed input. */
  scratchBytes: usize;
}

/** Room for the parameters of one plane before all else in the workspace. */
// @ts-ignore: decorator
@inline const PARAMS_BYTES: usize = 128;

/** Items: planes, the groups of one image after those of another. */
function conv_f32_planes_1x16(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<PlaneParams>(params);
  for (let plane = begin; plane < end; ++plane) {
    packPlane(p, input, work, plane);
    conv_f32_1x16(out + <usize>plane * p.outputBytes, 0, work, work + PARAMS_BYTES, 0, p.items);
  }
}

/** As conv_f32_planes_1x16, for groups of more output channels. */
function conv_f32_planes_4x8(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<PlaneParams>(params);
  for (let plane = begin; plane < end; ++plane) {
    packPlane(p, input, work, plane);
    conv_f32_4x8(out + <usize>plane * p.outputBytes, 0, work, work + PARAMS_BYTES, 0, p.items);
  }
}

/** As conv_f32_planes_4x8, in wider tiles. */
function conv_f32_planes_4x16(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<PlaneParams>(params);
  for (let plane = begin; plane < end; ++plane) {
    packPlane(p, input, work, plane);
    const scratch = work + PARAMS_BYTES;
    conv_f32_4x16(out + <usize>plane * p.outputBytes, scratch + p.scratchBytes, work, scratch, 0, p.items);
  }
}

/** The parameters of a plane, then its packed input, into `work`. */
function packPlane(p: PlaneParams, input: usize, work: usize, plane: i32): void {
  memory.copy(work, changetype<usize>(p.sweep), offsetof<SweepParams>());
  changetype<SweepParams>(work).panels += <usize>(plane % p.groups) * p.groupBytes;
  convpack_f32(work + PARAMS_BYTES + p.scratchBytes, input + <usize>plane * p.inputBytes, work, 0, 0, p.packItems);
}

export {
  conv_f32_planes_1x16 as conv1d_f32_planes_1x16,
  conv_f32_planes_1x16 as conv2d_f32_planes_1x16,
  conv_f32_planes_1x16 as conv3d_f32_planes_1x16,
  conv_f32_planes_4x16 as conv1d_f32_planes_4x16,
  conv_f32_planes_4x16 as conv2d_f32_planes_4x16,
  conv_f32_planes_4x16 as conv3d_f32_planes_4x16,
  conv_f32_planes_4x8 as conv1d_f32_planes_4x8,
  conv_f32_planes_4x8 as conv2d_f32_planes_4x8,
  conv_f32_planes_4x8 as conv3d_f32_planes_4x8,
};
