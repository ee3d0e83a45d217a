import { type AnyOperator, HalfbandError, operators, type Param, type Schema } from "@halfband/ops";
import { facts, table, wrap } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** `halfband operators`: the list, or everything about one of them. */
export function listOperators(name: string | undefined, terminal: Terminal): void {
  if (name === undefined) listAll(terminal);
  else describeOperator(name, terminal);
}

function listAll(terminal: Terminal): void {
  const list = operators.map(({ definition: { name, summary, semantics, source } }) => ({
    name,
    summary,
    linear: semantics.linear,
    source,
  }));
  terminal.data(list);
  terminal.result(
    [
      table(
        ["operator", "linear", "what it computes"],
        list.map(({ name, linear, summary }) => [name, linear ? "yes" : "no", summary]),
      ),
      "",
      "halfband operators NAME shows the options of one.",
    ].join("\n"),
  );
}

/** @throws `INVALID_OPTION` where there is none of that name; capitals do not matter. */
export function findOperator(name: string): AnyOperator {
  const operator = operators.find(({ definition }) => definition.name.toLowerCase() === name.toLowerCase());
  if (operator !== undefined) return operator;
  const names = operators.map(({ definition }) => definition.name).join(", ");
  throw new HalfbandError("INVALID_OPTION", `There is no operator "${name}"; expected one of ${names}.`, {
    option: "name",
    got: name,
    expected: names,
  });
}

function describeOperator(name: string, terminal: Terminal): void {
  const { definition } = findOperator(name);
  const { linear, keepsConstants, support, nonFinite } = definition.semantics;
  const params = flatten(definition.params);
  terminal.data({
    name: definition.name,
    summary: definition.summary,
    source: definition.source,
    operands: definition.operands,
    outputs: definition.outputs,
    gradients: [...definition.gradients, ...(definition.optionalGradients ?? [])],
    semantics: { linear, keepsConstants, support, nonFinite },
    options: params,
  });
  terminal.result(
    [
      `${definition.name}(${[...definition.operands, params.some(({ required }) => required) ? "options" : "options?"].join(", ")}) -> ${definition.outputs.join(", ")}`,
      wrap(definition.summary, terminal.width),
      "",
      table(
        ["option", "takes", "default", "meaning"],
        params.map((p) => [p.name, takes(p), p.required ? "required" : shown(p.default), p.doc]),
      ),
      "",
      facts([
        ["linear", linear ? "yes" : "no"],
        ["keeps constants", keepsConstants ? "yes" : "no"],
        ["sees", support === "window" ? "its neighbourhood" : "the whole plane, whose borders touch"],
        ["NaN, infinity", nonFinite],
        ["source", definition.source],
      ]),
    ].join("\n"),
  );
}

interface Described {
  readonly name: string;
  readonly kind: Param["kind"];
  readonly doc: string;
  readonly required: boolean;
  readonly default: unknown;
  readonly choices: readonly string[] | null;
}

/** Options of a group as `group.option`. */
function flatten(schema: Schema, path = ""): Described[] {
  return Object.entries(schema).flatMap(
    ([name, { kind, doc, required, default: preset = null, choices = null, fields }]) =>
      fields
        ? flatten(fields, `${path}${name}.`)
        : [{ name: path + name, kind, doc, required, default: preset, choices }],
  );
}

const KINDS: Readonly<Record<Param["kind"], string>> = {
  perAxis: "whole number, or one per axis",
  padding: "number, one per axis, pairs, same, valid",
  choice: "word",
  flag: "true, false",
  number: "number",
  window: "none, hamming, hann, tukey, kaiser",
  group: "options",
  tensor: "tensor",
  channels: "number, one per channel, tensor",
};

const takes = ({ kind, choices }: Described): string =>
  choices === null ? KINDS[kind] : [...choices, ...(kind === "tensor" ? ["tensor"] : [])].join(", ");

const shown = (value: unknown): string =>
  value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
