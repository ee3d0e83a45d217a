export function cases() {
  return [
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 16, 22].map((n) => ({
      name: `1-D of ${n}`,
      shapes: { x: [1, 3, n] },
    })),
    { name: "2-D", shapes: { x: [2, 3, 8, 12] } },
    { name: "2-D, 0 and 2 mod 4", shapes: { x: [1, 5, 16, 22] } },
    { name: "2-D, odd", shapes: { x: [1, 2, 15, 21] } },
    { name: "2-D, 64", shapes: { x: [1, 9, 64, 64] } },
    { name: "2-D, 60 x 90", shapes: { x: [1, 2, 60, 90] } },
    { name: "182 x 218", shapes: { x: [1, 1, 182, 218] } },
    { name: "stride 3 and 4", shapes: { x: [1, 2, 12, 20] }, options: { stride: [3, 4] } },
    { name: "ceil", shapes: { x: [1, 2, 9, 11] }, options: { size: "ceil" as const } },
    { name: "published", shapes: { x: [1, 2, 10, 15] }, options: { variant: "published" as const } },
    { name: "one axis left alone", shapes: { x: [1, 2, 7, 16] }, options: { stride: [1, 2] } },
    { name: "3-D", shapes: { x: [1, 2, 8, 12, 16] } },
    { name: "3-D, mixed", shapes: { x: [1, 2, 6, 8, 9] } },
    { name: "3-D, one axis left alone", shapes: { x: [1, 2, 3, 8, 10] }, options: { stride: [1, 2, 2] } },
    {
      name: "published at stride 4",
      shapes: { x: [1, 1, 8, 8] },
      options: { stride: 4, variant: "published" as const },
      error: "INVALID_OPTION",
    },
    {
      name: "published size of one voxel",
      shapes: { x: [1, 1, 1, 8] },
      options: { variant: "published" as const },
      error: "INVALID_SHAPE",
    },
  ];
}
