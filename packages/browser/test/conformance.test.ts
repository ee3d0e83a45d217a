// Operators x backends x cases, and the PyTorch goldens, in a real browser.
import { readFileSync } from "node:fs";
import { operators } from "@halfband/ops";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { casesOf } from "../../../test/conformance/call.ts";
import type { Manifest } from "../../../test/golden/manifest.ts";
import { translate } from "../../../test/golden/translate.ts";
import { startChromium } from "./chromium.ts";
import { caseName, type Verdicts } from "./page/conformance.ts";
import { type Target, targets } from "./page/targets.ts";
import { goldenDir, openPage, serveSuite } from "./pages.ts";

const browser = await startChromium("conformance and goldens in a browser");
const served = browser && (await serveSuite());
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

const conformance = operators.flatMap((operator) =>
  casesOf(operator).flatMap((golden) =>
    golden.error === undefined ? [caseName(operator, golden), `${caseName(operator, golden)}: gradient`] : [],
  ),
);
const manifest = readFileSync(new URL("manifest.json", goldenDir), "utf8");
const goldens = (JSON.parse(manifest) as Manifest).cases
  .filter((golden) => typeof translate(golden) !== "string")
  .map(({ name }) => name);

describe.skipIf(!browser).each(Object.keys(targets) as Target[])("%s", (target) => {
  describe.each([
    ["conformance", conformance],
    ["goldens", goldens],
  ] as const)("%s", (suite, names) => {
    let verdicts: Verdicts = {};
    beforeAll(async () => {
      const { page, call } = await openPage(browser!, served!.origin);
      verdicts = await call(suite, target);
      await page.close();
    }, 300_000);

    it("has every case", () => expect(Object.keys(verdicts)).toEqual(names));
    it.each(names)("%s", (name) => expect(verdicts[name]).toBe(null));
  });
});
