export function cases() {
  return [
    { name: "defaults", shapes: { x: [2, 3, 9, 12] } },
    {
      name: "AlexNet",
      shapes: { x: [1, 2, 13, 16] },
      options: { max: { kernelSize: 3 }, blur: { kernelSize: 3 } },
    },
    {
      name: "DenseNet",
      shapes: { x: [1, 2, 13, 16] },
      options: { max: { kernelSize: 3, padding: 1 }, blur: { kernelSize: 4 } },
    },
    {
      name: "kornia",
      shapes: { x: [1, 2, 9, 12] },
      options: { blur: { kernelSize: 3, variant: "kornia" as const } },
    },
    { name: "wide with tail", shapes: { x: [1, 3, 22, 69] }, options: { blur: { kernelSize: 5 } } },
    { name: "1-D", shapes: { x: [2, 3, 37] } },
    { name: "3-D", shapes: { x: [1, 2, 6, 9, 11] } },
    {
      name: "3-D, one axis left alone",
      shapes: { x: [1, 2, 2, 9, 11] },
      options: { blur: { stride: [1, 2, 2] } },
    },
  ];
}
