import { type Backend, elementCount, type Plan, valuesOf } from "@halfband/ops";
import type { Implementation, Rival, Task } from "../rivals/src/rival.ts";
import { type ShapeName, shapes } from "../shapes/shapes.ts";
import { carryLimit, copyLimit, peakLimit, reduceLimit } from "./limits.ts";
import { plainLoops } from "./plain-loops.ts";
import { type Recipe, recipes } from "./recipes.ts";

/** One thing to compute, and everybody who computes it. The first implementation is halfband's baseline build. */
export interface Job {
  readonly op: string;
  readonly shape: ShapeName;
  /** |got - want| allowed between implementations, relative to the largest value. */
  readonly tolerance: number;
  readonly implementations: readonly Implementation[];
  dispose(): void;
}

/** A backend of halfband, and what to call it in tables. */
export interface Own {
  readonly build: "baseline" | "relaxed";
  readonly threads: number;
  readonly backend: Backend;
}

/** Everything that is wanted, one job at a time. */
export async function* jobs(
  own: readonly Own[],
  rivals: readonly Rival[],
  isWanted: (op: string, shape: ShapeName) => boolean,
): AsyncGenerator<Job> {
  for (const recipe of recipes) {
    for (const shape of recipe.shapes) {
      if (isWanted(recipe.op, shape)) yield await makeJob(recipe, shape, own, rivals);
    }
  }
}

/** By a part of the operator's and shape's names, or one of several; everything if there is none. */
export const named =
  (parts: readonly string[]) =>
  (op: string, shape: ShapeName): boolean =>
    parts.length === 0 || parts.some((part) => `${op} ${shape}`.includes(part));

async function makeJob(
  recipe: Recipe,
  name: ShapeName,
  own: readonly Own[],
  rivals: readonly Rival[],
): Promise<Job> {
  const shape: readonly number[] = shapes[name];
  const [, channels, ...spatial] = shape;
  const { kernelSize = 3, depthwise = false } = recipe;
  const inputs = depthwise ? 1 : channels;
  const weightShape = [recipe.outChannels?.(channels) ?? 1, inputs, ...spatial.map(() => kernelSize)];
  const plan = recipe.plan({ shape }, { shape: weightShape });
  const data = new Map(
    valuesOf(plan, "input").map((i) => [
      plan.values[i].name,
      randomData(elementCount(plan.values[i].shape), i),
    ]),
  );
  const x = data.get("x") ?? [...data.values()][0];
  const weight = data.get("weight");
  const task = recipe.words && ({ ...recipe.words, shape, outShape: plan.shape, x, weight } as Task);
  const others: Implementation[] = [];
  for (const rival of task === undefined ? [] : [...rivals, plainLoops])
    others.push(...(await rival.prepare(task!)));
  const withCopies = others.some(({ copies }) => copies === "included");
  const ours = own.flatMap((build) => halfband(build, plan, data, withCopies));
  // The map that convBlurPool blurs is as large as the input.
  const mapSize = recipe.words?.op === "convBlurPool" ? elementCount(shape) : elementCount(plan.shape);
  const flops = weight && 2 * inputs * kernelSize ** spatial.length * mapSize;
  const share = elementCount(shape) / elementCount(plan.shape);
  const implementations = [...ours, ...others, ...limits(x, flops, isPool(recipe) ? share : undefined)];
  if (withCopies) implementations.push(carried(x, elementCount(plan.shape)));
  return {
    op: recipe.op,
    shape: name,
    tolerance: recipe.tolerance,
    implementations,
    dispose: () => {
      for (const implementation of implementations) implementation.dispose?.();
    },
  };
}

/** The prepared executable on resident tensors, and where a rival carries arrays in and out, on arrays as well. */
function halfband(
  { build, threads, backend }: Own,
  plan: Plan,
  data: ReadonlyMap<string, Float32Array>,
  withCopies: boolean,
): Implementation[] {
  const inputs = valuesOf(plan, "input").map((i) => plan.values[i]);
  const tensors = new Map(inputs.map(({ name, shape }) => [name, backend.tensor(data.get(name)!, shape)]));
  const weight = tensors.get("weight");
  const run = backend.prepare(plan, weight && { weight });
  const fed = inputs.filter(({ name }) => name !== "weight");
  const given = fed.map(({ name }) => tensors.get(name)!);
  const [first, ...more] = valuesOf(plan, "output").map((i) => plan.values[i]);
  const result = backend.empty(first.shape);
  const outputs = [result, ...more.map(({ shape, dtype }) => backend.empty(shape, dtype))];
  const impl = `halfband (${build}${threads > 1 ? `, ${threads} threads` : ""})`;
  const note = kernelOf(backend, plan);
  const resident: Implementation = {
    impl,
    threads,
    copies: "resident",
    note,
    run: () => run(...given, ...outputs),
    output: () => result.dataSync(),
    dispose: () => {
      run.dispose();
      for (const tensor of [...tensors.values(), ...outputs]) tensor.dispose();
    },
  };
  const fedData = fed.map(({ name }) => data.get(name)!);
  let y: Float32Array;
  const included: Implementation = {
    impl,
    threads,
    copies: "included",
    note,
    // New arrays for the results of each run, as the rivals make them.
    run: async () => {
      [y] = (await run.arrays(...fedData)) as Float32Array[];
    },
    output: () => y,
  };
  const throughTensors: Implementation = {
    impl: `halfband (${build}, through tensors)`,
    threads,
    copies: "included",
    note,
    run: () => {
      const copied = fed.map(({ name, shape }) => backend.tensor(data.get(name)!, shape));
      run(...copied, ...outputs);
      y = result.dataSync();
      for (const tensor of copied) tensor.dispose();
    },
    output: () => y,
  };
  if (!withCopies) return [resident];
  return threads > 1 ? [resident, included] : [resident, included, throughTensors];
}

function kernelOf(backend: Backend, plan: Plan): string {
  const support = backend.supports(plan);
  return "kernel" in support ? support.kernel : support.reason;
}

const isPool = ({ words }: Recipe): boolean => words?.op === "maxPool" || words?.op === "avgPool";

/** Convolutions are bound by arithmetic, everything else by memory. `share` is that of input to output of a pool. */
function limits(x: Float32Array, flops: number | undefined, share: number | undefined): Implementation[] {
  if (flops === undefined) {
    const note = "memory.copy of the input within Wasm memory";
    const copy: Implementation = {
      impl: "limit: copy of the input",
      copies: "resident",
      note,
      run: copyLimit(x),
    };
    return share === 4 || share === 8 ? [copy, readAndWrite(x, share)] : [copy];
  }
  return (["baseline", "relaxed"] as const).flatMap((build): Implementation[] => {
    const run = peakLimit(flops, build);
    const note = "the multiplications and additions of the direct form, in registers";
    return run ? [{ impl: `limit: arithmetic (${build})`, copies: "resident", note, flops, run }] : [];
  });
}

const readAndWrite = (x: Float32Array, share: 4 | 8): Implementation => ({
  impl: "limit: input read, output written",
  copies: "resident",
  note: "both in order, within Wasm memory, one maximum per vector read",
  run: reduceLimit(x, share),
});

const carried = (x: Float32Array, resultLength: number): Implementation => ({
  impl: "limit: arrays carried in and out",
  copies: "included",
  note: "the input into Wasm memory by parts, a result of the output's size into a new array",
  run: carryLimit(x, resultLength),
});

/** Values of ordinary size: repeated halving towards denormals would be timed instead of the kernel. */
function randomData(length: number, seed: number): Float32Array {
  let state = 12345 + seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
