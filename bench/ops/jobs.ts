import {
  asapPool,
  avgPool,
  type Backend,
  blurPool,
  conv,
  detailPreservingPool,
  elementCount,
  flcPool,
  maxBlurPool,
  maxPool,
  type Plan,
  type Tensor,
} from "@halfband/ops";
import { type ShapeName, shapes } from "../shapes/shapes.ts";
import { blurPool3, conv3, FftCrop, pool, pool2 } from "./plain.ts";

/** One way to do a job. `output` is read after a run, to check it before it is timed. */
export interface Implementation {
  readonly impl: string;
  readonly copies: "included" | "resident";
  run(): void;
  output?(): Float32Array;
}

export interface Job {
  readonly op: string;
  readonly shape: ShapeName;
  /** |got - want| allowed between implementations, relative to the largest value. */
  readonly tolerance: number;
  readonly implementations: readonly Implementation[];
}

type Loop = (
  x: Float32Array,
  y: Float32Array,
  shape: readonly number[],
  weights: Float32Array | undefined,
) => void;

/** Plain loops for planes: what they are, whether a shape suits them. */
interface Plain {
  readonly impl: string;
  readonly loop: Loop;
  suits?(shape: readonly number[]): boolean;
}

interface Recipe {
  readonly op: string;
  readonly shapes: readonly ShapeName[];
  readonly tolerance: number;
  plan(x: Tensor, weight: Tensor | undefined): Plan;
  readonly outChannels?: number;
  readonly plain?: readonly Plain[];
}

const maps = [
  "1x32x128x128",
  "1x64x64x64",
  "8x16x64x64",
  "1x1x256x256",
] as const satisfies readonly ShapeName[];
const everywhere: readonly ShapeName[] = [...maps, "1x1x182x218", "1x8x32x32x32"];

const planesOf = ([n, c, rows, columns]: readonly number[]) => [n * c, rows, columns] as const;

const plainPools = (kind: "max" | "avg"): Plain[] => [
  { impl: "plain loops", loop: (x, y, shape) => pool(x, y, planesOf(shape), kind, 2, 2) },
  { impl: "plain loops, unrolled for 2x2", loop: (x, y, shape) => pool2(x, y, planesOf(shape), kind) },
];

const plainBlur: Plain = { impl: "plain loops", loop: (x, y, shape) => blurPool3(x, y, ...planesOf(shape)) };

const plainConv = (stride: number, outChannels: number): Plain => ({
  impl: "plain loops",
  loop: (x, y, [, channels, rows, columns], weights) =>
    conv3(x, weights!, y, [channels, rows, columns], outChannels, stride),
});

/** Powers of two only: what fft.js can do. */
const plainCrop: Plain = {
  impl: "plain loops over fft.js",
  suits: (shape) => shape.slice(2).every((n) => (n & (n - 1)) === 0),
  loop(x, y, [n, c, rows, columns]) {
    const crop = cropOf(rows, columns);
    for (let p = 0; p < n * c; p++) crop.run(x, p * rows * columns, y, (p * rows * columns) / 4);
  },
};

const crops = new Map<string, FftCrop>();
function cropOf(rows: number, columns: number): FftCrop {
  const key = `${rows}x${columns}`;
  const crop = crops.get(key) ?? new FftCrop(rows, columns);
  crops.set(key, crop);
  return crop;
}

const recipes: readonly Recipe[] = [
  {
    op: "maxPool 2",
    shapes: everywhere,
    tolerance: 0,
    plan: (x) => maxPool.plan(x, { kernelSize: 2 }),
    plain: plainPools("max"),
  },
  {
    op: "avgPool 2",
    shapes: everywhere,
    tolerance: 1e-6,
    plan: (x) => avgPool.plan(x, { kernelSize: 2 }),
    plain: plainPools("avg"),
  },
  {
    op: "blurPool 3",
    shapes: everywhere,
    tolerance: 1e-6,
    plan: (x) => blurPool.plan(x, { kernelSize: 3 }),
    plain: [plainBlur],
  },
  { op: "blurPool 4", shapes: everywhere, tolerance: 1e-6, plan: (x) => blurPool.plan(x) },
  { op: "blurPool 5", shapes: everywhere, tolerance: 1e-6, plan: (x) => blurPool.plan(x, { kernelSize: 5 }) },
  { op: "maxBlurPool 2 + 4", shapes: everywhere, tolerance: 1e-6, plan: (x) => maxBlurPool.plan(x) },
  { op: "flcPool", shapes: everywhere, tolerance: 2e-6, plan: (x) => flcPool.plan(x), plain: [plainCrop] },
  { op: "asapPool", shapes: everywhere, tolerance: 2e-6, plan: (x) => asapPool.plan(x) },
  {
    op: "detailPreservingPool",
    shapes: everywhere,
    tolerance: 1e-5,
    plan: (x) => detailPreservingPool.plan(x),
  },
  ...[1, 2].map(
    (stride): Recipe => ({
      op: `conv 3x3 stride ${stride}, to 32 channels`,
      shapes: ["1x32x128x128", "1x64x64x64", "1x1x256x256"],
      tolerance: 1e-5,
      outChannels: 32,
      plan: (x, weight) => conv.plan(x, weight!, { stride, padding: 1 }),
      plain: [plainConv(stride, 32)],
    }),
  ),
];

/** Everything that is measured, with fresh data. `filter` is part of an operator's or shape's name. */
export function jobs(backend: Backend, filter = ""): Job[] {
  return recipes.flatMap((recipe) =>
    recipe.shapes
      .filter((shape) => `${recipe.op} ${shape}`.includes(filter))
      .map((shape) => makeJob(recipe, shape, backend)),
  );
}

function makeJob(recipe: Recipe, name: ShapeName, backend: Backend): Job {
  const shape: readonly number[] = shapes[name];
  const data = randomData(elementCount(shape));
  const x = backend.tensor(data, shape);
  const { outChannels } = recipe;
  const weights = outChannels === undefined ? undefined : randomData(outChannels * shape[1] * 9);
  const weight = weights && backend.tensor(weights, [outChannels!, shape[1], 3, 3]);
  const plan = recipe.plan(x, weight);
  const y = backend.empty(plan.shape);
  const run = backend.prepare(plan, weight === undefined ? {} : { weight });
  const halfband: Implementation = {
    impl: `halfband (${backend.info.build})`,
    copies: "resident",
    run: () => run(x, y),
    output: () => y.dataSync() as Float32Array,
  };
  const copy = data.slice();
  const limit: Implementation = { impl: "copy of the input", copies: "resident", run: () => copy.set(data) };
  const out = new Float32Array(elementCount(plan.shape));
  const plain = (shape.length === 4 ? (recipe.plain ?? []) : [])
    .filter(({ suits }) => suits?.(shape) ?? true)
    .map(
      ({ impl, loop }): Implementation => ({
        impl,
        copies: "resident",
        run: () => loop(data, out, shape, weights),
        output: () => out,
      }),
    );
  return {
    op: recipe.op,
    shape: name,
    tolerance: recipe.tolerance,
    implementations: [halfband, ...plain, limit],
  };
}

/** Values of ordinary size: repeated halving towards denormals would be timed instead of the kernel. */
function randomData(length: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
