// Conformance and goldens of WebAssembly in Firefox, whose engine shares no code with Chromium's.
import { afterAll } from "vitest";
import { startFirefox } from "./firefox.ts";
import { type Target, targets } from "./page/targets.ts";
import { callIn, serveSuite } from "./pages.ts";
import { describeVerdicts } from "./verdicts.ts";

const browser = await startFirefox("conformance and goldens in Firefox");
const served = browser && (await serveSuite());
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

const open = async () => {
  const page = await browser!.newPage();
  await page.goto(served!.origin);
  return { page, call: callIn(page) };
};
const onWasm = (Object.keys(targets) as Target[]).filter((target) => targets[target].device === "wasm");
describeVerdicts(onWasm, browser && open);
