/** A scan that comes with the page. */
export interface BundledScan {
  readonly id: string;
  readonly file: string;
  readonly title: string;
  /** What the contrast shows, in a few words. */
  readonly shows: string;
  /** Voxels along x, y, z, and their size in millimetres. */
  readonly shape: readonly [number, number, number];
  readonly zooms: readonly [number, number, number];
  readonly kilobytes: number;
  readonly source: string;
  readonly licence: string;
}

export const bundledScans: readonly BundledScan[] = [
  {
    id: "t1",
    file: "colin27_t1_brain_u8.nii.gz",
    title: "T1-weighted",
    shows: "fine anatomy",
    shape: [181, 217, 181],
    zooms: [1, 1, 1],
    kilobytes: 1298,
    source: "Colin 27 brain, from MRIcron, © 2006-2010 Chris Rorden",
    licence: "BSD-3-Clause",
  },
  {
    id: "dwi",
    file: "dwi_b0_oblique35_i16.nii.gz",
    title: "Diffusion (b = 0)",
    shows: "water in tissue",
    shape: [58, 58, 24],
    zooms: [4, 4, 5],
    kilobytes: 89,
    source: "DIPY test data, © 2008-2021 dipy developers",
    licence: "BSD-3-Clause",
  },
  {
    id: "epi",
    file: "epi_4d_oblique_i16.nii.gz",
    title: "Functional (BOLD EPI)",
    shows: "blood oxygenation",
    shape: [128, 96, 24],
    zooms: [2, 2, 2.2],
    kilobytes: 338,
    source: "NiBabel test data, © 2009-2019 Matthew Brett and others",
    licence: "MIT",
  },
  {
    id: "t1-head",
    file: "colin27_t1_u8.nii.gz",
    title: "T1-weighted, whole head",
    shows: "fine anatomy with skull and skin",
    shape: [181, 217, 181],
    zooms: [1, 1, 1],
    kilobytes: 3428,
    source: "Colin 27 head, from MRIcron, © 2006-2010 Chris Rorden",
    licence: "BSD-3-Clause",
  },
];

export const findScan = (id: string): BundledScan | undefined => bundledScans.find((scan) => scan.id === id);

/** Address of a file beside the page. */
export const scanAddress = (file: string): string => new URL(`scans/${file}`, document.baseURI).href;
