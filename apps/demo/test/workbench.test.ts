import { readFileSync } from "node:fs";
import { type Backend, findMethod, methods, type Volume } from "@halfband/browser";
import { decode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareBytes, expectedPixels, expectVolume, nodeBackend, scan } from "./node-result.ts";
import {
  accessibilityProblems,
  downloaded,
  drawn,
  eventually,
  notUpdate,
  overflow,
  pixelsIn,
  seenBy,
  settled,
  startDemo,
} from "./page.ts";

const demo = await startDemo("apps/demo, workbench");
afterAll(() => demo?.close());

const WINDOW = { low: 20, high: 900 };
const IDS = methods.map(({ id }) => id);
const panels = IDS.map((id) => `panel-${id}`);

const address = (settings: Readonly<Record<string, string | number>>): string =>
  `#/workbench?${new URLSearchParams(Object.entries(settings).map(([key, value]) => [key, String(value)]))}`;

describe.skipIf(demo === undefined)("the workbench", () => {
  let volume: Volume;
  let backend: Backend;
  beforeAll(async () => {
    volume = await scan("dwi_b0_oblique35_i16.nii.gz");
    backend = await nodeBackend();
  });

  test.each([
    { axis: "z", index: 12, stride: 2, times: 1, device: "wasm" },
    { axis: "z", index: 9, stride: 3, times: 1, device: "wasm" },
    { axis: "x", index: 30, stride: 2, times: 1, device: "wasm" },
    { axis: "x", index: 25, stride: 3, times: 1, device: "wasm" },
    { axis: "z", index: 12, stride: 2, times: 2, device: "wasm" },
    { axis: "z", index: 12, stride: 2, times: 1, device: "webgpu" },
  ] as const)(
    "draws every method as Node computes it: across $axis, stride $stride, $times x, $device",
    async (place) => {
      const at = [29, 29, 12].with("xyz".indexOf(place.axis), place.index);
      const opened = await demo!.open(
        address({
          scan: "dwi",
          view: place.axis,
          at: at.join(),
          methods: IDS.join(),
          stride: Array(3).fill(place.stride).join(),
          times: place.times,
          window: `${WINDOW.low},${WINDOW.high}`,
          device: place.device,
        }),
      );
      await drawn(opened.page, panels);
      for (const method of methods) {
        const want = expectedPixels(volume, backend, method, { ...place, window: WINDOW });
        const got = await pixelsIn(opened.page, `panel-${method.id}`);
        expect([got.width, got.height], method.id).toEqual([want.width, want.height]);
        // The builds round differently (relaxed SIMD, the GPU): a value on the edge of two levels may fall either way.
        const { worst, differing } = compareBytes(got.data, want.data);
        expect(worst, method.id).toBeLessThanOrEqual(1);
        expect(differing, method.id).toBeLessThanOrEqual(0.01 * want.data.length);
      }
      expect(opened.troubles).toEqual([]);
      await opened.close();
    },
  );

  test("saves the picture as it is on the screen", async () => {
    const { page, close } = await demo!.open(address({ scan: "dwi", methods: "blurpool" }));
    await drawn(page, ["panel-blurpool"]);
    const { bytes, name } = await downloaded(page, /picture of BlurPool 4 as PNG/);
    expect(name).toBe("dwi_b0_oblique35_i16_blurpool_image.png");
    const shown = await pixelsIn(page, "panel-blurpool");
    const png = decode(bytes);
    expect([png.width, png.height]).toEqual([shown.width, shown.height]);
    expect(compareBytes(png.data, shown.data)).toEqual({ worst: 0, differing: 0 });
    await close();
  });

  test("saves all panels as one picture", async () => {
    const { page, close } = await demo!.open(address({ scan: "dwi", methods: "maxpool,flc" }));
    await drawn(page, ["panel-original", "panel-maxpool", "panel-flc"]);
    const { bytes, name } = await downloaded(page, /All panels as one PNG/);
    expect(name).toBe("dwi_b0_oblique35_i16_comparison.png");
    const { width, height } = decode(bytes);
    expect([width, height]).toEqual([1056, 408]);
    await close();
  });

  test("saves the downsampled scan as NIfTI in its right place", async () => {
    const { page, close } = await demo!.open(
      address({ scan: "dwi", methods: "blurpool,flc", stride: "2,3,1" }),
    );
    await drawn(page, ["panel-flc"]);
    for (const [id, title] of [
      ["blurpool", "BlurPool 4"],
      ["flc", "FLC"],
    ]) {
      const { bytes, name } = await downloaded(page, new RegExp(`after ${title} as NIfTI`));
      expect(name).toBe(`dwi_b0_oblique35_i16_${id}.nii.gz`);
      await expectVolume(bytes, volume, findMethod(id).apply(volume.tensor(backend), [1, 3, 2]));
    }
    await close();
  });

  test("opens a file of the user's own, which is in no address and no request", async () => {
    const { page, close } = await demo!.open("#/workbench");
    await drawn(page, ["view-z"]);
    await settled(page);
    const before = demo!.served.length;
    const file = new URL("../../../test/data/nifti/dwi_b0_denoised_f64.nii.gz", import.meta.url);
    await page.setInputFiles('input[type="file"]', {
      name: "mine.nii.gz",
      mimeType: "application/gzip",
      buffer: readFileSync(file),
    });
    await eventually(() => page.locator(".grey-scale .hint").textContent()).toContain("58 × 58 × 24");
    await eventually(() => page.locator(".panel .size").first().textContent()).toBe("56 × 56");
    expect(page.url()).not.toContain("mine");
    const hint = page.locator(".grey-scale .hint");
    expect(await hint.textContent()).not.toContain("NaN");
    const holes = new URL("../../../test/data/nifti/encodings/e_nan_inf_f4.nii", import.meta.url);
    await page.setInputFiles('input[type="file"]', {
      name: "holes.nii",
      mimeType: "",
      buffer: readFileSync(holes),
    });
    await eventually(() => hint.textContent()).toContain(
      "3 are NaN or infinite and count as 0 in pictures and figures. Wheel",
    );
    await page.setInputFiles('input[type="file"]', {
      name: "broken.nii",
      mimeType: "",
      buffer: Buffer.from("no scan"),
    });
    await page.waitForSelector('[role="alert"]');
    expect(demo!.served.slice(before).filter(notUpdate)).toEqual([]);
    await close();
  });

  test("says below the table why a value is missing", async () => {
    const { page, close } = await demo!.open(address({ scan: "dwi", methods: "maxpool,flc" }));
    await drawn(page, ["panel-flc"]);
    await eventually(() => page.locator(".reasons li").allTextContents()).toEqual([
      "defined for linear operators only",
      "not measured: no closed form, and simulation was not asked for",
    ]);
    expect(await page.locator("td.none").allTextContents()).toEqual([
      "–ano value, reason a",
      "–bno value, reason b",
    ]);
    await close();
  });

  test("moves through slices by keyboard, wheel and slider", async () => {
    const { page, close } = await demo!.open(address({ scan: "dwi" }));
    await drawn(page, ["view-z", "view-y", "view-x"]);
    const outputs = page.locator(".slice-bar output");
    await page.getByRole("group", { name: /Three planes/ }).focus();
    await page.keyboard.press("ArrowUp");
    expect(await outputs.allTextContents()).toEqual(["14", "30", "30"]);
    await page.keyboard.press("PageDown");
    expect(await outputs.first().textContent()).toBe("4");
    await page.locator(".slice-frame").nth(1).hover();
    await page.mouse.wheel(0, -100);
    await eventually(() => outputs.nth(1).textContent()).toBe("31");
    await page.getByRole("slider", { name: "Sagittal slice" }).fill("10");
    expect(await outputs.nth(2).textContent()).toBe("11");
    await eventually(() => page.url()).toContain("at=10,30,3");
    const frame = (await page.locator(".slice-frame").first().boundingBox())!;
    await page.mouse.move(frame.x + 50, frame.y + 50);
    await page.keyboard.down("Shift");
    await page.mouse.down();
    await page.mouse.move(frame.x + 90, frame.y + 70);
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await eventually(() => page.url()).toContain("window=");
    expect(page.url()).toContain("at=10,30,3");
    await page.mouse.click(frame.x + 1, frame.y + 1);
    await eventually(() => page.url()).toContain("at=0,0,3");
    await close();
  });

  test("says that black must lie below white, and waits for the other end", async () => {
    const { page, close } = await demo!.open(address({ scan: "dwi", window: "20,900" }));
    await drawn(page, ["view-z", "panel-flc"]);
    const [black, white] = [page.getByLabel("Black at"), page.getByLabel("White at")];
    await black.fill("1000");
    await page.keyboard.press("Tab");
    const alert = page.locator('.grey-scale [role="alert"]');
    await eventually(() => alert.allTextContents()).toEqual([
      "Black must lie below white. The pictures keep black at 20 and white at 900 until it does.",
    ]);
    expect([await black.getAttribute("aria-invalid"), await black.inputValue()]).toEqual(["true", "1000"]);
    expect(page.url()).toContain("window=20,900");
    expect(await accessibilityProblems(page)).toEqual([]);
    await white.fill("1500");
    await page.keyboard.press("Tab");
    await eventually(() => page.url()).toContain("window=1000,1500");
    await eventually(() => alert.count()).toBe(0);
    await white.fill("0");
    await page.keyboard.press("Tab");
    await eventually(() => alert.count()).toBe(1);
    await page.getByRole("button", { name: "Reset the grey scale" }).click();
    await eventually(() => alert.count()).toBe(0);
    expect(await white.inputValue()).toBe("1041.6");
    await close();
  });

  test("takes a finger", async () => {
    const { page, close } = await demo!.open(address({ scan: "dwi" }), {
      viewport: { width: 390, height: 800 },
      hasTouch: true,
      isMobile: true,
    });
    await drawn(page, ["view-z"]);
    const frame = (await page.locator(".slice-frame").first().boundingBox())!;
    await page.touchscreen.tap(frame.x + frame.width - 1, frame.y + 1);
    await eventually(() => page.url()).toContain("at=57,0,12");
    await close();
  });

  test("keeps its settings in the address", async () => {
    const query =
      "scan=epi&view=y&at=60,40,12&t=1&window=10,800&methods=maxpool,asap&stride=2,1,3&times=2&show=difference&layout=swipe";
    const own = JSON.stringify({
      id: "own-1",
      operator: "spectralPool",
      options: { window: { tukey: 0.4 } },
    });
    const { page, close } = await demo!.open(`#/workbench?${query}&own=${encodeURIComponent(own)}`);
    await drawn(page, ["swipe-left", "view-y"]);
    const shown = new URLSearchParams(page.url().split("?")[1]);
    for (const [key, value] of new URLSearchParams(query)) expect(shown.get(key), key).toBe(value);
    expect(shown.get("own")).toBe(own);
    expect(await page.getByLabel("White at").inputValue()).toBe("800");
    expect(await page.getByRole("button", { name: "ASAP", exact: true }).getAttribute("aria-pressed")).toBe(
      "true",
    );
    await page.getByRole("button", { name: "ASAP", exact: true }).click();
    await eventually(() => page.url()).toContain("methods=maxpool&");
    await close();
  });

  test("draws the form of an operator from its definition", async () => {
    const { page, close } = await demo!.open(address({ scan: "dwi", methods: "flc" }));
    await drawn(page, ["panel-flc"]);
    await page.getByRole("button", { name: /Any operator/ }).click();
    await drawn(page, ["panel-own-1"]);
    await page.getByLabel("Operator").selectOption("maxBlurPool");
    const groups = page.locator(".option-group legend");
    expect(await groups.allTextContents()).toEqual(["Max", "Blur"]);
    await page.getByLabel("Operator").selectOption("flcPool");
    await page.getByLabel("Variant").selectOption("published");
    await eventually(() => page.locator('[data-plane="panel-own-1"]').getAttribute("data-ready")).toBe(
      "true",
    );
    await page.getByLabel("Operator").selectOption("blurPool");
    await page.getByLabel("Kernel size").fill("-3");
    await page.keyboard.press("Tab");
    await eventually(() => page.locator(".own-method .error").textContent()).toContain("kernelSize is -3");
    await close();
  });

  test("lets the test patterns move", async () => {
    const { page, troubles, close } = await demo!.open(
      address({ source: "point", methods: "stride,blurpool" }),
    );
    await drawn(page, ["pattern-input", "pattern-stride"]);
    await page.waitForSelector(".uplot canvas");
    const before = await pixelsIn(page, "pattern-stride");
    await page.getByRole("button", { name: "Play" }).click();
    await eventually(
      async () => compareBytes((await pixelsIn(page, "pattern-stride")).data, before.data).differing,
    ).toBeGreaterThan(0);
    await page.getByLabel("zone plate").check();
    await drawn(page, ["pattern-blurpool"]);
    expect(troubles).toEqual([]);
    await close();
  });

  test("has nothing for axe to find, in the light and in the dark, and fits a phone", async () => {
    const { page, close } = await demo!.open(address({ scan: "dwi" }), {
      viewport: { width: 360, height: 780 },
    });
    await drawn(page, ["panel-flc", "view-x"]);
    await page.getByText("Methods and strides").click();
    await page.getByRole("button", { name: /Any operator/ }).click();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect((await seenBy(page)).shift).toBeLessThan(0.1);
    await close();
  });
});
