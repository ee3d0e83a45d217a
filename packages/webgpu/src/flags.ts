// WebGPU's numbers for how buffers are used. The spec fixes them; as globals they exist in browsers only.

export const Usage = {
  MAP_READ: 0x01,
  COPY_SRC: 0x04,
  COPY_DST: 0x08,
  UNIFORM: 0x40,
  STORAGE: 0x80,
} as const;

/** What tensors and scratch are for: kernels, upload and download. */
export const DATA = Usage.STORAGE | Usage.COPY_SRC | Usage.COPY_DST;

/** `GPUMapMode.READ` and `GPUShaderStage.COMPUTE`. */
export const MAP_FOR_READING = 0x1;
export const COMPUTE_STAGE = 0x4;
