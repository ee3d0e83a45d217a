// Scans of every kind, as users bring them.
import { readFileSync } from "node:fs";
import { findMethod } from "@halfband/browser";
import type { Page } from "playwright";
import { afterAll, describe, expect, test } from "vitest";
import { madeScan } from "./made-scan.ts";
import { accessibilityProblems, type Demo, drawn, eventually, overflow, startDemo } from "./page.ts";

const demo = await startDemo("apps/demo, scans");
afterAll(() => demo?.close());

interface Given {
  readonly name: string;
  readonly buffer: Buffer;
}

const bundled = (file: string, name = file.slice(file.lastIndexOf("/") + 1)): Given => ({
  name,
  buffer: readFileSync(new URL(`../../../test/data/nifti/${file}`, import.meta.url)),
});

const give = (page: Page, ...files: readonly Given[]): Promise<void> =>
  page.setInputFiles(
    'input[type="file"]',
    files.map((file) => ({ ...file, mimeType: "" })),
  );

/** The same files, dropped. */
async function drop(page: Page, ...files: readonly Given[]): Promise<void> {
  const transfer = await page.evaluateHandle(
    (given) => {
      const data = new DataTransfer();
      for (const { name, text } of given)
        data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
      return data;
    },
    files.map(({ name, buffer }) => ({ name, text: buffer.toString("base64") })),
  );
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
}

const HINT = ".grey-scale .hint";
const SMALL = "24 × 20 × 12 voxels";
const header = bundled("encodings/e_pair_le_i2.hdr");
const image = bundled("encodings/e_pair_le_i2.img");

const withWorkbench = async (
  work: (opened: Awaited<ReturnType<Demo["open"]>>) => Promise<void>,
  options: Parameters<Demo["open"]>[1] = {},
): Promise<void> => {
  const opened = await demo!.open("#/workbench?scan=dwi", options);
  await drawn(opened.page, ["view-z", "panel-flc"]);
  await work(opened);
  await opened.close();
};

const hintOf = (page: Page) => eventually(() => page.locator(HINT).textContent());
const noticeOf = (page: Page) => eventually(() => page.locator('.notice [role="alert"]').textContent());

describe.skipIf(demo === undefined)("the files of a pair", () => {
  test("are opened together, picked or dropped, in any order", () =>
    withWorkbench(async ({ page, troubles }) => {
      await give(page, image, header);
      await hintOf(page).toContain(SMALL);
      expect(await page.getByRole("combobox", { name: "Scan" }).inputValue()).toMatch(/^file:/);
      await page.getByRole("combobox", { name: "Scan" }).selectOption("dwi");
      await hintOf(page).toContain("58 × 58 × 24");
      await drop(page, header, image);
      await hintOf(page).toContain(SMALL);
      expect(troubles).toEqual([]);
    }));

  test("are opened one after the other", () =>
    withWorkbench(async ({ page }) => {
      await give(page, image);
      await noticeOf(page).toBe(
        "e_pair_le_i2.img is one half of a scan. Add e_pair_le_i2.hdr (or e_pair_le_i2.hdr.gz), the other half.",
      );
      await drop(page, header);
      await hintOf(page).toContain(SMALL);
      expect(await page.locator(".notice").count()).toBe(0);
    }));

  test("are refused where they belong to no one scan", () =>
    withWorkbench(async ({ page }) => {
      await give(page, { ...header, name: "other.hdr" }, image);
      await noticeOf(page).toContain("2 files were given. Give one scan at a time");
      await page.getByRole("button", { name: "Close" }).click();
      expect(await page.locator(".notice").count()).toBe(0);
    }));
});

describe.skipIf(demo === undefined)("a file that cannot be opened", () => {
  const whole = bundled("dwi_b0_denoised_f64.nii.gz");
  test.each([
    [
      "no NIfTI",
      { name: "notes.nii", buffer: Buffer.from("no scan at all") },
      /^notes\.nii cannot .* not NIfTI/,
    ],
    ["nothing", { name: "none.nii", buffer: Buffer.alloc(0) }, /^none\.nii cannot be opened\. .* empty/],
    [
      "a cut gzip",
      { name: "cut.nii.gz", buffer: whole.buffer.subarray(0, whole.buffer.length / 2) },
      /^cut\.nii\.gz cannot be opened\. .*truncated or damaged/,
    ],
  ])("%s is said, and the scan before stays", (_, file, said) =>
    withWorkbench(async ({ page }) => {
      await give(page, file);
      await noticeOf(page).toMatch(said);
      await eventually(() => page.getByRole("combobox", { name: "Scan" }).inputValue()).toBe("dwi");
      await hintOf(page).toContain("58 × 58 × 24");
      await eventually(() => page.locator(".panel .size").first().textContent()).toBe("56 × 56");
    }),
  );

  test("is said in the story too, and the figures stay", async () => {
    const { page, close } = await demo!.open();
    await drawn(page, ["harm-maxpool"]);
    await drop(page, { name: "notes.nii", buffer: Buffer.from("no scan at all") });
    await noticeOf(page).toMatch(/^notes\.nii cannot be opened/);
    await eventually(() => page.getByRole("combobox", { name: "Scan" }).inputValue()).toBe("t1");
    await eventually(() => page.locator(".cell .size").nth(1).textContent()).toBe("44 × 54 voxels");
    await close();
  });

  test("leaves no tables behind where there was no scan before", async () => {
    const { page, close } = await demo!.open("#/workbench?scan=lost");
    await noticeOf(page).toBe('This page has no scan called "lost".');
    await eventually(() => page.locator(".results").textContent()).toMatch(/^No scan is open\./);
    await close();
  });
});

const blob = (i: number): number => (i % 7) * 10 + (i % 5);

describe.skipIf(demo === undefined)("the planes of a scan", () => {
  const cases: [string, number[], number[], string[]][] = [
    ["long in z", [40, 40, 240], [1, 1, 2], ["z", "y", "x"]],
    ["of thick slices", [96, 96, 12], [1, 1, 30], ["z", "y", "x"]],
    ["of very thin slices", [96, 96, 12], [2, 2, 0.05], ["z", "y", "x"]],
    ["long in x", [300, 40, 20], [1, 1, 1], ["z", "y", "x"]],
    ["of one slice", [128, 96], [1, 1], ["z"]],
    ["of one slice across y", [64, 1, 48], [1, 1, 1], ["y"]],
  ];
  test.each(cases)("%s are all in view", (_, shape, zooms, views) =>
    withWorkbench(async ({ page, troubles }) => {
      await give(page, { name: "made.nii", buffer: madeScan(shape, zooms, blob) });
      await hintOf(page).toContain(shape.join(" × "));
      const frames = page.locator(".slice-frame canvas");
      expect(
        await frames.evaluateAll((all) => all.map((canvas) => (canvas as HTMLElement).dataset.plane)),
      ).toEqual(views.map((axis) => `view-${axis}`));
      for (const [width, height] of [
        [1280, 900],
        [390, 844],
      ]) {
        await page.setViewportSize({ width, height });
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        for (const frame of await page.locator(".slice-frame").all()) {
          const box = (await frame.boundingBox())!;
          expect(box.x).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width).toBeLessThanOrEqual(width);
          expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(10);
          expect(box.height).toBeLessThanOrEqual(0.6 * height + 1);
        }
      }
      await drawn(page, ["panel-flc"]);
      expect(troubles).toEqual([]);
    }),
  );

  test.each([
    ["nothing but NaN", () => Number.NaN, "No voxel is a finite number"],
    ["one value", () => 7, "Every voxel is 7: there is nothing to compare."],
  ])("of %s come with a word on why they are dark", (_, value, said) =>
    withWorkbench(async ({ page }) => {
      await give(page, { name: "even.nii", buffer: madeScan([32, 32, 8], [1, 1, 1], value) });
      await hintOf(page).toContain(said);
      await eventually(() => page.locator(".in-short").textContent()).toContain("do not differ");
    }),
  );
});

describe.skipIf(demo === undefined)("the workbench tells", () => {
  test("what is being read, where that takes a while", async () => {
    const { page, close } = await demo!.open("#/workbench?scan=dwi", { serviceWorkers: "block" }, (context) =>
      context.route("**/scans/*", async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 2000));
        await route.continue();
      }),
    );
    await page.getByRole("status").filter({ hasText: "Loading" }).waitFor({ state: "visible" });
    await drawn(page, ["panel-flc"]);
    await eventually(() => page.getByRole("status").filter({ hasText: "Loading" }).count()).toBe(0);
    await close();
  });

  test("what computes, with how many threads and why", () =>
    withWorkbench(async ({ page }) => {
      const line = () => page.locator(".backend-line").textContent();
      await eventually(line).toMatch(
        /^1 thread beside the page, the build with \w+ SIMD, .*\. Enough for one/,
      );
      await page.getByLabel("WebAssembly on threads").check();
      await eventually(line).toMatch(/^[2-8] threads beside the page, .*One thread for every processor/);
    }));

  test("which method is worse, and by how much", () =>
    withWorkbench(async ({ page }) => {
      const sentences = page.locator(".in-short li");
      await eventually(() => sentences.allTextContents()).toEqual([
        expect.stringMatching(
          /^False detail \(aliasing\): Strided conv 3 \(centre tap\) makes the most, [\d.]+ % .*less than 0\.05 % is left by FLC/,
        ),
        expect.stringMatching(/^In MaxPool 2 false detail cannot be separated/),
        expect.stringMatching(/^Brightness: MaxPool 2 changes it most, by \+[\d.]+ %/),
        expect.stringMatching(/most in MaxPool 2, \d+ %; least in FLC, 0\.4 %\.$/),
      ]);
      const shares = await page
        .locator(".panel")
        .filter({ hasText: "MaxPool 2" })
        .locator(".numbers div")
        .evaluateAll((rows) =>
          rows.map((row) => Number((row as HTMLElement).style.getPropertyValue("--share"))),
        );
      expect(shares).toEqual([0, 1, 1]);
      await eventually(() => page.locator(".metrics td.best").count()).toBeGreaterThan(2);
      await page.getByText("What each method does").click();
      expect(await page.locator(".explanations dd").allTextContents()).toEqual(
        ["maxpool", "stride", "blurpool", "flc"].map((id) => findMethod(id).explanation),
      );
    }));
});

describe.skipIf(demo === undefined)("pictures", () => {
  test("are enlarged around the cross-hair", () =>
    withWorkbench(async ({ page }) => {
      await page.getByLabel("4×").check();
      await eventually(() => page.url()).toContain("zoom=4");
      const canvas = page.locator('[data-plane="panel-flc"]');
      const lens = (await page.locator(".lens").last().boundingBox())!;
      await eventually(async () => (await canvas.boundingBox())!.width / lens.width).toBeCloseTo(4, 1);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }));

  test.each(["source=point", "layout=swipe&show=difference", "scope=volume"])(
    "have nothing for axe to find with %s, and fit a phone",
    async (query) => {
      const { page, close } = await demo!.open(`#/workbench?scan=dwi&${query}`, {
        viewport: { width: 360, height: 780 },
      });
      await page.waitForSelector("canvas[data-ready]");
      if (query === "source=point") {
        await page.getByRole("img", { name: /^Peak brightness of the point/ }).waitFor();
        await eventually(() => page.locator(".prose-note").last().textContent()).toMatch(
          /^From the steadiest .*Strided conv 3 \(centre tap\) \d+(\.\d)? % to 100 %\.$/,
        );
      }
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await close();
    },
  );
});
