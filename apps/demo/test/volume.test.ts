import { afterAll, describe, expect, test } from "vitest";
import { drawn, eventually, notUpdate, overflow, seenBy, settled, startDemo } from "./page.ts";

const demo = await startDemo("apps/demo, volumes");
afterAll(() => demo?.close());

const ALL = "maxpool,stride,avgpool,blurpool,flc,asap,spectral,dpp,kcrop";

describe.skipIf(demo === undefined)("whole volumes", () => {
  test.each([
    { scan: "t1", shape: "90 × 108 × 90" },
    { scan: "epi", shape: "64 × 48 × 12 × 2" },
  ])(
    "of $scan are compared without holding the page up",
    // Retried, since other suites share the machine.
    { retry: 2, timeout: 40_000 },
    async ({ scan, shape }) => {
      const { page, troubles, close } = await demo!.open(
        `#/workbench?scan=${scan}&scope=volume&methods=${ALL}`,
      );
      await drawn(page, ["view-x", "panel-original"]);
      await settled(page);
      const before = demo!.served.length;
      await page.evaluate(() => {
        (globalThis as unknown as { seen: { long: number[] } }).seen.long = [];
      });
      await page.getByRole("button", { name: "Downsample the volume" }).click();
      await eventually(() => page.locator(".volume-results tbody tr").count()).toBe(9);
      await drawn(
        page,
        ALL.split(",").map((id) => `panel-${id}`),
      );
      expect(await page.locator(".volume-results tbody td").first().textContent()).toBe(shape);
      const { long } = await seenBy(page);
      expect(long).toEqual([]);
      expect(demo!.served.slice(before).filter(notUpdate)).toEqual([]);
      expect(troubles).toEqual([]);
      await close();
    },
  );

  test("can be cancelled, and started again", async () => {
    const { page, close } = await demo!.open(
      `#/workbench?scope=volume&methods=flc,asap,spectral,kcrop&times=2`,
    );
    await drawn(page, ["view-x", "panel-original"]);
    await page.getByRole("button", { name: "Downsample the volume" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await eventually(() => page.locator('.volume-run [role="alert"]').textContent()).toBe("Cancelled.");
    expect(await page.locator(".volume-results tbody tr").count()).toBeLessThan(4);
    await page.getByRole("button", { name: "Downsample the volume" }).click();
    await eventually(() => page.locator(".volume-results tbody tr").count()).toBe(4);
    await close();
  }, 40_000);

  test("are timed on one thread, on several and on WebGPU, or the page says why not", async () => {
    const { page, close } = await demo!.open("#/workbench?scan=dwi&methods=maxpool,flc", {
      viewport: { width: 360, height: 780 },
    });
    await drawn(page, ["panel-flc"]);
    await page.getByRole("button", { name: /Measure WebAssembly/ }).click();
    await eventually(() => page.locator(".timings td").allTextContents()).toHaveLength(6);
    await eventually(async () => (await page.locator(".timings td").allTextContents()).join(" ")).toMatch(
      /^([\d.]+ ms [\d.]+ ms ([\d.]+ m?s|not here) ?){2}$/,
    );
    expect((await page.locator(".timings thead th").allTextContents()).join(", ")).toMatch(
      /^Method, WebAssembly, WebGPU, 1 thread, [2-8] threads$/,
    );
    const notes = (await page.locator(".timings > .hint").allTextContents()).join("\n");
    expect(notes).toMatch(/^WebAssembly: build \w+, 1 thread$/m);
    expect(notes).toMatch(/^WebAssembly on threads: build \w+, [2-8] threads$/m);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await close();
  }, 40_000);
});
