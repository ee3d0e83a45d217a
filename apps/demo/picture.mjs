// Takes the picture of the workbench that the README shows: `node apps/demo/picture.mjs OUT.png`, after a build.
// Needs a Chromium: CHROMIUM_PATH, or Debian's.
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { preview } from "vite";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const server = await preview({ root: fileURLToPath(new URL(".", import.meta.url)) });
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 1250 }, colorScheme: "light" });
await page.goto(`${server.resolvedUrls.local[0]}#/workbench`);
// Nothing announces that the panels are drawn; they take well under this on a slow machine.
await page.waitForTimeout(5000);
await page.screenshot({ path: process.argv[2] });
await browser.close();
await server.close();
