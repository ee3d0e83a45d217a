export function cases() {
  return [
    ...[1, 2, 3, 5, 8, 10, 11, 12].map((n) => ({ name: `1-D of ${n}`, shapes: { x: [1, 3, n] } })),
    { name: "2-D", shapes: { x: [2, 3, 8, 12] } },
    { name: "2-D, 64", shapes: { x: [1, 9, 64, 64] } },
    { name: "2-D, 0 and 2 mod 4", shapes: { x: [1, 3, 22, 36] } },
    { name: "182 x 218", shapes: { x: [1, 1, 182, 218] } },
    { name: "published", shapes: { x: [1, 2, 12, 15] }, options: { variant: "published" as const } },
    {
      name: "published, one zero",
      shapes: { x: [1, 2, 14, 9] },
      options: { variant: "published" as const, zeroPad: "one" as const },
    },
    {
      name: "published, large",
      shapes: { x: [1, 2, 12, 9] },
      options: { variant: "published" as const, zeroPad: "large" as const },
    },
    { name: "3-D", shapes: { x: [1, 2, 4, 8, 12] } },
    { name: "3-D, one axis left alone", shapes: { x: [1, 2, 3, 8, 10] }, options: { stride: [1, 2, 2] } },
  ];
}
