export function cases() {
  return [
    { name: "defaults", shapes: { x: [2, 3, 8, 12] } },
    { name: "odd sizes", shapes: { x: [1, 2, 9, 13] } },
    {
      name: "asymmetric",
      shapes: { x: [1, 3, 8, 10] },
      options: { asymmetric: true, lambda: [-0.7, 0.4, 1.1], alpha: [-3, -0.5, 0.6] },
    },
    ...(["paper", "lua", "cuda", "pytorch"] as const).map((variant) => ({
      name: variant,
      shapes: { x: [1, 2, 8, 10] },
      options: { variant, lambda: 0.6, alpha: 0.1 },
    })),
    { name: "parameters as tensors", shapes: { x: [1, 3, 8, 10], lambda: [3], alpha: [3] } },
    {
      name: "alpha over the Lua clamp",
      shapes: { x: [1, 2, 8, 10] },
      options: { variant: "lua" as const, alpha: [12, 9] },
    },
    { name: "prediction given", shapes: { x: [1, 3, 8, 10], prediction: [1, 3, 4, 5] } },
    { name: "filter", shapes: { x: [2, 3, 8, 10], filter: [3, 1, 3, 3], filterBias: [3] } },
    {
      name: "filter on odd sizes",
      shapes: { x: [1, 2, 9, 11], filter: [2, 1, 3, 3] },
      options: { asymmetric: true },
    },
    { name: "1-D", shapes: { x: [2, 3, 37] }, options: { stride: 3 } },
    { name: "3-D", shapes: { x: [1, 2, 4, 6, 9] }, options: { lambda: 0.3 } },
    { name: "3-D, one axis left alone", shapes: { x: [1, 2, 3, 6, 9] }, options: { stride: [1, 2, 2] } },
    { name: "axis shorter than the stride", shapes: { x: [1, 1, 1, 8] }, error: "INVALID_SHAPE" },
    {
      name: "parameters of other channels",
      shapes: { x: [1, 2, 8, 8] },
      options: { lambda: [1, 2, 3] },
      error: "INVALID_OPTION",
    },
  ];
}
