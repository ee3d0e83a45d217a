// Winograd convolution in slabs that the thread which takes one packs for itself: threads do not read what others have
// just written, and join once for all images.
import { conv2d_f32_winograd2x2 } from "./conv-few";
import { convpack_f32 } from "./conv-pack";
import { SweepParams } from "./conv-params";
import { conv2d_f32_winograd4x4s2 } from "./conv-phases";
import { conv2d_f32_winograd4x4 } from "./conv-winograd";
import { convwinograd_pack_f32 } from "./conv-winograd-pack";

/** Written by the host (`SlabWord` in src/kernels/conv-slabs.ts): one slab of every image. */
@unmanaged
class Slab {
  sweep: SweepParams;
  /** Parameters of the convolution. */
  params: usize;
  /** Items of the packing, and of the convolution. */
  packItems: i32;
  items: i32;
  /** Bytes into the output of an image. */
  outOffset: usize;
}

/** Written by the host (`ImageWord`). */
@unmanaged
class ImageParams {
  inputBytes: usize;
  outputBytes: usize;
  /** Bytes of a packed slab, before the scratch of the convolution. */
  packedBytes: usize;
  slabs: i32;
  /** Address of the first slab. */
  first: usize;
}

// @ts-ignore: decorator
@inline const FEW = 0;
// @ts-ignore: decorator
@inline const STRIDE_1 = 1;
// @ts-ignore: decorator
@inline const STRIDE_2 = 2;

/** Items: the slabs of one image after those of another. `work`: packed input, then scratch. */
// @ts-ignore: decorator
@inline
function convolve(form: i32, out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<ImageParams>(params);
  const scratch = work + p.packedBytes;
  for (let item = begin; item < end; ++item) {
    const image = item / p.slabs;
    const slab = changetype<Slab>(p.first + <usize>(item - image * p.slabs) * offsetof<Slab>());
    const source = input + <usize>image * p.inputBytes;
    const target = out + <usize>image * p.outputBytes + slab.outOffset;
    const sweep = changetype<usize>(slab.sweep);
    if (form == FEW) convpack_f32(work, source, sweep, 0, 0, slab.packItems);
    else convwinograd_pack_f32(work, source, sweep, 0, 0, slab.packItems);
    if (form == FEW) conv2d_f32_winograd2x2(target, work, slab.params, scratch, 0, slab.items);
    else if (form == STRIDE_1) conv2d_f32_winograd4x4(target, work, slab.params, scratch, 0, slab.items);
    else conv2d_f32_winograd4x4s2(target, work, slab.params, scratch, 0, slab.items);
  }
}

export function conv2d_f32_winograd2x2_slabs(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  convolve(FEW, out, input, params, work, begin, end);
}

export function conv2d_f32_winograd4x4_slabs(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  convolve(STRIDE_1, out, input, params, work, begin, end);
}

export function conv2d_f32_winograd4x4s2_slabs(
  out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32,
): void {
  convolve(STRIDE_2, out, input, params, work, begin, end);
}
