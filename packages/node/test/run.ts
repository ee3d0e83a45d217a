import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect } from "vitest";

const CLI = fileURLToPath(new URL("../../halfband/dist/cli.js", import.meta.url));
const DATA = fileURLToPath(new URL("../../../test/data/nifti/", import.meta.url));

/** A bundled scan. */
export const scan = (name: string): string => join(DATA, name);

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command line as a process of its own. */
export const halfband = (...args: readonly string[]): Outcome => halfbandIn(undefined, ...args);

/** The same, called in a folder. */
export function halfbandIn(cwd: string | undefined, ...args: readonly string[]): Outcome {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [CLI, ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, HALFBAND_DEBUG: "" },
  });
  if (error) throw error;
  return { code: status, out: stdout, err: stderr };
}

/** The JSON of a call that must succeed. */
export function json<T = Record<string, unknown>>(...args: readonly string[]): T {
  const { code, out, err } = halfband(...args, "--json");
  expect(err, `${args.join(" ")}`).not.toMatch(/^halfband: /m);
  expect(code).toBe(0);
  return JSON.parse(out) as T;
}

/** A folder for the tests of one file, gone afterwards. */
export function scratch(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "halfband-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

/** Bad input: exit code 1, nothing on stdout, one line with the code on stderr, nothing left in the folder. */
export function expectRefusal(folder: string, code: string, words: RegExp, args: readonly string[]): void {
  const before = readdirSync(folder);
  const { code: exit, out, err } = halfband(...args);
  expect(err).toMatch(new RegExp(`^halfband: ${code}: .+\\.\\n$`));
  expect(err.trimEnd()).not.toContain("\n");
  expect(err).toMatch(words);
  expect(exit).toBe(1);
  expect(out).toBe("");
  expect(readdirSync(folder)).toEqual(before);
}
