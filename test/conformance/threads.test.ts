// Results do not depend on the number of threads: not by a bit, forward or gradient, at any precision.
import { elementCount, operators } from "@halfband/ops";
import { createWasmBackend } from "@halfband/wasm";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { SPLIT } from "../backends.ts";
import { noise } from "../random.ts";
import { calls } from "./arbitraries.ts";
import { type Case, casesOf, planOf, randomInputs } from "./call.ts";
import { check, compute, named, seeds } from "./check.ts";

const TENSORS = ["bias", "lambda", "alpha", "prediction", "filter", "filterBias"];

describe.each(["auto", "highest"] as const)("precision %s", async (precision) => {
  const alone = await createWasmBackend({ simd: "baseline", precision, threads: 1 });
  const shared = await createWasmBackend({ simd: "baseline", precision, ...SPLIT });
  afterAll(() => {
    alone.dispose();
    shared.dispose();
  });

  it.each(named(operators))("%s", async (_, operator) => {
    const same = async (golden: Case, seed: number) => {
      const inputs = randomInputs(golden, seed);
      const gy = noise(elementCount(planOf(operator, golden).shape), seed + 1);
      for (const arrays of [inputs, { ...inputs, gy }]) {
        const want = await compute(operator, golden, alone, arrays);
        expect(await compute(operator, golden, shared, arrays)).toEqual(want);
      }
    };
    for (const golden of casesOf(operator)) if (golden.error === undefined) await same(golden, 1);
    await check(fc.tuple(calls(operator, { tensors: TENSORS }), seeds), ([golden, seed]) =>
      same(golden, seed),
    );
  });
});
