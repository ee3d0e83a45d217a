import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { bundledScans } from "../src/scans/catalog.ts";

const source = (name: string): string =>
  fileURLToPath(new URL(`../../../test/data/${name}`, import.meta.url));

/** Address of every scan and of their licences, with the file it comes from. */
const files = new Map<string, string>([
  ...bundledScans.map(({ file }) => [`scans/${file}`, source(`nifti/${file}`)] as const),
  ["scans/LICENSES.txt", source("LICENSES.md")] as const,
]);

/** Serves the project's test scans beside the page, with their licences. */
export const scans = (): Plugin => ({
  name: "halfband-scans",
  generateBundle() {
    for (const [fileName, path] of files)
      this.emitFile({ type: "asset", fileName, source: readFileSync(path) });
  },
  configureServer({ middlewares }) {
    middlewares.use((request, response, next) => {
      const path = files.get((request.url ?? "").split("?")[0].slice(1));
      if (path === undefined) return next();
      response.setHeader("Content-Type", path.endsWith(".md") ? "text/plain" : "application/octet-stream");
      response.end(readFileSync(path));
    });
  },
});
