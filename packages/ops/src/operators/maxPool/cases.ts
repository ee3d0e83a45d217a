export function cases() {
  return [
    { name: "2x2", shapes: { x: [2, 3, 8, 12] }, options: { kernelSize: 2 } },
    { name: "2x2 odd", shapes: { x: [1, 2, 9, 17] }, options: { kernelSize: 2 } },
    { name: "2x2 wide with tail", shapes: { x: [1, 5, 21, 67] }, options: { kernelSize: 2 } },
    {
      name: "3x3 stride 2 padded",
      shapes: { x: [2, 2, 13, 16] },
      options: { kernelSize: 3, stride: 2, padding: 1 },
    },
    { name: "ceil", shapes: { x: [1, 2, 7, 10] }, options: { kernelSize: 3, stride: 2, ceilMode: true } },
    {
      name: "dilated",
      shapes: { x: [1, 1, 11, 9] },
      options: { kernelSize: [2, 3], stride: 1, dilation: [3, 2] },
    },
    { name: "1-D", shapes: { x: [2, 3, 37] }, options: { kernelSize: 4, stride: 3, padding: 2 } },
    { name: "3-D", shapes: { x: [1, 2, 6, 9, 21] }, options: { kernelSize: 2 } },
    {
      name: "3-D anisotropic",
      shapes: { x: [2, 1, 4, 9, 11] },
      options: { kernelSize: [1, 3, 2], stride: [1, 2, 2], padding: [0, 1, 0] },
    },
    { name: "single voxel", shapes: { x: [1, 1, 1, 1] }, options: { kernelSize: 1 } },
    {
      name: "asymmetric padding",
      shapes: { x: [1, 1, 5, 6] },
      options: {
        kernelSize: 3,
        stride: 2,
        padding: [
          [1, 0],
          [0, 1],
        ],
      },
    },
    {
      name: "kernel larger than the image",
      shapes: { x: [1, 1, 2, 2] },
      options: { kernelSize: 5 },
      error: "INVALID_SHAPE",
    },
    {
      name: "too much padding",
      shapes: { x: [1, 1, 8, 8] },
      options: { kernelSize: 2, padding: 2 },
      error: "INVALID_OPTION",
    },
  ] as const;
}
