import type { AxisGrid } from "./grid.ts";
import { makePlan, tensorOptions } from "./make-plan.ts";
import type { OptionsOf, Parsed, Schema } from "./params.ts";
import type { Independence } from "./parts.ts";
import type { Graph, Plan } from "./plan.ts";
import { fail } from "./refuse.ts";
import { type DType, type Shape, Tensor, type TensorSpec } from "./tensor.ts";

/** Arrays by operand, option or output name, in double precision, as the reference functions take and return them. */
export type Arrays = Readonly<Record<string, Float64Array>>;

/** Value indices by operand, option or output name, while lowering. */
export type Indices = Readonly<Record<string, number>>;

/** Shapes of the inputs by operand or option name. */
export type Shapes = Readonly<Record<string, Shape>>;

/** What users and tests may rely on, beyond the formula. */
export interface Semantics<R> {
  /** Linear in the first operand. */
  readonly linear: boolean;
  /** A constant image stays that constant with the default options, for every size. */
  readonly keepsConstants: boolean;
  /** `window`: an output sees its neighbourhood; `circular`: it sees the whole plane, whose borders touch. */
  readonly support: "window" | "circular";
  /** What NaN and infinity do. */
  readonly nonFinite: string;
  /** Relative error a kernel may have: |got - want| <= tolerance * max|x| * G. */
  tolerance(params: R): number;
  /** G, the sum of absolute taps or weights behind one output (the largest over outputs). */
  gain(params: R, inputs: Arrays): number;
}

/** One call to test: random tensors of these shapes, these options. With `error`, it must throw that code. */
export interface OperatorCase<Options> {
  readonly name: string;
  readonly shapes: Shapes;
  readonly options?: Options;
  readonly error?: string;
}

export interface OutputAxis {
  readonly out: number;
  readonly grid: AxisGrid;
}

/** An operator, told once: everything else (functions, plans, classes, documents, tests) follows from it. */
export interface Definition<
  Operands extends readonly string[],
  Outputs extends readonly string[],
  S extends Schema,
  R,
  Gradients extends readonly string[],
  OptionalGradients extends readonly string[],
> {
  readonly name: string;
  /** What it computes, in one sentence. */
  readonly summary: string;
  /** Paper or specification. */
  readonly source: string;
  /** Tensors that come first; the first is the image. */
  readonly operands: Operands;
  readonly outputs: Outputs;
  /** Where an output is not float32. */
  readonly outputTypes?: Readonly<Record<string, DType>>;
  readonly params: S;
  /** Operands and options that the VJP always returns a gradient for, and those it returns when they are given. */
  readonly gradients: Gradients;
  readonly optionalGradients?: OptionalGradients;
  readonly semantics: Semantics<NoInfer<R>>;
  readonly independent: Independence<NoInfer<R>>;
  /** Checks sizes and resolves every default to plain numbers. Throws `INVALID_SHAPE` or `INVALID_OPTION`. */
  resolve(options: Parsed<S>, shapes: Shapes): NoInfer<R>;
  /** Output sizes and sample positions; `channels` where they differ from the input's. */
  output(params: NoInfer<R>): { readonly channels?: number; readonly axes: readonly OutputAxis[] };
  lower(params: NoInfer<R>, graph: Graph, inputs: Indices, outputs: Indices): void;
  /** `inputs` holds the operands and the upstream gradient `gy`; `gradients` what must be written. */
  lowerVjp(params: NoInfer<R>, graph: Graph, inputs: Indices, gradients: Indices): void;
  readonly reference: Reference<R>;
  /** Made when they are asked for, which most programs never do: a function's body is only skimmed until it runs. */
  readonly cases: readonly OperatorCase<OptionsOf<S>>[];
}

/** The readable truth of an operator: plain loops in double precision. */
export interface Reference<R> {
  forward(params: R, inputs: Arrays): Arrays;
  /** Gradients by operand or option name; `inputs.gy` is the upstream gradient. */
  vjp(params: R, inputs: Arrays): Arrays;
}

type TensorArguments<O extends readonly string[]> = { [K in keyof O]: Tensor };
type SpecArguments<O extends readonly string[]> = { [K in keyof O]: TensorSpec };
/** Options as a call takes them: where a plan is content with a description, a call wants the tensor. */
type LiveOptions<O> = {
  [K in keyof O]: [Extract<O[K], TensorSpec>] extends [never] ? O[K] : Exclude<O[K], TensorSpec> | Tensor;
};
type OptionsArgument<O> = Record<never, never> extends O ? [options?: O] : [options: O];
/** The one output itself; several by name, `indices` being the one name for int32. */
type Result<Outputs extends readonly string[]> = Outputs extends readonly [string]
  ? Tensor
  : { [K in Outputs[number]]: Tensor<K extends "indices" ? "int32" : "float32"> };

/** A function of tensors that knows its plan and its gradient. */
export interface Operator<
  Operands extends readonly string[] = readonly string[],
  Outputs extends readonly string[] = readonly string[],
  S extends Schema = Schema,
  R = unknown,
  Gradients extends readonly string[] = readonly string[],
  OptionalGradients extends readonly string[] = readonly string[],
> {
  (...args: [...TensorArguments<Operands>, ...OptionsArgument<LiveOptions<OptionsOf<S>>>]): Result<Outputs>;
  readonly definition: Definition<Operands, Outputs, S, R, Gradients, OptionalGradients>;
  /** Output shape, grid, kernel and scratch, from tensors or `{ shape, grid, backend }` descriptions. Touches no data. */
  plan(...args: [...SpecArguments<Operands>, ...OptionsArgument<OptionsOf<S>>]): Plan<Outputs>;
  /** The plan of the gradient. */
  vjpPlan(
    ...args: [...SpecArguments<Operands>, ...OptionsArgument<OptionsOf<S>>]
  ): Plan<readonly (Gradients | OptionalGradients)[number][]>;
  /** Gradients for an upstream gradient `gy` of the first output, with the options of the forward call. */
  vjp(
    ...args: [...TensorArguments<Operands>, gy: Tensor, ...OptionsArgument<LiveOptions<OptionsOf<S>>>]
  ): { [K in Gradients[number]]: Tensor } & { [K in OptionalGradients[number]]?: Tensor };
}

/** An operator whose types were put aside, for lists. */
// biome-ignore lint/suspicious/noExplicitAny: a list of operators holds every schema; callers see the typed functions.
export type AnyOperator = Operator<any, any, any, any, any, any>;

export function defineOperator<
  const Operands extends readonly string[],
  const Outputs extends readonly string[],
  const S extends Schema,
  R,
  const Gradients extends readonly string[],
  const OptionalGradients extends readonly string[] = [],
>(
  definition: Definition<Operands, Outputs, S, R, Gradients, OptionalGradients>,
): Operator<Operands, Outputs, S, R, Gradients, OptionalGradients> {
  type Op = Operator<Operands, Outputs, S, R, Gradients, OptionalGradients>;
  const count = definition.operands.length;
  const planOf =
    (direction: Plan["direction"]) =>
    (...args: readonly unknown[]) => {
      const operands = args.slice(0, count) as TensorSpec[];
      return makePlan(definition, direction, operands, args[count]);
    };
  const forward = (...args: readonly unknown[]) => {
    const tensors = checkTensors(definition, args.slice(0, count), args[count]);
    const plan = makePlan(definition, "forward", Object.values(tensors).slice(0, count), args[count]);
    const made = run(plan, tensors);
    return definition.outputs.length === 1 ? made[definition.outputs[0]] : made;
  };
  const { name, params } = definition;
  const vjp = (...args: readonly unknown[]) => {
    const tensors = checkTensors(definition, args.slice(0, count), args[count + 1]);
    const plan = makePlan(definition, "vjp", Object.values(tensors).slice(0, count), args[count + 1]);
    return run(plan, {
      ...tensors,
      ...checkTensors({ name, params, operands: ["gy"] }, [args[count]], undefined),
    });
  };
  Object.defineProperty(forward, "name", { value: name });
  return Object.assign(forward, {
    definition,
    plan: planOf("forward"),
    vjpPlan: planOf("vjp"),
    vjp,
  }) as unknown as Op;
}

interface Named {
  readonly name: string;
  readonly operands: readonly string[];
  readonly params: Schema;
}

/** The tensors of a call by name: operands, then options that are tensors, in the order of the schema. */
function checkTensors(
  definition: Named,
  operands: readonly unknown[],
  options: unknown,
): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  definition.operands.forEach((name, i) => {
    const operand = operands[i];
    if (!(operand instanceof Tensor)) {
      fail(
        "INVALID_OPTION",
        definition.name,
        `argument ${name} is not a tensor; make one with backend.tensor(data, shape).`,
        { option: name, got: operand, expected: "Tensor" },
      );
    }
    tensors[name] = operand;
  });
  for (const [name, spec] of Object.entries(tensorOptions(definition.params, options))) {
    if (!(spec instanceof Tensor)) {
      fail(
        "INVALID_OPTION",
        definition.name,
        `option ${name} describes a tensor; a call needs the tensor itself.`,
        { option: name, got: spec, expected: "Tensor" },
      );
    }
    tensors[name] = spec;
  }
  return tensors;
}

/** Allocates the outputs of a plan and runs it where its tensors live. */
function run(plan: Plan, tensors: Record<string, Tensor<DType>>): Record<string, Tensor<DType>> {
  const backend = Object.values(tensors)[0].backend;
  const outputs: Record<string, Tensor<DType>> = {};
  try {
    for (const { role, name, shape, dtype, grid } of plan.values) {
      if (role === "output") outputs[name] = backend.empty(shape, dtype, grid);
    }
    const inputs = plan.values.flatMap(({ role, name }) => (role === "input" ? [tensors[name]] : []));
    backend.execute(plan, [...inputs, ...Object.values(outputs)]);
  } catch (error) {
    for (const tensor of Object.values(outputs)) tensor.dispose();
    throw error;
  }
  return outputs;
}

/** The class form of an operator, for networks written as lists of layers. */
export function moduleOf<
  O extends readonly string[],
  Y extends readonly string[],
  S extends Schema,
  R,
  G extends readonly string[],
  OG extends readonly string[],
>(
  operator: Operator<O, Y, S, R, G, OG>,
): new (
  ...options: OptionsArgument<LiveOptions<OptionsOf<S>>>
) => { call(...tensors: TensorArguments<O>): Result<Y> } {
  return class {
    private readonly options: OptionsArgument<LiveOptions<OptionsOf<S>>>;
    constructor(...options: OptionsArgument<LiveOptions<OptionsOf<S>>>) {
      this.options = options;
    }
    call(...tensors: TensorArguments<O>): Result<Y> {
      return operator(...tensors, ...this.options);
    }
  };
}
