import { findMethod } from "@halfband/browser";
import type { BrowserContext, Page } from "playwright";
import { afterAll, describe, expect, test } from "vitest";
import { compareBytes, expectVolume, nodeBackend, scan } from "./node-result.ts";
import { downloaded, drawn, eventually, pixelsIn, settled, startDemo } from "./page.ts";

const demo = await startDemo("apps/demo, threads");
afterAll(() => demo?.close());

const IDS = ["maxpool", "blurpool", "flc", "asap"];
const SAME = { worst: 0, differing: 0 };
/** The script that threads run. */
const SCRIPT = /halfband-worker/;

const threadsOf = (page: Page): number => page.workers().filter((worker) => SCRIPT.test(worker.url())).length;

const timesServed = (): number => demo!.served.filter((address) => SCRIPT.test(address)).length;

const isKept = (page: Page): Promise<boolean> =>
  page.evaluate(async () => {
    const caches = await globalThis.caches.keys();
    const requests = await Promise.all(
      caches.map(async (name) => (await globalThis.caches.open(name)).keys()),
    );
    return requests.flat().some(({ url }) => url.includes("halfband-worker"));
  });

/** Lets the server answer with other headers. */
const answering =
  (addresses: string, headers: Readonly<Record<string, string>>) => (context: BrowserContext) =>
    context.route(addresses, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), ...headers } });
    });

describe.skipIf(demo === undefined)("threads", () => {
  test("are fetched when first chosen, and draw the pictures of one thread bit for bit", async () => {
    const { page, troubles, close } = await demo!.open(`#/workbench?scan=epi&methods=${IDS.join()}`);
    const pictures = async () => {
      await drawn(
        page,
        IDS.map((id) => `panel-${id}`),
      );
      return Promise.all(IDS.map((id) => pixelsIn(page, `panel-${id}`)));
    };
    const alone = await pictures();
    await settled(page);
    expect([threadsOf(page), timesServed(), await isKept(page)]).toEqual([0, 0, false]);
    await page.getByLabel("WebAssembly on threads").check();
    await eventually(() => isKept(page)).toBe(true);
    expect(timesServed()).toBe(1);
    // Pictures stay until new ones come; after loading there are no old ones.
    await page.reload();
    expect(page.url()).toContain("device=threads");
    const shared = await pictures();
    expect(threadsOf(page)).toBeGreaterThan(0);
    expect(await page.getByLabel("WebAssembly on threads").isChecked()).toBe(true);
    for (const [i, id] of IDS.entries())
      expect(compareBytes(shared[i].data, alone[i].data), id).toEqual(SAME);
    expect(troubles).toEqual([]);
    await close();
  }, 40_000);

  test("run whole volumes as Node does, and as one thread does, bit for bit", async () => {
    const { page, close } = await demo!.open(
      `#/workbench?scan=epi&scope=volume&device=threads&methods=${IDS.join()}`,
    );
    await drawn(page, ["view-x", "panel-original"]);
    await page.getByRole("button", { name: "Downsample the volume" }).click();
    await eventually(() => page.locator(".volume-results tbody tr").count()).toBe(IDS.length);
    expect(threadsOf(page)).toBeGreaterThan(0);
    const saved = async (id: string) =>
      (await downloaded(page, new RegExp(`after ${findMethod(id).title} as NIfTI`))).bytes;
    const shared = new Map<string, Uint8Array>();
    for (const id of IDS) shared.set(id, await saved(id));
    await page.getByLabel("WebAssembly", { exact: true }).check();
    const volume = await scan("epi_4d_oblique_i16.nii.gz");
    const backend = await nodeBackend();
    for (const [id, bytes] of shared) {
      expect(Buffer.compare(bytes, await saved(id)), id).toBe(0);
      await expectVolume(bytes, volume, findMethod(id).apply(volume.tensor(backend), [2, 2, 2]));
    }
    await close();
  }, 40_000);

  // Retried, since other suites share the machine.
  test("start without a network once they were used", { retry: 2, timeout: 40_000 }, async () => {
    const { page, troubles, close } = await demo!.open("#/workbench?scan=dwi&methods=flc&device=threads");
    await drawn(page, ["panel-flc"]);
    await settled(page);
    await page.context().setOffline(true);
    await page.reload();
    await drawn(page, ["panel-flc"]);
    expect(threadsOf(page)).toBeGreaterThan(0);
    expect(troubles).toEqual([]);
    await close();
  });

  test.each([
    {
      why: "the page is not isolated",
      prepare: answering("**/", { "cross-origin-embedder-policy": "unsafe-none" }),
      sentence: "but this page is not cross-origin isolated",
    },
    {
      why: "the host's policy forbids them",
      prepare: answering("**/assets/worker-*", {
        "content-security-policy": "script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'",
      }),
      sentence: "but threads did not start",
    },
  ])("are refused in a sentence where $why, and nothing else computes", async ({ prepare, sentence }) => {
    const { page, close } = await demo!.open(
      "#/workbench?scan=dwi&methods=flc&device=threads",
      { serviceWorkers: "block" },
      prepare,
    );
    await eventually(() => page.locator('.comparison [role="alert"]').allTextContents()).toEqual([
      expect.stringContaining(sentence),
    ]);
    expect(await page.locator('[data-plane="panel-flc"]').count()).toBe(0);
    await page.getByLabel("WebAssembly", { exact: true }).check();
    await drawn(page, ["panel-flc"]);
    await close();
  });
});
