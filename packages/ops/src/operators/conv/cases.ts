export function cases() {
  return [
    {
      name: "3x3 stride 2",
      shapes: { x: [2, 4, 9, 12], weight: [3, 4, 3, 3] },
      options: { stride: 2, padding: 1 },
    },
    {
      name: "16 to 33 channels",
      shapes: { x: [1, 16, 11, 19], weight: [33, 16, 3, 3] },
      options: { padding: 1 },
    },
    {
      name: "32 to 16 channels, stride 2",
      shapes: { x: [1, 32, 10, 18], weight: [16, 32, 3, 3] },
      options: { stride: 2, padding: 1 },
    },
    { name: "bias", shapes: { x: [2, 3, 7, 9], weight: [5, 3, 3, 3], bias: [5] }, options: {} },
    { name: "1x1", shapes: { x: [1, 17, 5, 9], weight: [6, 17, 1, 1] }, options: {} },
    {
      name: "groups",
      shapes: { x: [1, 6, 8, 9], weight: [4, 3, 3, 3] },
      options: { groups: 2, padding: 1, paddingMode: "replicate" },
    },
    {
      name: "depthwise",
      shapes: { x: [2, 5, 9, 11], weight: [5, 1, 3, 3] },
      options: { groups: 5, stride: 2, padding: 1, paddingMode: "reflect" },
    },
    {
      name: "dilated circular",
      shapes: { x: [1, 2, 9, 10], weight: [3, 2, 3, 2] },
      options: { dilation: 2, padding: 2, paddingMode: "circular" },
    },
    {
      name: "same, even kernel",
      shapes: { x: [1, 2, 6, 7], weight: [2, 2, 4, 2] },
      options: { padding: "same" },
    },
    { name: "cropping", shapes: { x: [1, 1, 9, 9], weight: [2, 1, 3, 3] }, options: { padding: -1 } },
    {
      name: "7x7 stride 3",
      shapes: { x: [1, 3, 23, 26], weight: [8, 3, 7, 7] },
      options: { stride: 3, padding: 3 },
    },
    { name: "1-D", shapes: { x: [2, 3, 29], weight: [4, 3, 5] }, options: { stride: 2, padding: 2 } },
    {
      name: "3-D",
      shapes: { x: [1, 3, 5, 6, 17], weight: [4, 3, 3, 3, 3] },
      options: { stride: [1, 2, 2], padding: 1 },
    },
    {
      name: "large 3x3, 16 channels",
      shapes: { x: [1, 16, 20, 27], weight: [16, 16, 3, 3], bias: [16] },
      options: { padding: 1 },
    },
    {
      name: "large 3x3, 32 channels, reflect",
      shapes: { x: [1, 32, 24, 24], weight: [32, 32, 3, 3] },
      options: { padding: 1, paddingMode: "reflect" },
    },
    {
      name: "large 3x3x3, 16 channels",
      shapes: { x: [1, 16, 4, 8, 12], weight: [16, 16, 3, 3, 3] },
      options: { padding: 1 },
    },
    {
      name: "weight of another rank",
      shapes: { x: [1, 1, 8, 8], weight: [1, 1, 3] },
      error: "INVALID_SHAPE",
    },
    {
      name: "weight of other channels",
      shapes: { x: [1, 2, 8, 8], weight: [1, 3, 3, 3] },
      error: "INVALID_SHAPE",
    },
    {
      name: "groups that do not divide",
      shapes: { x: [1, 3, 8, 8], weight: [2, 1, 3, 3] },
      options: { groups: 2 },
      error: "INVALID_OPTION",
    },
    {
      name: "kernel larger than the padded image",
      shapes: { x: [1, 1, 3, 3], weight: [1, 1, 7, 7] },
      options: { padding: 1 },
      error: "INVALID_SHAPE",
    },
  ] as const;
}
