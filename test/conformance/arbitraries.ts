// Random calls of an operator, drawn from its schema.
import { type AnyOperator, HalfbandError, type Param, type Schema } from "@halfband/ops";
import fc from "fast-check";
import { type Case, planOf } from "./call.ts";

type Options = Record<string, unknown>;

export interface Draw {
  /** Spatial sizes, smallest and largest, for 1, 2 and 3 spatial axes. */
  readonly sizes?: readonly (readonly [number, number])[];
  /** Options that are drawn; the others keep their defaults. All unless given; required ones always. */
  readonly options?: readonly string[];
  /** Options that are tensors and may be drawn. None unless given. */
  readonly tensors?: readonly string[];
}

const SMALL = [
  [1, 40],
  [1, 13],
  [1, 8],
] as const;
const LARGEST: Record<string, number> = { kernelSize: 4, stride: 3, dilation: 2, outputSize: 7 };
const NUMBERS: Record<string, readonly (number | undefined)[]> = {
  groups: [undefined, undefined, 2],
  divisorOverride: [undefined, 3],
  epsilon: [undefined, 0.01, 1],
};
const WINDOWS = ["none", "hamming", "hann", { tukey: 0.5 }, { kaiser: 4 }];

function perAxis(name: string, { required }: Param, rank: number): fc.Arbitrary<unknown> {
  const values = fc.array(fc.integer({ min: 1, max: LARGEST[name] ?? 3 }), {
    minLength: rank,
    maxLength: rank,
  });
  return required ? values : fc.option(values, { nil: undefined });
}

function padding(rank: number): fc.Arbitrary<unknown> {
  const amount = fc.integer({ min: -1, max: 2 });
  const pairs = fc.array(fc.tuple(amount, amount), { minLength: rank, maxLength: rank });
  return fc.oneof(fc.constant(undefined), fc.constantFrom("same", "valid"), pairs);
}

function valuesOf(name: string, param: Param, rank: number, draw: Draw): fc.Arbitrary<unknown> {
  switch (param.kind) {
    case "perAxis":
      return perAxis(name, param, rank);
    case "padding":
      return padding(rank);
    case "choice":
      return fc.constantFrom(undefined, ...(param.choices ?? []));
    case "flag":
      return fc.boolean();
    case "number":
      return fc.constantFrom(...(NUMBERS[name] ?? [undefined]));
    case "window":
      return fc.constantFrom(...WINDOWS);
    case "channels":
      return fc.constantFrom(undefined, 0.4, 0.8);
    case "group":
      return optionsOf(param.fields ?? {}, rank, draw);
    case "tensor":
      return fc.constant(undefined);
  }
}

function optionsOf(schema: Schema, rank: number, draw: Draw): fc.Arbitrary<Options> {
  const drawn = Object.entries(schema as Record<string, Param>).filter(
    ([name, { required, kind }]) => required || kind === "group" || (draw.options?.includes(name) ?? true),
  );
  const arbitraries = drawn.map(([name, param]) => [name, valuesOf(name, param, rank, draw)] as const);
  return fc.record(Object.fromEntries(arbitraries)).map(withoutUndefined);
}

const withoutUndefined = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

interface Parts {
  readonly x: readonly number[];
  readonly options: Options;
  readonly outChannels: number;
  readonly kernel: readonly number[];
  readonly tensors: readonly string[];
}

/** Shapes of operands and drawn tensor options. */
function shapesOf(
  operator: AnyOperator,
  { x, options, outChannels, kernel, tensors }: Parts,
): Record<string, readonly number[]> {
  const { operands } = operator.definition;
  const groups = Number(((options.conv ?? options) as Options).groups ?? 1);
  const [, channels] = x;
  const first: Record<string, readonly number[]> = {
    x,
    re: x,
    im: x,
    weight: [outChannels * groups, Math.max(1, Math.floor(channels / groups)), ...kernel],
  };
  const shapes = Object.fromEntries(operands.map((name: string) => [name, first[name]]));
  const withDirect = options.variant === "paper" || options.parametrisation === "direct";
  for (const name of tensors) {
    if (name === "bias") shapes.bias = [outChannels * groups];
    // Weights of either sign can sum to zero: the direct form takes positive numbers only.
    if ((name === "lambda" || name === "alpha") && !withDirect) shapes[name] = [channels];
    if (name === "filter") shapes.filter = [channels, 1, ...kernel];
    if (name === "filterBias" && tensors.includes("filter")) shapes.filterBias = [channels];
  }
  if (tensors.includes("prediction") && !shapes.filter) {
    const bare = { name: "", shapes, options };
    if (isValid(operator, bare)) shapes.prediction = planOf(operator, bare).shape;
  }
  return shapes;
}

/** Whether the operator takes the call; a refusal is a `HalfbandError` that says why. */
export function isValid(operator: AnyOperator, golden: Case): boolean {
  try {
    planOf(operator, golden);
    return true;
  } catch (error) {
    if (error instanceof HalfbandError && (error.code === "INVALID_SHAPE" || error.code === "INVALID_OPTION"))
      return false;
    throw error;
  }
}

/** Valid calls with 1 to 3 spatial axes. */
export function calls(operator: AnyOperator, draw: Draw = {}): fc.Arbitrary<Case> {
  const { sizes = SMALL, tensors = [] } = draw;
  const known = tensors.filter((name) => name in operator.definition.params);
  return fc
    .integer({ min: 1, max: 3 })
    .chain((rank) =>
      fc.record({
        x: fc.tuple(
          fc.integer({ min: 1, max: 2 }),
          fc.integer({ min: 1, max: 4 }),
          ...Array.from({ length: rank }, () =>
            fc.integer({ min: sizes[rank - 1][0], max: sizes[rank - 1][1] }),
          ),
        ),
        options: optionsOf(operator.definition.params, rank, draw),
        outChannels: fc.integer({ min: 1, max: 5 }),
        kernel: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: rank, maxLength: rank }),
        tensors: fc.subarray(known),
      }),
    )
    .map((parts): Case => ({ name: "random", shapes: shapesOf(operator, parts), options: parts.options }))
    .filter((golden) => isValid(operator, golden));
}

/** The same call with a leading spatial axis of one voxel, kernel 1 and stride 1 there. */
export function lifted(operator: AnyOperator, { name, shapes, options = {} }: Case): Case {
  const perChannel = ["bias", "lambda", "alpha", "filterBias"];
  return {
    name,
    shapes: Object.fromEntries(
      Object.entries(shapes).map(([input, shape]) => [
        input,
        perChannel.includes(input) ? shape : [...shape.slice(0, 2), 1, ...shape.slice(2)],
      ]),
    ),
    options: liftedOptions(operator.definition.params, options, Object.values(shapes)[0].length - 2),
  };
}

function liftedOptions(schema: Schema, options: Options, rank: number): Options {
  const result: Options = {};
  for (const [name, param] of Object.entries(schema as Record<string, Param>)) {
    const value = options[name] ?? param.default;
    if (param.kind === "group")
      result[name] = liftedOptions(param.fields ?? {}, (value ?? {}) as Options, rank);
    else if (value === undefined) continue;
    else if (param.kind === "perAxis")
      result[name] = [1, ...(Array.isArray(value) ? value : new Array(rank).fill(value))];
    else if (param.kind === "padding" && Array.isArray(value)) result[name] = [[0, 0], ...value];
    else if (param.kind === "padding" && typeof value === "number")
      result[name] = [0, ...new Array(rank).fill(value)];
    else if (options[name] !== undefined) result[name] = value;
  }
  return result;
}
