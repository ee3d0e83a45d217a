import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Pixels } from "@halfband/compare";
import { initWasm, Resvg } from "@resvg/resvg-wasm";

const require = createRequire(import.meta.url);
const FONTS = ["dejavu-fonts-ttf/ttf/DejaVuSans.ttf", "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf"];

let ready: Promise<Uint8Array[]> | null = null;

/** The renderer may be started once per process only. */
function start(): Promise<Uint8Array[]> {
  ready ??= (async () => {
    const [wasm, ...fonts] = await Promise.all(
      ["@resvg/resvg-wasm/index_bg.wasm", ...FONTS].map((name) => readFile(require.resolve(name))),
    );
    await initWasm(wasm);
    return fonts;
  })();
  return ready;
}

/** Pixels of an SVG drawing, words set in DejaVu Sans whatever fonts the machine has. */
export async function renderSvg(svg: string): Promise<Pixels> {
  const fontBuffers = await start();
  const renderer = new Resvg(svg, {
    font: { fontBuffers, defaultFontFamily: "DejaVu Sans", loadSystemFonts: false },
  });
  const image = renderer.render();
  const { width, height, pixels } = image;
  const data = new Uint8ClampedArray(pixels);
  image.free();
  renderer.free();
  return { width, height, data };
}
