import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { Command, InvalidArgumentError } from "commander";

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`expected 1, 2, 3, ..., got ${text}.`);
  return value;
};
/** A file to be written after minutes of work: its folder must be there before. */
export const outputFile = (path: string): string => {
  if (!existsSync(dirname(path))) throw new InvalidArgumentError(`there is no folder ${dirname(path)}.`);
  return path;
};

/** An earlier output, read after the rest of the call is understood. */
export const inputFiles = (path: string, before: readonly string[] = []): string[] => {
  if (!existsSync(path)) throw new InvalidArgumentError(`there is no file ${path}.`);
  return another(path, before);
};

export const another = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** What both benchmarks are asked. */
export interface Asked {
  /** Parts of "operator shape"; all jobs where there are none. */
  readonly filter?: string[];
  readonly rounds: number;
  readonly json?: string;
}

/** The command line of a benchmark; the caller adds the options that are its own. */
export const benchCommand = (name: string, description: string, examples: readonly string[]): Command =>
  new Command(name)
    .description(description)
    .option("--filter <text>", 'jobs whose "operator shape" holds this; may be given again', another)
    .option("--rounds <number>", "rounds in which the implementations of a job take turns", positive, 7)
    .option("--json <file>", "write the rows as data", outputFile)
    .addHelpText("after", `\nExamples:\n${examples.map((line) => `  ${line}\n`).join("")}`);
