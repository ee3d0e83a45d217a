/** The shapes every table uses: feature maps of networks, a brain slice, volumes. */
export const shapes = {
  "1x32x128x128": [1, 32, 128, 128],
  "1x64x64x64": [1, 64, 64, 64],
  "8x16x64x64": [8, 16, 64, 64],
  "1x128x32x32": [1, 128, 32, 32],
  "1x1x256x256": [1, 1, 256, 256],
  "1x32x256x256": [1, 32, 256, 256],
  "1x1x512x512": [1, 1, 512, 512],
  "1x1x182x218": [1, 1, 182, 218],
  "1x16x64x64x64": [1, 16, 64, 64, 64],
  "1x1x182x218x182": [1, 1, 182, 218, 182],
} as const satisfies Record<string, readonly number[]>;

export type ShapeName = keyof typeof shapes;
