// The programs of README.md, each run in a page as it stands there.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePage } from "./bundle.ts";
import { startChromium } from "./chromium.ts";
import { program } from "./readme.ts";
import { type Served, serve } from "./server.ts";

const here = (path: string) => new URL(path, import.meta.url);
// Inside the package, so that its name resolves.
const folder = mkdtempSync(fileURLToPath(here("./.quick-start-")));
const bundled = (name: string, code: string) => {
  writeFileSync(join(folder, name), code);
  return bundlePage(pathToFileURL(join(folder, name)));
};

const CALLER = `
  const worker = new Worker("/own-worker.js", { type: "module" });
  worker.onmessage = ({ data: { data, shape } }) => {
    document.querySelector("output").textContent = shape + ": " + data;
  };
  worker.postMessage({ voxels: Float32Array.of(1, 3, 2, 0), shape: [1, 1, 4] });
`;
const page = (script: string) =>
  `<!doctype html><input type="file"><output></output><script type="module" src="${script}"></script>`;

const browser = await startChromium("the quick starts");
let served: Served | undefined;
beforeAll(async () => {
  if (!browser) return;
  served = await serve(
    {
      "/bundled/": page("/main.js"),
      "/main.js": await bundled("main.js", program("With a bundler", "js")),
      "/halfband-worker.js": here("../dist/halfband-worker.js"),
      "/plain/": program("Without a bundler", "html"),
      "/plain/halfband/standalone.js": here("../dist/standalone.js"),
      "/plain/halfband/halfband-worker.js": here("../dist/halfband-worker.js"),
      "/own/": page("/caller.js"),
      "/caller.js": CALLER,
      "/own-worker.js": await bundled("own-worker.js", program("In a worker of your own", "js")),
    },
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'",
  );
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await browser?.close();
  await served?.close();
});

describe.skipIf(!browser)("the quick start", () => {
  it("with a bundler", async () => {
    const page = await browser!.newPage();
    await page.goto(`${served!.origin}/bundled/`);
    const download = page.waitForEvent("download");
    await page
      .locator("input")
      .setInputFiles(fileURLToPath(here("../../../test/data/nifti/nifti2_i16.nii.gz")));
    await expect
      .poll(() => page.locator("output").textContent())
      .toMatch(/^(wasm|webgpu): \d+,1,\d+,\d+,\d+$/);
    expect((await download).suggestedFilename()).toBe("half.nii.gz");
    await page.close();
  });

  it.each([
    ["without a bundler", "/plain/", "1,1,32,32: 1"],
    ["in a worker of your own", "/own/", "1,1,2: 3,2"],
  ])("%s", async (_, address, output) => {
    const page = await browser!.newPage();
    await page.goto(served!.origin + address);
    await expect.poll(() => page.locator("output").textContent(), { timeout: 10_000 }).toBe(output);
    await page.close();
  });
});
