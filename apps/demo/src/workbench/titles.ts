import { methods } from "../engine/halfband.ts";
import { findOperator, idOf } from "../engine/method.ts";
import type { MethodChoice } from "../engine/protocol.ts";
import { wordsOf } from "../ui/option-form.tsx";

export function titleOf(choice: MethodChoice): string {
  if (typeof choice !== "string") return `${wordsOf(choice.operator)}, own ${choice.id.replace("own-", "")}`;
  return methods.find(({ id }) => id === choice)?.title ?? choice;
}

export function explanationOf(choice: MethodChoice): string {
  if (typeof choice !== "string") return findOperator(choice.operator)?.definition.summary ?? "";
  return methods.find(({ id }) => id === choice)?.explanation ?? "";
}

export const titleOfId = (choices: readonly MethodChoice[], id: string): string =>
  titleOf(choices.find((choice) => idOf(choice) === id) ?? id);
