// Every case of every operator, forward and gradient, against the float64 reference.
import { operators } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import {
  casesOf,
  deviation,
  doubles,
  expected,
  maxAbs,
  planOf,
  randomInputs,
  run,
  vjpPlanOf,
} from "../../../test/conformance/call.ts";
import { backend } from "./shared.ts";
import { noise } from "./step-tester.ts";

/** One rounding to float32, which every output has. */
const ROUNDING = 2 ** -24;

describe.each(operators.map((operator) => [operator.definition.name, operator] as const))(
  "%s",
  (_, operator) => {
    const { semantics, operands, gradients } = operator.definition;
    const cases = casesOf(operator).filter(({ error }) => error === undefined);

    it.each(cases.map((golden) => [golden.name, golden] as const))("%s", async (_name, golden) => {
      const plan = planOf(operator, golden);
      const inputs = randomInputs(golden);
      const want = expected(plan, inputs);
      const got = await run(operator, golden, backend, inputs);
      const gain = semantics.gain(plan.params, doubles(inputs));
      const bound = (semantics.tolerance(plan.params) + ROUNDING) * maxAbs(inputs[operands[0]]) * gain;
      for (const [output, tensor] of Object.entries(got)) {
        const off = deviation(await tensor.data(), want[output]);
        expect(off, output).toBeLessThanOrEqual(bound + ROUNDING * maxAbs(want[output]));
        tensor.dispose();
      }
    });

    it.each(cases.map((golden) => [golden.name, golden] as const))("%s: gradient", async (_name, golden) => {
      const plan = vjpPlanOf(operator, golden);
      const inputs = {
        ...randomInputs(golden),
        gy: noise(
          plan.shape.reduce((p, n) => p * n, 1),
          99,
        ),
      };
      const want = expected(plan, inputs);
      const got = await run(operator, golden, backend, inputs);
      expect(Object.keys(got)).toEqual(expect.arrayContaining([...gradients]));
      for (const [input, tensor] of Object.entries(got)) {
        // Sums of many terms round relative to the largest gradient.
        const bound = (semantics.tolerance(plan.params) + ROUNDING) * 4 * Math.max(1, maxAbs(want[input]));
        expect(deviation(await tensor.data(), want[input]), input).toBeLessThanOrEqual(bound);
        tensor.dispose();
      }
    });
  },
);
