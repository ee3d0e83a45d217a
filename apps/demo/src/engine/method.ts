import {
  type AnyOperator,
  findMethod,
  type Method,
  type MethodCall,
  operators,
  type Schema,
  type Tensor,
} from "./halfband.ts";
import type { Axis, CustomMethod, MethodChoice, PerVoxelAxis } from "./protocol.ts";

export const idOf = (choice: MethodChoice): string => (typeof choice === "string" ? choice : choice.id);

export const findOperator = (name: string): AnyOperator | undefined =>
  operators.find(({ definition }) => definition.name === name);

/** Operators that one image and, where they need it, a plain kernel are enough for. */
export const customOperators: readonly AnyOperator[] = operators.filter(
  ({ definition: { operands, outputs } }) =>
    outputs.length === 1 && operands.every((name: string) => name === "x" || name === "weight"),
);

/** Options that the page sets itself. */
export const OWN_OPTIONS: readonly string[] = ["stride", "outputSize", "groups"];

/** The method on tensors whose spatial axes are the given voxel axes. */
export const methodOf = (choice: MethodChoice, axes: readonly Axis[]): Method =>
  typeof choice === "string" ? findMethod(choice) : customMethod(choice, axes);

function customMethod(custom: CustomMethod, axes: readonly Axis[]): Method {
  const operator = findOperator(custom.operator);
  if (operator === undefined) throw new Error(`There is no operator "${custom.operator}".`);
  const { params, summary, semantics, operands } = operator.definition;
  const own = onAxes(params, custom.options, axes);
  const call = (stride: readonly number[], channels = 1): MethodCall => {
    const options = withStride(params, own, stride);
    if (!operands.includes("weight")) return { operator, options, weight: null };
    return {
      operator,
      options: withGroups(params, options, channels),
      weight: kernelOf(custom, stride, channels),
    };
  };
  return {
    id: custom.id,
    title: custom.operator,
    family: "detail",
    figure: null,
    linear: semantics.linear,
    explanation: summary,
    operator: custom.operator,
    options: custom.options,
    call,
    apply(x: Tensor, stride: readonly number[]): Tensor {
      const { options, weight } = call(stride, x.shape[1]);
      return x.backend.scope(() =>
        weight ? operator(x, x.backend.tensor(weight.data, weight.shape), options) : operator(x, options),
      ) as Tensor;
    },
  };
}

const isPerVoxelAxis = (value: unknown): value is PerVoxelAxis => Array.isArray(value) && value.length === 3;

/** Per-axis options in the order of the tensor's axes. */
function onAxes(schema: Schema, options: Readonly<Record<string, unknown>>, axes: readonly Axis[]) {
  const entries = Object.entries(options).map(([name, value]): [string, unknown] => {
    const param = schema[name];
    if (param?.fields) return [name, onAxes(param.fields, value as Record<string, unknown>, axes)];
    return [name, isPerVoxelAxis(value) ? axes.map((axis) => value[axis]) : value];
  });
  return Object.fromEntries(entries);
}

/** The stride goes where the operator takes it, also in a group; a pool's window follows it unless it was set. */
function withStride(schema: Schema, options: Readonly<Record<string, unknown>>, stride: readonly number[]) {
  if (schema.stride) {
    const kernelSize =
      schema.kernelSize?.required && options.kernelSize === undefined ? { kernelSize: stride } : {};
    return { ...options, ...kernelSize, stride };
  }
  const inner = schema.blur?.fields ? "blur" : "";
  return inner ? { ...options, blur: { ...(options.blur as object | undefined), stride } } : options;
}

function withGroups(schema: Schema, options: Readonly<Record<string, unknown>>, channels: number) {
  if (schema.groups) return { padding: "same", ...options, groups: channels };
  return { ...options, conv: { padding: 1, ...(options.conv as object | undefined), groups: channels } };
}

const SIDE = 3;

/** A depthwise kernel of three taps per axis. */
function kernelOf({ weights = "box" }: CustomMethod, stride: readonly number[], channels: number) {
  const count = SIDE ** stride.length;
  const taps = Float32Array.from({ length: count }, (_, i) =>
    weights === "box" ? 1 / count : Number(i === (count - 1) / 2),
  );
  const data = new Float32Array(channels * count);
  for (let c = 0; c < channels; c++) data.set(taps, c * count);
  return { data, shape: [channels, 1, ...stride.map(() => SIDE)] };
}
