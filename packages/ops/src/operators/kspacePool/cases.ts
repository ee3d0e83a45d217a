export function cases() {
  return [
    { name: "magnitude", shapes: { re: [1, 2, 8, 12], im: [1, 2, 8, 12] }, options: { outputSize: [4, 6] } },
    {
      name: "real, windowed",
      shapes: { re: [2, 1, 9, 10], im: [2, 1, 9, 10] },
      options: { outputSize: [5, 4], window: "hamming" as const, part: "real" as const },
    },
    { name: "whole", shapes: { re: [1, 1, 6, 5], im: [1, 1, 6, 5] }, options: { outputSize: [6, 5] } },
    { name: "1-D", shapes: { re: [1, 3, 17], im: [1, 3, 17] }, options: { outputSize: 8 } },
    { name: "3-D", shapes: { re: [1, 1, 4, 6, 8], im: [1, 1, 4, 6, 8] }, options: { outputSize: [3, 3, 4] } },
    {
      name: "re and im of different shapes",
      shapes: { re: [1, 1, 8, 8], im: [1, 1, 8, 9] },
      options: { outputSize: 4 },
      error: "INVALID_SHAPE",
    },
  ];
}
