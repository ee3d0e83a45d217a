export function cases() {
  return [
    { name: "defaults", shapes: { x: [2, 3, 8, 12] } },
    { name: "defaults, odd", shapes: { x: [1, 3, 9, 35] } },
    ...[1, 2, 3, 4, 5, 6, 7].map((kernelSize) => ({
      name: `kernel ${kernelSize}`,
      shapes: { x: [1, 2, 19, 22] },
      options: { kernelSize },
    })),
    { name: "3, wide with tail", shapes: { x: [1, 5, 21, 67] }, options: { kernelSize: 3 } },
    { name: "5, wide with tail", shapes: { x: [1, 2, 12, 70] }, options: { kernelSize: 5 } },
    { name: "stride 1", shapes: { x: [1, 2, 9, 10] }, options: { kernelSize: 3, stride: 1 } },
    {
      name: "stride 3, replicate",
      shapes: { x: [1, 2, 13, 17] },
      options: { kernelSize: 5, stride: 3, paddingMode: "replicate" as const },
    },
    {
      name: "circular",
      shapes: { x: [1, 2, 12, 16] },
      options: { kernelSize: 4, paddingMode: "circular" as const },
    },
    {
      name: "zeros",
      shapes: { x: [1, 2, 12, 16] },
      options: { kernelSize: 3, paddingMode: "zeros" as const },
    },
    { name: "kornia", shapes: { x: [1, 2, 9, 12] }, options: { kernelSize: 4, variant: "kornia" as const } },
    {
      name: "timm",
      shapes: { x: [1, 2, 9, 12] },
      options: { kernelSize: 4, stride: 3, variant: "timm" as const },
    },
    { name: "cropping", shapes: { x: [1, 1, 12, 13] }, options: { kernelSize: 3, padding: -1 } },
    { name: "1-D", shapes: { x: [2, 3, 37] }, options: { kernelSize: 5 } },
    { name: "3-D", shapes: { x: [1, 2, 6, 9, 21] }, options: { kernelSize: 3 } },
    { name: "3-D, one axis left alone", shapes: { x: [1, 2, 3, 9, 21] }, options: { stride: [1, 2, 2] } },
    { name: "reflect on a single voxel", shapes: { x: [1, 1, 1, 8] }, error: "INVALID_SHAPE" },
    {
      name: "kernel larger than the image",
      shapes: { x: [1, 1, 3, 3] },
      options: { kernelSize: 7, padding: 0 },
      error: "INVALID_SHAPE",
    },
    {
      name: "more taps than doubles hold",
      shapes: { x: [1, 1, 8, 8] },
      options: { kernelSize: 1025, paddingMode: "zeros" as const },
      error: "INVALID_OPTION",
    },
  ];
}
