import { type Backend, operators } from "@halfband/browser";
import {
  type Case,
  casesOf,
  deviation,
  doubles,
  expected,
  maxAbs,
  outputShape,
  planOf,
  randomInputs,
  run,
  vjpPlanOf,
} from "../../../../test/conformance/call.ts";
import { noise } from "../../../../test/random.ts";

/** By name of the case: what is wrong, or null. */
export type Verdicts = Record<string, string | null>;

type AnyOperator = (typeof operators)[number];

/** One rounding to float32, which every backend's output has. */
const ROUNDING = 2 ** -24;

export const caseName = (operator: AnyOperator, golden: Case) =>
  `${operator.definition.name}, ${golden.name}`;

/** Runs every check; one that throws fails with what it threw. */
export async function verdictsOf(
  checks: ReadonlyMap<string, () => Promise<string | null>>,
): Promise<Verdicts> {
  const verdicts: Verdicts = {};
  for (const [name, check] of checks) verdicts[name] = await check().catch(String);
  return verdicts;
}

/** Every case that is no refusal, forward and gradient, against the float64 reference. */
export async function checkConformance(backend: Backend): Promise<Verdicts> {
  const checks = new Map<string, () => Promise<string | null>>();
  for (const operator of operators) {
    for (const golden of casesOf(operator)) {
      if (golden.error !== undefined) continue;
      const name = caseName(operator, golden);
      checks.set(name, () => checkForward(operator, golden, backend));
      checks.set(`${name}: gradient`, () => checkGradient(operator, golden, backend));
    }
  }
  return verdictsOf(checks);
}

async function checkForward(operator: AnyOperator, golden: Case, backend: Backend): Promise<string | null> {
  const { semantics, operands } = operator.definition;
  const plan = planOf(operator, golden);
  const inputs = randomInputs(golden);
  const want = expected(plan, inputs);
  const gain = semantics.gain(plan.params, doubles(inputs));
  const bound = (semantics.tolerance(plan.params) + ROUNDING) * maxAbs(inputs[operands[0]]) * gain;
  for (const [output, tensor] of Object.entries(await run(operator, golden, backend, inputs))) {
    if (`${tensor.shape}` !== `${outputShape(plan)}`) return `${output} has shape ${tensor.shape}`;
    if (JSON.stringify(tensor.grid) !== JSON.stringify(plan.grid)) return `${output} lies elsewhere`;
    const error = deviation(await tensor.data(), want[output]);
    tensor.dispose();
    const allowed = bound + ROUNDING * maxAbs(want[output]);
    if (!(error <= allowed)) return `${output} is off by ${error}, ${allowed} is allowed`;
  }
  return null;
}

async function checkGradient(operator: AnyOperator, golden: Case, backend: Backend): Promise<string | null> {
  const { semantics, gradients } = operator.definition;
  const plan = vjpPlanOf(operator, golden);
  const size = plan.shape.reduce((product, n) => product * n, 1);
  const inputs = { ...randomInputs(golden), gy: noise(size, 99) };
  const want = expected(plan, inputs);
  const got = await run(operator, golden, backend, inputs);
  const missing = gradients.find((name: string) => !(name in got));
  if (missing) return `there is no gradient of ${missing}`;
  for (const [input, tensor] of Object.entries(got)) {
    const shape = golden.shapes[input] ?? [tensor.size];
    if (`${tensor.shape}` !== `${shape}`) return `${input} has shape ${tensor.shape}`;
    // Sums of many terms round relative to the largest gradient.
    const allowed = (semantics.tolerance(plan.params) + ROUNDING) * 4 * Math.max(1, maxAbs(want[input]));
    const error = deviation(await tensor.data(), want[input]);
    tensor.dispose();
    if (!(error <= allowed)) return `${input} is off by ${error}, ${allowed} is allowed`;
  }
  return null;
}
