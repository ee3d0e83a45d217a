// What halfband is meant to reach, operator by operator: the least that counts as done, and what it is after.
// Each goal finds its own figures among the measured rows, like with like: a rival that takes resident data is compared
// on it, one that carries arrays in and out on every run with halfband doing so too.
import type { Row } from "./measure.ts";

export interface Figure {
  readonly shape: string;
  readonly value: number;
  /**
   * How the time splits, where reading the input and writing the output, or carrying arrays in and out, was measured:
   * what the figure would be if halfband took no longer than that, and that as a share of what it takes.
   */
  readonly memory?: { readonly allows: number; readonly share: number };
}

export interface Goal {
  readonly operator: string;
  readonly against: string;
  /** `atLeast` for how many times faster, `atMost` for how many times the time. */
  readonly sense: "atLeast" | "atMost";
  /** None where a figure is shown for what it says. */
  readonly must?: number;
  readonly stretch?: number;
  figures(rows: readonly Row[]): Figure[];
}

type Build = "baseline" | "relaxed";

/** Without relaxed SIMD. */
const WASM = [
  "onnxruntime-web",
  "tfjs-backend-wasm",
  "OpenCV.js",
  "@itk-wasm/downsample",
  "LiteRT.js (baseline)",
];
const LITERT = ["LiteRT.js (relaxed)"];
const NATIVE = ["onnxruntime-node"];
const MAPS = ["1x32x128x128", "1x64x64x64", "8x16x64x64", "1x128x32x32", "1x1x256x256", "1x32x256x256"];
const FEW = ["1x32x128x128", "1x64x64x64"];
/** Small enough for the second cache of one core. */
const SMALL = ["1x128x32x32", "1x1x256x256"];
const WIDE_CONV = ["1x32x128x128", "1x64x64x64", "1x128x32x32"];

const oursIn = (rows: readonly Row[], op: string, shape: string, build: Build) =>
  rows.filter((row) => row.op === op && row.shape === shape && row.impl === `halfband (${build})`);

/** halfband's time for one job; with copies, by the faster of its two ways. */
export const ownOf = (here: readonly Row[], build: Build, copies: Row["copies"]): number =>
  Math.min(
    ...here
      .filter(
        (row) => row.impl === `halfband (${build})` || row.impl === `halfband (${build}, through tensors)`,
      )
      .filter((row) => row.copies === copies)
      .map(({ minMs }) => minMs),
  );

/**
 * A rival's time for one job: on resident data where it takes such. It never counts as slower than with copies, which
 * are more work: some (tfjs) run at half speed in one of several equal calls, for reasons of their own.
 */
export function bestOf(here: readonly Row[], impl: string): Pick<Row, "copies" | "minMs"> | undefined {
  const rows = here.filter((row) => row.impl === impl);
  const copies = rows.some((row) => row.copies === "resident") ? "resident" : "included";
  return rows.length === 0 ? undefined : { copies, minMs: Math.min(...rows.map(({ minMs }) => minMs)) };
}

/** What no kernel can leave out. */
const LIMITS = {
  resident: "limit: input read, output written",
  included: "limit: arrays carried in and out",
} as const;

/**
 * How many times faster than the fastest of `rivals`: the smallest of the ratios, with halfband's data where the rival's
 * is, or `resident` whatever the rival does.
 */
function faster(
  ops: string[],
  shapes: readonly string[],
  rivals: string[],
  build: Build = "baseline",
  data: "alike" | "resident" = "alike",
) {
  return (rows: readonly Row[]): Figure[] =>
    ops.flatMap((op) =>
      shapes.flatMap((shape) => {
        const here = rows.filter((row) => row.op === op && row.shape === shape);
        const figures = rivals.flatMap((impl): Figure[] => {
          const rival = bestOf(here, impl);
          const copies = data === "alike" && rival ? rival.copies : "resident";
          const own = ownOf(here, build, copies);
          if (!rival || own === Infinity) return [];
          const figure = { shape: labelled(ops, op, shape), value: rival.minMs / own };
          const limit = here.find(({ impl }) => impl === LIMITS[copies]);
          if (!limit) return [figure];
          return [{ ...figure, memory: { allows: rival.minMs / limit.minMs, share: limit.minMs / own } }];
        });
        return figures.sort((a, b) => a.value - b.value).slice(0, 1);
      }),
    );
}

/** Time in units of the physical limit's. */
const ofLimit = (ops: string[], shapes: string[]) => (rows: readonly Row[]) =>
  ops.flatMap((op) =>
    shapes.flatMap((shape) =>
      oursIn(rows, op, shape, "baseline")
        .filter(({ copies }) => copies === "resident")
        .map(({ ratioToLimit }) => ({ shape: labelled(ops, op, shape), value: ratioToLimit })),
    ),
  );

/** Time of each operator in units of another's on the same shape. */
const ofOther = (pairs: [op: string, other: string][], shapes: string[]) => (rows: readonly Row[]) =>
  pairs.flatMap(([op, other]) =>
    shapes.flatMap((shape) => {
      const [own] = oursIn(rows, op, shape, "baseline");
      const [base] = oursIn(rows, other, shape, "baseline");
      return own && base ? [{ shape: labelled(pairs, op, shape), value: own.minMs / base.minMs }] : [];
    }),
  );

/** From here on two threads must pay. */
const LONG_MS = 1;

/** Times of one thread and of two, resident, by job. */
const pairs = (rows: readonly Row[]) =>
  rows.flatMap(({ op, shape, impl, copies, minMs }) => {
    if (impl !== "halfband (baseline, 2 threads)" || copies !== "resident") return [];
    const [one] = oursIn(rows, op, shape, "baseline");
    return one ? [{ label: `${op}, ${shape}`, one: one.minMs, two: minMs }] : [];
  });

const labelled = (all: readonly unknown[], op: string, shape: string): string =>
  all.length > 1 ? `${op}, ${shape}` : shape;

/** Time per voxel and axis of a volume of 64 to that of a plane of 64. */
function volumeByPlane(rows: readonly Row[]): Figure[] {
  const [volume] = oursIn(rows, "flcPool", "1x16x64x64x64", "baseline");
  const [plane] = oursIn(rows, "flcPool", "1x64x64x64", "baseline");
  if (!volume || !plane) return [];
  return [
    { shape: volume.shape, value: volume.minMs / (16 * 64 ** 3 * 3) / (plane.minMs / (64 * 64 ** 2 * 2)) },
  ];
}

/**
 * Time of pffft-wasm, driven from JavaScript, to that of fft.js by size, where the goals against both were set: the
 * fastest of each, in microseconds per plane. That driver is not to be had; fft.js, timed here, tells what it would take.
 */
export const pffftToFftJs = { 64: 72 / 138, 128: 191 / 507, 256: 539 / 1540, 512: 2400 / 9000 } as const;

const goal =
  (sense: Goal["sense"]) =>
  (
    operator: string,
    against: string,
    must: number | undefined,
    stretch: number | undefined,
    figures: Goal["figures"],
  ): Goal => ({
    operator,
    against,
    sense,
    ...(must === undefined ? {} : { must }),
    ...(stretch === undefined ? {} : { stretch }),
    figures,
  });
const atLeast = goal("atLeast");
const atMost = goal("atMost");

const S1 = ["conv 3 stride 1"];
const S2 = ["conv 3 stride 2"];
const POOLS = ["maxPool 2", "avgPool 2"];

/** Against the rivals that carry arrays the goals were set with halfband's data in memory. */
const AS_SET = "the same where the goal was set, halfband's data in memory";
const residentConv = (ops: string[], shapes: readonly string[]) =>
  faster(ops, shapes, WASM, "baseline", "resident");

export const goals: readonly Goal[] = [
  atLeast("conv 3x3 stride 1, 32 channels and up", "best Wasm rival", 3, 4, faster(S1, WIDE_CONV, WASM)),
  atLeast("conv 3x3 stride 1, 32 channels and up", AS_SET, 3, 4, residentConv(S1, WIDE_CONV)),
  atLeast(
    "conv 3x3 stride 1, 32 channels and up",
    "onnxruntime-node",
    1,
    undefined,
    faster(S1, WIDE_CONV, NATIVE),
  ),
  atLeast(
    "conv 3x3 stride 1, 32 channels and up, relaxed",
    "onnxruntime-node",
    1.25,
    1.4,
    faster(S1, WIDE_CONV, NATIVE, "relaxed"),
  ),
  atLeast(
    "conv 3x3 stride 1, 32 channels and up, relaxed",
    "LiteRT.js, relaxed",
    2.5,
    3.5,
    faster(S1, WIDE_CONV, LITERT, "relaxed"),
  ),
  atLeast("conv 3x3 stride 1, 16 channels", "best Wasm rival", 2, 3, faster(S1, ["8x16x64x64"], WASM)),
  atLeast("conv 3x3 stride 1, 16 channels", "onnxruntime-node", 0.9, 1.2, faster(S1, ["8x16x64x64"], NATIVE)),
  atLeast("conv 3x3 stride 2", "best Wasm rival", 1.2, 1.8, faster(S2, [...WIDE_CONV, "8x16x64x64"], WASM)),
  atLeast(
    "conv 3x3 stride 2",
    "onnxruntime-node",
    0.42,
    0.65,
    faster(S2, [...WIDE_CONV, "8x16x64x64"], NATIVE),
  ),
  atLeast(
    "conv 3x3 stride 2, relaxed",
    "LiteRT.js, relaxed",
    1.05,
    1.6,
    faster(S2, [...WIDE_CONV, "8x16x64x64"], LITERT, "relaxed"),
  ),
  atLeast(
    "conv 3x3, one input channel, relaxed",
    "LiteRT.js, relaxed",
    1.5,
    2,
    faster([...S1, ...S2], ["1x1x256x256"], LITERT, "relaxed"),
  ),
  atLeast(
    "conv 3x3, one input channel",
    "best Wasm rival",
    1.35,
    2.5,
    faster([...S1, ...S2], ["1x1x256x256"], WASM),
  ),
  atLeast("conv 3x3, one input channel", AS_SET, 1.35, 2.5, residentConv([...S1, ...S2], ["1x1x256x256"])),
  atLeast(
    "conv 3x3, one input channel",
    "onnxruntime-node",
    1.3,
    1.5,
    faster([...S1, ...S2], ["1x1x256x256"], NATIVE),
  ),
  atLeast(
    "conv 3x3x3",
    "onnxruntime-web",
    1.8,
    3,
    faster([...S1, ...S2], ["1x16x64x64x64"], ["onnxruntime-web"]),
  ),
  atLeast("conv 3x3x3", "onnxruntime-node", 0.85, 1.5, faster([...S1, ...S2], ["1x16x64x64x64"], NATIVE)),
  atLeast(
    "pools 2x2",
    "tfjs-backend-wasm, the best resident rival",
    2.2,
    4,
    faster(POOLS, MAPS, ["tfjs-backend-wasm"]),
  ),
  atLeast("pools 2x2", "onnxruntime-node", 3, undefined, faster(POOLS, MAPS, NATIVE)),
  atMost("pools 2x2", "copy of the input", 0.8, 0.6, ofLimit(POOLS, MAPS)),
  atLeast("pools 2x2x2", "best Wasm rival", 2.5, 4, faster(POOLS, ["1x1x182x218x182"], WASM)),
  atLeast("pools 2x2x2", "onnxruntime-node", 1.2, undefined, faster(POOLS, ["1x1x182x218x182"], NATIVE)),
  atMost("pools 2x2x2", "copy of the input", 1.3, 1, ofLimit(POOLS, ["1x1x182x218x182"])),
  ...(
    [
      ["blurPool 3", 4, 8, 2, 1.6],
      ["blurPool 4", 3.5, 8, 3, 2],
      ["blurPool 5", 2.5, 6, 4, 2.3],
    ] as const
  ).flatMap(([op, must, stretch, limit, limitStretch]) => [
    atLeast(op, "best Wasm rival", must, stretch, faster([op], MAPS, WASM)),
    atLeast(op, "onnxruntime-node", 2, undefined, faster([op], MAPS, NATIVE)),
    atMost(`${op}, small maps`, "copy of the input", limit, limitStretch, ofLimit([op], SMALL)),
  ]),
  atLeast("blurPool 3x3x3", "best Wasm rival", 3, 6, faster(["blurPool 3"], ["1x1x182x218x182"], WASM)),
  atLeast(
    "blurPool 3x3x3",
    "onnxruntime-node",
    2,
    undefined,
    faster(["blurPool 3"], ["1x1x182x218x182"], NATIVE),
  ),
  atLeast("maxBlurPool 2 + 5", "best Wasm rival", 4, 8, faster(["maxBlurPool 2 + 5"], MAPS, WASM)),
  atLeast("maxBlurPool 2 + 5", "onnxruntime-node", 1.5, 3, faster(["maxBlurPool 2 + 5"], MAPS, NATIVE)),
  ...(
    [
      [64, ["1x64x64x64", "8x16x64x64"], 6, 9],
      [128, ["1x32x128x128"], 6, 9],
      [256, ["1x1x256x256", "1x32x256x256"], 4.5, 6.5],
      [512, ["1x1x512x512"], 3.5, 6],
    ] as const
  ).flatMap(([size, shapes, must, stretch]) => {
    const op = `flcPool ${size}`;
    const against = (impl: string) => faster(["flcPool"], shapes, [impl]);
    return [
      atLeast(
        op,
        "pffft-wasm driven line by line from JavaScript",
        must,
        stretch,
        against("pffft-wasm, line by line"),
      ),
      atLeast(op, "the same where the goal was set, by way of fft.js", must, stretch, (rows) =>
        against("fft.js")(rows).map(({ shape, value }) => ({ shape, value: value * pffftToFftJs[size] })),
      ),
      atLeast(op, "pffft-wasm, planes kept in its heap", undefined, undefined, against("pffft-wasm")),
      atLeast(op, "fft.js", 14, 20, against("fft.js")),
    ];
  }),
  atLeast(
    "flcPool 64, relaxed",
    "matrix products in LiteRT.js, relaxed",
    3,
    4,
    faster(["flcPool"], ["1x64x64x64"], LITERT, "relaxed"),
  ),
  atLeast(
    "flcPool 128, relaxed",
    "matrix products in LiteRT.js, relaxed",
    5,
    7,
    faster(["flcPool"], ["1x32x128x128"], LITERT, "relaxed"),
  ),
  atLeast("flcPool 64", "MatMul in onnxruntime-node", 1.5, 4, faster(["flcPool"], ["1x64x64x64"], NATIVE)),
  atLeast("flcPool 128", "MatMul in onnxruntime-node", 2.5, 4, faster(["flcPool"], ["1x32x128x128"], NATIVE)),
  atLeast(
    "flcPool 182x218",
    "MatMul in onnxruntime-web",
    4,
    8,
    faster(["flcPool"], ["1x1x182x218"], ["onnxruntime-web"]),
  ),
  atLeast(
    "flcPool 182x218",
    "MatMul in onnxruntime-node",
    1.2,
    2,
    faster(["flcPool"], ["1x1x182x218"], NATIVE),
  ),
  atLeast(
    "flcPool 64x64x64",
    "kissfft-wasm",
    6,
    undefined,
    faster(["flcPool"], ["1x16x64x64x64"], ["kissfft-wasm"]),
  ),
  atMost("flcPool 64x64x64, per voxel and axis", "flcPool 64x64", 1.6, undefined, volumeByPlane),
  atMost("asapPool", "flcPool", 1.8, 1.5, ofOther([["asapPool", "flcPool"]], MAPS)),
  atMost(
    "spectralPool with a window",
    "flcPool",
    1.8,
    1.5,
    ofOther([["spectralPool hamming", "flcPool"]], FEW),
  ),
  atMost(
    "gradient of a linear operator",
    "the operator",
    2.5,
    1.5,
    ofOther(
      [
        ["gradient of conv 3 stride 1, x alone", "conv 3 stride 1"],
        ["gradient of conv 3 stride 2, x alone", "conv 3 stride 2"],
        ["gradient of avgPool 2", "avgPool 2"],
        ["gradient of blurPool 3", "blurPool 3"],
        ["gradient of flcPool", "flcPool"],
        ["gradient of asapPool", "asapPool"],
      ],
      FEW,
    ),
  ),
  atMost(
    "gradient of conv 3x3 by x, weight and bias",
    "the operator",
    undefined,
    undefined,
    ofOther(
      [
        ["gradient of conv 3 stride 1", "conv 3 stride 1"],
        ["gradient of conv 3 stride 2", "conv 3 stride 2"],
      ],
      FEW,
    ),
  ),
  atMost("gradient of maxPool", "maxPool", 4, 2, ofOther([["gradient of maxPool 2", "maxPool 2"]], FEW)),
  atLeast("two threads, jobs of 1 ms and more", "one thread", 1.6, 1.85, (rows) =>
    pairs(rows).flatMap(({ label, one, two }) => (one < LONG_MS ? [] : [{ shape: label, value: one / two }])),
  ),
  atLeast("two threads, shorter jobs", "one thread", 0.95, undefined, (rows) =>
    pairs(rows).flatMap(({ label, one, two }) => (one < LONG_MS ? [{ shape: label, value: one / two }] : [])),
  ),
];

/** First result in a fresh process, ms, and its share of tfjs-backend-wasm's time. */
export const startGoal = { mustMs: 10, stretchMs: 5, mustShare: 1 / 8 } as const;

/** Bytes of one variant's WebAssembly after brotli. */
export const sizeGoal = { must: 40 * 1024, stretch: 24 * 1024 } as const;

/** To set an awake second thread to work, and to wait for it. */
export const dispatchGoal = { mustMicroseconds: 1 } as const;
