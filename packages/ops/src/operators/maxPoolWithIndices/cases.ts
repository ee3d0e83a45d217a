export function cases() {
  return [
    { name: "2x2", shapes: { x: [2, 3, 8, 13] }, options: { kernelSize: 2 } },
    {
      name: "3x3 stride 2 padded",
      shapes: { x: [2, 2, 13, 16] },
      options: { kernelSize: 3, stride: 2, padding: 1 },
    },
    {
      name: "1-D dilated",
      shapes: { x: [1, 2, 29] },
      options: { kernelSize: 3, stride: 2, dilation: 2, ceilMode: true },
    },
    { name: "3-D", shapes: { x: [1, 2, 5, 6, 9] }, options: { kernelSize: 2 } },
  ] as const;
}
