// What must not change: a leading axis of one voxel, batches; what gradients and maxima must be.
import { elementCount, evaluate, operators, type Plan, spatialOf } from "@halfband/ops";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { availableBackends } from "../backends.ts";
import { noise } from "../random.ts";
import { calls, lifted } from "./arbitraries.ts";
import { type Case, deviation, doubles, maxAbs, planOf, randomInputs, vjpPlanOf } from "./call.ts";
import { allowed, check, compute, dot, named, norm, ROUNDING, SETTINGS, seeds } from "./check.ts";
import { flatOf, indices } from "./samples.ts";

const backends = await availableBackends();
afterAll(() => {
  for (const backend of backends.values()) backend.dispose();
});

const TENSORS = ["bias", "lambda", "alpha", "prediction", "filter", "filterBias"];
const nonLinearOnes = operators.filter(({ definition }) => !definition.semantics.linear);

describe.each([...backends])("%s", (_, backend) => {
  it.each(named(operators))("%s: a leading axis of one voxel changes nothing", async (_, operator) => {
    await check(fc.tuple(calls(operator, { tensors: TENSORS }), seeds), async ([golden, seed]) => {
      if (Object.values(golden.shapes)[0].length === 5) return;
      const inputs = randomInputs(golden, seed);
      const flat = await compute(operator, golden, backend, inputs);
      const deep = await compute(operator, lifted(operator, golden), backend, inputs);
      const bound = 2 * allowed(operator, golden, inputs) * maxAbs(inputs[operator.definition.operands[0]]);
      for (const output of operator.definition.outputs) {
        expect(deviation(deep[output], flat[output]), output).toBeLessThanOrEqual(
          bound + 2 * ROUNDING * maxAbs(flat[output]),
        );
      }
    });
  });

  it.each(named(operators))("%s: a batch gives what its images give alone", async (_, operator) => {
    await check(fc.tuple(calls(operator, { tensors: TENSORS }), seeds), async ([golden, seed]) => {
      const inputs = randomInputs(golden, seed);
      const [image] = operator.definition.operands;
      const [batch, channels] = golden.shapes[image];
      // Channels are mixed or have numbers of their own where there is more than the image.
      const parts = Object.keys(golden.shapes).every((name) => name === "x" || name === "re" || name === "im")
        ? batch * channels
        : batch;
      const sliced = (name: string) => ["x", "re", "im", "prediction"].includes(name);
      const shapes = Object.fromEntries(
        Object.entries(golden.shapes).map(([name, [, c, ...rest]]) => [
          name,
          sliced(name) ? [1, parts === batch ? c : 1, ...rest] : golden.shapes[name],
        ]),
      );
      const whole = await compute(operator, golden, backend, inputs);
      const bound = 2 * allowed(operator, golden, inputs) * maxAbs(inputs[image]);
      for (let part = 0; part < parts; part++) {
        const cut = (data: ArrayLike<number>) =>
          Float32Array.from(data).slice((part * data.length) / parts, ((part + 1) * data.length) / parts);
        const own = Object.fromEntries(
          Object.entries(inputs).map(([name, data]) => [name, sliced(name) ? cut(data) : data]),
        );
        const alone = await compute(operator, { ...golden, shapes }, backend, own);
        for (const output of operator.definition.outputs) {
          expect(deviation(alone[output], cut(whole[output])), output).toBeLessThanOrEqual(
            bound + 2 * ROUNDING * maxAbs(whole[output]),
          );
        }
      }
    });
  });

  it.each(named(nonLinearOnes))("%s: the gradient is the slope of the reference", async (_, operator) => {
    const { outputs, semantics } = operator.definition;
    await check(fc.tuple(calls(operator, { tensors: TENSORS }), seeds), async ([golden, seed]) => {
      const plan = planOf(operator, golden);
      const inputs = randomInputs(golden, seed);
      const gy = noise(elementCount(plan.shape), seed + 3000);
      const gradients = await compute(operator, golden, backend, { ...inputs, gy });
      const exact = evaluate(vjpPlanOf(operator, golden), { ...doubles(inputs), gy: Float64Array.from(gy) });
      for (const [name, gradient] of Object.entries(gradients)) {
        if (!(name in inputs)) continue;
        const direction = noise(gradient.length, seed + 4000);
        const step = 1e-6;
        const at = (h: number) => {
          const point = doubles(inputs);
          const moved = { ...point, [name]: point[name].map((v, i) => v + h * direction[i]) };
          return dot(evaluate(plan, moved)[outputs[0]], gy);
        };
        const slope = (at(step) - at(-step)) / (2 * step);
        // What the definition allows per element, and the error of the difference quotient.
        const perElement =
          (semantics.tolerance(plan.params) + ROUNDING) * 4 * Math.max(1, maxAbs(exact[name]));
        const bound =
          perElement * norm(direction) * Math.sqrt(gradient.length) + 1e-6 * norm(gy) * norm(direction);
        expect(
          Math.abs(dot(gradient, direction) - slope),
          `${name} of ${JSON.stringify(golden)}`,
        ).toBeLessThanOrEqual(bound);
      }
    });
  });

  it.each([{ shape: [17] }, { shape: [12, 10] }, { shape: [6, 5, 8] }])(
    "kspacePool of $shape: what is dropped may be NaN, what is kept may not",
    async ({ shape: spatial }) => {
      const pool = operators.find(({ definition }) => definition.name === "kspacePool")!;
      const shape = [1, 2, ...spatial];
      const options = { outputSize: spatial.map((size) => Math.floor(size / 2)) };
      const golden = { name: "halved", shapes: { re: shape, im: shape }, options };
      const inputs = randomInputs(golden, 11);
      const run = async (voxel: number): Promise<Float32Array> => {
        const re = Float32Array.from(inputs.re);
        re[voxel] = Number.NaN;
        return (await compute(pool, golden, backend, { ...inputs, re })).y as Float32Array;
      };
      const { y } = await compute(pool, golden, backend, inputs);
      expect(await run(0)).toEqual(y);
      const centre = flatOf(
        spatial.map((size) => Math.floor(size / 2)),
        spatial,
      );
      const spoilt = await run(centre);
      const plane = spoilt.length / 2;
      expect(spoilt.subarray(0, plane).some(Number.isFinite)).toBe(false);
      expect(spoilt.subarray(plane)).toEqual(Float32Array.from(y).subarray(plane));
    },
  );

  it("max pools: NaN wins and the last one is named, ties name the first voxel, windows of -inf work", async () => {
    const [pool, withIndices] = ["maxPool", "maxPoolWithIndices"].map(
      (name) => operators.find(({ definition }) => definition.name === name)!,
    );
    const voxel = fc.constantFrom(
      Number.NEGATIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      -1,
      -0,
      0,
      1,
      1,
      2,
      Number.POSITIVE_INFINITY,
    );
    const withData = calls(pool).chain((golden) => {
      const length = elementCount(golden.shapes.x);
      return fc.tuple(fc.constant(golden), fc.array(voxel, { minLength: length, maxLength: length }));
    });
    await fc.assert(
      fc.asyncProperty(withData, async ([golden, voxels]) => {
        const x = Float32Array.from(voxels);
        const want = maxima(planOf(pool, golden), golden, x);
        const { y } = await compute(pool, golden, backend, { x });
        const { values, indices } = await compute(withIndices, golden, backend, { x });
        // Zeros of either sign tie, so which of them comes out is open; the index is not.
        const numbers = (data: ArrayLike<number>) => Array.from(data, (v) => v + 0);
        expect(numbers(y)).toEqual(numbers(want.map(({ value }) => value)));
        expect(numbers(values)).toEqual(numbers(want.map(({ value }) => value)));
        expect(Array.from(indices)).toEqual(want.map(({ index }) => index));
      }),
      { ...SETTINGS, numRuns: 60 },
    );
  });
});

/** The rules in words: the voxels of each window in row-major order, then the last NaN or the first largest. */
function maxima(plan: Plan, { shapes }: Case, x: Float32Array): { value: number; index: number }[] {
  const { axes } = plan.params as {
    axes: { kernel: number; stride: number; dilation: number; padBefore: number }[];
  };
  const spatial = spatialOf(shapes.x);
  const count = elementCount(spatial);
  return Array.from(indices(plan.shape), ([n, c, ...m]) => {
    const plane = (n * shapes.x[1] + c) * count;
    const window = Array.from(indices(axes.map(({ kernel }) => kernel)), (q) =>
      axes.map(({ stride, dilation, padBefore }, a) => m[a] * stride - padBefore + dilation * q[a]),
    ).filter((position) => position.every((p, a) => p >= 0 && p < spatial[a]));
    const places = window.map((position) => flatOf(position, spatial));
    const lastNaN = places.findLast((place) => Number.isNaN(x[plane + place]));
    const largest = places.reduce(
      (best, place) => Math.max(best, x[plane + place]),
      Number.NEGATIVE_INFINITY,
    );
    const index = lastNaN ?? places.find((place) => x[plane + place] === largest)!;
    return { value: x[plane + index], index };
  });
}
