export function cases() {
  return [
    { name: "2x2", shapes: { x: [2, 3, 8, 12] }, options: { kernelSize: 2 } },
    { name: "2x2 odd with tail", shapes: { x: [1, 3, 9, 35] }, options: { kernelSize: 2 } },
    {
      name: "3x3 stride 2 padded",
      shapes: { x: [2, 2, 13, 16] },
      options: { kernelSize: 3, stride: 2, padding: 1 },
    },
    {
      name: "without padding in the count",
      shapes: { x: [1, 2, 7, 9] },
      options: { kernelSize: 3, stride: 2, padding: 1, countIncludePad: false },
    },
    {
      name: "ceil overhang",
      shapes: { x: [1, 2, 8, 10] },
      options: { kernelSize: 3, stride: 3, padding: 1, ceilMode: true },
    },
    { name: "divisor", shapes: { x: [1, 1, 8, 9] }, options: { kernelSize: [2, 3], divisorOverride: 5 } },
    { name: "1-D", shapes: { x: [2, 3, 37] }, options: { kernelSize: 4, stride: 3, padding: 2 } },
    { name: "3-D", shapes: { x: [1, 2, 6, 9, 21] }, options: { kernelSize: 2 } },
    {
      name: "3-D anisotropic",
      shapes: { x: [2, 1, 4, 9, 11] },
      options: { kernelSize: [1, 3, 2], stride: [1, 2, 2], padding: [0, 1, 0] },
    },
    { name: "single voxel", shapes: { x: [1, 1, 1, 1] }, options: { kernelSize: 1 } },
    {
      name: "kernel larger than the image",
      shapes: { x: [1, 1, 2, 2] },
      options: { kernelSize: 3 },
      error: "INVALID_SHAPE",
    },
  ] as const;
}
