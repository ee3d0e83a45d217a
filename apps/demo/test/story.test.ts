import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems, type Demo, drawn, eventually, seenBy, settled, startDemo } from "./page.ts";

const demo = await startDemo("apps/demo, story");
afterAll(() => demo?.close());

const IDS = ["maxpool", "stride", "conv"].map((id) => `harm-${id}`);
const REMEDIES = ["avgpool", "blurpool", "flc", "asap", "maxblurpool", "spectral", "dpp", "kcrop"].map(
  (id) => `remedy-${id}`,
);

describe.skipIf(demo === undefined)("the story", () => {
  let page: Awaited<ReturnType<Demo["open"]>>;
  beforeAll(async () => {
    page = await demo!.open();
  });
  afterAll(() => page.close());

  test("shows the bundled scan, and says how soon after loading", async () => {
    const fresh = await demo!.open();
    const { page: tab } = fresh;
    await tab.waitForSelector('[data-plane="contrast-t1"][data-ready]');
    const waited = await tab.evaluate(() => {
      const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
      return performance.now() - navigation.loadEventEnd;
    });
    await fresh.close();
    console.log(`first picture ${waited.toFixed(0)} ms after the page was loaded`);
  });

  test("draws every figure, with its numbers, and nothing moves meanwhile", async () => {
    await drawn(page.page, [
      "contrast-t1",
      "contrast-dwi",
      "contrast-epi",
      "harm-original",
      ...IDS,
      ...REMEDIES,
    ]);
    const numbers = page.page.locator(".cell", { hasText: "MaxPool 2" }).first().locator("dd");
    await eventually(() => numbers.nth(1).textContent()).toMatch(/^\+\d/);
    const { shift } = await seenBy(page.page);
    expect(shift).toBeLessThan(0.02);
  });

  test("is served under its content policy, isolated, and without a complaint", async () => {
    const response = await page.page.request.get(demo!.origin);
    expect(response.headers()["content-security-policy"]).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(await page.page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(page.troubles).toEqual([]);
  });

  test("changes scan and slice", async () => {
    const { page: tab } = page;
    await tab.click('[data-plane="contrast-dwi"]');
    await eventually(() => tab.locator(".cell .size").nth(1).textContent()).toBe("14 × 14 voxels");
    await tab.getByLabel("once").check();
    await eventually(() => tab.locator(".cell .size").nth(1).textContent()).toBe("28 × 28 voxels");
  });

  test("has nothing for axe to find, in the light and in the dark", async () => {
    const opened = await demo!.open();
    await drawn(opened.page, ["harm-original", ...REMEDIES]);
    expect(await accessibilityProblems(opened.page)).toEqual([]);
    await opened.close();
  });

  test("fits a phone", async () => {
    const phone = await demo!.open("", {
      viewport: { width: 360, height: 780 },
      hasTouch: true,
      isMobile: true,
    });
    await drawn(phone.page, ["contrast-t1", "harm-original"]);
    expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await phone.close();
  });

  test("loads in at most 250 KB, without the scans", async () => {
    const context = await demo!.browser.newContext({ serviceWorkers: "block" });
    const tab = await context.newPage();
    const sizes: Promise<number>[] = [];
    context.on("response", (response) => {
      if (!response.url().includes("/scans/"))
        sizes.push(response.body().then((body) => gzipSync(body).length));
    });
    await tab.goto(demo!.origin);
    await drawn(tab, ["harm-original", ...REMEDIES]);
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    await context.close();
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(250_000);
  });

  test("works without a network once it was loaded", async () => {
    const opened = await demo!.open();
    await drawn(opened.page, ["contrast-t1", "contrast-dwi", "contrast-epi", "harm-maxpool"]);
    await settled(opened.page);
    const kept = () =>
      opened.page.evaluate(async () => (await (await caches.open("halfband-scans")).keys()).length);
    await eventually(kept).toBe(3);
    await opened.page.context().setOffline(true);
    await opened.page.reload();
    await drawn(opened.page, ["contrast-t1", "harm-maxpool"]);
    expect(opened.troubles).toEqual([]);
    await opened.close();
  });
});
