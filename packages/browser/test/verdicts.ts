// Operators x backends x cases, and the PyTorch goldens, as tests of whatever browser runs them.
import { readFileSync } from "node:fs";
import { operators } from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { casesOf } from "../../../test/conformance/call.ts";
import type { Manifest } from "../../../test/golden/manifest.ts";
import { translate } from "../../../test/golden/translate.ts";
import { caseName, type Verdicts } from "./page/conformance.ts";
import type { Target } from "./page/targets.ts";
import { type CallSuite, goldenDir } from "./pages.ts";

export interface OpenedPage {
  readonly page: { close(): Promise<void> };
  readonly call: CallSuite;
}

const conformance = operators.flatMap((operator) =>
  casesOf(operator).flatMap((golden) =>
    golden.error === undefined ? [caseName(operator, golden), `${caseName(operator, golden)}: gradient`] : [],
  ),
);
const manifest = readFileSync(new URL("manifest.json", goldenDir), "utf8");
const goldens = (JSON.parse(manifest) as Manifest).cases
  .filter((golden) => typeof translate(golden) !== "string")
  .map(({ name }) => name);

/** Both suites on every target, each in a page of its own; all are skipped where there is no way to open one. */
export function describeVerdicts(targets: readonly Target[], open?: () => Promise<OpenedPage>): void {
  describe.skipIf(!open).each(targets)("%s", (target) => {
    describe.each([
      ["conformance", conformance],
      ["goldens", goldens],
    ] as const)("%s", (suite, names) => {
      let verdicts: Verdicts = {};
      it("has every case", async () => {
        const { page, call } = await open!();
        verdicts = await call(suite, target);
        await page.close();
        expect(Object.keys(verdicts)).toEqual(names);
      }, 300_000);

      it.each(names)("%s", (name) => expect(verdicts[name]).toBe(null));
    });
  });
}
