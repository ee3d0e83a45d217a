// The report in a browser as narrow as a telephone.
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
  for (const table of [".panels", ".metrics"]) {
    const { x, width } = (await page.locator(`${table} tbody th`).first().boundingBox())!;
    expect(x + width, table).toBeLessThan(0.6 * WIDTH);
  }
});
