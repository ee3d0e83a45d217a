import { fail } from "./refuse.ts";
import type { TensorSpec } from "./tensor.ts";
import type { PaddingMode } from "./window.ts";

/** A number for every spatial axis, or one number per axis in tensor order. */
export type PerAxis = number | readonly number[];

/** Voxels added before and after: one number, one per axis, `[before, after]` pairs, or a rule. Negative crops. */
export type Padding = PerAxis | readonly (readonly [before: number, after: number])[] | "same" | "valid";

export type PaddingRule = readonly (readonly [before: number, after: number])[] | "same" | "valid";

/** Where an option value is being read: for messages and to spread one number over the axes. */
export interface ParamContext {
  readonly op: string;
  readonly option: string;
  readonly rank: number;
}

/**
 * One option of an operator. `Option` is what a caller may write, `Parsed` what the operator gets. The rest is
 * data for documents, forms and command lines.
 */
export interface Param<Option = unknown, Parsed = unknown, Required extends boolean = boolean> {
  readonly kind:
    | "perAxis"
    | "padding"
    | "choice"
    | "flag"
    | "number"
    | "window"
    | "group"
    | "tensor"
    | "channels";
  readonly doc: string;
  readonly required: Required;
  /** The default as a caller would write it; absent where the operator derives it. */
  readonly default?: unknown;
  readonly choices?: readonly string[];
  readonly fields?: Schema;
  parse(value: Option | undefined, context: ParamContext): Parsed;
}

export type Schema = { readonly [option: string]: Param<never, unknown> };

type OptionOf<P> = P extends Param<infer Option, unknown> ? Option : never;
type RequiredKeys<S extends Schema> = {
  [K in keyof S]: S[K] extends Param<never, unknown, true> ? K : never;
}[keyof S];

/** The options object a caller writes. */
export type OptionsOf<S extends Schema> = { [K in RequiredKeys<S>]: OptionOf<S[K]> } & {
  [K in Exclude<keyof S, RequiredKeys<S>>]?: OptionOf<S[K]> | undefined;
};

/** The options after parsing: defaults filled in, numbers spread over the axes. */
export type Parsed<S extends Schema> = { [K in keyof S]: S[K] extends Param<never, infer P> ? P : never };

interface ParamText {
  readonly doc: string;
}

function refuse(context: ParamContext, got: unknown, expected: string): never {
  const { op, option } = context;
  fail("INVALID_OPTION", op, `${option} is ${show(got)}; expected ${expected}.`, { option, got, expected });
}

/** A value as a reader would write it, short. */
export function show(value: unknown): string {
  const text = shown(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function shown(value: unknown, outer: readonly unknown[] = []): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return String(value);
  if (outer.includes(value)) return "...";
  const within = [...outer, value];
  if (Array.isArray(value)) return `[${value.map((part) => shown(part, within)).join(",")}]`;
  const made = value.constructor;
  if (typeof made === "function" && made !== Object) return `a ${made.name}`;
  return `{${Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}:${shown(part, within)}`)}}`;
}

/** Refuses an options object that is none, and names that are not among those known. */
export function checkOptions(options: unknown, names: readonly string[], op: string, path = ""): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null)
    refuse({ op, option: path.slice(0, -1) || "options", rank: 0 }, options, "an object");
  for (const [key, value] of Object.entries(options)) {
    if (!names.includes(key))
      refuse({ op, option: path + key, rank: 0 }, value, `one of the options ${names.join(", ")}`);
  }
}

/** Reads every option of a schema; refuses the ones it does not know. */
export function parseOptions<S extends Schema>(
  schema: S,
  options: unknown,
  op: string,
  rank: number,
  path = "",
): Parsed<S> {
  checkOptions(options, Object.keys(schema), op, path);
  const given = (options ?? {}) as Record<string, never>;
  const parsed: Record<string, unknown> = {};
  for (const [key, param] of Object.entries(schema)) {
    const context = { op, option: path + key, rank };
    if (param.required && (given[key] ?? undefined) === undefined)
      refuse(context, given[key], `a value: ${param.doc.charAt(0).toLowerCase()}${param.doc.slice(1, -1)}`);
    parsed[key] = param.parse(given[key] ?? (param.default as never), context);
  }
  return parsed as Parsed<S>;
}

interface NumberRule extends ParamText {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/** Kernels take whole numbers of 32 bits. */
const MOST_WHOLE = 2 ** 31 - 1;

function checkNumber(value: unknown, rule: NumberRule, context: ParamContext): number {
  const { integer = true } = rule;
  const most = integer ? MOST_WHOLE : Number.POSITIVE_INFINITY;
  const { min = -most, max = most } = rule;
  if (
    typeof value !== "number" ||
    !Number.isFinite(value) ||
    (integer && !Number.isInteger(value)) ||
    value < min ||
    value > max
  ) {
    const least = min > -most ? ` of at least ${min}` : "";
    const isLarge = Number.isInteger(value) && Math.abs(value as number) > most;
    const range = max < most || isLarge ? ` from ${min} to ${max}` : least;
    refuse(context, value, `${integer ? "a whole number" : "a number"}${range}`);
  }
  return value;
}

function spread(value: unknown, rule: NumberRule, context: ParamContext): number[] {
  if (!Array.isArray(value)) return new Array<number>(context.rank).fill(checkNumber(value, rule, context));
  if (value.length !== context.rank) refuse(context, value, `${context.rank} numbers, one per spatial axis`);
  return Array.from(value, (v) => checkNumber(v, rule, context)); // `map` would pass over holes
}

/** A whole number per spatial axis. Without a default the operator gets `undefined` and derives it. */
export function perAxis(rule: NumberRule & { default: number }): Param<PerAxis, number[], false>;
export function perAxis(rule: NumberRule & { required: true }): Param<PerAxis, number[], true>;
export function perAxis(rule: NumberRule): Param<PerAxis, number[] | undefined, false>;
export function perAxis(
  rule: NumberRule & { default?: number; required?: true },
): Param<PerAxis, number[] | undefined> {
  return {
    kind: "perAxis",
    doc: rule.doc,
    required: rule.required ?? false,
    ...(rule.default === undefined ? {} : { default: rule.default }),
    parse: (value, context) => (value === undefined ? undefined : spread(value, rule, context)),
  };
}

/** Padding in any of its spellings. Without a default the operator derives it. */
export function padding(rule: ParamText & { default: Padding }): Param<Padding, PaddingRule, false>;
export function padding(rule: ParamText): Param<Padding, PaddingRule | undefined, false>;
export function padding(
  rule: ParamText & { default?: Padding },
): Param<Padding, PaddingRule | undefined, false> {
  return {
    kind: "padding",
    doc: rule.doc,
    required: false,
    ...(rule.default === undefined ? {} : { default: rule.default }),
    parse(value, context) {
      if (value === undefined || value === "same" || value === "valid") return value;
      if (typeof value === "string")
        refuse(context, value, 'a number, one per axis, [before, after] pairs, "same" or "valid"');
      const pairs = Array.isArray(value) && value.some(Array.isArray);
      if (!pairs) return spread(value, rule, context).map((p) => [p, p] as const);
      const list = Array.from(value as readonly (readonly [number, number])[]);
      if (list.length !== context.rank || list.some((pair) => !Array.isArray(pair) || pair.length !== 2)) {
        refuse(context, value, `${context.rank} pairs [before, after], one per spatial axis`);
      }
      return list.map(
        ([before, after]) => [checkNumber(before, rule, context), checkNumber(after, rule, context)] as const,
      );
    },
  };
}

/** One of a few words. Without a default the operator derives it. */
export function choice<const C extends readonly string[]>(
  choices: C,
  rule: ParamText & { default: C[number] },
): Param<C[number], C[number], false>;
export function choice<const C extends readonly string[]>(
  choices: C,
  rule: ParamText,
): Param<C[number], C[number] | undefined, false>;
export function choice<const C extends readonly string[]>(
  choices: C,
  rule: ParamText & { default?: C[number] },
): Param<C[number], C[number] | undefined, false> {
  return {
    kind: "choice",
    doc: rule.doc,
    required: false,
    choices,
    ...(rule.default === undefined ? {} : { default: rule.default }),
    parse(value, context) {
      if (value !== undefined && !choices.includes(value)) {
        refuse(context, value, `one of ${choices.map((word) => `"${word}"`).join(", ")}`);
      }
      return value;
    },
  };
}

export const paddingModes = [
  "zeros",
  "reflect",
  "replicate",
  "circular",
] as const satisfies readonly PaddingMode[];

export const flag = (rule: ParamText & { default: boolean }): Param<boolean, boolean, false> => ({
  kind: "flag",
  doc: rule.doc,
  required: false,
  default: rule.default,
  parse(value, context) {
    if (typeof value !== "boolean") refuse(context, value, "true or false");
    return value;
  },
});

export function number(rule: NumberRule & { default: number }): Param<number, number, false>;
export function number(rule: NumberRule): Param<number, number | undefined, false>;
export function number(rule: NumberRule & { default?: number }): Param<number, number | undefined, false> {
  return {
    kind: "number",
    doc: rule.doc,
    required: false,
    ...(rule.default === undefined ? {} : { default: rule.default }),
    parse: (value, context) => (value === undefined ? undefined : checkNumber(value, rule, context)),
  };
}

/** A window laid over the kept spectrum. */
export type WindowOption =
  | "none"
  | "hamming"
  | "hann"
  | { readonly tukey: number }
  | { readonly kaiser: number };

export const windowOption = (
  rule: ParamText & { default: WindowOption },
): Param<WindowOption, WindowOption, false> => ({
  kind: "window",
  doc: rule.doc,
  required: false,
  default: rule.default,
  parse(value, context) {
    const expected = '"none", "hamming", "hann", { tukey: 0..1 } or { kaiser: 0..500 }';
    if (value === "none" || value === "hamming" || value === "hann") return value;
    if (typeof value !== "object" || value === null) refuse(context, value, expected);
    if (Object.values(value).filter((part) => part !== undefined).length !== 1)
      refuse(context, value, expected);
    if ("tukey" in value && value.tukey >= 0 && value.tukey <= 1) return { tukey: value.tukey };
    if ("kaiser" in value && value.kaiser >= 0 && value.kaiser <= 500) return { kaiser: value.kaiser };
    refuse(context, value, expected);
  },
});

/** Options of an operator that this one is made of. */
export const group = <const S extends Schema>(
  fields: S,
  rule: ParamText,
): Param<OptionsOf<S>, Parsed<S>, false> => ({
  kind: "group",
  doc: rule.doc,
  required: false,
  fields,
  parse: (value, { op, option, rank }) => parseOptions(fields, value, op, rank, `${option}.`),
});

/** A further input that may be left out. */
export const optionalTensor = (rule: ParamText): Param<TensorSpec, TensorSpec | undefined, false> => ({
  kind: "tensor",
  doc: rule.doc,
  required: false,
  parse(value, context) {
    if (value !== undefined && !isTensorSpec(value)) refuse(context, value, "a tensor of the same backend");
    return value;
  },
});

/** A word that names a rule, or a tensor that replaces it. */
export const choiceOrTensor = <const C extends readonly string[]>(
  choices: C,
  rule: ParamText & { default: C[number] },
): Param<C[number] | TensorSpec, C[number] | TensorSpec, false> => ({
  kind: "tensor",
  doc: rule.doc,
  required: false,
  choices,
  default: rule.default,
  parse(value, context) {
    if (value !== undefined && (isTensorSpec(value) || choices.includes(value as string))) return value;
    refuse(context, value, `${choices.map((word) => `"${word}"`).join(", ")} or a tensor`);
  },
});

/** A number for every channel, one number per channel, or a tensor [C]. */
export const perChannel = (
  rule: ParamText & { default: number },
): Param<number | readonly number[] | TensorSpec, number | readonly number[] | TensorSpec, false> => ({
  kind: "channels",
  doc: rule.doc,
  required: false,
  default: rule.default,
  parse(value, context) {
    if (value !== undefined && isTensorSpec(value)) return value;
    for (const v of Array.isArray(value) ? value : [value])
      checkNumber(v, { doc: "", integer: false }, context);
    return value as number | readonly number[];
  },
});

/** True for a tensor and for a `{ shape }` description of one. */
export const isTensorSpec = (value: unknown): value is TensorSpec =>
  typeof value === "object" &&
  value !== null &&
  "shape" in value &&
  Array.isArray((value as TensorSpec).shape);
