// The report in a browser as narrow as a telephone.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { startChromium } from "../../browser/test/chromium.ts";
import { halfband, scan, scratch } from "./run.ts";

const at = scratch();
const WIDTH = 390;

it("leaves room for values beside the names that stay in sight", { timeout: 60_000 }, async (test) => {
  await using browser = await startChromium("the report");
  if (browser === undefined) return test.skip("no Chromium");
  const said = halfband(
    "compare",
    scan("anatomical_be_i16.nii"),
    "--methods",
    "maxpool,flc",
    "--out",
    at("report"),
  );
  expect(said.code).toBe(0);
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 844 } });
  await page.goto(pathToFileURL(at("report/report.html")).href);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(WIDTH);
  for (const plot of await page.locator(".plot").all())
    expect(await plot.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(
      0,
    );
  for (const table of [".panels", ".metrics"]) {
    const { x, width } = (await page.locator(`${table} tbody th`).first().boundingBox())!;
    expect(x + width, table).toBeLessThan(0.6 * WIDTH);
  }
  for (const wide of await page.locator(".scroll").all()) {
    await wide.focus();
    expect(await wide.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await wide.getAttribute("aria-label")).not.toBe("");
  }
  expect(await page.locator("thead th:empty").count()).toBe(0);
  expect(await page.getByRole("img", { name: /^Gain by frequency, applied once: MaxPool 2/ }).count()).toBe(
    1,
  );
});

it("says why a value is missing, without a pointer", { timeout: 60_000 }, () => {
  const report = readFileSync(at("report/report.html"), "utf8");
  const [list] = /<ol class="reasons".*?<\/ol>/s.exec(report)!;
  const reasons = [...list.matchAll(/<li>(.*?)<\/li>/g)].map(([, reason]) => reason);
  expect(reasons).toContain("defined for linear operators only");
  const marks = new Set([...report.matchAll(/<td>–<sup[^>]*>(\w)<\/sup>/g)].map(([, mark]) => mark));
  expect([...marks].sort()).toEqual(reasons.map((_, i) => "abcdefgh"[i]));
  expect(report).not.toContain("<td>–</td>");
});

it("fits a sheet of paper with every method", { timeout: 60_000 }, async (test) => {
  await using browser = await startChromium("the report");
  if (browser === undefined) return test.skip("no Chromium");
  expect(halfband("compare", scan("anatomical_be_i16.nii"), "--out", at("paper")).code).toBe(0);
  const page = await browser.newPage({ viewport: { width: 1000, height: 700 } }); // A4, between its margins
  await page.emulateMedia({ media: "print" });
  await page.goto(pathToFileURL(at("paper/report.html")).href);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(1000);
});

/** Relative luminance of a colour, as contrast is measured. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

it("draws curves that can be seen on light and dark pages", () => {
  const said = halfband("compare", scan("anatomical_be_i16.nii"), "--out", at("all"));
  expect(said.code).toBe(0);
  const page = readFileSync(at("all/report.html"), "utf8");
  const curves = new Set([...page.matchAll(/"colour":"(#\w{6})"/g)].map(([, colour]) => colour));
  const cards = [...page.matchAll(/--card: (#\w{3,6});/g)].map(([, card]) =>
    card.length === 4 ? card.replace(/[^#]/g, "$&$&") : card,
  );
  expect([curves.size, cards.length]).toEqual([11, 2]);
  for (const card of cards) {
    for (const curve of curves) {
      const [low, high] = [luminance(card), luminance(curve)].sort((a, b) => a - b);
      expect((high + 0.05) / (low + 0.05), `${curve} on ${card}`).toBeGreaterThanOrEqual(3);
    }
  }
});
