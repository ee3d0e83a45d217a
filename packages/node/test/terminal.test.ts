import { stripVTControlCharacters } from "node:util";
import { afterEach, expect, it, vi } from "vitest";
import { terminal } from "../src/cli/terminal.ts";

const ESCAPE = "\u001b";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** What a bar writes to a terminal of 60 columns, up to where the process might be interrupted. */
function drawn(label: string): string {
  vi.useFakeTimers();
  const texts: string[] = [];
  const stderr = Object.assign(Object.create(process.stderr), { isTTY: true, columns: 60 });
  stderr.write = (text: string) => texts.push(text) > 0;
  vi.spyOn(process, "stderr", "get").mockReturnValue(stderr);
  const progress = terminal({}).progress("compare", 4);
  vi.advanceTimersByTime(2000);
  progress.update(1, label);
  const text = texts.join("");
  progress.end();
  return text;
}

it("a bar leaves the terminal's settings alone, since nothing restores them after Ctrl-C", () => {
  const text = drawn("Drawing");
  expect(text).toContain("25 %  Drawing");
  expect(text).not.toContain(`${ESCAPE}[?`);
});

it("a bar keeps to one line", () => {
  const text = drawn("A method with a name that is longer than what is left of the line");
  for (const line of stripVTControlCharacters(text).split("compare").slice(1))
    expect(`compare${line}`.length).toBeLessThan(60);
  expect(text).toContain("25 %  A method with");
});
