import {
  type AnyOperator,
  type Backend,
  type DType,
  elementCount,
  evaluate,
  type OperatorCase,
  type Plan,
  type Shape,
  Tensor,
  valuesOf,
} from "@halfband/ops";
import { noise } from "../random.ts";

export type Case = OperatorCase<Record<string, unknown>>;
export type Arrays = Record<string, Float32Array>;

export const casesOf = (operator: AnyOperator): readonly Case[] => operator.definition.cases;

/** Random numbers for every tensor of a case, by name. */
export function randomInputs({ shapes }: Case, seed = 1): Arrays {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [name, noise(elementCount(shape), seed + i)]),
  );
}

/** Options with descriptions in place of tensors, and the operands. */
export function specsOf(
  operator: AnyOperator,
  { shapes, options }: Case,
): readonly [...{ shape: Shape }[], Record<string, unknown>] {
  const { operands } = operator.definition;
  const optional = Object.entries(shapes).filter(([name]) => !operands.includes(name));
  return [
    ...operands.map((name: string) => ({ shape: shapes[name] })),
    { ...options, ...Object.fromEntries(optional.map(([name, shape]) => [name, { shape }])) },
  ];
}

export const planOf = (operator: AnyOperator, golden: Case): Plan =>
  operator.plan(...specsOf(operator, golden));
export const vjpPlanOf = (operator: AnyOperator, golden: Case): Plan =>
  operator.vjpPlan(...specsOf(operator, golden));

/** The same numbers in double precision, as the reference takes them. */
export const doubles = (inputs: Arrays): Record<string, Float64Array> =>
  Object.fromEntries(Object.entries(inputs).map(([name, data]) => [name, Float64Array.from(data)]));

/** The float64 reference on these inputs. */
export const expected = (plan: Plan, inputs: Arrays): Readonly<Record<string, Float64Array>> =>
  evaluate(plan, doubles(inputs));

/** The public call (forward, or the gradient where `gy` is given) on a backend. */
export async function run(
  operator: AnyOperator,
  golden: Case,
  backend: Backend,
  inputs: Arrays,
): Promise<Record<string, Tensor<DType>>> {
  const { operands } = operator.definition;
  const shapeOf = (name: string) => (name === "gy" ? planOf(operator, golden).shape : golden.shapes[name]);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, data]) => [name, backend.tensor(data, shapeOf(name))]),
  );
  const optional = Object.entries(tensors).filter(([name]) => name !== "gy" && !operands.includes(name));
  const options = { ...golden.options, ...Object.fromEntries(optional) };
  const first = operands.map((name: string) => tensors[name]);
  const result: Tensor | Record<string, Tensor<DType>> =
    "gy" in tensors ? operator.vjp(...first, tensors.gy, options) : operator(...first, options);
  for (const tensor of Object.values(tensors)) tensor.dispose();
  return result instanceof Tensor ? { [operator.definition.outputs[0]]: result } : result;
}

export const outputShape = (plan: Plan): Shape => plan.values[valuesOf(plan, "output")[0]].shape;

export const maxAbs = (data: ArrayLike<number>): number => {
  let max = 0;
  for (let i = 0; i < data.length; i++) max = Math.max(max, Math.abs(data[i]));
  return max;
};

/** Largest |got - want|; infinite where one of the two is NaN or an infinity differs. */
export function deviation(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let max = 0;
  for (let i = 0; i < want.length; i++) {
    if (got[i] === want[i] || (Number.isNaN(got[i]) && Number.isNaN(want[i]))) continue;
    const d = Math.abs(got[i] - want[i]);
    max = Math.max(max, Number.isNaN(d) ? Number.POSITIVE_INFINITY : d);
  }
  return max;
}
