/** Version of METRICS.md that the values follow. */
export const METRICS_VERSION = "1";

/** What a metric is called and how to read it; shared by the command line and the web page. */
export interface Metric {
  /** Field of `Report.values`. */
  readonly key: string;
  readonly title: string;
  /** Empty where dimensionless. */
  readonly unit: string;
  /** Which way is good; `none`: a description, or best at a certain value that the explanation names. */
  readonly better: "lower" | "higher" | "none";
  readonly range: string;
  /** One sentence for a reader who knows images, not signal processing. */
  readonly explanation: string;
}

/** How metrics of a kind are read. */
const LOWER = { unit: "", better: "lower", range: "0..inf" } as const;
const LOWER_SHARE = { unit: "", better: "lower", range: "0..1" } as const;
const RATIO = { unit: "", better: "none", range: "0..inf" } as const;
const INTENSITY = { unit: "image", better: "none", range: "any" } as const;
const RANGE_CHANGE = { unit: "R", better: "none", range: "-1..1" } as const;
const SHARE = { unit: "", better: "none", range: "0..1" } as const;
const FREQUENCY = { unit: "cycles/voxel", better: "none", range: "0..0.5" } as const;
const HIGHER_DECIBEL = { unit: "dB", better: "higher", range: "-inf..inf" } as const;

/** Every metric of a report, in reading order. */
export const metrics = [
  // The image itself
  metric(
    "ober",
    "Out-of-band energy",
    LOWER_SHARE,
    "Share of the scan's detail that is too fine for the smaller grid; this is what can turn into false detail.",
  ),
  metric(
    "polyphaseSpread",
    "Polyphase spread",
    LOWER,
    "How unequal the candidate images are that one gets by keeping every second voxel from different starting voxels.",
  ),
  // The downsampled image
  metric("outMean", "Mean", INTENSITY, "Average brightness of the downsampled image."),
  metric(
    "outMin",
    "Minimum",
    INTENSITY,
    "Darkest value of the downsampled image; below the scan's own minimum means dark ringing.",
  ),
  metric(
    "outMax",
    "Maximum",
    INTENSITY,
    "Brightest value of the downsampled image; above the scan's own maximum means bright ringing.",
  ),
  metric(
    "meanPreservation",
    "Brightness change",
    RANGE_CHANGE,
    "How much brighter (+) or darker (-) the image became on average, as a share of its data range; 0 is best.",
  ),
  metric(
    "p1Preservation",
    "Background change",
    RANGE_CHANGE,
    "How far the darkest percent of the image moved, as a share of its data range; above 0 the background was lifted.",
  ),
  metric(
    "p99Preservation",
    "Highlight change",
    RANGE_CHANGE,
    "How far the brightest percent of the image moved, as a share of its data range; 0 is best.",
  ),
  metric(
    "edgeRetention",
    "Edge retention",
    RATIO,
    "Edge strength compared with a true low-resolution scan: 1 is as sharp, below 1 is blurred, above 1 is jagged or noisy.",
  ),
  // Against the low-resolution scan
  metric(
    "asr",
    "Alias-to-signal ratio",
    LOWER,
    "Strength of false detail folded in from structures too small for the new grid, relative to true detail.",
  ),
  metric(
    "asrDb",
    "Alias-to-signal ratio",
    { unit: "dB", better: "lower", range: "-inf..inf" },
    "The alias-to-signal ratio in decibels: every -10 dB means ten times less false detail.",
  ),
  metric(
    "aef",
    "Alias energy fraction",
    LOWER_SHARE,
    "Share of the downsampled image's contrast that is false detail.",
  ),
  metric(
    "ksrRaw",
    "Residual to low-resolution scan",
    LOWER,
    "How far the result is from what the scanner would have acquired at the lower resolution, blur and false detail together.",
  ),
  metric(
    "ksrGainMatched",
    "Residual, contrast matched",
    LOWER,
    "The same residual after allowing for an overall change of contrast.",
  ),
  metric(
    "gain",
    "Contrast gain",
    { unit: "", better: "none", range: "any" },
    "Overall contrast relative to the low-resolution scan; 1 keeps it, below 1 washes it out.",
  ),
  metric(
    "incoherentEnergy",
    "Incoherent energy",
    LOWER_SHARE,
    "Share of the result that does not follow the true anatomy: false detail and distortion, but not blur.",
  ),
  metric(
    "incoherentEnergyFloor",
    "Incoherent energy, floor",
    SHARE,
    "Incoherent energy that remains when the scan holds nothing that could alias; compare the value above with it.",
  ),
  metric(
    "am",
    "Spectrum distance",
    { unit: "image", better: "lower", range: "0..inf" },
    "Average difference between the spatial-frequency content of the result and that of the low-resolution scan.",
  ),
  metric(
    "amn",
    "Spectrum distance, relative",
    LOWER,
    "The spectrum distance as a share of the low-resolution scan's own content; 0 is best.",
  ),
  metric(
    "foldNoPass",
    "Bins with nothing",
    SHARE,
    "Share of spatial frequencies of the result that carry nothing noticeable.",
  ),
  metric(
    "foldNonAliased",
    "Bins with true detail",
    { unit: "", better: "higher", range: "0..1" },
    "Share of spatial frequencies of the result that carry true detail only.",
  ),
  metric(
    "foldAliased",
    "Bins with false detail",
    LOWER_SHARE,
    "Share of spatial frequencies of the result that carry false detail only.",
  ),
  metric(
    "foldTangled",
    "Bins with both",
    LOWER_SHARE,
    "Share of spatial frequencies of the result where true and false detail are mixed beyond separation.",
  ),
  // Shifts
  metric(
    "seeInteger",
    "Shift error, whole voxels",
    LOWER,
    "How much the result changes, other than moving along, when the patient lies a whole voxel further.",
  ),
  metric(
    "seeFractional",
    "Shift error, part of a voxel",
    LOWER,
    "How much the result changes, other than moving along, when the patient lies a quarter to three quarters of a voxel further.",
  ),
  metric(
    "invariance",
    "Shift error up to index",
    LOWER,
    "Shift error that remains when the result may also be moved by whole voxels of its own; for methods that pick their grid from the image.",
  ),
  // Noise
  metric(
    "noiseGain",
    "Noise power gain",
    RATIO,
    "Noise power that remains after downsampling white noise: 0.25 keeps a quarter of it.",
  ),
  metric(
    "noiseSd",
    "Noise gain",
    RATIO,
    "Noise level that remains after downsampling white noise: 0.5 halves it.",
  ),
  metric(
    "noiseBias",
    "Noise bias",
    { unit: "sd", better: "none", range: "any" },
    "How far noise alone lifts the image, in units of the noise level; 0 is best, maximum pooling lifts the background.",
  ),
  metric(
    "noiseCorrelation",
    "Noise correlation",
    { unit: "", better: "none", range: "-1..1" },
    "How similar the noise of neighbouring voxels of the result is; 0 is fine-grained, towards 1 is blotchy.",
  ),
  // Frequency response
  metric(
    "droop",
    "Droop",
    { unit: "dB", better: "none", range: "-inf..inf" },
    "Contrast lost in detail at 0.8 of the finest the new grid can carry; 0 dB is no blur, -6 dB is half the contrast.",
  ),
  metric(
    "minus3dB",
    "-3 dB frequency",
    FREQUENCY,
    "Fineness of detail at which 71 % of the contrast is left; the new grid carries up to 0.5 / factor.",
  ),
  metric(
    "minus6dB",
    "-6 dB frequency",
    FREQUENCY,
    "Fineness of detail at which half of the contrast is left; the new grid carries up to 0.5 / factor.",
  ),
  metric(
    "stopBand",
    "Largest leak",
    LOWER,
    "Largest share of contrast that detail too fine for the new grid keeps, and so comes back as false detail.",
  ),
  metric(
    "flatAliasRatio",
    "Flat-spectrum alias ratio",
    LOWER,
    "Alias-to-signal ratio for an image with equal energy at every fineness, so independent of the scan.",
  ),
  metric(
    "groupDelay",
    "Measured centre offset",
    { unit: "voxel", better: "none", range: "any" },
    "Where the method really centres each new voxel; must agree with the offset written into the geometry.",
  ),
  metric(
    "stepOvershoot",
    "Edge overshoot",
    { unit: "%", better: "lower", range: "0..inf" },
    "Bright or dark fringe beside a sharp edge, in percent of the edge's height.",
  ),
  // Test patterns
  metric(
    "aliasVisibility",
    "Alias visibility",
    LOWER,
    "False rings in the zone plate compared with true ones: 0 shows none, 1 shows them as strongly as real structure.",
  ),
  metric(
    "chirpVisibility",
    "Alias visibility, one axis",
    LOWER,
    "False stripes in a pattern that gets finer along one axis, compared with true ones.",
  ),
  metric(
    "moire",
    "Moire",
    LOWER_SHARE,
    "Contrast of the coarse false wave that fine stripes turn into; 0 shows none, 1 shows it in full.",
  ),
  metric(
    "gratingDiagonal",
    "Moire, diagonal",
    LOWER_SHARE,
    "Contrast of the coarse false wave that fine diagonal stripes turn into.",
  ),
  metric(
    "checkerboard",
    "Checkerboard leak",
    LOWER_SHARE,
    "What is left of a checkerboard of single voxels, which a smaller grid cannot show and should turn grey.",
  ),
  metric(
    "pointPeakMin",
    "Point peak, weakest",
    SHARE,
    "Brightness of a single bright voxel after downsampling at its least favourable position; far below the strongest, it blinks as the patient moves.",
  ),
  metric(
    "pointPeakMax",
    "Point peak, strongest",
    SHARE,
    "Brightness of a single bright voxel after downsampling at its most favourable position.",
  ),
  // Fidelity
  metric(
    "psnr",
    "PSNR",
    HIGHER_DECIBEL,
    "Similarity to the full scan after enlarging the result again; the fine detail that any smaller grid loses counts too.",
  ),
  metric(
    "psnrBand",
    "PSNR in band",
    HIGHER_DECIBEL,
    "Similarity to the full scan's detail that the new grid can carry; only avoidable errors count.",
  ),
  metric("nrmse", "NRMSE", LOWER, "Error after enlarging the result again, relative to the scan's contrast."),
  metric(
    "ssim",
    "SSIM",
    { unit: "", better: "higher", range: "-1..1" },
    "Structural similarity to the full scan after enlarging the result again; 1 is identical.",
  ),
] as const;

export type MetricKey = (typeof metrics)[number]["key"];

function metric<K extends string>(
  key: K,
  title: string,
  reading: Pick<Metric, "unit" | "better" | "range">,
  explanation: string,
): Metric & { readonly key: K } {
  return { key, title, ...reading, explanation };
}
