// The copies of a convolution blurred slab by slab (src/kernels/convblur.ts); its kernels are those of both families.

/** Written by the host (`CopyWord` in src/kernels/convblur.ts). */
@unmanaged
class CopyParams {
  /** Bytes of a plane to copy, and from one plane to the next. */
  bytes: usize;
  fromStep: usize;
  toStep: usize;
}

/** Copies as many bytes of every plane. Items: planes. */
export function convblur_copy_f32(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<CopyParams>(params);
  for (let plane = <usize>begin; plane < <usize>end; ++plane) {
    memory.copy(out + plane * p.toStep, input + plane * p.fromStep, p.bytes);
  }
}
