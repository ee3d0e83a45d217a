// Conformance and goldens in Chromium.
import { afterAll } from "vitest";
import { startChromium } from "./chromium.ts";
import { type Target, targets } from "./page/targets.ts";
import { openPage, serveSuite } from "./pages.ts";
import { describeVerdicts } from "./verdicts.ts";

const browser = await startChromium("conformance and goldens in a browser");
const served = browser && (await serveSuite());
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

describeVerdicts(Object.keys(targets) as Target[], browser && (() => openPage(browser, served!.origin)));
