const windows = ["none", "hamming", "hann", { tukey: 0.5 }, { kaiser: 6 }] as const;

export function cases() {
  return [
    ...windows.map((window) => ({
      name: `window ${JSON.stringify(window)}`,
      shapes: { x: [1, 3, 16, 20] },
      options: { stride: 2, window },
    })),
    {
      name: "over the input's band",
      shapes: { x: [1, 3, 16, 20] },
      options: { stride: 2, window: "hann" as const, span: "input" as const },
    },
    { name: "k-space crop", shapes: { x: [1, 2, 16, 22] }, options: { stride: 2, nyquist: "drop" as const } },
    {
      name: "k-space crop, 64",
      shapes: { x: [1, 9, 64, 64] },
      options: { stride: 2, nyquist: "drop" as const },
    },
    { name: "any size", shapes: { x: [1, 2, 15, 20] }, options: { outputSize: [11, 13] } },
    { name: "one voxel", shapes: { x: [1, 2, 5, 4] }, options: { outputSize: 1 } },
    { name: "same size", shapes: { x: [1, 2, 5, 4] }, options: { outputSize: [5, 4] } },
    { name: "1-D", shapes: { x: [1, 2, 31] }, options: { outputSize: 12, window: "hamming" as const } },
    { name: "3-D", shapes: { x: [1, 2, 6, 8, 10] }, options: { stride: 2, window: "hann" as const } },
    { name: "3-D, any size", shapes: { x: [1, 1, 7, 8, 9] }, options: { outputSize: [4, 6, 5] } },
    {
      name: "larger than the input",
      shapes: { x: [1, 1, 8, 8] },
      options: { outputSize: 9 },
      error: "INVALID_SHAPE",
    },
    { name: "neither size nor stride", shapes: { x: [1, 1, 8, 8] }, error: "INVALID_OPTION" },
  ];
}
