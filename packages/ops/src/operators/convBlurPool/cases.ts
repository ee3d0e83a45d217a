export function cases() {
  return [
    {
      name: "defaults",
      shapes: { x: [2, 2, 9, 12], weight: [5, 2, 3, 3], bias: [5] },
      options: { conv: { padding: 1 } },
    },
    {
      name: "without relu or bias",
      shapes: { x: [1, 3, 9, 12], weight: [4, 3, 3, 3] },
      options: { relu: false, blur: { kernelSize: 3 } },
    },
    {
      name: "16 channels",
      shapes: { x: [1, 16, 10, 19], weight: [20, 16, 3, 3] },
      options: { conv: { padding: 1 }, blur: { kernelSize: 5 } },
    },
    {
      name: "reflect and replicate",
      shapes: { x: [1, 2, 9, 12], weight: [3, 2, 3, 3] },
      options: {
        conv: { padding: 1, paddingMode: "reflect" as const },
        blur: { stride: 3, paddingMode: "replicate" as const },
      },
    },
    { name: "1-D", shapes: { x: [2, 3, 37], weight: [4, 3, 5] } },
    {
      name: "3-D",
      shapes: { x: [1, 2, 6, 9, 11], weight: [3, 2, 3, 3, 3] },
      options: { conv: { padding: 1 }, blur: { stride: [1, 2, 2] } },
    },
  ];
}
