// Operators x backends x cases against the float64 reference, forward and gradient, within the tolerance that the
// definition declares, or that of the algorithm which the backend names.
import { type AnyOperator, type Backend, HalfbandError, operators, type Plan } from "@halfband/ops";
import { afterAll, describe, expect, it } from "vitest";
import { availableBackends } from "../backends.ts";
import { noise } from "../random.ts";
import {
  casesOf,
  deviation,
  doubles,
  expected,
  maxAbs,
  outputShape,
  planOf,
  randomInputs,
  run,
  specsOf,
  vjpPlanOf,
} from "./call.ts";

const backends = await availableBackends();
afterAll(() => {
  for (const backend of backends.values()) backend.dispose();
});

/** One rounding to float32, which every backend's output has. */
const ROUNDING = 2 ** -24;
/** Relative error of Winograd's algorithm; `precision: "highest"` leaves it out. */
const WINOGRAD = 5e-5;

function toleranceOf(operator: AnyOperator, plan: Plan, backend: Backend): number {
  const support = backend.supports(plan);
  const winograd = "kernel" in support && support.kernel.includes("winograd");
  return winograd ? WINOGRAD : operator.definition.semantics.tolerance(plan.params);
}

describe.each([...backends])("%s", (_, backend) => {
  for (const operator of operators) {
    const { name, semantics, operands, gradients } = operator.definition;
    for (const golden of casesOf(operator)) {
      if (golden.error !== undefined) {
        it(`${name}, ${golden.name}: refused with ${golden.error}`, () => {
          expect(() => operator.plan(...specsOf(operator, golden))).toThrow(HalfbandError);
          expect(() => operator.plan(...specsOf(operator, golden))).toThrow(
            expect.objectContaining({ code: golden.error, op: name }),
          );
        });
        continue;
      }
      it(`${name}, ${golden.name}`, async () => {
        const plan = planOf(operator, golden);
        const inputs = randomInputs(golden);
        const want = expected(plan, inputs);
        const got = await run(operator, golden, backend, inputs);
        const bound =
          (toleranceOf(operator, plan, backend) + ROUNDING) *
          maxAbs(inputs[operands[0]]) *
          semantics.gain(plan.params, doubles(inputs));
        for (const [output, tensor] of Object.entries(got)) {
          expect(tensor.shape).toEqual(outputShape(plan));
          expect(tensor.grid).toEqual(plan.grid);
          expect(deviation(await tensor.data(), want[output]), output).toBeLessThanOrEqual(
            bound + ROUNDING * maxAbs(want[output]),
          );
          tensor.dispose();
        }
      });

      it(`${name}, ${golden.name}: gradient`, async () => {
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
          expect(tensor.shape, input).toEqual(golden.shapes[input] ?? [tensor.size]);
          // Sums of many terms round relative to the largest gradient.
          const bound = (semantics.tolerance(plan.params) + ROUNDING) * 4 * Math.max(1, maxAbs(want[input]));
          expect(deviation(await tensor.data(), want[input]), input).toBeLessThanOrEqual(bound);
          tensor.dispose();
        }
      });
    }
  }
});
