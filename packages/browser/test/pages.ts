// Pages of the running browser, each with the suite loaded.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright";
import { bundlePage } from "./bundle.ts";
import type { Suite } from "./page/suite.ts";
import { type Routes, type Served, serve } from "./server.ts";

const HTML = `<!doctype html><meta charset="utf-8"><title>halfband</title><script type="module" src="/suite.js"></script>`;
const here = (path: string) => new URL(path, import.meta.url);

/** The goldens: the project's own, or those of another folder. */
export const goldenDir = process.env.HALFBAND_GOLDEN_DIR
  ? pathToFileURL(`${resolve(process.env.HALFBAND_GOLDEN_DIR)}/`)
  : here("../../../test/golden/");

/** The suite, the packages as built, the scans and the goldens. */
export async function serveSuite(
  more: Routes = {},
  policy?: string,
  settings?: { isolated: boolean },
): Promise<Served> {
  return serve(
    {
      "/": HTML,
      "/suite.js": await bundlePage(here("./page/suite.ts")),
      "/halfband-worker.js": here("../dist/halfband-worker.js"),
      "/dist/": here("../dist/"),
      "/golden/": goldenDir,
      "/scans/": here("../../../test/data/nifti/"),
      ...more,
    },
    policy,
    settings,
  );
}

declare const suite: Suite;

/** A page whose errors are kept, and a way to call the suite in it. */
export async function openPage(browser: Browser, address: string) {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await page.goto(address);
  return { page, problems, call: callIn(page) };
}

type Call = readonly [name: string, args: readonly unknown[]];

/** What a call needs of a page, whichever library drives it. */
interface Evaluator {
  waitForFunction(body: () => boolean): Promise<unknown>;
  evaluate(body: (call: Call) => unknown, call: Call): Promise<unknown>;
}

export type CallSuite = <Name extends keyof Suite>(
  name: Name,
  ...args: Suite[Name] extends (...args: infer A) => unknown ? A : never
) => Promise<Suite[Name] extends (...args: never[]) => infer R ? Awaited<R> : never>;

export const callIn =
  (page: Evaluator): CallSuite =>
  async (name, ...args) => {
    await page.waitForFunction(() => "suite" in globalThis);
    return page.evaluate(
      ([name, args]) => (suite as unknown as Record<string, (...args: unknown[]) => unknown>)[name](...args),
      [name, args],
    ) as never;
  };
