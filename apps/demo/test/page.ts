// Starts the built page as `npm run demo` serves it, and a Chromium to look at it.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright";
import { type PreviewServer, preview } from "vite";
import { expect } from "vitest";
import { startChromium } from "../../../packages/browser/test/chromium.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface Demo {
  readonly browser: Browser;
  readonly origin: string;
  /** Every address that the server was asked for: what reached the network. */
  readonly served: readonly string[];
  /** A page in a context of its own, with what went wrong in it; `prepare` is called before it loads. */
  open(address?: string, options?: BrowserContextOptions, prepare?: Prepare): Promise<Opened>;
  close(): Promise<void>;
}

type Prepare = (context: BrowserContext) => Promise<unknown>;

export interface Opened {
  readonly page: Page;
  /** Errors and warnings on the console, uncaught exceptions, refused requests. */
  readonly troubles: string[];
  close(): Promise<void>;
}

/** The page in a browser; undefined where there is no browser (with `CI` set that throws). */
export async function startDemo(suite: string): Promise<Demo | undefined> {
  if (!existsSync(`${root}/dist/index.html`)) throw new Error("apps/demo is not built: run its build first");
  const browser = await startChromium(suite);
  if (browser === undefined) return undefined;
  const server: PreviewServer = await preview({
    root,
    configFile: `${root}/vite.config.ts`,
    preview: { port: 0, host: "127.0.0.1" },
    logLevel: "error",
  });
  const served: string[] = [];
  server.httpServer.on("request", ({ url = "" }: { url?: string }) => served.push(url));
  const { port } = server.httpServer.address() as { port: number };
  const origin = `http://127.0.0.1:${port}/`;
  return {
    browser,
    origin,
    served,
    open: (address = "", options = {}, prepare = undefined) =>
      openPage(browser, origin + address, options, prepare),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** What a browser remarks when a test reads canvases. */
const READBACK = /willReadFrequently/;

/** Browsers look by themselves whether a service worker has changed. */
export const notUpdate = (address: string): boolean => address !== "/service-worker.js";

/** Waits until the page holds all its files, so that nothing more is fetched on its account. */
export const settled = async (page: Page): Promise<void> => {
  await page.waitForFunction(async () => {
    await navigator.serviceWorker.ready;
    return navigator.serviceWorker.controller !== null;
  });
};

async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions,
  prepare?: Prepare,
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await prepare?.(context);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("console", (message) => {
    const complaint = message.type() === "error" || message.type() === "warning";
    if (complaint && !READBACK.test(message.text())) troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(error.message));
  await page.addInitScript(observe);
  await page.goto(address);
  return { page, troubles, close: () => context.close() };
}

/** Counts, in the page, how far things moved and which tasks were long. */
function observe(): void {
  const seen = { shift: 0, long: [] as number[] };
  Object.assign(globalThis, { seen });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & {
      value: number;
      hadRecentInput: boolean;
    })[]) {
      if (!entry.hadRecentInput) seen.shift += entry.value;
    }
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.long.push(entry.duration);
  }).observe({ type: "longtask", buffered: true });
}

export interface Seen {
  readonly shift: number;
  readonly long: number[];
}

export const seenBy = (page: Page): Promise<Seen> =>
  page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);

/** What a button saves. */
export async function downloaded(page: Page, button: RegExp): Promise<{ bytes: Uint8Array; name: string }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return { bytes: new Uint8Array(readFileSync(await download.path())), name: download.suggestedFilename() };
}

/** How wide the page is beyond its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** What axe finds, in the light and in the dark. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page }).analyze();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await new AxeBuilder({ page }).withRules(["color-contrast"]).analyze();
  return [...found.violations, ...dark.violations].map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
  );
}

/** An expectation that a page under way meets sooner or later. */
export const eventually = <T>(value: () => T) => expect.poll(value, { timeout: 30_000 });

/** Waits until every one of these pictures is drawn. */
export async function drawn(page: Page, names: readonly string[]): Promise<void> {
  for (const name of names) await page.waitForSelector(`[data-plane="${name}"][data-ready]`);
}

export interface CanvasPixels {
  readonly width: number;
  readonly height: number;
  readonly data: number[];
}

/** What a picture's canvas holds. */
export const pixelsIn = (page: Page, name: string): Promise<CanvasPixels> =>
  page.evaluate((plane) => {
    const canvas = document.querySelector<HTMLCanvasElement>(`[data-plane="${plane}"]`);
    if (canvas === null) throw new Error(`There is no picture ${plane}.`);
    const { width, height, data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return { width, height, data: Array.from(data) };
  }, name);
