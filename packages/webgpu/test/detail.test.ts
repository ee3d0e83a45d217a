// Detail-preserving pooling beyond the operator's own cases: hard exponents, long sums, NaN.
import { detailPreservingPool, evaluate, type Plan, type Tensor } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { backend } from "./shared.ts";
import { noise } from "./step-tester.ts";

const doubles = (data: ArrayLike<number>): Float64Array => Float64Array.from(data);

/** Largest error relative to the largest number wanted. */
function relativeError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  const scale = Array.from(want).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return Array.from(want).reduce((most, v, i) => Math.max(most, Math.abs(got[i] - v)), 0) / scale;
}

const SHAPE = [2, 3, 12, 10];
const LENGTH = 720;

describe.each(["mean", "sum", "none"] as const)("normalised by %s", (normalisation) => {
  it.each([-3, 0, 2, 3])("keeps its digits for exponents of exp(%i)", async (lambda) => {
    const options = { lambda, alpha: -2, normalisation, parametrisation: "exp" as const };
    for (const scale of [1e-3, 1, 3000]) {
      const data = noise(LENGTH, 7).map((v) => v * scale + scale);
      const x = backend.tensor(data, SHAPE);
      const plan: Plan = detailPreservingPool.plan({ shape: SHAPE }, options);
      const want = evaluate(plan, { x: doubles(data) }).y;
      if (want.some((v) => !Number.isFinite(v)) || (normalisation === "none" && scale > 1 && lambda > 0))
        continue; // weights beyond float32
      const got = await detailPreservingPool(x, options).data();
      expect(relativeError(got, want), `scale ${scale}`).toBeLessThanOrEqual(2e-6);
    }
  });
});

it("keeps the digits of voxels that are close to a given prediction and far from their neighbours", async () => {
  const near = noise(LENGTH / 2, 3);
  const data = noise(LENGTH, 5).map((v, i) => (i % 2 === 0 ? -1 : near[(i - 1) / 2] + 1e-3 * Math.abs(v)));
  const form = { asymmetric: true, normalisation: "none", parametrisation: "direct", epsilon: 1e-6 } as const;
  const options = { ...form, stride: [1, 2], lambda: 1, alpha: 0 }; // both voxels have a say
  const out = [2, 3, 12, 5];
  const plan = detailPreservingPool.plan({ shape: SHAPE }, { ...options, prediction: { shape: out } });
  const want = evaluate(plan, { x: doubles(data), prediction: doubles(near) }).y;
  const [x, prediction] = [backend.tensor(data, SHAPE), backend.tensor(near, out)];
  const got = await detailPreservingPool(x, { ...options, prediction }).data();
  expect(relativeError(got, want)).toBeLessThanOrEqual(2e-6);
});

it("agrees on every gradient of a large image, with sums longer than one workgroup takes", async () => {
  const shape = [3, 2, 100, 90];
  const length = 54_000;
  const [data, gy] = [noise(length, 1), noise(length / 4, 2)];
  const lambda = Float32Array.of(0.3, -0.4);
  const alpha = Float32Array.of(-1, 0.5);
  const specs = { lambda: { shape: [2] }, alpha: { shape: [2] }, asymmetric: true };
  const plan = detailPreservingPool.vjpPlan({ shape }, specs as never);
  const want = evaluate(plan, {
    x: doubles(data),
    lambda: doubles(lambda),
    alpha: doubles(alpha),
    gy: doubles(gy),
  });
  const [x, g] = [backend.tensor(data, shape), backend.tensor(gy, [3, 2, 50, 45])];
  const options = {
    lambda: backend.tensor(lambda, [2]),
    alpha: backend.tensor(alpha, [2]),
    asymmetric: true,
  };
  const got: Record<string, Tensor> = detailPreservingPool.vjp(x, g, options) as never;
  for (const name of ["x", "lambda", "alpha"]) {
    expect(relativeError(await got[name].data(), want[name]), name).toBeLessThanOrEqual(1e-5);
  }
});

it("keeps NaN and infinity inside their blocks, from the image and from the prediction", async () => {
  const data = noise(64);
  data[0] = Number.NaN;
  data[63] = Number.POSITIVE_INFINITY;
  const prediction = noise(16, 3);
  prediction[5] = Number.NaN;
  const options = { prediction: backend.tensor(prediction, [1, 1, 4, 4]), asymmetric: true };
  const y = await detailPreservingPool(backend.tensor(data, [1, 1, 8, 8]), options).data();
  expect([...y].flatMap((v, i) => (Number.isFinite(v) ? [] : [i]))).toEqual([0, 5, 15]);
});

it("gives voxels behind the last whole block no gradient", async () => {
  const x = backend.tensor(noise(35), [1, 1, 5, 7]);
  const { x: gx } = detailPreservingPool.vjp(x, backend.tensor(noise(6, 2), [1, 1, 2, 3]), {}) as {
    x: Tensor;
  };
  const got = await gx.data();
  const dropped = Array.from({ length: 35 }, (_, i) => i).filter((i) => i >= 28 || i % 7 === 6);
  expect(dropped.map((i) => got[i])).toEqual(dropped.map(() => 0));
  expect(got.filter((v) => v === 0)).toHaveLength(dropped.length);
});
