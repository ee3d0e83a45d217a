import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

it("a bundle for browsers leaves the package webgpu alone, even where it is installed", async () => {
  const entry = fileURLToPath(new URL("../../webgpu/dist/index.js", import.meta.url));
  const { metafile, errors } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: "browser",
    format: "esm",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  expect(errors).toEqual([]);
  expect(Object.keys(metafile.inputs).filter((file) => /node_modules\/webgpu\//.test(file))).toEqual([]);
});
