import { findMethod, type MethodCall, methods } from "@halfband/compare";
import {
  type AnyOperator,
  HalfbandError,
  maxPool,
  operators,
  type Param,
  type Plan,
  type Schema,
  spectralPool,
  type TensorSpec,
} from "@halfband/ops";

/** One way to make a tensor smaller, with everything set. */
export interface Sampler {
  /** What was asked for. */
  readonly name: string;
  readonly title: string;
  readonly operator: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Every output value is one of the input's: labels stay labels. */
  readonly picks: boolean;
  /** The plan for an image, and the weight that it takes where it takes one. */
  call(x: TensorSpec): { readonly plan: Plan; readonly weight: MethodCall["weight"] };
}

/** Every so many-th voxel as it is: for label maps. */
export const NEAREST = "nearest";
const PICKING = ["stride", "maxpool", "maxPool", NEAREST];

/** Operators that need nothing but an image, by name. */
const imageOperators = operators.filter(
  ({ definition: { operands, outputs, params } }) =>
    operands.length === 1 && outputs.length === 1 && "stride" in params,
);

/** Names that `--method` takes: those of `compare`, and the operators themselves. */
export const methodNames = (): string[] => [
  ...methods.map(({ id }) => id),
  NEAREST,
  ...imageOperators.map(({ definition }) => definition.name),
];

/** A method of `compare`, or an operator by name with the options of `--set`. */
export function samplerOfMethod(name: string, stride: readonly number[], set: readonly string[]): Sampler {
  const operator = imageOperators.find(({ definition }) => definition.name === name);
  if (operator !== undefined) {
    const given = readSet(operator, set);
    return samplerOfOperator(operator, name, {
      ...windowFor(operator, stride),
      ...(given.outputSize === undefined && { stride }),
      ...given,
    });
  }
  if (!methods.some(({ id }) => id === name) && name !== NEAREST) {
    const names = methodNames().join(", ");
    throw new HalfbandError("INVALID_OPTION", `There is no method "${name}"; expected one of ${names}.`, {
      op: "downsample",
      option: "method",
      got: name,
      expected: names,
    });
  }
  if (set.length > 0) {
    const names = imageOperators.map(({ definition }) => definition.name).join(", ");
    throw new HalfbandError(
      "INVALID_OPTION",
      `--set belongs to an operator and "${name}" is a method with fixed settings; expected one of ${names}.`,
      {
        op: "downsample",
        option: "set",
        got: name,
        expected: names,
      },
    );
  }
  if (name === NEAREST)
    return { ...samplerOfOperator(maxPool, name, { kernelSize: 1, stride }), title: "Nearest voxel" };
  const method = findMethod(name);
  return {
    name,
    title: method.title,
    operator: method.operator,
    options: method.call(stride).options,
    picks: PICKING.includes(name),
    call: (x) => {
      const { operator, options, weight } = method.call(stride, x.shape[1]);
      const plan = weight ? operator.plan(x, { shape: weight.shape }, options) : operator.plan(x, options);
      return { plan, weight };
    },
  };
}

/** spectralPool to an output size. */
export const samplerOfSize = (outputSize: readonly number[], set: readonly string[]): Sampler =>
  samplerOfOperator(spectralPool, "spectral", { outputSize, ...readSet(spectralPool, set) });

function samplerOfOperator(
  operator: AnyOperator,
  name: string,
  options: Readonly<Record<string, unknown>>,
): Sampler {
  const { definition } = operator;
  return {
    name,
    title: definition.summary.replace(/\.$/, ""),
    operator: definition.name,
    options,
    picks: PICKING.includes(name),
    call: (x) => ({ plan: operator.plan(x, options), weight: null }),
  };
}

/** A window as wide as the stride where the operator has no default. */
const windowFor = ({ definition }: AnyOperator, stride: readonly number[]) =>
  (definition.params as Schema).kernelSize?.required ? { kernelSize: stride } : {};

/** `name=value` pairs as the operator's options; `group.name=value` reaches into a group. */
function readSet({ definition }: AnyOperator, set: readonly string[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const pair of set) {
    const [, path, text] = /^([\w.]+)=(.*)$/.exec(pair) ?? [];
    if (path === undefined) {
      throw new HalfbandError(
        "INVALID_OPTION",
        `--set is "${pair}"; expected name=value, such as kernelSize=5.`,
        { op: definition.name, option: "set", got: pair, expected: "name=value" },
      );
    }
    const [name, field] = path.split(".");
    const param: Param | undefined = (definition.params as Schema)[name];
    const value = readValue(text, (field ? param?.fields?.[field] : param)?.kind);
    options[name] = field ? { ...(options[name] as object | undefined), [field]: value } : value;
  }
  return options;
}

/** Numbers come in the order x, y, z where there are several, as everywhere on the command line. */
function readValue(text: string, kind: Param["kind"] | undefined): unknown {
  if (text === "true" || text === "false") return text === "true";
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!numbers.some(Number.isNaN)) {
    if (numbers.length === 1) return numbers[0];
    return kind === "perAxis" || kind === "padding" ? numbers.reverse() : numbers;
  }
  const window = /^(tukey|kaiser):(.+)$/.exec(text);
  return kind === "window" && window ? { [window[1]]: Number(window[2]) } : text;
}
